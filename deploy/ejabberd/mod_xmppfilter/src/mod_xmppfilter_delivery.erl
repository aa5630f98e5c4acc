%% Carrying out what was decided: a stanza goes on its way as if it had never been held, is dropped, answered with an error,
%% or kept on the component's word.
-module(mod_xmppfilter_delivery).

-export([finish/4, deliver_leftovers/2, deliver/2, sent_back/2, passed/1]).

-include("xmpp.hrl").
-include("logger.hrl").
-include("mod_xmppfilter.hrl").

%% Carry a verdict out. The row goes last: dying in between delivers twice rather than never.
-spec finish(#ctx{}, pos_integer(), #held{}, mod_xmppfilter_wire:verdict()) -> ok.
finish(Ctx, Index, #held{stanza = Stanza} = Held, Verdict) ->
    try carry_out(Verdict, Held, Ctx)
    catch Class:Reason:Stack ->
            mod_xmppfilter_stats:inc(Ctx, failed),
            ?ERROR_MSG("Delivering a held stanza failed:~n~ts~n** ~ts",
                       [xmpp:pp(Stanza), misc:format_exception(2, Class, Reason, Stack)])
    end,
    mod_xmppfilter_tables:let_go(Ctx, Index, Held).

carry_out({accept, Tags}, #held{stanza = Stanza} = Held, Ctx) ->
    mod_xmppfilter_stats:inc(Ctx, accepted),
    let_out(Ctx, Held, mod_xmppfilter_wire:add_tags(Stanza, Tags));
carry_out(drop, _Held, Ctx) ->
    mod_xmppfilter_stats:inc(Ctx, dropped);
carry_out({bounce, Error}, #held{stanza = Stanza}, Ctx) ->
    case mod_xmppfilter_wire:bounce(Stanza, Error) of
        none -> mod_xmppfilter_stats:inc(Ctx, dropped);
        Answer ->
            mod_xmppfilter_stats:inc(Ctx, bounced),
            ejabberd_router:route(passed(Answer))
    end;
carry_out({hold, _, _} = Hold, Held, Ctx) ->
    case mod_xmppfilter_kept:keep(Ctx, Held, Hold) of
        ok -> mod_xmppfilter_stats:inc(Ctx, held);
        full ->
            mod_xmppfilter_stats:inc(Ctx, store_full),
            carry_out({accept, []}, Held, Ctx)
    end.

%% Send a stanza on its way as if it had never been held. Outbound, its session is gone: what c2s would have done is done
%% here, but for the sender's own archive and carbon copies.
-spec deliver(in | out, xmpp:stanza()) -> ok.
deliver(in, Stanza) ->
    ejabberd_sm:route(passed(Stanza));
deliver(out, #presence{type = Type, from = From, to = To} = Presence)
  when ?IS_SUBSCRIPTION(Type) ->
    ejabberd_hooks:run(roster_out_subscription, From#jid.lserver, [Presence]),
    ejabberd_router:route(xmpp:set_from_to(Presence, jid:remove_resource(From), To));
deliver(out, #presence{}) ->
    ok;  % directed presence of a session that has ended means nothing any more
deliver(out, Stanza) ->
    ejabberd_router:route(passed(Stanza)).

%% Route inline: what a local user has sent goes out past its session, which would have noted these things.
-spec sent_back(#ctx{}, xmpp:stanza()) -> ok.
sent_back(#ctx{host = Host} = Ctx, Stanza) ->
    case Stanza of
        #presence{type = Type} when ?IS_SUBSCRIPTION(Type) ->
            ejabberd_hooks:run(roster_out_subscription, Host, [Stanza]);
        _ -> ok
    end,
    mod_xmppfilter_contacted:note(Ctx, Stanza).

let_out(#ctx{route = inline} = Ctx, #held{direction = out}, Stanza) ->
    sent_back(Ctx, Stanza),
    ejabberd_router:route(passed(Stanza));
let_out(_Ctx, #held{direction = Direction}, Stanza) ->
    deliver(Direction, Stanza).

%% The mark names the pair, for a stanza keeps its meta map when a room sends it on to others.
-spec passed(xmpp:stanza()) -> xmpp:stanza().
passed(Stanza) ->
    xmpp:put_meta(Stanza, ?META_PASSED, mod_xmppfilter_relations:pair(xmpp:get_from(Stanza), xmpp:get_to(Stanza))).

%% Deliver the rows that nobody looks after, in their order.
-spec deliver_leftovers(#ctx{}, pos_integer()) -> non_neg_integer().
deliver_leftovers(Ctx, Index) ->
    deliver_leftovers(Ctx, Index, 0).

deliver_leftovers(Ctx, Index, Count) ->
    case mod_xmppfilter_tables:first_held(Ctx, Index) of
        undefined -> Count;
        Held ->
            finish(Ctx, Index, Held, {accept, []}),
            deliver_leftovers(Ctx, Index, Count + 1)
    end.
