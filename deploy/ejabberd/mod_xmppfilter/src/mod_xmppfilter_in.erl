%% What comes in: stamps that say how, and the hook through which every stanza for a local user passes. It runs before
%% archive, push and offline storage, so that what is dropped leaves no trace in them.
-module(mod_xmppfilter_in).

-export([s2s_auth_result/3, s2s_receive/1, component_send/1, s2s_allow/3, sm_receive/1]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

%%% Stamps

%% How an s2s peer has proved its domain. During SASL EXTERNAL the mechanism is in the state, during dialback it is not.
s2s_auth_result(State, true, Peer) ->
    Auth = case State of
               #{sasl_mech := _} -> cert;
               _ -> dialback
           end,
    Known = maps:get(xmppfilter_auth, State, #{}),
    State#{xmppfilter_auth => Known#{Peer => Auth}};
s2s_auth_result(State, _, _) ->
    State.

s2s_receive({drop, _} = Acc) ->
    Acc;
s2s_receive({Stanza, State}) ->
    #jid{lserver = Peer} = xmpp:get_from(Stanza),
    Auth = maps:get(Peer, maps:get(xmppfilter_auth, State, #{}), unknown),
    Tls = maps:get(stream_encrypted, State, false),
    {xmpp:put_meta(Stanza, ?META_ORIGIN, {s2s, Peer, Auth, Tls}), State}.

%% Everything that any component sends. Answers of ours are taken out here and nowhere else, so that nobody who learns an
%% id can answer in the component's place, or make ejabberd forget a question by trying.
component_send({drop, _} = Acc) ->
    Acc;
component_send({Stanza, State}) ->
    Domains = component_domains(State),
    Stamped = xmpp:put_meta(Stanza, ?META_ORIGIN, {component, Domains}),
    case is_taken(Stamped, Domains) of
        true -> {stop, {drop, State}};
        false -> {Stamped, State}
    end.

component_domains(#{routes := Routes}) -> Routes;
component_domains(#{remote_server := Server}) -> [Server].

%% Whether a component's stanza is for us and goes no further.
is_taken(#iq{type = Type, from = From, to = #jid{luser = <<>>, lserver = Host}} = Answer, Domains)
  when Type =:= result; Type =:= error ->
    case mod_xmppfilter_tables:ctx(Host) of
        #ctx{component = Component} = Ctx ->
            lists:member(Component, Domains) andalso jid:tolower(From) =:= {<<>>, Component, <<>>}
                andalso (mod_xmppfilter_queues:answer(Ctx, Answer) orelse mod_xmppfilter_locks:answered(Ctx, Answer)
                         orelse is_hello(Host, Answer));
        undefined -> false
    end;
is_taken(#iq{}, _Domains) ->
    false;
is_taken(Stanza, Domains) ->
    #jid{lserver = Host} = xmpp:get_from(Stanza),
    case mod_xmppfilter_tables:ctx(Host) of
        #ctx{route = inline, component = Component} = Ctx ->
            %% What goes to a filtered host is handed over there, when its session has already noted all.
            #jid{lserver = Recipient} = xmpp:get_to(Stanza),
            lists:member(Component, Domains) andalso mod_xmppfilter_tables:ctx(Recipient) =:= undefined
                andalso mod_xmppfilter_delivery:sent_back(Ctx, Stanza);
        _ -> ok
    end,
    false.

is_hello(Host, #iq{sub_els = Els}) ->
    case mod_xmppfilter_wire:child(<<"hello">>, Els) of
        undefined -> false;
        Hello -> mod_xmppfilter_keeper:greeted(Host, Hello), true
    end.

%% The component is ours: when it is not connected, nobody's mail may go looking for it in the DNS, and nobody may come
%% in under its name.
s2s_allow(Acc, Host, Remote) ->
    case mod_xmppfilter_tables:ctx(Host) of
        #ctx{component = Remote} -> {stop, deny};
        _ -> Acc
    end.

%%% The hook

sm_receive(drop) ->
    drop;
sm_receive(Stanza) ->
    #jid{lserver = Host} = xmpp:get_to(Stanza),
    case mod_xmppfilter_tables:ctx(Host) of
        undefined -> Stanza;
        Ctx -> receive_stanza(Stanza, Ctx)
    end.

receive_stanza(Stanza, #ctx{component = Component} = Ctx) ->
    Pair = mod_xmppfilter_relations:pair(xmpp:get_from(Stanza), xmpp:get_to(Stanza)),
    case xmpp:get_meta(Stanza) of
        %% Judged before: let go by us, replayed from offline storage, or sent once more by XEP-0198.
        #{?META_PASSED := Pair} -> Stanza;
        #{from_offline := true} -> Stanza;
        #{mgmt_is_resent := true} -> Stanza;
        #{?META_ORIGIN := {component, Domains}} ->
            %% The component's own word, or what it sends back on the route inline.
            case lists:member(Component, Domains) of
                true -> Stanza;
                false -> judge(Stanza, Pair, Ctx)
            end;
        _ -> judge(Stanza, Pair, Ctx)
    end.

judge(Stanza0, Pair, Ctx) ->
    Stanza = strip_tags(Stanza0, Ctx),
    Held = #held{pair = Pair, stanza = Stanza},
    Result = case opinion(Stanza, Pair, Ctx) of
                 pass -> mod_xmppfilter_gate:pass(Ctx, Held);
                 {ask, Extra} -> mod_xmppfilter_gate:ask(Ctx, Held, Extra)
             end,
    case Result of
        passed -> Stanza;
        kept -> {stop, drop}
    end.

strip_tags(Stanza0, Ctx) ->
    case mod_xmppfilter_wire:strip_tags(Stanza0) of
        {false, Stanza} -> Stanza;
        {true, Stanza} -> mod_xmppfilter_stats:inc(Ctx, tags_stripped), Stanza
    end.

%% Cheap questions first: the roster is read for what would be asked about, and for nothing else.
opinion(Stanza, {FromBare, ToBare}, Ctx) ->
    From = xmpp:get_from(Stanza),
    To = xmpp:get_to(Stanza),
    Wanted = mod_xmppfilter_relations:wants_opinion(Stanza)
        andalso not (From#jid.lresource =/= <<>> andalso mod_xmppfilter_rooms:is_joined(Ctx, ToBare, FromBare)),
    Banned = mod_xmppfilter_bans:is_banned(Ctx, From),
    case (Wanted orelse Banned) andalso FromBare =/= ToBare
        andalso not mod_xmppfilter_relations:is_server(From)
        andalso not mod_xmppfilter_relations:is_contact(Ctx, To, From)
        andalso not mod_xmppfilter_relations:is_blocked(To, Stanza, in) of
        true when Wanted -> {ask, []};
        true -> {ask, [{<<"banned">>, <<"true">>}]};
        false -> pass
    end.
