%% Stanzas and elements of urn:xmppfilter:check:0.
-module(mod_xmppfilter_wire).

-export([question/4, wrapped/3, hello/2, hello_el/1, unlocked/3, spam_report/4]).
-export([own_limit/1]).
-export([verdict/1, timestamp/1, seconds/1, now_seconds/0]).
-export([strip_tags/1, add_tags/2, tags/1, bounce/2]).
-export([child/2, attr/2]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

-type verdict() :: {accept, Tags :: [xmlel()]}
                 | drop
                 | {bounce, stanza_error()}
                 | {hold, Ref :: binary(), Expires :: integer() | undefined}.
-export_type([verdict/0]).

%%% To the component

%% Bytes that an IQ or a message with its <meta/> has at most.
-define(AROUND, 4096).
%% What the server has read of a stanza is compared with its limit before it is parsed: with the beginning of the next.
-define(READ_AT_ONCE, 4096).
%% Bytes of an attribute that a stanza without its content keeps.
-define(LONGEST_ATTRIBUTE, 1024).

%% The question about a stanza: without its content where it would be too large, and too_large if even that is.
-spec question(#ctx{}, binary(), xmpp:stanza(), [{binary(), binary()}]) -> iq() | too_large.
question(Ctx, Id, Stanza, Meta) ->
    Limit = mod_xmppfilter_breaker:limit(Ctx),
    El = carried(Stanza),
    Full = check(Meta, El),
    case fits(Full, Limit) of
        true -> check_iq(Ctx, Id, Full);
        false ->
            Size = integer_to_binary(byte_size(fxml:element_to_binary(El))),
            Stripped = check(Meta ++ [{<<"size">>, Size}], stripped(El)),
            case fits(Stripped, Limit) of
                true -> check_iq(Ctx, Id, Stripped);
                false -> too_large
            end
    end.

check(Meta, El) ->
    element(<<"check">>, [], [meta_el(Meta), forwarded(El)]).

check_iq(Ctx, Id, Check) ->
    to_component(Ctx, #iq{type = set, id = Id, sub_els = [Check]}).

-spec wrapped(#ctx{}, xmpp:stanza(), [{binary(), binary()}]) -> message() | too_large.
wrapped(Ctx, Stanza, Meta) ->
    Forwarded = forwarded(carried(Stanza)),
    case fits(Forwarded, mod_xmppfilter_breaker:limit(Ctx)) of
        true -> to_component(Ctx, #message{id = p1_rand:get_string(), sub_els = [meta_el(Meta), Forwarded]});
        false -> too_large
    end.

-spec hello(#ctx{}, binary()) -> iq().
hello(Ctx, Id) ->
    to_component(Ctx, #iq{type = set, id = Id, sub_els = [hello_el(Ctx)]}).

-spec hello_el(#ctx{}) -> xmlel().
hello_el(#ctx{route = Route, outbound = Outbound, reports = Reports, locks = Locks}) ->
    Options = [Name || {Name, true} <- [{"outbound", Outbound}, {"hold", Route =:= verdict}, {"reports", Reports},
                                        {"locks", Locks}, {"bans", true}]],
    Software = [<<"mod_xmppfilter ">>, ?VERSION, <<" (ejabberd ">>, ejabberd_option:version(), <<")">>],
    element(<<"hello">>, [{<<"version">>, <<"0">>}, {<<"software">>, iolist_to_binary(Software)},
                          {<<"route">>, atom_to_binary(Route, utf8)},
                          {<<"options">>, iolist_to_binary(lists:join(" ", Options))}], []).

-spec unlocked(#ctx{}, binary(), jid:jid()) -> iq().
unlocked(Ctx, Id, Account) ->
    to_component(Ctx, #iq{type = set, id = Id, sub_els = [element(<<"unlocked">>, [{<<"jid">>, jid:encode(Account)}], [])]}).

-spec spam_report(#ctx{}, jid:jid(), jid:jid(), xmlel()) -> message().
spam_report(Ctx, Reporter, Reported, Report) ->
    Attrs = [{<<"reporter">>, jid:encode(jid:remove_resource(Reporter))}, {<<"jid">>, jid:encode(Reported)}],
    to_component(Ctx, #message{id = p1_rand:get_string(), sub_els = [element(<<"spam-report">>, Attrs, [Report])]}).

to_component(#ctx{host_jid = Host, component_jid = Component}, Stanza) ->
    xmpp:set_from_to(Stanza, Host, Component).

element(Name, Attrs, Children) ->
    #xmlel{name = Name, attrs = [{<<"xmlns">>, ?NS_CHECK} | Attrs], children = Children}.

%% XEP-0297.
forwarded(El) ->
    #xmlel{name = <<"forwarded">>, attrs = [{<<"xmlns">>, ?NS_FORWARD}], children = [El]}.

%% The stanza as it is carried. The namespace is written out, or it would fall into that of the component's stream.
carried(Stanza) ->
    #xmlel{attrs = Attrs, children = Children} = El = xmpp:encode(Stanza),
    El#xmlel{attrs = [{<<"xmlns">>, ?NS_CLIENT} | lists:keydelete(<<"xmlns">>, 1, Attrs)],
             children = [legal(Child) || Child <- Children]}.

%% The parser takes the prefix of `<xml:a/>` for one like others, and writes what no parser accepts.
legal(#xmlel{name = Name, attrs = Attrs, children = Children} = El) ->
    Inside = case Children of
                 [] -> [];
                 [{xmlcdata, _}] -> Children;
                 _ -> [legal(Child) || Child <- Children]
             end,
    case lists:keyfind(<<"xmlns">>, 1, Attrs) of
        {_, <<"http://www.w3.org/XML/1998/namespace">>} ->
            El#xmlel{name = <<"xml:", Name/binary>>, attrs = lists:keydelete(<<"xmlns">>, 1, Attrs), children = Inside};
        _ -> El#xmlel{children = Inside}
    end;
legal(Text) ->
    Text.

stripped(#xmlel{attrs = Attrs} = El) ->
    El#xmlel{attrs = [Attr || {Name, Value} = Attr <- Attrs, is_kept(Name, byte_size(Value))], children = []}.

is_kept(Name, _) when Name =:= <<"xmlns">>; Name =:= <<"from">>; Name =:= <<"to">> -> true;
is_kept(Name, Size) when Name =:= <<"type">>; Name =:= <<"id">>; Name =:= <<"xml:lang">> -> Size =< ?LONGEST_ATTRIBUTE;
is_kept(_, _) -> false.

%% An element is written out only where the largest that it can be would be too large: ejabberd writes a quotation mark,
%% in a text too, as six bytes.
fits(_El, infinity) ->
    true;
fits(El, Limit) ->
    Room = Limit - ?AROUND,
    at_most(El) =< Room orelse byte_size(fxml:element_to_binary(El)) =< Room.

at_most(#xmlel{name = Name, attrs = Attrs, children = Children}) ->
    lists:sum([byte_size(Key) + 6 * byte_size(Value) + 4 || {Key, Value} <- Attrs])
        + 2 * byte_size(Name) + 5 + lists:sum([at_most(Child) || Child <- Children]);
at_most({xmlcdata, Text}) ->
    6 * byte_size(Text).

%% How large a stanza the component's listeners take; a larger one ends its stream.
-spec own_limit(#ctx{}) -> pos_integer() | infinity.
own_limit(#ctx{component = Component}) ->
    Sizes = [maps:get(max_stanza_size, Opts, infinity)
             || {_, ejabberd_service, Opts} <- ejabberd_option:listen(), takes(Component, maps:get(hosts, Opts, []))],
    case lists:min([infinity | Sizes]) of
        infinity -> infinity;
        Smallest -> max(1, Smallest - ?READ_AT_ONCE)
    end.

takes(_Component, []) -> true;
takes(Component, Hosts) -> lists:keymember(Component, 1, Hosts).

meta_el(Attrs) ->
    element(<<"meta">>, Attrs, []).

%%% From the component

%% An unknown action, an error, an answer that is none: all mean accept.
-spec verdict(iq()) -> verdict().
verdict(#iq{type = result, sub_els = Els}) ->
    case child(<<"verdict">>, Els) of
        #xmlel{children = Children} = El -> action(attr(<<"action">>, El), El, Children);
        undefined -> {accept, []}
    end;
verdict(#iq{}) ->
    {accept, []}.

action(<<"drop">>, _El, _Children) -> drop;
action(<<"bounce">>, El, _Children) -> {bounce, bounce_error(El)};
action(<<"hold">>, El, Children) ->
    case attr(<<"ref">>, El) of
        <<>> -> {accept, tags(Children)};
        Ref -> {hold, Ref, seconds(attr(<<"expires">>, El))}
    end;
action(_, _El, Children) -> {accept, tags(Children)}.

bounce_error(#xmlel{children = Children} = El) ->
    Text = case fxml:get_cdata(Children) of
               <<>> -> [];
               Data -> [#text{data = Data}]
           end,
    #stanza_error{type = error_type(attr(<<"type">>, El)), reason = condition(attr(<<"condition">>, El)), text = Text}.

error_type(<<"auth">>) -> auth;
error_type(<<"continue">>) -> continue;
error_type(<<"modify">>) -> modify;
error_type(<<"wait">>) -> wait;
error_type(_) -> cancel.

%% RFC 6120 8.3.3, without gone and redirect, which carry an address that nobody gave.
condition(Name) ->
    Known = ['bad-request', 'conflict', 'feature-not-implemented', 'forbidden', 'internal-server-error', 'item-not-found',
             'jid-malformed', 'not-acceptable', 'not-allowed', 'not-authorized', 'payment-required', 'recipient-unavailable',
             'registration-required', 'remote-server-not-found', 'remote-server-timeout', 'resource-constraint',
             'service-unavailable', 'subscription-required', 'undefined-condition', 'unexpected-request'],
    case [Condition || Condition <- Known, atom_to_binary(Condition, utf8) =:= Name] of
        [Condition] -> Condition;
        [] -> 'policy-violation'
    end.

%%% Tags

-spec tags([xmlel() | term()]) -> [xmlel()].
tags(Children) ->
    [El || #xmlel{} = El <- Children, attr(<<"xmlns">>, El) =:= ?NS_TAG].

-spec strip_tags(xmpp:stanza()) -> {boolean(), xmpp:stanza()}.
strip_tags(Stanza) ->
    Els = xmpp:get_els(Stanza),
    case tags(Els) of
        [] -> {false, Stanza};
        Tags -> {true, xmpp:set_els(Stanza, Els -- Tags)}
    end.

-spec add_tags(xmpp:stanza(), [xmlel()]) -> xmpp:stanza().
add_tags(Stanza, []) -> Stanza;
add_tags(Stanza, Tags) -> xmpp:set_els(Stanza, xmpp:get_els(Stanza) ++ Tags).

%%% Bounce

%% The one answer to a stanza that is refused, without its payload; none for what must not be answered.
-spec bounce(xmpp:stanza(), stanza_error()) -> xmpp:stanza() | none.
bounce(#message{type = error}, _) ->
    none;
bounce(#message{id = Id, lang = Lang, from = From, to = To}, Error) ->
    #message{type = error, id = Id, lang = Lang, from = To, to = From, sub_els = [Error]};
bounce(#presence{type = subscribe, id = Id, lang = Lang, from = From, to = To}, Error) ->
    #presence{type = error, id = Id, lang = Lang, from = To, to = From, sub_els = [Error]};
bounce(#iq{type = Type, id = Id, lang = Lang, from = From, to = To}, Error) when Type =:= get; Type =:= set ->
    #iq{type = error, id = Id, lang = Lang, from = To, to = From, sub_els = [Error]};
bounce(_, _) ->
    none.

%%% Small tools

-spec child(binary(), [xmlel() | term()]) -> xmlel() | undefined.
child(Name, Els) ->
    case [El || #xmlel{name = N} = El <- Els, N =:= Name, attr(<<"xmlns">>, El) =:= ?NS_CHECK] of
        [El | _] -> El;
        [] -> undefined
    end.

-spec attr(binary(), xmlel()) -> binary().
attr(Name, El) ->
    fxml:get_tag_attr_s(Name, El).

-spec now_seconds() -> integer().
now_seconds() ->
    erlang:system_time(second).

%% XEP-0082, UTC, whole seconds.
-spec timestamp(integer()) -> binary().
timestamp(Seconds) ->
    list_to_binary(calendar:system_time_to_rfc3339(Seconds, [{unit, second}, {offset, "Z"}])).

%% Unix seconds of an XEP-0082 time; undefined for anything else.
-spec seconds(binary()) -> integer() | undefined.
seconds(Text) ->
    try xmpp_util:decode_timestamp(Text) of
        {Mega, Secs, _} -> Mega * 1000000 + Secs
    catch error:{bad_timestamp, _} -> undefined
    end.
