"""What the component tells mod_xmppfilter to do: greet, honour bans, lock accounts; and several components."""

from pathlib import Path

import pytest

from tests.live.prosody_host import (
    ALICE,
    BOB,
    EVIL,
    FILTER,
    MALLORY,
    ProsodyHost,
    at,
    condition,
    order,
    prosody_host,
    server,
)
from tests.live.rawclient import LoginRefusedError
from tests.live.rawcomponent import CHECK, DROP, RawComponent
from tests.live.xmlstream import StreamClosedError

pytestmark = pytest.mark.live

HOST = "example.org"
MALLORYS_IQ = "<query xmlns='jabber:iq:version'/>"


async def ban(s: ProsodyHost, content: str, *, full: bool = False) -> None:
    answer = await order(s.filter, "bans", content, "full='true'" if full else "")
    assert answer.get("type") == "result"


# --- hello


async def test_both_sides_greet(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        greeting = await s.filter.hello()
        hello = "<hello xmlns='urn:xmppfilter:check:0' version='0' software='test 1' route='verdict' options='bans'/>"
        s.filter.reply(str(greeting.get("id")), HOST, hello)
        answer = await s.filter.iq(HOST, hello)
        await s.server.logged("filter.example.org is connected: test 1")
    assert greeting.get("from") == HOST
    for theirs in (greeting.element[0], answer.element[0]):
        assert theirs.get("version") == "0"
        assert theirs.get("route") == "verdict"
        assert str(theirs.get("software")).startswith("mod_xmppfilter 0.1 (Prosody 0.12")
        assert set(str(theirs.get("options")).split()) == {"outbound", "hold", "reports", "locks", "bans"}


async def test_every_filtered_host_greets_for_itself(tmp_path: Path) -> None:
    hosts = {"second.example": {"modules_enabled": ["xmppfilter"], "xmppfilter_component": FILTER}}
    async with prosody_host(tmp_path, hosts=hosts) as s:
        assert {(await s.filter.hello()).get("from") for _ in range(2)} == {HOST, "second.example"}


async def test_a_different_route_is_complained_about(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        await s.filter.iq(HOST, f"<hello xmlns='{CHECK}' version='0' route='inline'/>")
        await s.server.logged("configured for the route inline and this host for verdict")


@pytest.mark.parametrize("name", ["hello", "bans", "locks", "release", "discard"])
async def test_nobody_else_gives_orders(tmp_path: Path, name: str) -> None:
    evil_options = {"component_secret": "evil-secret", "validate_from_addresses": False}
    async with prosody_host(tmp_path, components={EVIL: evil_options}) as s:
        evil = await s.evil()
        content = f"<lock jid='{ALICE}'/><ban jid='{MALLORY}'/>"
        assert condition(await order(evil, name, content)) == "forbidden"
        answer = await s.mallory.iq(f"<{name} xmlns='{CHECK}'>{content}</{name}>", to=HOST)
        assert condition(answer) == "forbidden"
        # The component's address from another stream is not the component either.
        evil.send(
            f"<iq type='set' id='forged' from='{FILTER}' to='{HOST}'><{name} xmlns='{CHECK}'>{content}</{name}></iq>"
        )
        await evil.take(lambda stanza: stanza.get("id") == "forged" and condition(stanza) == "forbidden")
        await s.alice.sync()
        assert not s.alice.closed


# --- bans


async def test_everything_of_a_banned_sender_is_asked_about(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: DROP) as s:
        await ban(s, f"<ban jid='{MALLORY}' until='{at(900)}'/>")
        s.mallory.send(f"<iq type='get' id='v' to='{s.alice.jid}'>{MALLORYS_IQ}</iq>")
        s.mallory.send(f"<presence to='{s.alice.jid}'/>")
        s.mallory.send(f"<message type='groupchat' to='{s.alice.jid}'><body>full</body></message>")
        s.mallory.send(f"<message type='error' to='{ALICE}'><error type='cancel'/></message>")
        s.mallory.send(f"<iq type='get' id='p' to='{HOST}'><ping xmlns='urn:xmpp:ping'/></iq>")
        s.mallory.say(ALICE, "hello")
        asked = await s.filter.questions(6)
        await s.alice.sync()
        assert s.alice.inbox == []
    # What would be asked about anyway does not carry the mark.
    assert [(a.name, a.meta.get("banned")) for a in asked] == [
        ("iq", "true"),
        ("presence", "true"),
        ("message", "true"),
        ("message", "true"),
        ("iq", "true"),
        ("message", None),
    ]


async def test_a_banned_iq_is_bounced_and_an_accepted_one_answered(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        await ban(s, f"<ban jid='{MALLORY}'/>")
        ping = "<ping xmlns='urn:xmpp:ping'/>"
        assert (await s.mallory.iq(ping, type_="get", to=HOST)).get("type") == "result"
        s.filter.judge = lambda _: f"<verdict xmlns='{CHECK}' action='bounce' condition='policy-violation'/>"
        assert condition(await s.mallory.iq(ping, type_="get", to=s.alice.jid)) == "policy-violation"


async def test_contacts_are_never_asked_about_though_banned(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: DROP, contacts={MALLORY: {"subscription": "both"}}) as s:
        await ban(s, f"<ban jid='{MALLORY}'/>")
        s.mallory.say(ALICE, "hello")
        await s.alice.message("hello")
        assert s.filter.asked == []


async def test_a_banned_user_of_ours_still_reaches_the_own_account_and_server(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: DROP) as s:
        await ban(s, f"<ban jid='{ALICE}'/>")
        await s.alice.iq("<query xmlns='jabber:iq:roster'/>", type_="get")
        await s.alice.iq("<query xmlns='http://jabber.org/protocol/disco#info'/>", type_="get", to=HOST)
        await s.alice.iq("<query xmlns='http://jabber.org/protocol/disco#info'/>", type_="get", to=ALICE)
        assert s.filter.asked == []
        s.alice.send(f"<iq type='get' id='v' to='{s.mallory.jid}'>{MALLORYS_IQ}</iq>")
        (asked,) = await s.filter.questions(1)
        assert (asked.meta["direction"], asked.meta["banned"]) == ("out", "true")


async def test_bans_come_whole_and_in_parts_and_go(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        evil = await s.evil()

        async def asked_about(user: str) -> bool:
            before = len(s.filter.asked)
            evil.send(f"<presence from='{user}@evil.example' to='{s.alice.jid}'/>")
            await s.alice.take(lambda stanza: stanza.get("from") == f"{user}@evil.example")
            return len(s.filter.asked) > before

        await ban(s, "<ban jid='A@evil.example'/><ban jid='b@evil.example'/>", full=True)
        await ban(s, "<ban jid='c@evil.example'/><unban jid='b@evil.example'/><ban jid='@'/><other/>")
        assert [await asked_about(user) for user in "abc"] == [True, False, True]
        await ban(s, "<ban jid='b@evil.example'/>", full=True)
        assert [await asked_about(user) for user in "abc"] == [False, True, False]


async def test_a_ban_ends_by_itself(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        await ban(s, f"<ban jid='{MALLORY}' until='{at(2)}'/>")
        sent = 0
        while len(s.filter.asked) == sent:
            sent += 1
            s.mallory.send(f"<presence to='{s.alice.jid}'><show>{sent}</show></presence>")
            await s.alice.take(lambda stanza: stanza.get("from") == s.mallory.jid)
        assert sent > 1


async def test_a_ban_of_a_full_jid_is_for_that_occupant_alone(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        evil = await s.evil()
        await ban(s, "<ban jid='room@evil.example/bad'/>")
        for nick in ("good", "bad"):
            evil.send(f"<presence from='room@evil.example/{nick}' to='{s.alice.jid}'/>")
        (asked,) = await s.filter.questions(1)
        assert asked.stanza.get("from") == "room@evil.example/bad"


# --- locks


async def test_a_locked_account_is_thrown_out_and_kept_out_until_it_is_unlocked(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        bystander = await s.server.login(BOB)
        assert (await order(s.filter, "locks", f"<lock jid='{ALICE}'/>")).get("type") == "result"
        await s.alice.until(lambda: s.alice.stream_error is not None, "stream error")
        assert s.alice.stream_error is not None
        assert "locked" in "".join(s.alice.stream_error.itertext())
        for _ in range(2):
            with pytest.raises(LoginRefusedError, match="locked") as refusal:
                await s.server.login(ALICE)
            assert refusal.value.condition == "account-disabled"
        await bystander.sync()

        await s.server.restart()
        with pytest.raises(LoginRefusedError, match="locked"):
            await s.server.login(ALICE)
        component = await s.server.attach(FILTER)
        await order(component, "locks", f"<unlock jid='{ALICE}'/>")
        await (await s.server.login(ALICE)).close()


async def test_a_lock_holds_in_one_stream_after_a_failed_attempt(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        await order(s.filter, "locks", f"<lock jid='{BOB}'/>")
        with pytest.raises(LoginRefusedError) as refusal:
            await s.server.login(BOB, wrong_first=2)
        assert refusal.value.condition == "account-disabled"


async def test_what_is_sent_to_a_locked_account_is_not_lost(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        await order(s.filter, "locks", f"<lock jid='{BOB}'/>")
        s.mallory.say(BOB, "for later")
        await s.quiet()
        await order(s.filter, "locks", f"<unlock jid='{BOB}'/>")
        await (await s.server.login(BOB)).message("for later")


async def test_a_foreign_jid_is_refused_and_costs_the_others_nothing(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        for foreign in (MALLORY, HOST, "not a jid@@"):
            assert condition(await order(s.filter, "locks", f"<lock jid='{foreign}'/>")) == "item-not-found"
        await s.alice.sync()
        answer = await order(s.filter, "locks", f"<lock jid='{MALLORY}'/><lock jid='{ALICE}'/><lock jid='@'/>")
        assert [item.get("jid") for item in answer.element.iter(f"{{{CHECK}}}refused")] == [MALLORY, "@"]
        with pytest.raises(LoginRefusedError):
            await s.server.login(ALICE)
        assert (await order(s.filter, "locks", f"<lock jid='nobody@{HOST}'/>")).get("type") == "result"


# --- the configuration


async def test_several_components_share_the_senders(tmp_path: Path) -> None:
    names = ["f0.example.org", "f1.example.org"]
    secrets = {name: {"component_secret": name} for name in names}
    hosts = {HOST: {"modules_enabled": ["xmppfilter"], "xmppfilter_component": names}}
    prosody = server(tmp_path, hosts=hosts, components=secrets)
    prosody.add_users(ALICE)
    async with prosody:
        alice, evil = await prosody.login(ALICE), await prosody.attach(EVIL)
        first, second = [await prosody.attach(name) for name in names]

        async def ask_all(round_: int) -> tuple[set[str | None], set[str | None]]:
            before = len(first.asked), len(second.asked)
            for number in range(20):
                sender = f"u{number}@evil.example"
                evil.send(f"<message from='{sender}' to='{ALICE}'><body>{round_}/{number}</body></message>")
            await alice.bodies(20)
            new = first.asked[before[0] :], second.asked[before[1] :]
            return {a.stanza.get("from") for a in new[0]}, {a.stanza.get("from") for a in new[1]}

        shares = await ask_all(1)
        assert all(shares)
        assert await ask_all(2) == shares
        await second.close()
        assert await ask_all(3) == (shares[0] | shares[1], set())


async def test_a_component_that_is_refused_says_so(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        with pytest.raises(StreamClosedError, match="not-authorized"):
            await RawComponent.attach(EVIL, "wrong", s.server.component_port)
