%% Whom the local users have written to, or sent a subscription request: persistent, and bounded twice, so that one account that writes to the whole
%% world pushes out its own memories first.
-module(mod_xmppfilter_contacted).

-export([init/0, note/2, is_contacted/2, prune/1, forget_user/2]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

-record(xmppfilter_contacted, {key :: tuple() | '$1',  % {LUser, LServer, PeerUser, PeerServer}; and the resource of a room's occupant
                               at :: integer() | '$2' | '_'}).

-define(TABLE, xmppfilter_contacted).
-define(OMEMO, [<<"eu.siacs.conversations.axolotl">>, <<"urn:xmpp:omemo:1">>, <<"urn:xmpp:omemo:2">>]).
-define(MAX_PER_USER, 1000).
-define(REFRESH, 86400).  % seconds between two writes of the same pair

init() ->
    ejabberd_mnesia:create(?MODULE, ?TABLE, [{disc_copies, [node()]}, {type, ordered_set},
                                             {attributes, record_info(fields, ?TABLE)}]).

%% A local user's stanza on its way out. Only words count: clients send receipts, markers and chat states on their own.
-spec note(#ctx{}, xmpp:stanza()) -> ok.
note(Ctx, #message{type = Type, from = From, to = To} = Message) when Type =/= error, Type =/= groupchat ->
    case says_something(Message) of
        true -> write(Ctx, key(From, To, is_for_occupant(Ctx, From, To, Message)));
        false -> ok
    end;
note(Ctx, #presence{type = subscribe, from = From, to = To}) ->
    write(Ctx, key(From, To, false));
note(_, _) ->
    ok.

says_something(#message{body = Bodies} = Message) ->
    lists:any(fun(#text{data = Data}) -> string:trim(Data) =/= <<>> end, Bodies)
        orelse lists:any(fun is_encrypted/1, xmpp:get_els(Message)).

is_encrypted(#xmlel{} = El) ->
    case fxml:get_tag_attr_s(<<"xmlns">>, El) of
        <<"urn:xmpp:openpgp:0">> -> fxml:get_tag_cdata(El) =/= <<>>;
        NS -> lists:member(NS, ?OMEMO) andalso fxml:get_subtag(El, <<"payload">>) =/= false
    end;
is_encrypted(_) ->
    false.

%% A message to an occupant of a room is no word to the others there.
is_for_occupant(_Ctx, _From, #jid{lresource = <<>>}, _Message) ->
    false;
is_for_occupant(Ctx, From, To, Message) ->
    xmpp:has_subtag(Message, #muc_user{})
        orelse mod_xmppfilter_rooms:may_be_occupant(Ctx, mod_xmppfilter_relations:bare(From), mod_xmppfilter_relations:bare(To)).

key(#jid{luser = U, lserver = S}, #jid{luser = PeerUser, lserver = PeerServer, lresource = Resource}, IsOccupant) ->
    case IsOccupant of
        true -> {U, S, PeerUser, PeerServer, Resource};
        false -> {U, S, PeerUser, PeerServer}
    end.

write(_Ctx, {U, S, U, S}) ->
    ok;
write(#ctx{contacted_limit = Limit}, Key) ->
    Now = mod_xmppfilter_wire:now_seconds(),
    case mnesia:dirty_read(?TABLE, Key) of
        [#xmppfilter_contacted{at = At}] when Now - At < ?REFRESH -> ok;
        [_] -> remember(Key, Now);
        [] ->
            make_room(element(1, Key), element(2, Key)),
            %% The keeper prunes once a minute; a tenth more is what may come in between.
            case mnesia:table_info(?TABLE, size) < Limit + Limit div 10 of
                true -> remember(Key, Now);
                false -> ok
            end
    end.

remember(Key, Now) ->
    mnesia:dirty_write(?TABLE, #xmppfilter_contacted{key = Key, at = Now}).

make_room(U, S) ->
    Rows = rows_of(U, S),
    case length(Rows) >= ?MAX_PER_USER of
        true ->
            [#xmppfilter_contacted{key = Oldest} | _] = lists:keysort(#xmppfilter_contacted.at, Rows),
            mnesia:dirty_delete(?TABLE, Oldest);
        false -> ok
    end.

rows_of(U, S) ->
    %% Each by itself: one search for both would look at the whole table.
    lists:append([mnesia:dirty_select(?TABLE, [{#xmppfilter_contacted{key = Key, at = '_'}, [], ['$_']}])
                  || Key <- [{U, S, '_', '_'}, {U, S, '_', '_', '_'}]]).

-spec is_contacted(jid:jid(), jid:jid()) -> boolean().
is_contacted(User, #jid{lresource = Resource} = Peer) ->
    lists:any(fun(IsOccupant) -> mnesia:dirty_read(?TABLE, key(User, Peer, IsOccupant)) =/= [] end,
              [false | [true || Resource =/= <<>>]]).

%% Back under the limit, the oldest first.
-spec prune(pos_integer()) -> ok.
prune(Limit) ->
    case mnesia:table_info(?TABLE, size) - Limit of
        Excess when Excess > 0 ->
            Rows = mnesia:dirty_select(?TABLE, [{#xmppfilter_contacted{key = '$1', at = '$2'}, [], [{{'$2', '$1'}}]}]),
            Oldest = lists:sublist(lists:sort(Rows), Excess),
            lists:foreach(fun({_, Key}) -> mnesia:dirty_delete(?TABLE, Key) end, Oldest);
        _ -> ok
    end.

%% Hook remove_user: the next owner of the name has written to nobody.
-spec forget_user(binary(), binary()) -> ok.
forget_user(User, Server) ->
    lists:foreach(fun(#xmppfilter_contacted{key = Key}) -> mnesia:dirty_delete(?TABLE, Key) end,
                  rows_of(jid:nodeprep(User), jid:nameprep(Server))).
