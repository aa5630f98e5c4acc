%% The xmppfilter component's side in ejabberd: asks it about strangers' stanzas, and carries its word out.
%% The protocol is urn:xmppfilter:check:0.
%%
%%   mod_xmppfilter_in, _out    hooks: what comes in, what local users send
%%   mod_xmppfilter_gate        let through or kept back
%%   mod_xmppfilter_queue       the queues of what is kept back
%%   mod_xmppfilter_delivery    carries verdicts out
%%   mod_xmppfilter_orders      what the component says of its own accord
%%   mod_xmppfilter_commands    what operators say
-module(mod_xmppfilter).
-behaviour(gen_mod).

-export([start/2, stop/1, reload/3, depends/2, mod_options/1, mod_opt_type/1, mod_doc/0]).
-export([component_connected/1, component_disconnected/2, stopping/0]).
-export([pre_uninstall/0]).

-include("xmpp.hrl").
-include("logger.hrl").
-include("translate.hrl").
-include("mod_xmppfilter.hrl").

-spec start(binary(), gen_mod:opts()) -> {ok, pid()} | {error, term()}.
start(Host, Opts) ->
    Component = gen_mod:get_opt(component, Opts),
    _ = maps:is_key(Component, ejabberd_option:domain_balancing()) andalso
        ?WARNING_MSG("domain_balancing of ~ts sends all questions over one connection and loses those of a dead one: "
                     "please remove it, the connections are used in turn without it", [Component]),
    _ = is_first() andalso start_shared(),
    %% Hooks first: until the processes run they let everything pass, and the first thing that these do is to ask the
    %% sessions about their rooms.
    change_hooks(add, host_hooks(Host)),
    gen_iq_handler:add_iq_handler(ejabberd_local, Host, ?NS_CHECK, mod_xmppfilter_orders, process_iq),
    mod_xmppfilter_sup:start(Host, Opts).

%% Everything that is held is delivered; the lock rows and the stanzas held under a ref stay on disc.
-spec stop(binary()) -> ok.
stop(Host) ->
    let_go(Host),
    gen_iq_handler:remove_iq_handler(ejabberd_local, Host, ?NS_CHECK),
    change_hooks(delete, host_hooks(Host)),
    _ = mod_xmppfilter_sup:stop(Host),
    _ = gen_mod:is_loaded_elsewhere(Host, ?MODULE) orelse stop_shared(),
    ok.

-spec reload(binary(), gen_mod:opts(), gen_mod:opts()) -> ok.
reload(Host, NewOpts, OldOpts) ->
    Ctx = mod_xmppfilter_tables:update(Host, NewOpts),
    _ = gen_mod:get_opt(workers, NewOpts) =:= gen_mod:get_opt(workers, OldOpts) orelse
        ?WARNING_MSG("A new number of workers holds from the next start of ~ts on", [?MODULE]),
    %% Bans of another component are no longer anybody's.
    _ = gen_mod:get_opt(component, NewOpts) =:= gen_mod:get_opt(component, OldOpts) orelse
        mod_xmppfilter_keeper:bans(Host, {true, []}),
    mod_xmppfilter_queues:configure(Ctx),
    mod_xmppfilter_keeper:component_up(Host).

-spec depends(binary(), gen_mod:opts()) -> [{module(), hard | soft}].
depends(_Host, _Opts) ->
    [].

%% ext_mod calls this before it takes the code away. Uninstalled while the configuration names it, the module would leave a
%% server that does not start again ("unknown module"). An upgrade is an uninstallation too, and installs it at once.
-spec pre_uninstall() -> ok.
pre_uninstall() ->
    case [Host || Host <- ejabberd_option:hosts(), lists:keymember(?MODULE, 1, ejabberd_option:modules(Host))] of
        [_ | _] = Hosts -> is_upgrade() orelse refuse(Hosts), ok;
        [] -> ok
    end.

is_upgrade() ->
    {current_stacktrace, Stack} = process_info(self(), current_stacktrace),
    lists:any(fun({Module, Function, _, _}) -> {Module, Function} =:= {ext_mod, upgrade} end, Stack).

-spec refuse([binary()]) -> no_return().
refuse(Hosts) ->
    io:format("Not uninstalled: the configuration has ~ts for ~ts, and ejabberd does not start while it names a module that is "
              "gone.~nFirst remove mod_xmppfilter.yml from the folder of the modules' settings (Debian: "
              "/etc/ejabberd/modules.d),~nor the module's block from ejabberd.yml, and run `ejabberdctl reload_config`.~n",
              [?MODULE, lists:join(<<", ">>, Hosts)]),
    throw({still_configured, ?MODULE}).

