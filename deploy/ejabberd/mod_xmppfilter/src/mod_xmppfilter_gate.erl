%% Where a stanza is let through or kept back: what both directions have in common.
-module(mod_xmppfilter_gate).

-export([pass/2, ask/4]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

%% A stanza that needs no opinion still waits its turn behind those of its pair that do.
-spec pass(#ctx{}, #held{}) -> passed | kept.
pass(#ctx{route = verdict} = Ctx, #held{pair = Pair} = Held) ->
    case mod_xmppfilter_tables:is_busy(Ctx, Pair) of
        true -> keep(Ctx, Held#held{ask = false});
        false -> passed
    end;
pass(_Ctx, _Held) ->
    passed.

%% Bring a stanza before the component, if that is possible at all. Extra is added to <meta/>.
-spec ask(#ctx{}, in | out, #held{}, [{binary(), binary()}]) -> passed | kept.
ask(#ctx{component = Component} = Ctx, Direction, Held0, Extra) ->
    Held = Held0#held{losses = mod_xmppfilter_breaker:losses(Ctx)},
    case ejabberd_router:is_my_route(Component) andalso not mod_xmppfilter_breaker:is_leaving(Ctx) of
        true -> ask_connected(Ctx, Direction, Held, Extra);
        false -> unasked(Ctx, not_connected, Held)
    end.

ask_connected(#ctx{route = inline} = Ctx, Direction, #held{stanza = Stanza}, Extra) ->
    mod_xmppfilter_stats:inc(Ctx, wrapped),
    Meta = mod_xmppfilter_wire:meta(Direction, Stanza, Extra),
    ejabberd_router:route(mod_xmppfilter_wire:wrapped(Ctx, as_it_leaves(Direction, Stanza), Meta)),
    kept;
ask_connected(Ctx, Direction, #held{pair = {From, _} = Pair, stanza = Stanza} = Held, Extra) ->
    case mod_xmppfilter_tables:is_full(Ctx, From) of
        true ->
            case mod_xmppfilter_tables:is_busy(Ctx, Pair) of
                true -> keep(Ctx, Held#held{ask = flush});
                false -> unasked(Ctx, overfull, Held)
            end;
        false ->
            case mod_xmppfilter_breaker:may_ask(Ctx) of
                true ->
                    Meta = mod_xmppfilter_wire:meta(Direction, Stanza, Extra),
                    keep(Ctx, Held#held{ask = true, meta = Meta});
                false -> unasked(Ctx, breaker_skipped, Held)
            end
    end.

%% A request leaves in the name of the account (RFC 6121 3.1.2), and this one does not come back to its session.
as_it_leaves(out, #presence{type = Type, from = From} = Presence) when ?IS_SUBSCRIPTION(Type) ->
    Presence#presence{from = jid:remove_resource(From)};
as_it_leaves(_Direction, Stanza) ->
    Stanza.

unasked(Ctx, Why, Held) ->
    mod_xmppfilter_stats:inc(Ctx, Why),
    pass(Ctx, Held).

keep(Ctx, Held) ->
    mod_xmppfilter_tables:hold(Ctx, Held),
    kept.
