%% Counters of one virtual host: one atomic add each, no process in the path.
-module(mod_xmppfilter_stats).

-export([new/0, inc/2, inc/3, all/1, unasked/1]).

-include("mod_xmppfilter.hrl").

%% In the order in which xmppfilter_status prints them.
-define(NAMES, [asked, asked_again, accepted, dropped, bounced, held, released, discarded, expired, store_full,
                wrapped, timeouts, late_answers, not_connected, component_lost, breaker_skipped, breaker_opened,
                overfull, too_large, stopped, recovered, failed, tags_stripped, roster_unreadable, reports, reports_lost,
                logins_refused, forbidden]).

-spec new() -> counters:counters_ref().
new() ->
    counters:new(length(?NAMES), [write_concurrency]).

-spec inc(#ctx{}, atom()) -> ok.
inc(Ctx, Name) ->
    inc(Ctx, Name, 1).

-spec inc(#ctx{}, atom(), non_neg_integer()) -> ok.
inc(#ctx{stats = Ref}, Name, N) ->
    counters:add(Ref, index(Name, ?NAMES, 1), N).

-spec all(#ctx{}) -> [{atom(), non_neg_integer()}].
all(#ctx{stats = Ref}) ->
    lists:zip(?NAMES, [counters:get(Ref, I) || I <- lists:seq(1, length(?NAMES))]).

%% How many stanzas have not been judged, and how many of them were stopped as those of banned senders.
-spec unasked(#ctx{}) -> {non_neg_integer(), non_neg_integer()}.
unasked(#ctx{stats = Ref}) ->
    Count = fun(Name) -> counters:get(Ref, index(Name, ?NAMES, 1)) end,
    {lists:sum([Count(Name) || Name <- [not_connected, component_lost, breaker_skipped, timeouts, overfull, too_large]]),
     Count(stopped)}.

index(Name, [Name | _], I) -> I;
index(Name, [_ | Rest], I) -> index(Name, Rest, I + 1).
