%% Where a stanza is let through or kept back: what both directions have in common.
-module(mod_xmppfilter_gate).

-export([pass/2, ask/3]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

%% A stanza that needs no opinion still waits its turn behind those of its pair that do.
-spec pass(#ctx{}, #held{}) -> passed | kept.
pass(Ctx, #held{pair = Pair} = Held) ->
    case mod_xmppfilter_tables:is_busy(Ctx, Pair) of
        true -> keep(Ctx, as_it_leaves(Ctx, Held#held{ask = false}));
        false -> passed
    end.

%% Bring a stanza before the component, if that is possible at all. Extra is added to <meta/>.
-spec ask(#ctx{}, #held{}, [{binary(), binary()}]) -> passed | kept.
ask(#ctx{component = Component} = Ctx, Held0, Extra) ->
    Held = Held0#held{losses = mod_xmppfilter_breaker:losses(Ctx)},
    case ejabberd_router:is_my_route(Component) andalso not mod_xmppfilter_breaker:is_leaving(Ctx) of
        true -> ask_connected(Ctx, Held, Extra);
        false -> unasked(Ctx, not_connected, Held)
    end.

ask_connected(#ctx{route = inline} = Ctx, #held{direction = Direction} = Held0, Extra) ->
    #held{stanza = Stanza} = Held = as_it_leaves(Ctx, Held0),
    Meta = mod_xmppfilter_meta:describe(Ctx, Direction, Stanza, Extra),
    case mod_xmppfilter_wire:wrapped(Ctx, Stanza, Meta) of
        too_large -> hold(Ctx, Held#held{meta = Meta});
        Message ->
            mod_xmppfilter_stats:inc(Ctx, wrapped),
            ejabberd_router:route(Message),
            kept
    end;
ask_connected(Ctx, #held{direction = Direction, stanza = Stanza} = Held, Extra) ->
    hold(Ctx, Held#held{meta = mod_xmppfilter_meta:describe(Ctx, Direction, Stanza, Extra)}).

%% Keep a stanza until the component has said what becomes of it.
hold(Ctx, #held{pair = {From, _} = Pair} = Held) ->
    case mod_xmppfilter_tables:is_full(Ctx, From) of
        true ->
            case mod_xmppfilter_tables:is_busy(Ctx, Pair) of
                true -> keep(Ctx, Held#held{ask = flush});
                false -> unasked(Ctx, overfull, Held)
            end;
        false ->
            case mod_xmppfilter_breaker:may_ask(Ctx) of
                true -> keep(Ctx, Held#held{ask = true});
                false -> unasked(Ctx, breaker_skipped, Held)
            end
    end.

%% On the route inline a session sees what it has sent no more. A request leaves in the name of the account (RFC 6121 3.1.2).
as_it_leaves(#ctx{route = inline}, #held{direction = out, stanza = #presence{type = Type, from = From} = Presence} = Held)
  when ?IS_SUBSCRIPTION(Type) ->
    Held#held{to_c2s = undefined, stanza = Presence#presence{from = jid:remove_resource(From)}};
as_it_leaves(#ctx{route = inline}, Held) ->
    Held#held{to_c2s = undefined};
as_it_leaves(_Ctx, Held) ->
    Held.

%% The component is not asked: what it has said of banned senders holds as long as it is there.
unasked(Ctx, not_connected, Held) ->
    mod_xmppfilter_stats:inc(Ctx, not_connected),
    pass(Ctx, Held);
unasked(Ctx, Why, #held{direction = Direction, stanza = Stanza} = Held) ->
    mod_xmppfilter_stats:inc(Ctx, Why),
    case mod_xmppfilter_bans:drops(Ctx, Direction, Stanza) of
        true -> mod_xmppfilter_stats:inc(Ctx, stopped), kept;
        false -> pass(Ctx, Held)
    end.

keep(Ctx, Held) ->
    mod_xmppfilter_tables:hold(Ctx, Held),
    kept.
