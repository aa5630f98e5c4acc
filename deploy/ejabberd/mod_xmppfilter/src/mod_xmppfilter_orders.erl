%% What the component says of its own accord: hello, leaving, bans, locks, release and discard (sections 3 to 6 of the protocol).
-module(mod_xmppfilter_orders).

-export([process_iq/1, decode_iq_subel/1]).

-include("xmpp.hrl").
-include("logger.hrl").
-include("mod_xmppfilter.hrl").

%% gen_iq_handler would decode the element with a codec that does not know it.
decode_iq_subel(El) ->
    El.

-spec process_iq(iq()) -> iq().
process_iq(#iq{type = Type, from = From, to = #jid{lserver = Host}, sub_els = [El]} = Iq) ->
    case mod_xmppfilter_tables:ctx(Host) of
        undefined -> xmpp:make_error(Iq, xmpp:err_service_unavailable());
        Ctx ->
            case is_component(Iq, From, Ctx) of
                true when Type =:= set -> push(El#xmlel.name, El, Iq, Ctx);
                true -> xmpp:make_error(Iq, xmpp:err_not_allowed());
                false ->
                    mod_xmppfilter_stats:inc(Ctx, forbidden),
                    ?WARNING_MSG("~ts claims to be the spam filter of ~ts", [jid:encode(From), Host]),
                    xmpp:make_error(Iq, xmpp:err_forbidden())
            end
    end.

%% The address and the connection: another component that may send from any address is still another component.
is_component(Iq, From, #ctx{component = Component}) ->
    jid:tolower(From) =:= {<<>>, Component, <<>>}
        andalso case xmpp:get_meta(Iq, ?META_ORIGIN, undefined) of
                    {component, Domains} -> lists:member(Component, Domains);
                    _ -> false
                end.

push(<<"hello">>, El, Iq, #ctx{host = Host} = Ctx) ->
    mod_xmppfilter_keeper:greeted(Host, El),
    xmpp:make_iq_result(Iq, mod_xmppfilter_wire:hello_el(Ctx));
push(<<"leaving">>, _El, Iq, Ctx) ->
    mod_xmppfilter_breaker:leaving(Ctx),
    xmpp:make_iq_result(Iq);
push(<<"bans">>, El, Iq, #ctx{host = Host}) ->
    Push = mod_xmppfilter_bans:parse(El),
    mod_xmppfilter_keeper:bans(Host, Push),
    %% The component is connected to one node and speaks to all.
    Others = ejabberd_cluster:get_nodes() -- [node()],
    ejabberd_cluster:eval_everywhere(Others, mod_xmppfilter_keeper, bans, [Host, Push]),
    xmpp:make_iq_result(Iq);
push(<<"locks">>, _El, Iq, #ctx{locks = false}) ->
    xmpp:make_error(Iq, xmpp:err_not_allowed(<<"Locking accounts is switched off here">>, <<"en">>));
push(<<"locks">>, #xmlel{children = Children}, Iq, #ctx{host = Host} = Ctx) ->
    case lock_changes(Children, Host) of
        {[], [_ | _]} -> xmpp:make_error(Iq, xmpp:err_item_not_found());
        {Changes, Foreign} -> locks_result([apply_lock(Change, Ctx) || Change <- Changes], refused(Foreign), Iq)
    end;
push(<<"release">>, #xmlel{children = Children} = El, Iq, #ctx{host = Host} = Ctx) ->
    Release = fun(Row) ->
                      mod_xmppfilter_stats:inc(Ctx, released),
                      mod_xmppfilter_kept:release(Row, mod_xmppfilter_wire:tags(Children))
              end,
    with_held(El, Iq, Host, Release);
push(<<"discard">>, El, Iq, #ctx{host = Host} = Ctx) ->
    with_held(El, Iq, Host, fun(_Row) -> mod_xmppfilter_stats:inc(Ctx, discarded) end);
push(_, _El, Iq, _Ctx) ->
    xmpp:make_error(Iq, xmpp:err_feature_not_implemented()).

with_held(El, Iq, Host, Fun) ->
    case mod_xmppfilter_kept:take(Host, mod_xmppfilter_wire:attr(<<"ref">>, El)) of
        {ok, Row} -> Fun(Row), xmpp:make_iq_result(Iq);
        {error, notfound} -> xmpp:make_error(Iq, xmpp:err_item_not_found())
    end.

%% What is about accounts of this host, and the other JIDs: what is somebody else's must not cost this host its own.
lock_changes(Children, Host) ->
    Changes = [lock_change(El, Host) || #xmlel{name = Name} = El <- Children, Name =:= <<"lock">> orelse Name =:= <<"unlock">>],
    {[Change || {_, _} = Change <- Changes], [Jid || Jid <- Changes, is_binary(Jid)]}.

lock_change(#xmlel{name = Name} = El, Host) ->
    Text = mod_xmppfilter_wire:attr(<<"jid">>, El),
    try jid:decode(Text) of
        #jid{luser = U, lserver = Host} when U =/= <<>> -> {Name, {U, Host}};
        _ -> Text
    catch error:{bad_jid, _} -> Text
    end.

refused([]) ->
    [];
refused(Jids) ->
    Children = [#xmlel{name = <<"refused">>, attrs = [{<<"jid">>, Jid}]} || Jid <- Jids],
    [#xmlel{name = <<"locks">>, attrs = [{<<"xmlns">>, ?NS_CHECK}], children = Children}].

apply_lock({<<"lock">>, User}, Ctx) -> mod_xmppfilter_locks:lock(Ctx, User);
apply_lock({<<"unlock">>, User}, _Ctx) -> mod_xmppfilter_locks:unlock(User).

%% One that could not be obeyed costs the others nothing, but for being said again.
locks_result(Results, Refused, Iq) ->
    case lists:usort([Reason || {error, Reason} <- Results]) of
        [] -> (xmpp:make_iq_result(Iq))#iq{sub_els = Refused};
        [unlocked_by_operator] ->
            Text = <<"An operator has unlocked an account of these">>,
            xmpp:make_error(Iq, (xmpp:err_unexpected_request(Text, <<"en">>))#stanza_error{type = wait});
        Reasons ->
            ?ERROR_MSG("Changing locks failed: ~p", [Reasons]),
            xmpp:make_error(Iq, xmpp:err_internal_server_error())
    end.