%%% What all hosts share

is_first() ->
    [] =:= [Host || Host <- ejabberd_option:hosts(), mod_xmppfilter_tables:ctx(Host) =/= undefined].

start_shared() ->
    reload_code(),
    _ = [Module:init() || Module <- [mod_xmppfilter_contacted, mod_xmppfilter_locks, mod_xmppfilter_kept]],
    change_hooks(add, shared_hooks()),
    ejabberd_commands:register_commands(mod_xmppfilter_commands:all()).

stop_shared() ->
    change_hooks(delete, shared_hooks()),
    ejabberd_commands:unregister_commands(mod_xmppfilter_commands:all()).

%% `ejabberdctl module_upgrade` replaces this module in memory and no other.
reload_code() ->
    Siblings = [mod_xmppfilter_bans, mod_xmppfilter_breaker, mod_xmppfilter_commands, mod_xmppfilter_contacted,
                mod_xmppfilter_delivery, mod_xmppfilter_gate, mod_xmppfilter_in, mod_xmppfilter_keeper, mod_xmppfilter_kept,
                mod_xmppfilter_locks, mod_xmppfilter_meta, mod_xmppfilter_orders, mod_xmppfilter_out, mod_xmppfilter_queue,
                mod_xmppfilter_queues, mod_xmppfilter_relations, mod_xmppfilter_rooms, mod_xmppfilter_roster,
                mod_xmppfilter_stats, mod_xmppfilter_sup, mod_xmppfilter_tables, mod_xmppfilter_wire],
    lists:foreach(fun(Module) -> code:purge(Module), {module, Module} = code:load_file(Module) end, Siblings).

%%% Hooks

%% Priorities: before archive (88 and 50), carbon copies (89) and everything else that looks at what passes; `user_sent`
%% after all of them.
host_hooks(Host) ->
    [{sm_receive_packet, Host, mod_xmppfilter_in, sm_receive, 10},
     {s2s_in_auth_result, Host, mod_xmppfilter_in, s2s_auth_result, 60},
     {s2s_receive_packet, Host, mod_xmppfilter_in, s2s_receive, 10},
     {s2s_allow_host, Host, mod_xmppfilter_in, s2s_allow, 10},
     {user_send_packet, Host, mod_xmppfilter_out, user_send, 5},
     {user_send_packet, Host, mod_xmppfilter_out, user_sent, 1000},
     {user_receive_packet, Host, mod_xmppfilter_rooms, receive_presence, 50},
     {c2s_handle_info, Host, mod_xmppfilter_out, handle_info, 10},
     {c2s_terminated, Host, mod_xmppfilter_out, terminated, 10},
     {c2s_handle_info, Host, mod_xmppfilter_locks, handle_info, 10},
     {c2s_auth_result, Host, mod_xmppfilter_locks, auth_result, 10},
     {c2s_session_opened, Host, mod_xmppfilter_locks, session_opened, 10},
     {remove_user, Host, mod_xmppfilter_locks, forget_user, 50},
     {remove_user, Host, mod_xmppfilter_contacted, forget_user, 50}].

shared_hooks() ->
    [{component_send_packet, global, mod_xmppfilter_in, component_send, 10},
     {component_connected, global, ?MODULE, component_connected, 50},
     {component_disconnected, global, ?MODULE, component_disconnected, 50},
     {ejabberd_stopping, global, ?MODULE, stopping, 10}].

change_hooks(Change, Hooks) ->
    _ = [ejabberd_hooks:Change(Hook, Host, Module, Function, Priority) || {Hook, Host, Module, Function, Priority} <- Hooks],
    ok.

