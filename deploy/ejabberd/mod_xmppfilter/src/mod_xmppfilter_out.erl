%% What local users send: stamps, joined rooms, whom they have written to, their reports of spam, and the questions about
%% stanzas that go to strangers.
-module(mod_xmppfilter_out).

-export([user_send/1, user_sent/1, handle_info/2, terminated/2, learn_joined/1]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

%% Reports in one block request that are handed on.
-define(MAX_REPORTS, 50).

%% Hook user_send_packet, before everything else: a stanza that is let go passes it again.
user_send({drop, _} = Acc) ->
    Acc;
user_send({Stanza0, #{lserver := Host} = State}) ->
    Bare = mod_xmppfilter_relations:bare(xmpp:get_from(Stanza0)),
    Stanza = xmpp:put_meta(Stanza0, ?META_ORIGIN, {c2s, Bare, maps:get(stream_encrypted, State, false)}),
    case mod_xmppfilter_tables:ctx(Host) of
        #ctx{route = verdict} = Ctx -> leave(Stanza, State, Ctx);
        _ -> {Stanza, State}
    end.

%% The same hook, after everything else: on the route inline a stanza never passes it again, so the sender's archive and
%% carbon copies must have seen it.
user_sent({drop, _} = Acc) ->
    Acc;
user_sent({Stanza, #{lserver := Host} = State}) ->
    case mod_xmppfilter_tables:ctx(Host) of
        #ctx{route = inline} = Ctx -> leave(Stanza, State, Ctx);
        _ -> {Stanza, State}
    end.

leave(Stanza, State, Ctx) ->
    case route(Stanza, Ctx) of
        passed ->
            mod_xmppfilter_rooms:sent(Ctx, Stanza, self()),
            mod_xmppfilter_contacted:note(Ctx, Stanza),
            {Stanza, State};
        kept -> {stop, {drop, State}}
    end.

route(Stanza, #ctx{component = Component} = Ctx) ->
    From = xmpp:get_from(Stanza),
    To = xmpp:get_to(Stanza),
    Pair = mod_xmppfilter_relations:pair(From, To),
    case is_home(From, To, Component) of
        true -> report(Stanza, Ctx);
        false ->
            case xmpp:get_meta(Stanza, ?META_PASSED, undefined) of
                Pair -> passed;
                _ -> judge(Stanza, From, To, #held{direction = out, pair = Pair, stanza = Stanza, to_c2s = self()}, Ctx)
            end
    end.

%% The user's own account, its server, the component: never asked about. What a service gets it may hand on to anybody.
is_home(From, #jid{lserver = S} = To, Component) ->
    mod_xmppfilter_relations:is_own(From, To) orelse S =:= Component orelse mod_xmppfilter_relations:is_server(To).

judge(_Stanza, _From, _To, _Held, #ctx{outbound = false}) ->
    passed;
judge(Stanza, From, #jid{lserver = Server} = To, Held, Ctx) ->
    %% Asked about once: a local recipient's host asks, if it has the module.
    case mod_xmppfilter_tables:ctx(Server) of
        undefined ->
            case opinion(Stanza, From, To, Ctx) of
                pass -> mod_xmppfilter_gate:pass(Ctx, Held);
                {ask, Extra} -> mod_xmppfilter_gate:ask(Ctx, Held, Extra)
            end;
        #ctx{} -> passed
    end.

opinion(Stanza, From, To, Ctx) ->
    Wanted = mod_xmppfilter_relations:wants_opinion(Stanza)
        andalso not is_said_in_room(Stanza, From, To, Ctx),
    Banned = mod_xmppfilter_bans:is_banned(Ctx, From),
    case (Wanted orelse Banned) andalso not mod_xmppfilter_relations:is_known_to(Ctx, From, To)
        andalso not mod_xmppfilter_relations:is_blocked(From, Stanza, out) of
        true when Wanted -> {ask, []};
        true -> {ask, [{<<"banned">>, <<"true">>}]};
        false -> pass
    end.

%% Words to one occupant are asked about, and so are invitations that the room is to hand on.
is_said_in_room(#message{type = groupchat}, From, To, Ctx) ->
    mod_xmppfilter_rooms:is_joined(Ctx, mod_xmppfilter_relations:bare(From), mod_xmppfilter_relations:bare(To));
is_said_in_room(_Stanza, _From, _To, _Ctx) ->
    false.

%%% The way back

%% A stanza that was kept is sent on by its own session, as if the client had sent it now: privacy lists, roster, archive
%% and carbon copies are c2s' business.
handle_info(State, {?MODULE, return, Worker, Seq, Stanza}) ->
    State1 = ejabberd_c2s:handle_authenticated_packet(Stanza, State),
    Worker ! {returned, Seq},
    {stop, State1};
handle_info(#{lserver := Host, jid := Jid, pres_a := Directed} = State, {?MODULE, learn_joined}) ->
    case mod_xmppfilter_tables:ctx(Host) of
        undefined -> ok;
        Ctx -> mod_xmppfilter_rooms:learn(Ctx, Jid, gb_sets:to_list(Directed), self())
    end,
    {stop, State};
handle_info(State, {?MODULE, learn_joined}) ->
    {stop, State};
handle_info(State, _) ->
    State.

%% Hook c2s_terminated.
terminated(#{lserver := Host, jid := Jid} = State, _Reason) ->
    case mod_xmppfilter_tables:ctx(Host) of
        undefined -> ok;
        Ctx -> mod_xmppfilter_rooms:left_all(Ctx, Jid, self())
    end,
    State;
terminated(State, _Reason) ->
    State.

%% Sessions that are older than the module know which rooms they are in.
-spec learn_joined(binary()) -> ok.
learn_joined(Host) ->
    lists:foreach(fun(Session) -> ejabberd_sm:route(jid:make(Session), {?MODULE, learn_joined}) end,
                  ejabberd_sm:get_vh_session_list(Host)).

%%% Reports (XEP-0377)

%% In a block request (XEP-0191), which goes on its way as ever; or alone, in a message to the server, which ends here.
report(_Stanza, #ctx{reports = false}) ->
    passed;
report(#iq{type = set, from = From, to = To, sub_els = [#xmlel{name = <<"block">>, children = Items} = Block]}, Ctx) ->
    case mod_xmppfilter_relations:is_own(From, To) andalso mod_xmppfilter_wire:attr(<<"xmlns">>, Block) =:= ?NS_BLOCKING of
        true ->
            Reports = [{mod_xmppfilter_wire:attr(<<"jid">>, Item), Report}
                       || #xmlel{name = <<"item">>, children = Children} = Item <- Items, Report <- reports(Children)],
            lists:foreach(fun({Jid, Report}) -> hand_on(From, Jid, Report, Ctx) end, lists:sublist(Reports, ?MAX_REPORTS));
        false -> ok
    end,
    passed;
report(#message{type = Type, from = From, to = #jid{luser = <<>>, lresource = <<>>} = To, sub_els = Els}, Ctx)
  when Type =/= error ->
    case reports(Els) of
        [Report | _] when To#jid.lserver =:= From#jid.lserver ->
            hand_on(From, reported(Report, Els), Report, Ctx),
            kept;
        _ -> passed
    end;
report(_, _) ->
    passed.

reports(Els) ->
    [El || #xmlel{name = <<"report">>} = El <- Els,
           lists:member(mod_xmppfilter_wire:attr(<<"xmlns">>, El), [<<"urn:xmpp:reporting:0">>, <<"urn:xmpp:reporting:1">>])].

reported(#xmlel{children = Children}, Els) ->
    Named = [fxml:get_tag_cdata(El) || #xmlel{name = <<"jid">>} = El <- Children,
                                       mod_xmppfilter_wire:attr(<<"xmlns">>, El) =:= <<"urn:xmpp:jid:0">>],
    Forwarded = [mod_xmppfilter_wire:attr(<<"from">>, Message)
                 || #xmlel{name = <<"forwarded">>, children = Inner} <- Els, #xmlel{name = <<"message">>} = Message <- Inner],
    case Named ++ Forwarded of
        [Jid | _] -> Jid;
        [] -> <<>>
    end.

hand_on(From, Text, Report, #ctx{component = Component} = Ctx) ->
    try jid:decode(Text) of
        Jid ->
            case ejabberd_router:is_my_route(Component) of
                true ->
                    mod_xmppfilter_stats:inc(Ctx, reports),
                    ejabberd_router:route(mod_xmppfilter_wire:spam_report(Ctx, From, Jid, Report));
                false -> mod_xmppfilter_stats:inc(Ctx, reports_lost)
            end
    catch error:{bad_jid, _} -> mod_xmppfilter_stats:inc(Ctx, reports_lost)
    end.
