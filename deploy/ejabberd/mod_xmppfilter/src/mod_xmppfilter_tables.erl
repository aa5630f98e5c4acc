%% Owner of a virtual host's ETS tables, and nothing else: it runs no code that could fail, so what the workers hold
%% outlives them. It also publishes and withdraws the #ctx{} that every hook reads.
-module(mod_xmppfilter_tables).
-behaviour(gen_server).

-export([start_link/2, ctx/1, name/2, worker/2, update/2, withdraw/1]).
-export([hold/2, held/2, first_held/2, let_go/3, is_busy/2, count_held/1, is_full/2, worker_index/2]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

-include("xmpp.hrl").
-include("logger.hrl").
-include("mod_xmppfilter.hrl").

-type tables() :: #{held := tuple(), pairs := ets:tid(), bans := ets:tid(), ban_ends := ets:tid(), occupants := ets:tid(),
                    unasked := ets:tid(),
                    joined := ets:tid()}.
-export_type([tables/0]).

-define(KEY(Host), {mod_xmppfilter, Host}).

-spec start_link(binary(), gen_mod:opts()) -> {ok, pid()}.
start_link(Host, Opts) ->
    gen_server:start_link({local, name(Host, tables)}, ?MODULE, [Host, Opts], []).

%% The running module of a host; undefined where there is none, or where it is stopping.
-spec ctx(binary()) -> #ctx{} | undefined.
ctx(Host) ->
    persistent_term:get(?KEY(Host), undefined).

-spec name(binary(), sup | tables | keeper) -> atom().
name(Host, Role) ->
    gen_mod:get_module_proc(Host, list_to_atom("mod_xmppfilter_" ++ atom_to_list(Role))).

