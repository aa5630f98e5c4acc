%% Stanzas that a verdict told us to hold (section 6 of the protocol). On disc, bounded; the index of expiries is in
%% memory too, so that looking for what is due reads no stanza.
-module(mod_xmppfilter_kept).

-export([init/0, keep/3, take/2, due/1, release/2, release_all/1, count/1]).

-include("xmpp.hrl").
-include("logger.hrl").
-include("mod_xmppfilter.hrl").

-record(xmppfilter_held, {key :: {Host :: binary(), Ref :: binary()},
                          direction :: in | out,
                          received :: integer(),
                          expires :: integer(),
                          stanza :: #xmlel{}}).
-record(xmppfilter_held_end, {key :: {Expires :: integer(), Host :: binary(), Ref :: binary()} | tuple(), none :: [] | '_'}).

-define(STANZAS, xmppfilter_held).
-define(ENDS, xmppfilter_held_end).
-define(LONGEST, 30 * 86400).     % seconds: what gives no end, or a later one
-define(LARGEST, 65536).          % bytes of one stanza; a full store stays under the 2 GB of a Mnesia disc_only table

init() ->
    _ = ejabberd_mnesia:create(?MODULE, ?STANZAS, [{disc_only_copies, [node()]},
                                                   {attributes, record_info(fields, ?STANZAS)}]),
    ejabberd_mnesia:create(?MODULE, ?ENDS, [{disc_copies, [node()]}, {type, ordered_set},
                                            {attributes, record_info(fields, ?ENDS)}]).

%% Keep a stanza; full means: deliver it.
-spec keep(#ctx{}, #held{}, {hold, binary(), integer() | undefined}) -> ok | full.
keep(#ctx{host = Host, max_kept = Limit}, #held{stanza = Stanza, direction = Direction}, {hold, Ref, Expires0}) ->
    Now = mod_xmppfilter_wire:now_seconds(),
    Expires = min(Now + ?LONGEST, case Expires0 of undefined -> Now + ?LONGEST; _ -> Expires0 end),
    El = xmpp:encode(Stanza, ?NS_CLIENT),
    Row = #xmppfilter_held{key = {Host, Ref}, direction = Direction,
                           received = Now, expires = Expires, stanza = El},
    case mnesia:table_info(?ENDS, size) < Limit andalso byte_size(fxml:element_to_binary(El)) =< ?LARGEST of
        true -> write(Row);
        false -> full
    end.

write(#xmppfilter_held{key = {Host, Ref} = Key, expires = Expires} = Row) ->
    Write = fun() ->
                    case mnesia:wread({?STANZAS, Key}) of
                        [] ->
                            ok = mnesia:write(Row),
                            mnesia:write(#xmppfilter_held_end{key = {Expires, Host, Ref}, none = []});
                        [_] -> mnesia:abort(ref_in_use)
                    end
            end,
    case mnesia:transaction(Write) of
        {atomic, ok} -> ok;
        {aborted, Reason} ->
            ?ERROR_MSG("A stanza under ref ~ts at ~ts could not be held and is delivered: ~p", [Ref, Host, Reason]),
            full
    end.

%% Take a stanza out: whoever gets it is the only one.
-spec take(binary(), binary()) -> {ok, term()} | {error, notfound}.
take(Host, Ref) ->
    Take = fun() ->
                   case mnesia:wread({?STANZAS, {Host, Ref}}) of
                       [#xmppfilter_held{expires = Expires} = Row] ->
                           ok = mnesia:delete({?STANZAS, {Host, Ref}}),
                           ok = mnesia:delete({?ENDS, {Expires, Host, Ref}}),
                           Row;
                       [] -> mnesia:abort(notfound)
                   end
           end,
    case mnesia:transaction(Take) of
        {atomic, Row} -> {ok, Row};
        {aborted, notfound} -> {error, notfound}
    end.

%% The first that has expired.
-spec due(integer()) -> {binary(), binary()} | none.
due(Now) ->
    case mnesia:dirty_first(?ENDS) of
        {Expires, Host, Ref} when Expires =< Now -> {Host, Ref};
        _ -> none
    end.

%% Deliver what take/2 gave, with the time at which it came (XEP-0203).
-spec release(#xmppfilter_held{}, [#xmlel{}]) -> ok.
release(#xmppfilter_held{key = {Host, Ref}, direction = Direction, received = Received, stanza = El}, Tags) ->
    try xmpp:decode(El, ?NS_CLIENT, [ignore_els]) of
        Stanza ->
            Delayed = misc:add_delay_info(Stanza, jid:make(Host), {Received div 1000000, Received rem 1000000, 0}),
            mod_xmppfilter_delivery:deliver(Direction, mod_xmppfilter_wire:add_tags(Delayed, Tags))
    catch error:{xmpp_codec, Why} ->
            ?ERROR_MSG("The stanza held under ref ~ts at ~ts cannot be read: ~ts", [Ref, Host, xmpp:format_error(Why)])
    end.

%% Everything of a host, the soonest to expire first. Returns how many.
-spec release_all(binary()) -> non_neg_integer().
release_all(Host) ->
    Refs = [Ref || #xmppfilter_held_end{key = {_, _, Ref}}
                       <- mnesia:dirty_match_object(?ENDS, #xmppfilter_held_end{key = {'_', Host, '_'}, none = '_'})],
    length([release(Row, []) || Ref <- Refs, {ok, Row} <- [take(Host, Ref)]]).

-spec count(binary()) -> non_neg_integer().
count(Host) ->
    length(mnesia:dirty_match_object(?ENDS, #xmppfilter_held_end{key = {'_', Host, '_'}, none = '_'})).
