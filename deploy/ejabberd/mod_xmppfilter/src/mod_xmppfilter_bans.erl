%% The component's bans: whose every stanza is brought before it (section 4 of the protocol). In memory alone, because
%% the component sends them all again after every hello. Read by all, written by the keeper.
-module(mod_xmppfilter_bans).

-export([apply_push/2, is_banned/2, drops/3, expire/1, count/1, parse/1]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

-define(MAX, 10000).
-define(MAX_BYTES, 2 * 1024 * 1024).   % of all JIDs
-define(OCCUPANTS, 10).   % of one room: its nicks cost nothing, and must not push out anybody else

%% Until: Unix time in seconds.
-type change() :: {ban, jid:ljid(), Until :: integer() | infinity} | {unban, jid:ljid()} | {except, jid:ljid()} | drop_unasked.
-export_type([change/0]).

%% The changes that a <bans/> element asks for; what cannot be read is skipped.
-spec parse(#xmlel{}) -> {Full :: boolean(), [change()]}.
parse(#xmlel{children = Children} = El) ->
    Full = lists:member(mod_xmppfilter_wire:attr(<<"full">>, El), [<<"true">>, <<"1">>]),
    Unasked = [drop_unasked || Full, mod_xmppfilter_wire:attr(<<"unasked">>, El) =:= <<"drop">>],
    {Full, Unasked ++ lists:flatmap(fun change/1, Children)}.

change(#xmlel{name = Name} = El) when Name =:= <<"ban">>; Name =:= <<"unban">>; Name =:= <<"except">> ->
    try jid:tolower(jid:decode(mod_xmppfilter_wire:attr(<<"jid">>, El))) of
        Jid when Name =:= <<"unban">> -> [{unban, Jid}];
        Jid when Name =:= <<"except">> -> [{except, Jid}];
        Jid -> until(Jid, mod_xmppfilter_wire:attr(<<"until">>, El))
    catch error:{bad_jid, _} -> []
    end;
change(_) ->
    [].

until(Jid, <<>>) ->
    [{ban, Jid, infinity}];
until(Jid, Text) ->
    case mod_xmppfilter_wire:seconds(Text) of
        undefined -> [];
        Until -> [{ban, Jid, Until}]
    end.

-spec apply_push(#ctx{}, {boolean(), [change()]}) -> ok.
apply_push(#ctx{tables = #{bans := Bans, ban_ends := Ends, occupants := Occupants, unasked := Unasked}} = Ctx, {Full, Changes}) ->
    case Full of
        true ->
            ets:delete_all_objects(Unasked),
            ets:delete_all_objects(Bans),
            ets:delete_all_objects(Occupants),
            ets:delete_all_objects(Ends);
        false -> ok
    end,
    lists:foreach(fun(Change) -> apply_change(Ctx, Change) end, Changes).

apply_change(Ctx, {unban, Jid}) ->
    remove(Ctx, Jid);
apply_change(#ctx{tables = #{unasked := Unasked}}, drop_unasked) ->
    ets:insert(Unasked, {drop});
apply_change(#ctx{tables = #{unasked := Unasked}}, {except, {U, S, _}}) ->
    ets:insert(Unasked, {{U, S}}),
    %% Who cannot remember all of them must not drop anything.
    _ = ets:info(Unasked, size) > ?MAX andalso ets:delete_all_objects(Unasked),
    ok;
apply_change(#ctx{tables = #{bans := Bans, ban_ends := Ends}} = Ctx, {ban, Jid, UnixTime}) ->
    remove(Ctx, Jid),
    share(Ctx, Jid),
    %% This node's monotonic clock: a step of the wall clock must neither end nor prolong what was understood.
    Until = case UnixTime of
                infinity -> infinity;
                _ -> UnixTime - mod_xmppfilter_wire:now_seconds() + now_seconds()
            end,
    ets:insert(Bans, {Jid, Until}),
    %% Integers sort before atoms: the ban that ends soonest is the first, endless ones are the last.
    ets:insert(Ends, {{Until, Jid}}),
    forget_beyond(Ctx, count_bytes(Ctx, bytes(Jid))).

%% Those that end soonest go, until the others fit.
forget_beyond(#ctx{tables = #{bans := Bans, ban_ends := Ends}} = Ctx, Bytes) ->
    case Bytes > ?MAX_BYTES orelse ets:info(Bans, size) > ?MAX of
        true ->
            {_, Jid} = ets:first(Ends),
            remove(Ctx, Jid),
            forget_beyond(Ctx, Bytes - bytes(Jid));
        false -> ok
    end.

%% How many bytes all JIDs have stands beside the occupants.
count_bytes(#ctx{tables = #{occupants := Occupants}}, Change) ->
    ets:update_counter(Occupants, bytes, Change, {bytes, 0}).

bytes({U, S, R}) ->
    byte_size(U) + byte_size(S) + byte_size(R).

remove(#ctx{tables = #{bans := Bans, ban_ends := Ends}} = Ctx, Jid) ->
    case ets:lookup(Bans, Jid) of
        [{_, Until}] ->
            ets:delete(Bans, Jid),
            ets:delete(Ends, {Until, Jid}),
            _ = count_bytes(Ctx, -bytes(Jid)),
            unshare(Ctx, Jid);
        [] -> ok
    end.

%% Make room for an occupant among those of its room: the oldest goes.
share(_Ctx, {_, _, <<>>}) ->
    ok;
share(#ctx{tables = #{occupants := Occupants}} = Ctx, {U, S, _} = Jid) ->
    case ets:lookup(Occupants, {U, S}) of
        [{_, [Oldest | _] = Known}] when length(Known) >= ?OCCUPANTS -> remove(Ctx, Oldest), share(Ctx, Jid);
        [{_, Known}] -> ets:insert(Occupants, {{U, S}, Known ++ [Jid]}), ok;
        [] -> ets:insert(Occupants, {{U, S}, [Jid]}), ok
    end.

unshare(_Ctx, {_, _, <<>>}) ->
    ok;
unshare(#ctx{tables = #{occupants := Occupants}}, {U, S, _} = Jid) ->
    case ets:lookup(Occupants, {U, S}) of
        [{_, [Jid]}] -> ets:delete(Occupants, {U, S}), ok;
        [{_, Known}] -> ets:insert(Occupants, {{U, S}, lists:delete(Jid, Known)}), ok;
        [] -> ok
    end.

%% A ban without a resource is a ban of all of them; one with is that of an occupant.
-spec is_banned(#ctx{}, jid:jid()) -> boolean().
is_banned(#ctx{tables = #{bans := Bans}}, #jid{luser = U, lserver = S, lresource = R}) ->
    is_live(Bans, {U, S, <<>>}) orelse R =/= <<>> andalso is_live(Bans, {U, S, R}).

is_live(Bans, Jid) ->
    case ets:lookup(Bans, Jid) of
        [{_, infinity}] -> true;
        [{_, Until}] -> Until > now_seconds();
        [] -> false
    end.

%% Whether what a banned stranger sends is dropped when the component cannot be asked about it.
-spec drops(#ctx{}, in | out, xmpp:stanza()) -> boolean().
drops(#ctx{tables = #{unasked := Unasked}} = Ctx, Direction, Stanza) ->
    From = xmpp:get_from(Stanza),
    To = xmpp:get_to(Stanza),
    Parties = [{<<>>, From#jid.lserver}, {<<>>, To#jid.lserver},
               mod_xmppfilter_relations:bare(From), mod_xmppfilter_relations:bare(To)],
    {User, Peer} = case Direction of in -> {To, From}; out -> {From, To} end,
    ets:member(Unasked, drop) andalso is_banned(Ctx, From)
        andalso not lists:any(fun(Party) -> ets:member(Unasked, Party) end, Parties)
        %% Whom our user has written to may be let through by the component.
        andalso not mod_xmppfilter_contacted:is_contacted(User, Peer).

now_seconds() ->
    erlang:monotonic_time(second).

%% Forget what has ended.
-spec expire(#ctx{}) -> ok.
expire(#ctx{tables = #{ban_ends := Ends}} = Ctx) ->
    Now = now_seconds(),
    case ets:first(Ends) of
        {Until, Jid} when is_integer(Until), Until =< Now -> remove(Ctx, Jid), expire(Ctx);
        _ -> ok
    end.

-spec count(#ctx{}) -> non_neg_integer().
count(#ctx{tables = #{bans := Bans}}) ->
    ets:info(Bans, size).
