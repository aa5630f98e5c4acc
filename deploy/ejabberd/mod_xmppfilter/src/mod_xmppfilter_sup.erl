%% One virtual host's processes:
%%   tables       owns the ETS tables; everything else may die without losing a stanza
%%   workers      one queue each; restarted alone
%%   keeper       hello, bans, expiry
-module(mod_xmppfilter_sup).
-behaviour(supervisor).

-export([start/2, stop/1, start_link/2, start_workers/1]).
-export([init/1]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

-spec start(binary(), gen_mod:opts()) -> {ok, pid()} | {error, term()}.
start(Host, Opts) ->
    supervisor:start_child(ejabberd_gen_mod_sup,
                           #{id => mod_xmppfilter_tables:name(Host, sup), start => {?MODULE, start_link, [Host, Opts]},
                             restart => permanent, shutdown => infinity, type => supervisor, modules => [?MODULE]}).

-spec stop(binary()) -> ok | {error, term()}.
stop(Host) ->
    gen_mod:stop_child(mod_xmppfilter_tables:name(Host, sup)).

start_link(Host, Opts) ->
    supervisor:start_link({local, mod_xmppfilter_tables:name(Host, sup)}, ?MODULE, {Host, Opts}).

start_workers(Host) ->
    supervisor:start_link(?MODULE, {workers, Host}).

init({workers, Host}) ->
    #ctx{workers = Workers} = mod_xmppfilter_tables:ctx(Host),
    %% Restarts cost little, and the rows of a dead worker are safe while its successor comes up.
    {ok, {#{strategy => one_for_one, intensity => 10 * Workers, period => 1},
          [#{id => Index, start => {mod_xmppfilter_queue, start_link, [Host, Index]}, shutdown => timer:seconds(30)}
           || Index <- lists:seq(1, Workers)]}};
init({Host, Opts}) ->
    {ok, {#{strategy => rest_for_one, intensity => 10, period => 1},
          [#{id => tables, start => {mod_xmppfilter_tables, start_link, [Host, Opts]}, shutdown => timer:seconds(30)},
           #{id => workers, start => {?MODULE, start_workers, [Host]}, type => supervisor, shutdown => infinity},
           #{id => keeper, start => {mod_xmppfilter_keeper, start_link, [Host]}}]}}.
