%% Locked accounts. ejabberd of that time knows a ban that overwrites the password and so cannot be undone; this lock
%% is a row in a table, touches no credential, and goes away when the row does.
%%
%% An account that an operator has unlocked stays in a second table until the component has answered that: the component's
%% locks of it are not obeyed so long, for they may be older than the operator's word.
-module(mod_xmppfilter_locks).

-export([init/0, lock/2, unlock/1, unlock_by_operator/2, tell_unlocked/1, answered/2, is_locked/1, list/1, forget_user/2]).
-export([auth_result/3, session_opened/1, handle_info/2]).

-include("xmpp.hrl").
-include("logger.hrl").
-include("mod_xmppfilter.hrl").

-record(xmppfilter_lock, {us :: bare() | {'_', binary()}, since :: integer() | '_'}).

%% The id is of the operator's word: the answer to an earlier one says nothing of it.
-record(xmppfilter_unlocked, {us :: bare() | {'_', binary()}, id :: binary() | '_'}).

-define(TABLE, xmppfilter_lock).
-define(UNTOLD, xmppfilter_unlocked).
-define(ID_START, "xmppfilter-unlocked.").
%% Errors (RFC 6120 8.3.3) of a component that will say no again.
-define(FINAL, ['bad-request', 'feature-not-implemented', 'item-not-found', 'jid-malformed', 'not-acceptable', 'not-allowed']).

init() ->
    _ = ejabberd_mnesia:create(?MODULE, ?UNTOLD, [{disc_copies, [node()]},
                                                  {attributes, record_info(fields, ?UNTOLD)}]),
    ejabberd_mnesia:create(?MODULE, ?TABLE, [{disc_copies, [node()]}, {attributes, record_info(fields, ?TABLE)}]).