component_connected(Domain) ->
    Up = fun(#ctx{host = Host} = Ctx) ->
                 %% First of all: a hello is answered with all locks.
                 mod_xmppfilter_locks:tell_unlocked(Ctx),
                 mod_xmppfilter_keeper:component_up(Host)
         end,
    lists:foreach(Up, asking(Domain)).

component_disconnected(Domain, _Reason) ->
    Down = fun(Ctx) -> mod_xmppfilter_breaker:left(Ctx), mod_xmppfilter_queues:component_down(Ctx) end,
    lists:foreach(Down, asking(Domain)),
    ok.

asking(Domain) ->
    [Ctx || Host <- ejabberd_option:hosts(), #ctx{component = Component} = Ctx <- [mod_xmppfilter_tables:ctx(Host)],
            Component =:= Domain].

%% Hook ejabberd_stopping: while sessions, s2s and offline storage are still there.
stopping() ->
    lists:foreach(fun let_go/1, ejabberd_option:hosts()).

let_go(Host) ->
    case mod_xmppfilter_tables:ctx(Host) of
        undefined -> ok;
        Ctx ->
            mod_xmppfilter_tables:withdraw(Host),
            mod_xmppfilter_queues:release_all(Ctx)
    end.

%%% Options

-spec mod_opt_type(atom()) -> econf:validator().
mod_opt_type(component) -> econf:domain();
mod_opt_type(route) -> econf:enum([verdict, inline]);
mod_opt_type(timeout) -> econf:timeout(second);
mod_opt_type(max_held) -> econf:pos_int();
mod_opt_type(workers) -> econf:pos_int();
mod_opt_type(outbound) -> econf:bool();
mod_opt_type(reports) -> econf:bool();
mod_opt_type(locks) -> econf:bool();
mod_opt_type(lock_text) -> econf:binary();
mod_opt_type(breaker_timeouts) -> econf:pos_int();
mod_opt_type(breaker_pause) -> econf:timeout(second);
mod_opt_type(max_kept) -> econf:pos_int();
mod_opt_type(hold_limit) -> econf:pos_int();
mod_opt_type(contacted_limit) -> econf:pos_int().

-spec mod_options(binary()) -> [{atom(), term()} | atom()].
mod_options(_Host) ->
    [component,
     {route, verdict},
     {timeout, timer:seconds(5)},
     {max_held, 10000},
     {workers, misc:logical_processors()},
     {outbound, true},
     {reports, true},
     {locks, true},
     {lock_text, <<"This account is locked because it sent spam. Please contact the operator of this server.">>},
     {breaker_timeouts, 5},
     {breaker_pause, timer:seconds(30)},
     {max_kept, 10000},
     {hold_limit, undefined},  % what max_kept was called
     {contacted_limit, 100000}].

mod_doc() ->
    #{desc => ?T("This module asks the external component xmppfilter about the stanzas of strangers before it delivers "
                 "them. When the component does not answer, they are delivered as if the module was not there."),
      opts =>
          [{component,
            #{value => "Domain",
              desc => ?T("The domain of the component. This option is mandatory.")}},
           {route,
            #{value => "verdict | inline",
              desc => ?T("With 'verdict' the server keeps the stanza and asks. With 'inline' it hands the stanza over, "
                         "and the component sends it back or does not: this loses what is under way when the component "
                         "dies, and needs 'check_from: false' in the component's listener.")}},
           {timeout,
            #{value => "timeout()",
              desc => ?T("How long an answer is waited for before the stanza is delivered unjudged.")}},
           {max_held,
            #{value => ?T("Number"),
              desc => ?T("How many stanzas may wait for an answer at a time, shared evenly between the workers.")}},
           {workers,
            #{value => ?T("Number"),
              desc => ?T("How many processes share the waiting stanzas, by their senders. The default is the number of "
                         "logical processors.")}},
           {outbound,
            #{value => "true | false",
              desc => ?T("Whether to ask about what local users send to JIDs that are not in their rosters.")}},
           {reports,
            #{value => "true | false",
              desc => ?T("Whether to hand users' reports of spam (XEP-0377) on to the component.")}},
           {locks,
            #{value => "true | false",
              desc => ?T("Whether the component may lock accounts. When false, locks that exist have no effect.")}},
           {lock_text,
            #{value => ?T("Text"),
              desc => ?T("What the user of a locked account is told.")}},
           {breaker_timeouts,
            #{value => ?T("Number"),
              desc => ?T("After how many time-outs in a row the component is left alone for a while.")}},
           {breaker_pause,
            #{value => "timeout()",
              desc => ?T("For how long it is left alone before one stanza is asked about again.")}},
           {max_kept,
            #{value => ?T("Number"),
              desc => ?T("How many stanzas may be held on the component's word; what is more is delivered.")}},
           {hold_limit,
            #{value => ?T("Number"),
              desc => ?T("What 'max_kept' was called in earlier versions.")}},
           {contacted_limit,
            #{value => ?T("Number"),
              desc => ?T("How many pairs of a local user and somebody that user has written to are remembered.")}}],
      example =>
          ["modules:",
           "  mod_xmppfilter:",
           "    component: filter.example.org"]}.
