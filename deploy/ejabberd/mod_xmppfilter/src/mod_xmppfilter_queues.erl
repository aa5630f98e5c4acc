%% A host's queues from outside: which process one is, and what it is told.
-module(mod_xmppfilter_queues).

-export([answer/2, id_start/2, take_in/3, component_down/1, configure/1, release_all/1]).

-include("xmpp.hrl").
-include("logger.hrl").
-include("mod_xmppfilter.hrl").

-define(ID_PREFIX, <<"xmppfilter">>).
-define(TURN_WAIT, 1000).    % ms for which the order of stanzas on the route inline is waited for

%% An answer of the component's to one of our questions, whichever node it came in at; false if the id is none of ours.
-spec answer(#ctx{}, iq()) -> boolean().
answer(Ctx, #iq{id = Id} = Answer) ->
    case binary:split(Id, <<".">>, [global]) of
        [?ID_PREFIX, NodeId, Index, Salt, Number] ->
            %% What has no index or number of ours is no answer of ours.
            try {mod_xmppfilter_tables:worker(Ctx, binary_to_integer(Index)), binary_to_integer(Number)} of
                {Worker, Question} ->
                    Verdict = mod_xmppfilter_wire:verdict(Answer),
                    Node = ejabberd_cluster:get_node_by_id(NodeId),
                    tell(Ctx, {Worker, Node}, {answer, Salt, Question, Verdict})
            catch error:badarg -> false
            end;
        _ -> false
    end.

%% What the ids of all questions of one process begin with; the number follows.
-spec id_start(pos_integer(), binary()) -> binary().
id_start(Index, Salt) ->
    iolist_to_binary(lists:join(".", [?ID_PREFIX, ejabberd_cluster:node_id(), integer_to_binary(Index), Salt, ""])).

%% Route inline: what the component sends back, and what is handed over, passes no queue. So that it comes neither before
%% what was too large for that nor after, whoever reads the one waits for the other to be done.
tell(#ctx{route = inline}, Worker, Message) ->
    try gen_server:call(Worker, Message, ?TURN_WAIT)
    catch exit:_ -> true  % it is told, or its successor has done it
    end;
tell(_Ctx, {_, _} = Worker, Message) ->
    ejabberd_cluster:send(Worker, Message);
tell(_Ctx, Worker, Message) ->
    Worker ! Message,
    true.

%% A stanza is held in the worker's table under the number Seq.
-spec take_in(#ctx{}, atom(), integer()) -> ok.
take_in(Ctx, Worker, Seq) ->
    case whereis(Worker) of
        undefined -> ok;  % a successor is on its way
        Pid when Pid =:= self() -> Pid ! {held, Seq}, ok;
        Pid -> tell(Ctx, Pid, {held, Seq}), ok
    end.

%% One of the component's connections has ended.
-spec component_down(#ctx{}) -> ok.
component_down(Ctx) ->
    each(Ctx, fun(Pid) -> Pid ! component_down end).

%% New options.
-spec configure(#ctx{}) -> ok.
configure(Ctx) ->
    each(Ctx, fun(Pid) -> Pid ! {configure, Ctx} end).

%% Deliver everything now, without waiting for anybody. The caller has withdrawn the context, so nothing comes after.
-spec release_all(#ctx{}) -> ok.
release_all(Ctx) ->
    each(Ctx, fun(Pid) ->
                      try gen_server:call(Pid, release_all, 30000)
                      catch exit:Reason -> ?ERROR_MSG("Worker ~p did not release what it holds: ~p", [Pid, Reason])
                      end
              end).

each(#ctx{names = Names}, Fun) ->
    Pids = [whereis(Name) || Name <- tuple_to_list(Names)],
    lists:foreach(Fun, [Pid || Pid <- Pids, Pid =/= undefined]).