%% Lock an account by the component's word and close its sessions, on all nodes.
-spec lock(#ctx{}, bare()) -> ok | {error, unlocked_by_operator | term()}.
lock(#ctx{lock_text = Text}, {U, S} = User) ->
    case {is_locked(User), mnesia:dirty_read(?UNTOLD, User)} of
        {_, [_]} -> {error, unlocked_by_operator};
        {true, []} -> ok;
        {false, []} ->
            Row = #xmppfilter_lock{us = User, since = mod_xmppfilter_wire:now_seconds()},
            case on_disc(fun() -> mnesia:write(Row) end) of
                {atomic, ok} ->
                    ?WARNING_MSG("Account ~ts@~ts is locked by the spam filter", [U, S]),
                    ejabberd_sm:route(jid:make(U, S), {?MODULE, locked, Text});
                {aborted, Reason} -> {error, Reason}
            end
    end.

-spec unlock(bare()) -> ok | {error, term()}.
unlock({U, S} = User) ->
    case is_locked(User) of
        false -> ok;
        true ->
            case on_disc(fun() -> mnesia:delete({?TABLE, User}) end) of
                {atomic, ok} -> ?INFO_MSG("Account ~ts@~ts is unlocked", [U, S]);
                {aborted, Reason} -> {error, Reason}
            end
    end.

%% Unlock an account by an operator's word, and tell the component.
-spec unlock_by_operator(#ctx{}, bare()) -> ok | {error, term()}.
unlock_by_operator(Ctx, {U, S} = User) ->
    Row = #xmppfilter_unlocked{us = User, id = p1_rand:get_string()},
    case is_locked(User) orelse ejabberd_auth:user_exists(U, S) of
        false -> {error, notfound};
        true ->
            case on_disc(fun() -> mnesia:delete({?TABLE, User}), mnesia:write(Row) end) of
                {atomic, ok} ->
                    ?INFO_MSG("Account ~ts@~ts is unlocked by an operator", [U, S]),
                    tell(Ctx, Row);
                {aborted, Reason} -> {error, Reason}
            end
    end.

%% Tell the component everything of this kind that it has not answered.
-spec tell_unlocked(#ctx{}) -> ok.
tell_unlocked(#ctx{host = Host} = Ctx) ->
    Rows = mnesia:dirty_match_object(?UNTOLD, #xmppfilter_unlocked{us = {'_', Host}, id = '_'}),
    lists:foreach(fun(Row) -> tell(Ctx, Row) end, Rows).

tell(#ctx{component = Component} = Ctx, #xmppfilter_unlocked{us = {U, S}, id = Id}) ->
    case ejabberd_router:is_my_route(Component) of
        true -> ejabberd_router:route(mod_xmppfilter_wire:unlocked(Ctx, <<?ID_START, Id/binary>>, jid:make(U, S)));
        false -> ok  % told when it has connected
    end.

%% Whether this is the component's answer to such a thing.
-spec answered(#ctx{}, iq()) -> boolean().
answered(#ctx{host = Host, component = Component}, #iq{id = <<?ID_START, Id/binary>>, type = Type} = Answer) ->
    Condition = case xmpp:get_error(Answer) of
                    #stanza_error{reason = Reason} -> Reason;
                    undefined when Type =:= result -> done;
                    undefined -> 'undefined-condition'
                end,
    Rows = mnesia:dirty_match_object(?UNTOLD, #xmppfilter_unlocked{us = {'_', Host}, id = Id}),
    _ = [?WARNING_MSG("~ts does not pardon the unlocked account ~ts@~ts: ~p", [Component, U, S, Condition])
         || Condition =/= done, #xmppfilter_unlocked{us = {U, S}} <- Rows],
    _ = [on_disc(fun() -> mnesia:delete_object(Row) end)
         || Row <- Rows, Condition =:= done orelse lists:member(Condition, ?FINAL)],
    true;
answered(_Ctx, _Answer) ->
    false.

%% What has been answered as done outlives a crash of the node.
on_disc(Change) ->
    Done = mnesia:sync_transaction(Change),
    _ = mnesia:sync_log(),
    Done.

-spec is_locked(bare()) -> boolean().
is_locked(User) ->
    mnesia:dirty_read(?TABLE, User) =/= [].

-spec list(binary()) -> [{binary(), Since :: integer()}].
list(Host) ->
    Rows = mnesia:dirty_match_object(?TABLE, #xmppfilter_lock{us = {'_', Host}, since = '_'}),
    lists:sort([{U, Since} || #xmppfilter_lock{us = {U, _}, since = Since} <- Rows]).

%% Hook remove_user.
-spec forget_user(binary(), binary()) -> ok | {error, term()}.
forget_user(User, Server) ->
    Account = {jid:nodeprep(User), jid:nameprep(Server)},
    mnesia:dirty_delete(?UNTOLD, Account),
    unlock(Account).

%%% Hooks of c2s

%% The password was right: say why it does not help. A SASL failure alone would be followed by ejabberd's <success/>, for
%% this hook cannot take the decision back; a stream that has ended is where ejabberd stops. (SASL2 has a failure element
%% of its own and is told by the stream error alone.)
auth_result(#{lserver := Host} = State, true, User) ->
    case mod_xmppfilter_tables:ctx(Host) of
        #ctx{locks = true, lock_text = Text} = Ctx ->
            case is_locked({jid:nodeprep(User), Host}) of
                true ->
                    mod_xmppfilter_stats:inc(Ctx, logins_refused),
                    ?INFO_MSG("Login of locked account ~ts@~ts refused", [User, Host]),
                    {stop, close(sasl_failure(State, Text), Text)};
                false -> State
            end;
        _ -> State
    end;
auth_result(State, _, _) ->
    State.

sasl_failure(#{sasl_mech := Mech} = State, Text) when Mech =/= <<"legacy">> ->
    case maps:is_key(sasl2_axtra_auth_info, State) of
        true -> State;
        false -> xmpp_stream_in:send(State, #sasl_failure{reason = 'account-disabled', text = xmpp:mk_text(Text)})
    end;
sasl_failure(State, _Text) ->
    State.

%% An account that was locked between its login and its session.
session_opened(#{lserver := Host, user := User} = State) ->
    case mod_xmppfilter_tables:ctx(Host) of
        #ctx{locks = true, lock_text = Text} ->
            case is_locked({jid:nodeprep(User), Host}) of
                true -> {stop, close(State, Text)};
                false -> State
            end;
        _ -> State
    end.

handle_info(State, {?MODULE, locked, Text}) ->
    {stop, close(State, Text)};
handle_info(State, _) ->
    State.

%% stop_async also ends a session whose connection is lost and which waits to be resumed (XEP-0198).
close(#{lang := Lang} = State, Text) ->
    State1 = ejabberd_c2s:send(State, xmpp:serr_policy_violation(Text, Lang)),
    ejabberd_c2s:stop_async(self()),
    State1.