-spec worker(#ctx{}, pos_integer()) -> atom().
worker(#ctx{names = Names}, Index) ->
    element(Index, Names).

%% New options for a running module. The number of workers stays as it was started.
-spec update(binary(), gen_mod:opts()) -> #ctx{}.
update(Host, Opts) ->
    gen_server:call(name(Host, tables), {update, Opts}).

%% From here on the hooks let everything pass.
-spec withdraw(binary()) -> ok.
withdraw(Host) ->
    _ = persistent_term:erase(?KEY(Host)),
    ok.

%%% Held stanzas

%% Put a stanza into its worker's keeping. The row is written by the process that brought the stanza, before the worker
%% hears of it: a worker that dies at any moment loses nothing, its successor finds the row.
-spec hold(#ctx{}, #held{}) -> ok.
hold(#ctx{tables = #{held := Tabs, pairs := Pairs}} = Ctx, #held{pair = {From, _} = Pair} = Held) ->
    Index = worker_index(Ctx, From),
    Seq = erlang:unique_integer([monotonic]),
    _ = ets:update_counter(Pairs, Pair, 1, {Pair, 0}),
    ets:insert(element(Index, Tabs), Held#held{seq = Seq}),
    mod_xmppfilter_queues:take_in(Ctx, worker(Ctx, Index), Seq).

-spec held({#ctx{}, pos_integer()}, integer()) -> #held{} | undefined.
held({#ctx{tables = #{held := Tabs}}, Index}, Seq) ->
    case ets:lookup(element(Index, Tabs), Seq) of
        [Held] -> Held;
        [] -> undefined
    end.

%% The oldest row of a worker: how a successor walks through what was left.
-spec first_held(#ctx{}, pos_integer()) -> #held{} | undefined.
first_held(#ctx{tables = #{held := Tabs}} = Ctx, Index) ->
    case ets:first(element(Index, Tabs)) of
        '$end_of_table' -> undefined;
        Seq -> held({Ctx, Index}, Seq)
    end.

-spec let_go(#ctx{}, pos_integer(), #held{}) -> ok.
let_go(#ctx{tables = #{held := Tabs, pairs := Pairs}}, Index, #held{seq = Seq, pair = Pair}) ->
    ets:delete(element(Index, Tabs), Seq),
    case ets:update_counter(Pairs, Pair, -1, {Pair, 1}) of
        %% Deletes the row as it was read: a stanza that was held for this pair since keeps its count.
        0 -> ets:delete_object(Pairs, {Pair, 0}), ok;
        _ -> ok
    end.

%% Whether something of this pair is held, so that what comes behind has to wait its turn.
-spec is_busy(#ctx{}, pair()) -> boolean().
is_busy(#ctx{tables = #{pairs := Pairs}}, Pair) ->
    ets:member(Pairs, Pair).

-spec count_held(#ctx{}) -> non_neg_integer().
count_held(#ctx{tables = #{held := Tabs}}) ->
    lists:sum([ets:info(Tab, size) || Tab <- tuple_to_list(Tabs)]).

%% The limit is each worker's own: a sender that fills its share leaves the others'.
-spec is_full(#ctx{}, bare()) -> boolean().
is_full(#ctx{max_held = Max, tables = #{held := Tabs}} = Ctx, From) ->
    ets:info(element(worker_index(Ctx, From), Tabs), size) >= Max.

-spec worker_index(#ctx{}, bare()) -> pos_integer().
worker_index(#ctx{workers = Workers}, From) ->
    erlang:phash2(From, Workers) + 1.

%%% The owner

init([Host, Opts]) ->
    process_flag(trap_exit, true),
    Workers = gen_mod:get_opt(workers, Opts),
    Set = [set, public, {write_concurrency, true}, {read_concurrency, true}],
    Indexes = lists:seq(1, Workers),
    Held = [ets:new(xmppfilter_held, [ordered_set, public, {keypos, #held.seq}]) || _ <- Indexes],
    Names = [gen_mod:get_module_proc(Host, list_to_atom("mod_xmppfilter_" ++ integer_to_list(I))) || I <- Indexes],
    Jid = jid:make(Host),
    Ctx = options(Opts, #ctx{host = Host, host_jid = Jid, component = <<>>, component_jid = Jid,
                             route = verdict, timeout = 1, max_held = 1, outbound = true, reports = true, locks = true,
                             lock_text = <<>>, breaker_timeouts = 1, breaker_pause = 1, max_kept = 1,
                             contacted_limit = 1, workers = Workers, names = list_to_tuple(Names),
                             tables = #{held => list_to_tuple(Held),
                                        pairs => ets:new(xmppfilter_pairs, Set),
                                        bans => ets:new(xmppfilter_bans, Set),
                                        ban_ends => ets:new(xmppfilter_ban_ends, [ordered_set, public]),
                                        occupants => ets:new(xmppfilter_occupants, Set),
                                        unasked => ets:new(xmppfilter_unasked, Set),
                                        joined => ets:new(xmppfilter_joined, [ordered_set, public, {keypos, 2}])},
                             breaker = mod_xmppfilter_breaker:new(), stats = mod_xmppfilter_stats:new()}),
    persistent_term:put(?KEY(Host), Ctx),
    {ok, Ctx}.

handle_call({update, Opts}, _From, Ctx) ->
    NewCtx = options(Opts, Ctx),
    persistent_term:put(?KEY(NewCtx#ctx.host), NewCtx),
    {reply, NewCtx, NewCtx}.

handle_cast(_Msg, Ctx) ->
    {noreply, Ctx}.

handle_info(_Info, Ctx) ->
    {noreply, Ctx}.

%% The supervisor ends this process last. A hook that ran while the workers were being stopped may have left a row.
terminate(_Reason, #ctx{host = Host, workers = Workers} = Ctx) ->
    withdraw(Host),
    lists:foreach(fun(Index) -> mod_xmppfilter_delivery:deliver_leftovers(Ctx, Index) end, lists:seq(1, Workers)).

options(Opts, #ctx{workers = Workers} = Ctx) ->
    Get = fun(Name) -> gen_mod:get_opt(Name, Opts) end,
    Ctx#ctx{component = Get(component), component_jid = jid:make(Get(component)), route = Get(route), timeout = Get(timeout),
            max_held = max(1, Get(max_held) div Workers), outbound = Get(outbound), reports = Get(reports),
            locks = Get(locks), lock_text = Get(lock_text), breaker_timeouts = Get(breaker_timeouts),
            breaker_pause = Get(breaker_pause), max_kept = max_kept(Get(max_kept), Get(hold_limit)),
            contacted_limit = Get(contacted_limit)}.

max_kept(Kept, undefined) ->
    Kept;
max_kept(_Kept, Limit) ->
    ?WARNING_MSG("The option hold_limit of mod_xmppfilter is called max_kept now", []),
    Limit.
