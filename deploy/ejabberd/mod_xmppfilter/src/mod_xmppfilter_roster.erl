%% What a local user's roster says of somebody, and whether it can be read at all: mod_roster takes a failure of its database
%% for an empty roster, and may keep that for an hour.
-module(mod_xmppfilter_roster).

-export([item/2]).

-include("xmpp.hrl").
-include("logger.hrl").
-include("mod_roster.hrl").

%% The subscription and ask of an item, {none, none} where there is no item. The hook sees shared rosters too.
-spec item(jid:jid(), jid:jid()) -> {none | to | from | both | remove, none | in | out | both} | unknown.
item(#jid{luser = U, lserver = S}, Peer) ->
    case ejabberd_hooks:run_fold(roster_get_jid_info, S, {unknown, none, []}, [U, S, Peer]) of
        {none, none, _} -> stored(U, S, jid:tolower(Peer));
        {unknown, _, _} -> stored(U, S, jid:tolower(Peer));  % the hook of mod_roster has crashed, or there is none
        {Subscription, Ask, _} -> {Subscription, Ask}
    end.

%% The hook knows of no item. That is true where the roster that it looked at was one.
stored(U, S, Peer) ->
    case gen_mod:is_loaded(S, mod_roster) andalso not is_cached(U, S) of
        false -> {none, none};
        true ->
            Mod = gen_mod:db_mod(S, mod_roster),
            try Mod:get_roster(U, S) of
                {ok, Items} -> find(Peer, Items);
                _ -> unreadable(U, S, failed)
            catch Class:Reason -> unreadable(U, S, {Class, Reason})
            end
    end.

find(Peer, Items) ->
    case lists:keyfind(Peer, #roster.jid, Items) of
        #roster{subscription = Subscription, ask = Ask} -> {Subscription, Ask};
        false -> {none, none}
    end.

%% Whether mod_roster's cache has the user's roster, as it was read without a failure.
is_cached(U, S) ->
    try ets:select_count(roster_cache, [{{{U, S}, {ok, '_'}, '_'}, [], [true]}]) > 0
    catch error:badarg -> false
    end.

unreadable(U, S, Reason) ->
    ?WARNING_MSG("The roster of ~ts@~ts cannot be read, so nobody is a stranger to that user: ~p", [U, S, Reason]),
    unknown.
