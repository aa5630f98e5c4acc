%% What an operator can do: commands of ejabberdctl.
-module(mod_xmppfilter_commands).

-export([all/0]).
-export([status/1, locked/1, unlock/2, release_all/1]).

-include("xmpp.hrl").
-include("ejabberd_commands.hrl").
-include("mod_xmppfilter.hrl").

-spec all() -> [#ejabberd_commands{}].
all() ->
    [#ejabberd_commands{name = xmppfilter_status, tags = [xmppfilter],
                        desc = "Counters and state of the spam filter's module",
                        module = ?MODULE, function = status,
                        args = [{host, binary}], args_desc = ["Virtual host"], args_example = [<<"example.org">>],
                        result = {status, {list, {entry, {tuple, [{name, string}, {value, string}]}}}}},
     #ejabberd_commands{name = xmppfilter_locked, tags = [xmppfilter],
                        desc = "Accounts that the spam filter has locked, and since when",
                        module = ?MODULE, function = locked,
                        args = [{host, binary}], args_desc = ["Virtual host"], args_example = [<<"example.org">>],
                        result = {accounts, {list, {account, {tuple, [{user, string}, {since, string}]}}}}},
     #ejabberd_commands{name = xmppfilter_unlock, tags = [xmppfilter],
                        desc = "Unlock an account that the spam filter has locked, and have the filter pardon it",
                        module = ?MODULE, function = unlock,
                        args = [{user, binary}, {host, binary}], args_desc = ["User name", "Virtual host"],
                        args_example = [<<"robot">>, <<"example.org">>],
                        result = {res, rescode}},
     #ejabberd_commands{name = xmppfilter_release_all, tags = [xmppfilter],
                        desc = "Deliver all stanzas that the spam filter holds; before the module is removed",
                        module = ?MODULE, function = release_all,
                        args = [{host, binary}], args_desc = ["Virtual host"], args_example = [<<"example.org">>],
                        result = {count, integer}}].

-spec status(binary()) -> [{string(), string()}].
status(Host) ->
    case mod_xmppfilter_tables:ctx(jid:nameprep(Host)) of
        undefined -> [{"state", "not running"}];
        #ctx{host = LHost, component = Component, route = Route} = Ctx ->
            State = [{"component", binary_to_list(Component)},
                     {"route", atom_to_list(Route)},
                     {"connected", atom_to_list(ejabberd_router:is_my_route(Component))},
                     {"last_hello", binary_to_list(mod_xmppfilter_keeper:component_info(LHost))},
                     {"breaker", case mod_xmppfilter_breaker:is_open(Ctx) of true -> "open"; false -> "closed" end},
                     {"waiting", integer_to_list(mod_xmppfilter_tables:count_held(Ctx))},
                     {"stored", integer_to_list(mod_xmppfilter_kept:count(LHost))},
                     {"bans", integer_to_list(mod_xmppfilter_bans:count(Ctx))},
                     {"locked", integer_to_list(length(mod_xmppfilter_locks:list(LHost)))}],
            State ++ [{atom_to_list(Name), integer_to_list(Value)} || {Name, Value} <- mod_xmppfilter_stats:all(Ctx)]
    end.

-spec locked(binary()) -> [{binary(), binary()}].
locked(Host) ->
    [{User, mod_xmppfilter_wire:timestamp(Since)} || {User, Since} <- mod_xmppfilter_locks:list(jid:nameprep(Host))].

-spec unlock(binary(), binary()) -> ok | error.
unlock(User, Host) ->
    case {jid:nodeprep(User), mod_xmppfilter_tables:ctx(jid:nameprep(Host))} of
        {U, #ctx{host = S} = Ctx} when is_binary(U) ->
            case mod_xmppfilter_locks:unlock_by_operator(Ctx, {U, S}) of
                ok -> ok;
                {error, _} -> error
            end;
        _ -> error
    end.

-spec release_all(binary()) -> non_neg_integer().
release_all(Host) ->
    mod_xmppfilter_kept:release_all(jid:nameprep(Host)).
