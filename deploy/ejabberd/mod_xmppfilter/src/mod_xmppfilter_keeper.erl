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

-record(state, {host :: binary(), hello = <<"never">> :: binary()}).

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
    say_hello(mod_xmppfilter_tables:ctx(Host)),
    {noreply, State}.

handle_call({bans, Push}, _From, State) ->
    with_ctx(State, fun(Ctx) -> mod_xmppfilter_bans:apply_push(Ctx, Push) end),
    {reply, ok, State};
handle_call(component_info, _From, #state{hello = Hello} = State) ->
    {reply, Hello, State}.

handle_cast(component_up, State) ->
    with_ctx(State, fun(Ctx) -> mod_xmppfilter_breaker:reset(Ctx), say_hello(Ctx) end),
    {noreply, State};
handle_cast({greeted, Hello}, #state{host = Host} = State) ->
    Software = mod_xmppfilter_wire:attr(<<"software">>, Hello),
    ?INFO_MSG("~ts greets ~ts", [Software, Host]),
    Time = mod_xmppfilter_wire:timestamp(mod_xmppfilter_wire:now_seconds()),
    {noreply, State#state{hello = <<Time/binary, " ", Software/binary>>}}.

handle_info(tick, State) ->
    with_ctx(State, fun(Ctx) -> mod_xmppfilter_bans:expire(Ctx), deliver_due(Ctx) end),
    erlang:send_after(?TICK, self(), tick),
    {noreply, State};
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
say_hello(#ctx{component = Component} = Ctx) ->
    case ejabberd_router:is_my_route(Component) of
        true -> ejabberd_router:route(mod_xmppfilter_wire:hello(Ctx, p1_rand:get_string()));
        false -> ok
    end;
say_hello(undefined) ->
    ok.

%% In doubt deliver: what nobody decided about in time goes to its recipient.
deliver_due(Ctx) ->
    case mod_xmppfilter_store:due(mod_xmppfilter_wire:now_seconds()) of
        none -> ok;
        {Host, Ref} ->
            case mod_xmppfilter_store:take(Host, Ref) of
                {ok, Row} -> mod_xmppfilter_stats:inc(Ctx, expired), mod_xmppfilter_store:release(Row, []);
                {error, notfound} -> ok
            end,
            deliver_due(Ctx)
    end.
