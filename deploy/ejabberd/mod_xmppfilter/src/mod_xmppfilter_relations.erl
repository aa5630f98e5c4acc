%% Who somebody is to a local user, and which stanzas the component is asked about (section 1 of the protocol).
-module(mod_xmppfilter_relations).

-export([bare/1, pair/2, is_own/2, is_server/1, is_contact/3, is_known_to/3, is_blocked/3, wants_opinion/1, inviter/3]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

-spec bare(jid:jid()) -> bare().
bare(#jid{luser = U, lserver = S}) ->
    {U, S}.

-spec pair(jid:jid(), jid:jid()) -> pair().
pair(From, To) ->
    {bare(From), bare(To)}.

%% The user's own account, any resource.
-spec is_own(jid:jid(), jid:jid()) -> boolean().
is_own(From, To) ->
    bare(From) =:= bare(To).

%% A domain that this server itself serves: announcements, registration, and nobody's address.
-spec is_server(jid:jid()) -> boolean().
is_server(#jid{luser = <<>>, lserver = S}) ->
    ejabberd_router:is_my_host(S);
is_server(_) ->
    false.

%% Whether Peer is no stranger to a local user: an item with both, to, from or ask=subscribe, or an item for the peer's
%% whole domain (a gateway). A roster that cannot be read makes nobody a stranger: contacts must never be blocked.
-spec is_contact(#ctx{}, jid:jid(), jid:jid()) -> boolean().
is_contact(Ctx, User, Peer) ->
    has_item(Ctx, User, Peer, fun asked_or_subscribed/1, fun subscribed/1).

%% Whether a local user is no stranger to Peer. What the user has done alone proves nothing, or a spammer of ours would ask
%% everybody first. Nor does a subscription to a whole domain: servers grant it to anybody. A gateway asks for one itself.
-spec is_known_to(#ctx{}, jid:jid(), jid:jid()) -> boolean().
is_known_to(Ctx, User, Peer) ->
    has_item(Ctx, User, Peer, fun subscribed/1, fun let_in/1).

%% `both` as Ask: asked for and being asked, which is still ask=subscribe.
asked_or_subscribed({none, Ask}) -> Ask =:= out orelse Ask =:= both;
asked_or_subscribed(_) -> true.

subscribed({Subscription, _}) -> Subscription =/= none.

let_in({Subscription, _}) -> Subscription =:= both orelse Subscription =:= from.

has_item(Ctx, User, #jid{luser = PeerUser} = Peer, Wanted, WantedOfDomain) ->
    Bare = jid:remove_resource(Peer),
    has_item(Ctx, User, Bare, Wanted)
        orelse PeerUser =/= <<>> andalso has_item(Ctx, User, Bare#jid{user = <<>>, luser = <<>>}, WantedOfDomain).

has_item(Ctx, User, Peer, Wanted) ->
    case mod_xmppfilter_roster:item(User, Peer) of
        unknown -> mod_xmppfilter_stats:inc(Ctx, roster_unreadable), true;
        Item -> Wanted(Item)
    end.

%% What the user has blocked is the server's to refuse, as if we were not here.
-spec is_blocked(jid:jid(), xmpp:stanza(), in | out) -> boolean().
is_blocked(#jid{lserver = Host} = User, Stanza, Direction) ->
    ejabberd_hooks:run_fold(privacy_check_packet, Host, allow, [User, Stanza, Direction]) =:= deny.

%% By its kind alone. An error that carries <error/> answers something; one without is a known disguise.
-spec wants_opinion(xmpp:stanza()) -> boolean().
wants_opinion(#presence{type = Type}) -> Type =:= subscribe;
wants_opinion(#message{type = error} = Msg) -> not has_error_child(Msg);
wants_opinion(#message{type = groupchat, to = #jid{lresource = Resource}}) -> Resource =:= <<>>;
wants_opinion(#message{}) -> true;
wants_opinion(#iq{}) -> false.

has_error_child(Msg) ->
    lists:any(fun(#stanza_error{}) -> true;
                 (#xmlel{name = <<"error">>, attrs = Attrs}) -> is_content_ns(fxml:get_attr_s(<<"xmlns">>, Attrs));
                 (_) -> false
              end, xmpp:get_els(Msg)).

is_content_ns(NS) ->
    lists:member(NS, [<<>>, ?NS_CLIENT, ?NS_SERVER, ?NS_COMPONENT]).

%% The inviter named in a mediated invitation (XEP-0045 7.8.2), as far as the recipient knows it.
-spec inviter(#ctx{}, xmpp:stanza(), jid:jid()) -> contact | unknown.
inviter(Ctx, #message{sub_els = Els}, To) ->
    Invites = [fxml:get_tag_attr_s(<<"from">>, Invite)
               || #xmlel{name = <<"x">>, attrs = Attrs, children = Children} <- Els,
                  fxml:get_attr_s(<<"xmlns">>, Attrs) =:= ?NS_MUC_USER,
                  #xmlel{name = <<"invite">>} = Invite <- Children],
    case Invites of
        [From] ->
            try is_contact(Ctx, To, jid:decode(From)) of
                true -> contact;
                false -> unknown
            catch error:{bad_jid, _} -> unknown
            end;
        _ -> unknown  % no room sends more than one
    end;
inviter(_, _, _) ->
    unknown.
