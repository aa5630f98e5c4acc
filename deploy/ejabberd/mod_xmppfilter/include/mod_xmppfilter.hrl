%% What the modules of mod_xmppfilter share.

-define(NS_CHECK, <<"urn:xmppfilter:check:0">>).
-define(NS_TAG, <<"urn:xmppfilter:tag:0">>).
-define(VERSION, <<"0.1">>).

%% Keys of a stanza's meta map (xmpp:get_meta/3): they never leave the server.
-define(META_ORIGIN, xmppfilter_origin).
-define(META_PASSED, xmppfilter_passed).

%% Presence types that change a roster.
-define(IS_SUBSCRIPTION(Type),
        (Type =:= subscribe orelse Type =:= subscribed orelse Type =:= unsubscribe orelse Type =:= unsubscribed)).

%% A bare JID after stringprep.
-type bare() :: {LUser :: binary(), LServer :: binary()}.
%% Sender and recipient: the unit within which order is kept.
-type pair() :: {bare(), bare()}.

%% How a stanza came into the server; stamped where it enters, so that nobody can claim it.
-type origin() :: {s2s, Peer :: binary(), Auth :: cert | dialback | unknown, Tls :: boolean()}
                | {c2s, User :: bare(), Tls :: boolean()}
                | {component, Domains :: [binary()]}.

%% One virtual host's running module. Read from persistent_term by every hook.
-record(ctx, {host :: binary(),
              host_jid :: jid:jid(),
              component :: binary(),
              component_jid :: jid:jid(),
              route :: verdict | inline,
              timeout :: pos_integer(),            % milliseconds
              workers :: pos_integer(),
              names :: tuple(),                    % the workers' registered names, by index
              max_held :: pos_integer(),           % per worker
              outbound :: boolean(),
              reports :: boolean(),
              locks :: boolean(),
              lock_text :: binary(),
              breaker_timeouts :: pos_integer(),
              breaker_pause :: pos_integer(),      % milliseconds
              max_kept :: pos_integer(),
              contacted_limit :: pos_integer(),
              tables :: mod_xmppfilter_tables:tables(),
              breaker :: atomics:atomics_ref(),
              stats :: counters:counters_ref()}).

%% One stanza that the server keeps back. It lives in a worker's ETS table until it is delivered or dropped.
-record(held, {seq :: integer() | undefined,        % undefined until it is held
               pair :: pair(),
               ask = false :: boolean() | flush,    % flush: the worker is overfull, let the whole pair go
               losses = 0 :: non_neg_integer(),     % mod_xmppfilter_breaker:losses/1, before the component was looked for
               direction = in :: in | out,
               to_c2s :: pid() | undefined,         % outbound: the session that sent it and gets it back
               stanza :: xmpp:stanza(),
               meta = [] :: [{binary(), binary()}]}).
