%% Whom the local users have written to: persistent, and bounded twice, so that one account that writes to the whole
%% world pushes out its own memories first.
-module(mod_xmppfilter_contacted).

-export([init/0, note/2, is_contacted/2, prune/1, forget_user/2]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

-record(xmppfilter_contacted, {key :: tuple() | '$1',  % {LUser, LServer, PeerUser, PeerServer}
                               at :: integer() | '$2' | '_'}).

-define(TABLE, xmppfilter_contacted).
-define(MAX_PER_USER, 1000).
-define(REFRESH, 86400).  % seconds between two writes of the same pair

init() ->
    ejabberd_mnesia:create(?MODULE, ?TABLE, [{disc_copies, [node()]}, {type, ordered_set},
                                             {attributes, record_info(fields, ?TABLE)}]).

%% A local user's stanza on its way out.
-spec note(#ctx{}, xmpp:stanza()) -> ok.
note(Ctx, #message{type = Type, from = From, to = To}) when Type =/= error, Type =/= groupchat -> write(Ctx, From, To);
note(Ctx, #presence{type = Type, from = From, to = To}) when Type =:= subscribe; Type =:= subscribed -> write(Ctx, From, To);
note(_, _) -> ok.

write(#ctx{contacted_limit = Limit}, #jid{luser = U, lserver = S}, #jid{luser = PeerUser, lserver = PeerServer})
  when {U, S} =/= {PeerUser, PeerServer} ->
    Key = {U, S, PeerUser, PeerServer},
    Now = mod_xmppfilter_wire:now_seconds(),
    case mnesia:dirty_read(?TABLE, Key) of
        [#xmppfilter_contacted{at = At}] when Now - At < ?REFRESH -> ok;
        [_] -> remember(Key, Now);
        [] ->
            make_room(U, S),
            %% The keeper prunes once a minute; a tenth more is what may come in between.
            case mnesia:table_info(?TABLE, size) < Limit + Limit div 10 of
                true -> remember(Key, Now);
                false -> ok
            end
    end;
write(_, _, _) ->
    ok.

remember(Key, Now) ->
    mnesia:dirty_write(?TABLE, #xmppfilter_contacted{key = Key, at = Now}).

make_room(U, S) ->
    Rows = mnesia:dirty_select(?TABLE, [{#xmppfilter_contacted{key = {U, S, '_', '_'}, at = '_'}, [], ['$_']}]),
    case length(Rows) >= ?MAX_PER_USER of
        true ->
            [#xmppfilter_contacted{key = Oldest} | _] = lists:keysort(#xmppfilter_contacted.at, Rows),
            mnesia:dirty_delete(?TABLE, Oldest);
        false -> ok
    end.

-spec is_contacted(jid:jid(), jid:jid()) -> boolean().
is_contacted(#jid{luser = U, lserver = S}, #jid{luser = PeerUser, lserver = PeerServer}) ->
    mnesia:dirty_read(?TABLE, {U, S, PeerUser, PeerServer}) =/= [].

%% Back under the limit, the oldest first.
-spec prune(pos_integer()) -> ok.
prune(Limit) ->
    case mnesia:table_info(?TABLE, size) - Limit of
        Excess when Excess > 0 ->
            Rows = mnesia:dirty_select(?TABLE, [{#xmppfilter_contacted{key = '$1', at = '$2'}, [], [{{'$2', '$1'}}]}]),
            Oldest = lists:sublist(lists:sort(Rows), Excess),
            lists:foreach(fun({_, Key}) -> mnesia:dirty_delete(?TABLE, Key) end, Oldest);
        _ -> ok
    end.

%% Hook remove_user: the next owner of the name has written to nobody.
-spec forget_user(binary(), binary()) -> ok.
forget_user(User, Server) ->
    Pattern = #xmppfilter_contacted{key = {jid:nodeprep(User), jid:nameprep(Server), '_', '_'}, at = '_'},
    lists:foreach(fun(#xmppfilter_contacted{key = Key}) -> mnesia:dirty_delete(?TABLE, Key) end,
                  mnesia:dirty_select(?TABLE, [{Pattern, [], ['$_']}])).
