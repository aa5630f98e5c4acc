%% One of a host's queues. A sender always falls to the same worker, and within a worker every pair of sender and
%% recipient has a queue of its own: the head is delivered when its verdict is known, and nothing overtakes it.
%%
%% The stanzas themselves are rows in a table that outlives this process (mod_xmppfilter_tables); here is only what is
%% being waited for. When this process dies, its successor delivers the rows.
-module(mod_xmppfilter_queue).
-behaviour(gen_server).

-export([start_link/2]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

-include("xmpp.hrl").
-include("logger.hrl").
-include("mod_xmppfilter.hrl").

-define(RETURN_WAIT, 1000).  % ms that a stopping worker waits for a session that is sending on a stanza

-record(item, {pair :: pair(),
               to_c2s :: pid() | undefined,
               verdict :: mod_xmppfilter_wire:verdict() | undefined,
               questions = [] :: [pos_integer()],       % their numbers: more than one after a connection was lost
               timer :: reference() | undefined,
               returning :: reference() | undefined}).  % monitor of the session that sends it on

-record(state, {ctx :: #ctx{},
                index :: pos_integer(),
                salt :: binary(),                       % no question of a predecessor is mistaken for ours
                id_start :: binary(),                   % of all our questions' ids; the number follows
                next = 1 :: pos_integer(),
                queues = #{} :: #{pair() => queue:queue(integer())},
                items = #{} :: #{integer() => #item{}},
                asked = #{} :: #{pos_integer() => integer()}}).

start_link(Host, Index) ->
    Name = mod_xmppfilter_tables:worker(mod_xmppfilter_tables:ctx(Host), Index),
    gen_server:start_link({local, Name}, ?MODULE, [Host, Index], []).

%%% gen_server

init([Host, Index]) ->
    process_flag(trap_exit, true),
    Ctx = mod_xmppfilter_tables:ctx(Host),
    case mod_xmppfilter_delivery:deliver_leftovers(Ctx, Index) of
        0 -> ok;
        Count ->
            mod_xmppfilter_stats:inc(Ctx, recovered, Count),
            ?WARNING_MSG("~B stanzas of a worker that died were delivered without asking", [Count])
    end,
    Salt = p1_rand:get_alphanum_string(8),
    {ok, #state{ctx = Ctx, index = Index, salt = Salt, id_start = mod_xmppfilter_queues:id_start(Index, Salt)}}.

handle_call(release_all, _From, State) ->
    {reply, ok, let_all_go(State)};
handle_call(Message, _From, State) ->
    {noreply, NewState} = handle_info(Message, State),
    {reply, true, NewState}.

handle_cast(_Msg, State) ->
    {noreply, State}.

handle_info({held, Seq}, State) ->
    {noreply, taken_in(Seq, State)};
handle_info({answer, Salt, Question, Verdict}, #state{ctx = Ctx, salt = OurSalt, asked = Asked} = State) ->
    case Asked of
        #{Question := Seq} when Salt =:= OurSalt ->
            mod_xmppfilter_breaker:answered(Ctx),
            {noreply, settle(Seq, Verdict, State)};
        _ ->
            mod_xmppfilter_stats:inc(Ctx, late_answers),
            {noreply, State}
    end;
handle_info({timeout, Timer, Seq}, #state{ctx = Ctx, items = Items} = State) ->
    case Items of
        #{Seq := #item{timer = Timer, verdict = undefined}} ->
            mod_xmppfilter_stats:inc(Ctx, timeouts),
            mod_xmppfilter_breaker:timed_out(Ctx),
            {noreply, settle(Seq, unasked(Seq, State), State)};
        _ -> {noreply, State}
    end;
handle_info({returned, Seq}, State) ->
    {noreply, returned(Seq, State)};
handle_info({'DOWN', Monitor, process, _, _}, #state{items = Items} = State) ->
    case [Seq || {Seq, #item{returning = M}} <- maps:to_list(Items), M =:= Monitor] of
        [Seq] -> {noreply, session_gone(Seq, State)};
        [] -> {noreply, State}
    end;
handle_info(component_down, State) ->
    {noreply, component_lost(State)};
handle_info({configure, Ctx}, #state{ctx = #ctx{component = Old}} = State) ->
    NewState = State#state{ctx = Ctx},
    case Ctx of
        #ctx{component = Old, route = verdict} -> {noreply, NewState};
        _ -> {noreply, settle_unanswered(NewState)}
    end;
handle_info(_Info, State) ->
    {noreply, State}.

terminate(_Reason, State) ->
    let_all_go(State).

%%% The queues

taken_in(Seq, #state{queues = Queues, items = Items} = State) ->
    case held(Seq, State) of
        undefined -> State;  % the row was delivered as a leftover
        #held{pair = Pair, ask = Ask, to_c2s = C2s} = Held ->
            Queue = maps:get(Pair, Queues, queue:new()),
            State1 = State#state{queues = Queues#{Pair => queue:in(Seq, Queue)},
                                 items = Items#{Seq => #item{pair = Pair, to_c2s = C2s}}},
            case Ask of
                true -> ask(Held, State1);
                false -> settle(Seq, {accept, []}, State1);
                flush -> flush(Pair, State1)
            end
    end.

ask(#held{seq = Seq, losses = Losses} = Held, #state{ctx = Ctx, items = Items} = State) ->
    %% It was connected when the stanza came. It may have been lost since, and this process may have been told so already.
    case mod_xmppfilter_breaker:losses(Ctx) =:= Losses orelse ejabberd_router:is_my_route(Ctx#ctx.component) of
        true ->
            mod_xmppfilter_stats:inc(Ctx, asked),
            Timer = erlang:start_timer(Ctx#ctx.timeout, self(), Seq),
            #{Seq := Item} = Items,
            send_question(Held, Item#item{timer = Timer}, State);
        false ->
            mod_xmppfilter_stats:inc(Ctx, not_connected),
            settle(Seq, {accept, []}, State)
    end.

send_question(#held{seq = Seq, stanza = Stanza, meta = Meta}, #item{questions = Questions} = Item, State) ->
    #state{ctx = Ctx, id_start = IdStart, next = Next, asked = Asked, items = Items} = State,
    Id = <<IdStart/binary, (integer_to_binary(Next))/binary>>,
    case mod_xmppfilter_wire:question(Ctx, Id, Stanza, Meta) of
        too_large ->
            mod_xmppfilter_stats:inc(Ctx, too_large),
            settle(Seq, unasked(Seq, State), State#state{items = Items#{Seq := Item}});
        Question ->
            ejabberd_router:route(Question),
            State#state{next = Next + 1, asked = Asked#{Next => Seq},
                        items = Items#{Seq := Item#item{questions = [Next | Questions]}}}
    end.

settle(Seq, Verdict, #state{items = Items, asked = Asked} = State) ->
    case Items of
        #{Seq := #item{pair = Pair, verdict = undefined, questions = Questions, timer = Timer} = Item} ->
            Timer =/= undefined andalso erlang:cancel_timer(Timer, [{async, true}, {info, false}]),
            Settled = Item#item{verdict = Verdict, timer = undefined, questions = []},
            drain(Pair, State#state{items = Items#{Seq := Settled}, asked = maps:without(Questions, Asked)});
        _ -> State
    end.

%% Deliver from the head of a pair's queue for as long as the verdict is known.
drain(Pair, #state{queues = Queues, items = Items} = State) ->
    case Queues of
        #{Pair := Queue} ->
            Seq = queue:get(Queue),
            case maps:get(Seq, Items) of
                #item{verdict = undefined} -> State;
                #item{returning = Monitor} when Monitor =/= undefined -> State;
                #item{verdict = {accept, Tags}, to_c2s = C2s} when C2s =/= undefined -> return(Seq, C2s, Tags, State);
                #item{verdict = Verdict} -> drain(Pair, done(Seq, Verdict, State))
            end;
        _ -> State
    end.

%% A stanza that went out goes back to its session, which does with it what remains to be done. The session may end
%% before it comes to that, so the queue waits until it says so.
return(Seq, C2s, Tags, #state{ctx = Ctx} = State) ->
    Monitor = erlang:monitor(process, C2s),
    #held{stanza = Stanza} = held(Seq, State),
    mod_xmppfilter_stats:inc(Ctx, accepted),
    C2s ! {mod_xmppfilter_out, return, self(), Seq, mod_xmppfilter_delivery:passed(mod_xmppfilter_wire:add_tags(Stanza, Tags))},
    change(Seq, fun(Item) -> Item#item{returning = Monitor} end, State).

returned(Seq, #state{ctx = Ctx, index = Index, items = Items} = State) ->
    case Items of
        #{Seq := #item{pair = Pair, returning = Monitor}} when Monitor =/= undefined ->
            erlang:demonitor(Monitor, [flush]),
            mod_xmppfilter_tables:let_go(Ctx, Index, held(Seq, State)),
            drain(Pair, forget(Seq, State));
        _ -> State
    end.

session_gone(Seq, #state{items = Items} = State) ->
    #{Seq := #item{pair = Pair, verdict = Verdict}} = Items,
    drain(Pair, done(Seq, Verdict, State)).

done(Seq, Verdict, #state{ctx = Ctx, index = Index} = State) ->
    mod_xmppfilter_delivery:finish(Ctx, Index, held(Seq, State), Verdict),
    forget(Seq, State).

forget(Seq, #state{queues = Queues, items = Items} = State) ->
    {#item{pair = Pair}, Rest} = maps:take(Seq, Items),
    {{value, Seq}, Queue} = queue:out(maps:get(Pair, Queues)),
    NewQueues = case queue:is_empty(Queue) of
                    true -> maps:remove(Pair, Queues);
                    false -> Queues#{Pair := Queue}
                end,
    State#state{items = Rest, queues = NewQueues}.

change(Seq, Fun, #state{items = Items} = State) ->
    State#state{items = maps:update_with(Seq, Fun, Items)}.

held(Seq, #state{ctx = Ctx, index = Index}) ->
    mod_xmppfilter_tables:held({Ctx, Index}, Seq).

%%% Failing open

%% The worker is overfull: a whole pair goes, in its order, so that the newest need not be kept either.
flush(Pair, #state{ctx = Ctx, queues = Queues} = State) ->
    Seqs = queue:to_list(maps:get(Pair, Queues)),
    mod_xmppfilter_stats:inc(Ctx, overfull, length(Seqs)),
    lists:foldl(fun(Seq, Acc) -> settle(Seq, unasked(Seq, Acc), Acc) end, State, Seqs).

%% What becomes of a stanza that the component, which is there, has not judged: its list of bans holds. What only keeps its
%% place passes.
unasked(Seq, #state{ctx = Ctx} = State) ->
    #held{ask = Ask, direction = Direction, stanza = Stanza} = held(Seq, State),
    case Ask =/= false andalso mod_xmppfilter_bans:drops(Ctx, Direction, Stanza) of
        true -> mod_xmppfilter_stats:inc(Ctx, stopped), drop;
        false -> {accept, []}
    end.

component_lost(#state{ctx = Ctx} = State) ->
    case unanswered(State) of
        [] -> State;
        Seqs ->
            case ejabberd_router:is_my_route(Ctx#ctx.component) of
                true ->
                    %% Which questions went down with the connection is not known, and a verdict may be given twice.
                    ?INFO_MSG("A connection of component ~ts is gone: ~B questions are put again",
                              [Ctx#ctx.component, length(Seqs)]),
                    mod_xmppfilter_stats:inc(Ctx, asked_again, length(Seqs)),
                    AskAgain = fun(Seq, #state{items = Items} = Acc) ->
                                       send_question(held(Seq, Acc), maps:get(Seq, Items), Acc)
                               end,
                    lists:foldl(AskAgain, State, Seqs);
                false ->
                    ?WARNING_MSG("Component ~ts is gone: ~B stanzas are delivered unjudged",
                                 [Ctx#ctx.component, length(Seqs)]),
                    mod_xmppfilter_stats:inc(Ctx, component_lost, length(Seqs)),
                    settle_unanswered(State)
            end
    end.

unanswered(#state{items = Items}) ->
    lists:sort([Seq || {Seq, #item{verdict = undefined}} <- maps:to_list(Items)]).

settle_unanswered(State) ->
    lists:foldl(fun(Seq, Acc) -> settle(Seq, {accept, []}, Acc) end, State, unanswered(State)).

%% The module stops: deliver in order, ask nobody, and wait only for sessions that are at it.
let_all_go(#state{ctx = Ctx, index = Index, items = Items} = State) ->
    lists:foreach(
      fun({Seq, #item{returning = Monitor, verdict = Verdict}}) when Monitor =/= undefined ->
              receive
                  {returned, Seq} -> mod_xmppfilter_tables:let_go(Ctx, Index, held(Seq, State));
                  {'DOWN', Monitor, process, _, _} -> mod_xmppfilter_delivery:finish(Ctx, Index, held(Seq, State), Verdict)
              after ?RETURN_WAIT -> mod_xmppfilter_delivery:finish(Ctx, Index, held(Seq, State), Verdict)
              end;
         ({Seq, #item{verdict = undefined}}) -> mod_xmppfilter_delivery:finish(Ctx, Index, held(Seq, State), {accept, []});
         ({Seq, #item{verdict = Verdict}}) -> mod_xmppfilter_delivery:finish(Ctx, Index, held(Seq, State), Verdict)
      end, lists:sort(maps:to_list(Items))),
    _ = mod_xmppfilter_delivery:deliver_leftovers(Ctx, Index),  % rows whose message still waits in the mailbox
    State#state{queues = #{}, items = #{}, asked = #{}}.
