"""What the component orders ejabberd to do: bans, locks, release, discard; and what users report to it."""

import functools
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.live.ejabberd import Ejabberd
from tests.live.ejabberd_host import EVIL, HOST, EjabberdHost, filtered, on_ejabberd, tagged, verdict
from tests.live.rawclient import LoginRefusedError, RawClient
from tests.live.rawcomponent import ACCEPT, CHECK, DROP, TAG, Asked

pytestmark = pytest.mark.live

LOCKED = "This account is locked because it sent spam. Please contact the operator of this server."
BLOCKING = "urn:xmpp:blocking"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ejabberd]:
    with filtered(tmp_path_factory.mktemp("obedient")) as running:
        yield running


@pytest.fixture
async def host(server: Ejabberd) -> AsyncIterator[EjabberdHost]:
    async with on_ejabberd(server) as connected:
        yield connected


def at(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- bans


async def test_every_kind_of_a_banned_senders_stanzas_is_asked_about(host: EjabberdHost) -> None:
    host.filter.judge = lambda _: verdict("bounce", type="cancel", condition="policy-violation")
    alice = await host.login(host.alice)
    assert await host.ban(host.mallory, until=at(600)) == "result"
    address = f"from='{host.mallory}/x' to='{alice.jid}'"
    host.evil.send(f"<iq type='get' {address} id='ask'><ping xmlns='urn:xmpp:ping'/></iq>")
    refused = await host.evil.take(lambda s: s.get("id") == "ask", "refusal")
    assert refused.get("type") == "error"
    host.evil.send(f"<iq type='result' {address} id='answer'/>")
    host.evil.send(f"<presence {address} id='here'/>")
    host.evil.send(f"<message {address} type='groupchat' id='group'><body>x</body></message>")
    host.say("words")
    asked = await host.filter.questions(5)
    assert [question.stanza.get("id") for question in asked] == ["ask", "answer", "here", "group", "i-words"]
    assert [question.meta.get("banned") for question in asked] == ["true"] * 4 + [None]
    await host.evil.take(lambda s: s.get("id") == "i-words", "bounce")
    assert [s.get("id") for s in host.evil.inbox] == ["group"]
    await alice.sync()
    assert alice.inbox == []


async def test_a_ban_does_not_reach_the_contacts_of_the_banned(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    await host.server.add_contact(host.alice, host.mallory)
    await host.ban(host.mallory)
    host.say("old friend")
    await alice.message("old friend")
    assert host.filter.asked == []


async def test_a_ban_overrides_a_joined_room_and_can_be_that_of_one_occupant(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    room = f"room-{host.alice.partition('@')[0]}@{EVIL}"
    alice.send(f"<presence to='{room}/alice'/>")
    await host.evil.take(lambda s: s.get("to") == f"{room}/alice", "join")
    await host.ban(f"{room}/mallory")
    for nick in ("mallory", "bob"):
        host.evil.send(f"<message from='{room}/{nick}' to='{alice.jid}' type='groupchat'><body>{nick}</body></message>")
    assert await alice.bodies(2) == ["mallory", "bob"]
    [asked] = host.filter.asked
    assert asked.stanza.get("from") == f"{room}/mallory"


async def test_bans_end_by_themselves_by_word_and_by_a_full_list(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    people = [f"{word}-{host.mallory}" for word in ("ended", "unbanned", "replaced", "kept")]
    await host.ban(people[2])
    await host.ban(people[3], full=True)
    await host.ban(people[0], until=at(-5))
    await host.ban(people[1])
    await host.push(
        f"<bans xmlns='{CHECK}'><unban jid='{people[1]}'/><ban jid='@'/><ban jid='x@y' until='never'/></bans>"
    )
    for person in people:
        host.evil.send(f"<presence from='{person}/x' to='{alice.jid}'/>")
    [asked] = await host.filter.questions(1)
    await alice.take(lambda s: s.get("from") == f"{people[3]}/x", "presence")
    assert asked.stanza.get("from") == f"{people[3]}/x"


async def test_no_more_than_ten_thousand_bans_are_kept(host: EjabberdHost) -> None:
    for begin in range(0, 10_500, 500):
        bans = "".join(
            f"<ban jid='u{number}@{EVIL}' until='{at(1000 + number)}'/>" for number in range(begin, begin + 500)
        )
        full = " full='true'" if begin == 0 else ""
        await host.push(f"<bans xmlns='{CHECK}'{full}>{bans}</bans>")
    assert (await host.server.status(HOST))["bans"] == "10000"
    alice = await host.login(host.alice)
    for number in (0, 10_499):
        host.evil.send(f"<presence from='u{number}@{EVIL}/x' to='{alice.jid}'/>")
    await alice.take(lambda s: s.get("from") == f"u10499@{EVIL}/x", "presence")
    assert [asked.stanza.get("from") for asked in host.filter.asked] == [f"u10499@{EVIL}/x"]
    await host.push(f"<bans xmlns='{CHECK}' full='true'/>")
    assert (await host.server.status(HOST))["bans"] == "0"


async def test_occupants_push_out_no_ban_of_anybody_else(host: EjabberdHost) -> None:
    people = [f"first@{EVIL}", f"room@{EVIL}/n0", f"room@{EVIL}/n10499"]
    await host.push(f"<bans xmlns='{CHECK}' full='true'><ban jid='{people[0]}' until='{at(1000)}'/></bans>")
    for begin in range(0, 10_500, 500):
        bans = "".join(f"<ban jid='room@{EVIL}/n{n}' until='{at(2000 + n)}'/>" for n in range(begin, begin + 500))
        await host.push(f"<bans xmlns='{CHECK}'>{bans}</bans>")
    assert (await host.server.status(HOST))["bans"] == "11"
    alice = await host.login(host.alice)
    for sender in people:
        host.evil.send(f"<presence from='{sender}' to='{alice.jid}'/>")
    await alice.take(lambda s: s.get("from") == people[2], "presence")
    assert {asked.stanza.get("from") for asked in host.filter.asked} == {people[0], people[2]}
    await host.push(f"<bans xmlns='{CHECK}' full='true'/>")


# --- locks


def has_stream_error(session: RawClient) -> bool:
    return session.stream_error is not None


async def test_a_locked_account_is_put_out_and_kept_out_until_it_is_unlocked(tmp_path: Path) -> None:
    with filtered(tmp_path) as server:
        async with on_ejabberd(server) as host:
            alice = await host.login(host.alice)
            phone = await host.login(host.alice, resource="phone")
            bob = await host.login(host.bob)
            assert await host.push(f"<locks xmlns='{CHECK}'><lock jid='{host.alice}'/></locks>") == "result"
            for session in (alice, phone):
                await session.until(functools.partial(has_stream_error, session), "stream error")
                assert session.stream_error is not None
                assert [child.tag.rpartition("}")[2] for child in session.stream_error] == ["policy-violation", "text"]
                assert session.stream_error[1].text == LOCKED
            await bob.sync()
            with pytest.raises(LoginRefusedError, match="account-disabled") as refused:
                await server.login(host.alice)
            assert refused.value.text == LOCKED
        await server.restart()
        with pytest.raises(LoginRefusedError, match="account-disabled"):
            await server.login(host.alice)
        async with on_ejabberd(server) as later:
            assert await later.push(f"<locks xmlns='{CHECK}'><unlock jid='{host.alice}'/></locks>") == "result"
            await (await server.login(host.alice)).sync()


async def test_a_wrong_password_does_not_learn_of_the_lock(host: EjabberdHost) -> None:
    await host.server.add_users(host.bob)
    await host.push(f"<locks xmlns='{CHECK}'><lock jid='{host.bob}'/></locks>")
    await host.server.call(f'ejabberd_auth:set_password(<<"{host.bob.partition("@")[0]}">>, <<"{HOST}">>, <<"other">>)')
    with pytest.raises(LoginRefusedError, match="not-authorized"):
        await host.server.login(host.bob)


async def test_locks_of_other_domains_change_nothing(host: EjabberdHost) -> None:
    await host.server.add_users(host.alice)
    for foreign in (host.mallory, HOST, "evil.example"):
        assert await host.push(f"<locks xmlns='{CHECK}'><lock jid='{foreign}'/></locks>") == "item-not-found"
    locks = f"<lock jid='{host.mallory}'/><lock jid='{host.alice}'/><lock jid='@'/>"
    answer = await host.filter.iq(HOST, f"<locks xmlns='{CHECK}'>{locks}</locks>")
    assert [item.get("jid") for item in answer.element.iter(f"{{{CHECK}}}refused")] == [host.mallory, "@"]
    with pytest.raises(LoginRefusedError):
        await host.server.login(host.alice)


async def test_an_administrator_can_unlock(host: EjabberdHost) -> None:
    await host.server.add_users(host.alice)
    user = host.alice.partition("@")[0]
    await host.push(f"<locks xmlns='{CHECK}'><lock jid='{host.alice}'/></locks>")
    assert user in await host.server.call(
        f'[binary_to_list(U) || {{U, _}} <- mod_xmppfilter_commands:locked(<<"{HOST}">>)]'
    )
    assert await host.server.call(f'mod_xmppfilter_commands:unlock(<<"{user}">>, <<"{HOST}">>)') == "ok"
    await (await host.server.login(host.alice)).close()


# --- reports


@pytest.mark.parametrize("version", [0, 1])
async def test_a_report_in_a_block_is_handed_on_and_the_block_is_done(host: EjabberdHost, version: int) -> None:
    alice = await host.login(host.alice)
    report = f"<report xmlns='urn:xmpp:reporting:{version}' reason='urn:xmpp:reporting:spam'><text>Buy!</text></report>"
    items = f"<item jid='{host.mallory}'>{report}</item><item jid='plain@{EVIL}'/>"
    assert (await alice.iq(f"<block xmlns='{BLOCKING}'>{items}</block>")).get("type") == "result"
    handed = await host.filter.take(lambda s: s.child("spam-report", CHECK) is not None, "report")
    assert handed.get("from") == HOST
    spam_report = handed.child("spam-report", CHECK)
    assert spam_report is not None
    assert (spam_report.get("reporter"), spam_report.get("jid")) == (host.alice, host.mallory)
    inner = spam_report.find(f"{{urn:xmpp:reporting:{version}}}report")
    assert inner is not None
    assert inner.findtext(f"{{urn:xmpp:reporting:{version}}}text") == "Buy!"
    blocked = await alice.iq(f"<blocklist xmlns='{BLOCKING}'/>", type_="get")
    assert {item.get("jid") for item in blocked.element.iter(f"{{{BLOCKING}}}item")} == {host.mallory, f"plain@{EVIL}"}
    assert not [s for s in host.filter.inbox if s.child("spam-report", CHECK) is not None]


async def test_a_report_on_its_own_is_handed_on(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    report = "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/>"
    forwarded = (
        f"<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{host.mallory}/x'/></forwarded>"
    )
    alice.send(f"<message to='{HOST}'>{report}{forwarded}</message>")
    handed = await host.filter.take(lambda s: s.child("spam-report", CHECK) is not None, "report")
    spam_report = handed.child("spam-report", CHECK)
    assert spam_report is not None
    assert (spam_report.get("reporter"), spam_report.get("jid")) == (host.alice, f"{host.mallory}/x")
    await alice.sync()
    assert alice.inbox == []


# --- hold, release, discard


def hold(ref: str, expires: str) -> str:
    return verdict("hold", ref=ref, expires=expires)


async def test_what_is_held_comes_when_it_is_released_and_not_when_it_is_discarded(host: EjabberdHost) -> None:
    refs: dict[str | None, str] = {"good": f"good-{host.alice}", "bad": f"bad-{host.alice}"}
    host.filter.judge = lambda asked: hold(refs[asked.body], at(600)) if asked.body in refs else ACCEPT
    alice = await host.login(host.alice)
    for body in ("good", "bad", "other"):
        host.say(body)
    await alice.message("other")
    assert await host.push(f"<release xmlns='{CHECK}' ref='{refs['good']}'>{tagged('3')}</release>") == "result"
    message = await alice.message("good")
    assert message.get("from") == f"{host.mallory}/x"
    assert [tag.get("score") for tag in message.element.iter(f"{{{TAG}}}spam")] == ["3"]
    assert message.child("delay", "urn:xmpp:delay") is not None
    assert await host.push(f"<release xmlns='{CHECK}' ref='{refs['good']}'/>") == "item-not-found"
    assert await host.push(f"<discard xmlns='{CHECK}' ref='{refs['bad']}'/>") == "result"
    assert await host.push(f"<discard xmlns='{CHECK}' ref='{refs['bad']}'/>") == "item-not-found"
    await alice.sync()
    assert alice.inbox == []
    assert len(host.filter.asked) == 3


async def test_an_outgoing_stanza_can_be_held_too(host: EjabberdHost) -> None:
    host.filter.judge = lambda _: hold(f"out-{host.alice}", at(600))
    alice = await host.login(host.alice)
    alice.say(host.mallory, "perhaps")
    await host.server.counted(HOST, "held", 1)
    await alice.close()
    assert await host.push(f"<release xmlns='{CHECK}' ref='out-{host.alice}'/>") == "result"
    await host.evil.take(lambda s: s.body == "perhaps", "message")


async def test_what_nobody_decides_about_is_delivered_when_it_expires(host: EjabberdHost) -> None:
    host.filter.judge = lambda _: hold(f"due-{host.alice}", at(2))
    alice = await host.login(host.alice)
    began = time.monotonic()
    host.say("in doubt")
    await alice.message("in doubt")
    assert time.monotonic() - began > 0.9
    assert await host.push(f"<discard xmlns='{CHECK}' ref='due-{host.alice}'/>") == "item-not-found"


@pytest.mark.parametrize("option", ["max_kept", "hold_limit"])
async def test_the_store_outlives_the_server_and_is_bounded(tmp_path: Path, option: str) -> None:
    options: dict[str, Any] = {option: 2}
    with filtered(tmp_path, **options) as server:
        assert ("hold_limit of mod_xmppfilter is called max_kept now" in server.log) is (option == "hold_limit")
        judge = lambda asked: hold(f"ref-{asked.body}", at(600))  # noqa: E731
        async with on_ejabberd(server, judge) as host:
            alice = await host.login(host.alice)
            for body in ("one", "two", "too many"):
                host.say(body)
            await alice.message("too many")
            host.say("one")  # the same ref again
            await alice.message("one")
        await server.restart()
        async with on_ejabberd(server) as later:
            alice = await server.login(host.alice)
            later.streams.append(alice)
            assert await later.push(f"<release xmlns='{CHECK}' ref='ref-one'/>") == "result"
            await alice.message("one")
            assert await server.call(f'mod_xmppfilter_commands:release_all(<<"{HOST}">>)') == "1"
            await alice.message("two")
            assert later.filter.asked == []


async def test_whom_users_have_written_to_outlives_the_server(tmp_path: Path) -> None:
    with filtered(tmp_path) as server:
        async with on_ejabberd(server) as host:
            alice = await host.login(host.alice)
            alice.say(host.mallory, "who are you?")
            await host.evil.take(lambda s: s.body == "who are you?", "message")
        await server.restart()
        async with on_ejabberd(server) as later:
            later.say("a friend", from_=host.mallory, to=host.alice)
            [asked] = await later.filter.questions(1)
            assert asked.meta["contacted"] == "true"


async def test_a_verdict_is_about_its_own_pair(host: EjabberdHost) -> None:
    """A released stanza that somebody sends on to others is a new stanza."""

    def judge(asked: Asked) -> str:
        return DROP if asked.stanza.get("to") == host.bob else ACCEPT

    host.filter.judge = judge
    alice = await host.login(host.alice)
    bob = await host.login(host.bob)
    host.say("to alice")
    await alice.message("to alice")
    host.say("to bob", to=host.bob)
    host.say("to alice again")
    await alice.message("to alice again")
    await bob.sync()
    assert bob.inbox == []
    assert len(host.filter.asked) == 3
