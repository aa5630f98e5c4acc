%% Which rooms (XEP-0045) the local sessions are in. A session asks to be let in by directed presence with <x/> (7.2.2), and
%% the room's own answer, presence with status 110, proves that it was. The request alone proves nothing: anybody may send it
%% to anybody. Nor does the answer: any stranger may send it to anybody.
-module(mod_xmppfilter_rooms).

-export([sent/3, receive_presence/1, learn/4, left_all/3, is_joined/3, may_be_occupant/3]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

%% More than any client joins; what is beyond is asked about, not lost.
-define(MAX_PER_USER, 1000).

-record(room, {key :: {binary(), binary(), binary(), binary(), binary()} | tuple(),  % user's and room's bare JIDs, resource
               pid :: pid() | '_',
               nick :: binary() | '_',
               joined :: boolean() | '_'}).

%% A local session's own presence.
-spec sent(#ctx{}, xmpp:stanza(), pid()) -> ok.
sent(Ctx, #presence{type = available, from = From, to = #jid{lresource = Nick} = To} = Presence, Pid) when Nick =/= <<>> ->
    case xmpp:has_subtag(Presence, #muc{}) of
        true -> learn(Ctx, From, [jid:tolower(To)], Pid);
        false -> ok
    end;
sent(Ctx, #presence{type = unavailable, from = From, to = To}, Pid) ->
    case mod_xmppfilter_relations:is_own(From, To) of
        true -> left_all(Ctx, From, Pid);  % the session tells all rooms (RFC 6121 4.5.2)
        false -> forget(Ctx, key(From, To))
    end;
sent(_, _, _) ->
    ok.

%% Hook user_receive_packet, in the process of the session that a room answers: its node knows its rooms.
receive_presence({#presence{from = #jid{lserver = Server}, to = #jid{lserver = Host}} = Presence, _} = Acc)
  when Server =/= Host ->
    case mod_xmppfilter_tables:ctx(Host) of
        undefined -> ok;
        Ctx -> received(Ctx, Presence)
    end,
    Acc;
receive_presence(Acc) ->
    Acc.

received(#ctx{tables = #{joined := Tab}} = Ctx, #presence{type = Type, from = From, to = To} = Presence) ->
    case ets:lookup(Tab, key(To, From)) of
        [Room] -> answered(Ctx, Room, Type, From#jid.lresource, Presence);
        [] -> ok
    end.

answered(#ctx{tables = #{joined := Tab}}, Room, available, Nick, Presence) ->
    case lists:member(110, statuses(Presence)) of
        true -> ets:insert(Tab, Room#room{nick = Nick, joined = true}), ok;
        false -> ok
    end;
answered(Ctx, #room{key = Key, nick = Own}, unavailable, Nick, Presence) ->
    Statuses = statuses(Presence),
    %% 303: with a new nick
    case (Nick =:= Own orelse lists:member(110, Statuses)) andalso not lists:member(303, Statuses) of
        true -> forget(Ctx, Key);
        false -> ok
    end;
answered(Ctx, #room{key = Key, joined = false}, error, _Nick, _Presence) ->
    forget(Ctx, Key);
answered(_Ctx, _Room, _Type, _Nick, _Presence) ->
    ok.

statuses(Presence) ->
    lists:flatmap(fun(#muc_user{status_codes = Codes}) -> Codes;
                     (#xmlel{name = <<"x">>, attrs = Attrs, children = Children}) ->
                          case fxml:get_attr_s(<<"xmlns">>, Attrs) of
                              ?NS_MUC_USER -> [Code || #xmlel{name = <<"status">>} = El <- Children, Code <- code(El)];
                              _ -> []
                          end;
                     (_) -> []
                  end, xmpp:get_els(Presence)).

code(El) ->
    case fxml:get_tag_attr_s(<<"code">>, El) of
        <<"110">> -> [110];
        <<"303">> -> [303];
        _ -> []
    end.

%% A session has asked these rooms to be let in, as far as is known.
-spec learn(#ctx{}, jid:jid(), [jid:ljid()], pid()) -> ok.
learn(#ctx{tables = #{joined := Tab}}, #jid{luser = U, lserver = S, lresource = R}, Occupants, Pid) ->
    Known = ets:select_count(Tab, [{#room{key = {U, S, '_', '_', '_'}, pid = '_', nick = '_', joined = '_'}, [], [true]}]),
    New = lists:sublist([Occupant || {_, _, Nick} = Occupant <- Occupants, Nick =/= <<>>], max(0, ?MAX_PER_USER - Known)),
    ets:insert(Tab, [#room{key = {U, S, RoomUser, RoomServer, R}, pid = Pid, nick = Nick, joined = false}
                     || {RoomUser, RoomServer, Nick} <- New]),
    ok.

key(#jid{luser = U, lserver = S, lresource = R}, #jid{luser = RoomUser, lserver = RoomServer}) ->
    {U, S, RoomUser, RoomServer, R}.

forget(#ctx{tables = #{joined := Tab}}, Key) ->
    ets:delete(Tab, Key),
    ok.

%% A session's end.
-spec left_all(#ctx{}, jid:jid(), pid()) -> ok.
left_all(#ctx{tables = #{joined := Tab}}, #jid{luser = U, lserver = S, lresource = R}, Pid) ->
    ets:match_delete(Tab, #room{key = {U, S, '_', '_', R}, pid = Pid, nick = '_', joined = '_'}),
    ok.

%% Whether a session of the user is in this room.
-spec is_joined(#ctx{}, bare(), bare()) -> boolean().
is_joined(Ctx, User, Room) ->
    has_live(Ctx, User, Room, fun(#room{joined = Joined}) -> Joined end).

%% Whether somebody behind this address may be an occupant, for a session of the user has asked to be let in there.
-spec may_be_occupant(#ctx{}, bare(), bare()) -> boolean().
may_be_occupant(Ctx, User, Room) ->
    has_live(Ctx, User, Room, fun(_) -> true end).

has_live(#ctx{tables = #{joined := Tab}}, {U, S}, {RoomUser, RoomServer}, Test) ->
    has_live(Tab, {U, S, RoomUser, RoomServer}, {U, S, RoomUser, RoomServer, <<>>}, Test);
%% Sessions that were killed left without a word.
has_live(Tab, {U, S, RoomUser, RoomServer} = Prefix, Key, Test) ->
    case ets:next(Tab, Key) of
        {U, S, RoomUser, RoomServer, _} = Next ->
            case ets:lookup(Tab, Next) of
                [#room{pid = Pid} = Room] when node(Pid) =:= node() ->
                    case is_process_alive(Pid) of
                        true -> Test(Room) orelse has_live(Tab, Prefix, Next, Test);
                        false -> ets:delete(Tab, Next), has_live(Tab, Prefix, Next, Test)
                    end;
                _ -> has_live(Tab, Prefix, Next, Test)
            end;
        _ -> false
    end.
