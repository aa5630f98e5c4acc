%% <meta/>: what the server knows and the stanza does not say (section 1 of the protocol).
-module(mod_xmppfilter_meta).

-export([describe/4]).

-include("xmpp.hrl").
-include("mod_xmppfilter.hrl").

%% What the server knows of a stanza. Extra comes last.
-spec describe(#ctx{}, in | out, xmpp:stanza(), [{binary(), binary()}]) -> [{binary(), binary()}].
describe(Ctx, Direction, Stanza, Extra) ->
    From = xmpp:get_from(Stanza),
    To = xmpp:get_to(Stanza),
    {User, Peer} = case Direction of in -> {To, From}; out -> {From, To} end,
    Contacted = mod_xmppfilter_contacted:is_contacted(User, Peer),
    origin_meta(Stanza, From)
        ++ [{<<"direction">>, atom_to_binary(Direction, utf8)}, {<<"contacted">>, atom_to_binary(Contacted, utf8)}]
        ++ recipient_meta(Ctx, Direction, To, Stanza)
        ++ [{<<"received">>, mod_xmppfilter_wire:timestamp(mod_xmppfilter_wire:now_seconds())} | Extra].

recipient_meta(_Ctx, out, _To, _Stanza) ->
    [];
recipient_meta(Ctx, in, #jid{luser = U, lserver = S} = To, Stanza) ->
    Online = ejabberd_sm:get_user_resources(U, S) =/= [],
    Exists = Online orelse ejabberd_auth:user_exists(U, S),
    Inviter = case mod_xmppfilter_relations:inviter(Ctx, Stanza, To) of
                  contact -> [{<<"inviter">>, <<"contact">>}];
                  unknown -> []
              end,
    [{<<"exists">>, atom_to_binary(Exists, utf8)}, {<<"online">>, atom_to_binary(Online, utf8)} | Inviter].

%% Believed only while it speaks of the stanza's present sender: a room on this server sends on what it was sent, with
%% the first sender's meta map.
origin_meta(Stanza, #jid{lserver = Domain} = From) ->
    Bare = mod_xmppfilter_relations:bare(From),
    case xmpp:get_meta(Stanza, ?META_ORIGIN, undefined) of
        {s2s, Domain, Auth, Tls} ->
            [{<<"via">>, <<"s2s">>}, {<<"peer">>, Domain}, {<<"tls">>, atom_to_binary(Tls, utf8)}]
                ++ [{<<"auth">>, atom_to_binary(Auth, utf8)} || Auth =/= unknown] ++ ip(Stanza);
        {c2s, Bare, Tls} ->
            [{<<"via">>, <<"c2s">>}, {<<"tls">>, atom_to_binary(Tls, utf8)} | ip(Stanza)];
        {component, [Peer | _] = Domains} ->
            case lists:member(Domain, Domains) of
                true -> [{<<"via">>, <<"component">>}, {<<"peer">>, Domain} | ip(Stanza)];
                false -> [{<<"via">>, <<"component">>}, {<<"peer">>, Peer} | ip(Stanza)]
            end;
        _ -> [{<<"via">>, <<"local">>}]
    end.

ip(Stanza) ->
    case xmpp:get_meta(Stanza, ip, undefined) of
        {0, 0, 0, 0, 0, 16#ffff, High, Low} ->
            [{<<"ip">>, ip_literal({High bsr 8, High band 255, Low bsr 8, Low band 255})}];
        Ip when is_tuple(Ip) -> [{<<"ip">>, ip_literal(Ip)}];
        _ -> []
    end.

ip_literal(Ip) ->
    list_to_binary(inet:ntoa(Ip)).
