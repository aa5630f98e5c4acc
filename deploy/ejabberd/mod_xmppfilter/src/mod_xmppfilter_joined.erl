%% Which rooms the local sessions have joined: whoever a session has sent directed presence to, at an address with a
%% resource, until it leaves. Occupants of these rooms are not asked about.
-module(mod_xmppfilter_joined).

-export([sent/3, received/2, learn/4, left_all/3, is_joined/3]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

%% More than any client joins; what is beyond is asked about, not lost.
-define(MAX_PER_USER, 1000).

%% A local session's own presence.
-spec sent(#ctx{}, xmpp:stanza(), pid()) -> ok.
sent(Ctx, #presence{type = available, from = From, to = #jid{lresource = Nick} = To}, Pid) when Nick =/= <<>> ->
    learn(Ctx, From, [jid:tolower(To)], Pid);
sent(Ctx, #presence{type = unavailable, from = From, to = #jid{lresource = Nick} = To}, Pid) ->
    case mod_xmppfilter_peer:is_own(From, To) of
        true -> left_all(Ctx, From, Pid);  % the session tells all rooms (RFC 6121 4.5.2)
        false when Nick =/= <<>> -> forget(Ctx, From, To);
        false -> ok
    end;
sent(_, _, _) ->
    ok.

%% The room's answer: not let in, sent out, or gone.
-spec received(#ctx{}, xmpp:stanza()) -> ok.
received(Ctx, #presence{type = Type, from = From, to = To}) when Type =:= error; Type =:= unavailable ->
    forget(Ctx, To, From);
received(_, _) ->
    ok.

-spec learn(#ctx{}, jid:jid(), [jid:ljid()], pid()) -> ok.
learn(#ctx{tables = #{joined := Tab}}, #jid{luser = U, lserver = S, lresource = R}, Rooms, Pid) ->
    Known = ets:select_count(Tab, [{{{U, S, '_', '_', '_', '_'}, '_'}, [], [true]}]),
    New = lists:sublist([Room || {_, _, Nick} = Room <- Rooms, Nick =/= <<>>], max(0, ?MAX_PER_USER - Known)),
    ets:insert(Tab, [{{U, S, RoomUser, RoomServer, Nick, R}, Pid} || {RoomUser, RoomServer, Nick} <- New]),
    ok.

forget(#ctx{tables = #{joined := Tab}}, #jid{luser = U, lserver = S, lresource = R},
       #jid{luser = RoomUser, lserver = RoomServer, lresource = Nick}) ->
    ets:delete(Tab, {U, S, RoomUser, RoomServer, Nick, R}),
    ok.

%% A session's end.
-spec left_all(#ctx{}, jid:jid(), pid()) -> ok.
left_all(#ctx{tables = #{joined := Tab}}, #jid{luser = U, lserver = S, lresource = R}, Pid) ->
    ets:match_delete(Tab, {{U, S, '_', '_', '_', R}, Pid}),
    ok.

-spec is_joined(#ctx{}, bare(), bare()) -> boolean().
is_joined(#ctx{tables = #{joined := Tab}}, {U, S}, {RoomUser, RoomServer}) ->
    has_live(Tab, {U, S, RoomUser, RoomServer}, {U, S, RoomUser, RoomServer, <<>>, <<>>}).

%% Sessions that were killed left without a word.
has_live(Tab, {U, S, RoomUser, RoomServer} = Prefix, Key) ->
    case ets:next(Tab, Key) of
        {U, S, RoomUser, RoomServer, _, _} = Next ->
            case ets:lookup(Tab, Next) of
                [{_, Pid}] when node(Pid) =:= node() ->
                    case is_process_alive(Pid) of
                        true -> true;
                        false -> ets:delete(Tab, Next), has_live(Tab, Prefix, Next)
                    end;
                _ -> has_live(Tab, Prefix, Next)
            end;
        _ -> false
    end.
