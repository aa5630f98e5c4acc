%% What one process per host is enough for: the hello, the writing of bans, and everything that comes due with time.
-module(mod_xmppfilter_keeper).
-behaviour(gen_server).

-export([start_link/1, component_up/1, bans/2, greeted/2, component_info/1]).
-export([init/1, handle_continue/2, handle_call/3, handle_cast/2, handle_info/2]).

-include("xmpp.hrl").
-include("logger.hrl").
-include("mod_xmppfilter.hrl").

-define(TICK, 1000).      % ms between two looks for what has expired
-define(PRUNE, 60000).    % ms between two looks at the size of what is remembered

-define(CALM, 10000).     % ms without another stanza that passes unasked after which that is over

%% What mod_xmppfilter_stats:unasked/1 says.
-type counts() :: {Unasked :: integer(), Stopped :: integer()}.
%% Times are monotonic milliseconds; `before` is what the counters were before it began.
-record(gap, {since :: integer(), last :: integer(), before :: counts()}).
-record(state, {host :: binary(),
                hello = <<"never">> :: binary(),
                counts = {0, 0} :: counts(),          % at the last look
                gap :: #gap{} | undefined}).          % while stanzas pass unasked

start_link(Host) ->
    gen_server:start_link({local, mod_xmppfilter_tables:name(Host, keeper)}, ?MODULE, Host, []).

%% One of the component's connections has been made.
-spec component_up(binary()) -> ok.
component_up(Host) ->
    gen_server:cast(mod_xmppfilter_tables:name(Host, keeper), component_up).

%% A push of bans; they hold when this returns.
-spec bans(binary(), {boolean(), [mod_xmppfilter_bans:change()]}) -> ok.
bans(Host, Push) ->
    gen_server:call(mod_xmppfilter_tables:name(Host, keeper), {bans, Push}).

%% The component has said hello.
-spec greeted(binary(), #xmlel{}) -> ok.
greeted(Host, Hello) ->
    gen_server:cast(mod_xmppfilter_tables:name(Host, keeper), {greeted, Hello}).

-spec component_info(binary()) -> binary().
component_info(Host) ->
    gen_server:call(mod_xmppfilter_tables:name(Host, keeper), component_info).

init(Host) ->
    self() ! tick,
    self() ! prune,
    {ok, #state{host = Host}, {continue, started}}.

handle_continue(started, #state{host = Host} = State) ->
    mod_xmppfilter_out:learn_joined(Host),
    with_ctx(State, fun(Ctx) -> mod_xmppfilter_locks:tell_unlocked(Ctx), begin_asking(Ctx) end),
    {noreply, State}.

handle_call({bans, Push}, _From, State) ->
    with_ctx(State, fun(Ctx) -> mod_xmppfilter_bans:apply_push(Ctx, Push) end),
    {reply, ok, State};
handle_call(component_info, _From, #state{hello = Hello} = State) ->
    {reply, Hello, State}.

handle_cast(component_up, State) ->
    with_ctx(State, fun(Ctx) -> mod_xmppfilter_breaker:reset(Ctx), begin_asking(Ctx) end),
    {noreply, over(watch_unasked(State))};
handle_cast({greeted, Hello}, #state{host = Host} = State) ->
    Software = mod_xmppfilter_wire:attr(<<"software">>, Hello),
    ?INFO_MSG("~ts greets ~ts", [Software, Host]),
    with_ctx(State, fun(Ctx) -> set_limit(Ctx, mod_xmppfilter_wire:attr(<<"max">>, Hello)) end),
    Time = mod_xmppfilter_wire:timestamp(mod_xmppfilter_wire:now_seconds()),
    {noreply, State#state{hello = <<Time/binary, " ", Software/binary>>}}.

handle_info(tick, State) ->
    with_ctx(State, fun(Ctx) -> mod_xmppfilter_bans:expire(Ctx), deliver_due(Ctx) end),
    erlang:send_after(?TICK, self(), tick),
    {noreply, watch_unasked(State)};
handle_info(prune, State) ->
    with_ctx(State, fun(#ctx{contacted_limit = Limit}) -> mod_xmppfilter_contacted:prune(Limit) end),
    erlang:send_after(?PRUNE, self(), prune),
    {noreply, State};
handle_info(_Info, State) ->
    {noreply, State}.

%% While the module stops there is nothing to do.
with_ctx(#state{host = Host}, Fun) ->
    case mod_xmppfilter_tables:ctx(Host) of
        undefined -> ok;
        Ctx -> Fun(Ctx)
    end.

%% The answer is not waited for: the component greets us too, and either hello brings the bans and locks.
begin_asking(#ctx{component = Component} = Ctx) ->
    set_limit(Ctx, <<>>),
    case ejabberd_router:is_my_route(Component) of
        true -> ejabberd_router:route(mod_xmppfilter_wire:hello(Ctx, p1_rand:get_string()));
        false -> ok
    end.

%% Max is what the component's hello says of the largest question that it takes, if it says so.
set_limit(Ctx, Max) ->
    Theirs = try binary_to_integer(Max) of
                 Limit when Limit > 0 -> Limit;
                 _ -> infinity
             catch error:badarg -> infinity
             end,
    mod_xmppfilter_breaker:set_limit(Ctx, min(Theirs, mod_xmppfilter_wire:own_limit(Ctx))).

%%% What passes unasked is told to the admin in two lines, however much it is.

watch_unasked(#state{host = Host} = State) ->
    case mod_xmppfilter_tables:ctx(Host) of
        undefined -> State;
        Ctx -> watch_unasked(Ctx, mod_xmppfilter_stats:unasked(Ctx), erlang:monotonic_time(millisecond), State)
    end.

watch_unasked(#ctx{component = Component} = Ctx, Counts, Now, #state{counts = Before, gap = undefined} = State)
  when Counts > Before ->
    Why = case {ejabberd_router:is_my_route(Component), mod_xmppfilter_breaker:is_open(Ctx)} of
              {false, _} -> "it is not connected";
              {true, true} -> "it does not answer";
              {true, false} -> "it did not answer all questions in time, or too many stanzas wait for it"
          end,
    ?WARNING_MSG("Stanzas of strangers are not judged by ~ts: ~ts", [Component, Why]),
    State#state{counts = Counts, gap = #gap{since = Now, last = Now, before = Before}};
watch_unasked(_Ctx, Counts, Now, #state{counts = Before, gap = #gap{} = Gap} = State) when Counts > Before ->
    State#state{counts = Counts, gap = Gap#gap{last = Now}};
watch_unasked(#ctx{component = Component} = Ctx, _Counts, Now, #state{gap = #gap{last = Last}} = State)
  when Now - Last >= ?CALM ->
    case ejabberd_router:is_my_route(Component) andalso not mod_xmppfilter_breaker:is_open(Ctx) of
        true -> over(State);
        false -> State
    end;
watch_unasked(_Ctx, _Counts, _Now, State) ->
    State.

%% It is over: say how many it were.
over(#state{gap = undefined} = State) ->
    State;
over(#state{counts = {Unasked, Stopped}, gap = #gap{since = Since, before = {UnaskedBefore, StoppedBefore}}} = State) ->
    with_ctx(State, fun(#ctx{component = Component}) ->
                            Hit = Stopped - StoppedBefore,
                            ?WARNING_MSG("~B stanzas have passed without ~ts, ~B of banned senders were stopped, in ~B s",
                                         [Unasked - UnaskedBefore - Hit, Component, Hit,
                                          (erlang:monotonic_time(millisecond) - Since + 999) div 1000])
                    end),
    State#state{gap = undefined}.

%% In doubt deliver: what nobody decided about in time goes to its recipient.
deliver_due(Ctx) ->
    case mod_xmppfilter_kept:due(mod_xmppfilter_wire:now_seconds()) of
        none -> ok;
        {Host, Ref} ->
            case mod_xmppfilter_kept:take(Host, Ref) of
                {ok, Row} -> mod_xmppfilter_stats:inc(Ctx, expired), mod_xmppfilter_kept:release(Row, []);
                {error, notfound} -> ok
            end,
            deliver_due(Ctx)
    end.
