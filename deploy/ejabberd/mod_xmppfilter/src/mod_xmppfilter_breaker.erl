%% The circuit breaker: after several time-outs in a row nobody is made to wait for a component that hangs. One
%% stanza in each pause is still asked about, and the first answer closes the breaker.
-module(mod_xmppfilter_breaker).

-export([new/0, may_ask/1, answered/1, timed_out/1, reset/1, is_open/1, leaving/1, is_leaving/1, left/1, losses/1]).
-export([limit/1, set_limit/2]).

-include("mod_xmppfilter.hrl").
-include("logger.hrl").

-define(TIMEOUTS, 1).    % time-outs in a row
-define(OPEN_UNTIL, 2).  % monotonic milliseconds plus ?SHIFT, 0 while closed
-define(LEAVING, 3).     % 1 once the component has said that it will close its stream
-define(LOSSES, 4).      % connections that have ended
-define(LIMIT, 5).       % bytes that a question may have, 0 while there is no limit
%% Erlang's monotonic clock starts below zero; shifted, 0 is free to mean closed.
-define(SHIFT, 1000000000000000).

-spec new() -> atomics:atomics_ref().
new() ->
    atomics:new(5, [{signed, true}]).

%% Whether a question may be put now. Of all who ask in a pause that has run out, one is told yes: its question is the probe.
-spec may_ask(#ctx{}) -> boolean().
may_ask(#ctx{breaker = Ref, breaker_pause = Pause}) ->
    case atomics:get(Ref, ?OPEN_UNTIL) of
        0 -> true;
        Until ->
            Now = now_ms(),
            Now >= Until andalso atomics:compare_exchange(Ref, ?OPEN_UNTIL, Until, Now + Pause) =:= ok
    end.

-spec answered(#ctx{}) -> ok.
answered(#ctx{breaker = Ref} = Ctx) ->
    case atomics:get(Ref, ?TIMEOUTS) of
        0 -> ok;
        _ ->
            is_open(Ctx) andalso
                ?INFO_MSG("Component ~ts answers again: its opinion is asked for as before", [Ctx#ctx.component]),
            reset(Ctx)
    end.

-spec timed_out(#ctx{}) -> ok.
timed_out(#ctx{breaker = Ref, breaker_timeouts = Limit, breaker_pause = Pause} = Ctx) ->
    Count = atomics:add_get(Ref, ?TIMEOUTS, 1),
    case Count >= Limit andalso atomics:compare_exchange(Ref, ?OPEN_UNTIL, 0, now_ms() + Pause) of
        ok ->
            mod_xmppfilter_stats:inc(Ctx, breaker_opened),
            ?WARNING_MSG("Component ~ts left ~B questions in a row without an answer: everything is delivered "
                         "without asking, with a probe every ~B s", [Ctx#ctx.component, Count, Pause div 1000]);
        _ -> ok
    end.

%% A new connection deserves a new chance.
-spec reset(#ctx{}) -> ok.
reset(#ctx{breaker = Ref}) ->
    atomics:put(Ref, ?TIMEOUTS, 0),
    atomics:put(Ref, ?OPEN_UNTIL, 0),
    atomics:put(Ref, ?LEAVING, 0).

%% The component closes its stream in good order: nothing more is asked, so that it can know when it has read everything.
-spec leaving(#ctx{}) -> ok.
leaving(#ctx{breaker = Ref}) ->
    atomics:put(Ref, ?LEAVING, 1).

-spec is_leaving(#ctx{}) -> boolean().
is_leaving(#ctx{breaker = Ref}) ->
    atomics:get(Ref, ?LEAVING) =:= 1.

%% A connection is gone. Other ones may live on, and are asked again.
-spec left(#ctx{}) -> ok.
left(#ctx{breaker = Ref}) ->
    atomics:put(Ref, ?LEAVING, 0),
    atomics:add(Ref, ?LOSSES, 1).

%% How many connections have ended. Who has seen the component connected after reading this number need not look again
%% as long as the number stays: looking costs several times as much.
-spec losses(#ctx{}) -> non_neg_integer().
losses(#ctx{breaker = Ref}) ->
    atomics:get(Ref, ?LOSSES).

%% How large a question, or a stanza that is handed over, may be.
-spec limit(#ctx{}) -> pos_integer() | infinity.
limit(#ctx{breaker = Ref}) ->
    case atomics:get(Ref, ?LIMIT) of
        0 -> infinity;
        Limit -> Limit
    end.

-spec set_limit(#ctx{}, pos_integer() | infinity) -> ok.
set_limit(#ctx{breaker = Ref}, infinity) -> atomics:put(Ref, ?LIMIT, 0);
set_limit(#ctx{breaker = Ref}, Limit) -> atomics:put(Ref, ?LIMIT, Limit).

-spec is_open(#ctx{}) -> boolean().
is_open(#ctx{breaker = Ref}) ->
    atomics:get(Ref, ?OPEN_UNTIL) =/= 0.

now_ms() ->
    erlang:monotonic_time(millisecond) + ?SHIFT.
