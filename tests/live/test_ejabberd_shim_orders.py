"""What the component orders ejabberd to do: bans, locks, release, discard; and what users report to it."""

import functools
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.live.ejabberd import Ejabberd
from tests.live.ejabberd_stage import EVIL, HOST, Stage, filtered, on_stage, tagged, verdict
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
async def stage(server: Ejabberd) -> AsyncIterator[Stage]:
    async with on_stage(server) as connected:
        yield connected


def at(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- bans


async def test_every_kind_of_a_banned_senders_stanzas_is_asked_about(stage: Stage) -> None:
    stage.filter.judge = lambda _: verdict("bounce", type="cancel", condition="policy-violation")
    alice = await stage.login(stage.alice)
    assert await stage.ban(stage.mallory, until=at(600)) == "result"
    address = f"from='{stage.mallory}/x' to='{alice.jid}'"
    stage.evil.send(f"<iq type='get' {address} id='ask'><ping xmlns='urn:xmpp:ping'/></iq>")
    refused = await stage.evil.take(lambda s: s.get("id") == "ask", "refusal")
    assert refused.get("type") == "error"
    stage.evil.send(f"<iq type='result' {address} id='answer'/>")
    stage.evil.send(f"<presence {address} id='here'/>")
    stage.evil.send(f"<message {address} type='groupchat' id='group'><body>x</body></message>")
    stage.say("words")
    asked = await stage.filter.questions(5)
    assert [question.stanza.get("id") for question in asked] == ["ask", "answer", "here", "group", "i-words"]
    assert [question.meta.get("banned") for question in asked] == ["true"] * 4 + [None]
    await stage.evil.take(lambda s: s.get("id") == "i-words", "bounce")
    assert [s.get("id") for s in stage.evil.inbox] == ["group"]
    await alice.sync()
    assert alice.inbox == []


async def test_a_ban_does_not_reach_the_contacts_of_the_banned(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    await stage.server.add_contact(stage.alice, stage.mallory)
    await stage.ban(stage.mallory)
    stage.say("old friend")
    await alice.message("old friend")
    assert stage.filter.asked == []


async def test_a_ban_overrides_a_joined_room_and_can_be_that_of_one_occupant(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    room = f"room-{stage.alice.partition('@')[0]}@{EVIL}"
    alice.send(f"<presence to='{room}/alice'/>")
    await stage.evil.take(lambda s: s.get("to") == f"{room}/alice", "join")
    await stage.ban(f"{room}/mallory")
    for nick in ("mallory", "bob"):
        stage.evil.send(
            f"<message from='{room}/{nick}' to='{alice.jid}' type='groupchat'><body>{nick}</body></message>"
        )
    assert await alice.bodies(2) == ["mallory", "bob"]
    [asked] = stage.filter.asked
    assert asked.stanza.get("from") == f"{room}/mallory"


async def test_bans_end_by_themselves_by_word_and_by_a_full_list(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    people = [f"{word}-{stage.mallory}" for word in ("ended", "unbanned", "replaced", "kept")]
    await stage.ban(people[2])
    await stage.ban(people[3], full=True)
    await stage.ban(people[0], until=at(-5))
    await stage.ban(people[1])
    await stage.push(
        f"<bans xmlns='{CHECK}'><unban jid='{people[1]}'/><ban jid='@'/><ban jid='x@y' until='never'/></bans>"
    )
    for person in people:
        stage.evil.send(f"<presence from='{person}/x' to='{alice.jid}'/>")
    [asked] = await stage.filter.questions(1)
    await alice.take(lambda s: s.get("from") == f"{people[3]}/x", "presence")
    assert asked.stanza.get("from") == f"{people[3]}/x"


async def test_no_more_than_ten_thousand_bans_are_kept(stage: Stage) -> None:
    for begin in range(0, 10_500, 500):
        bans = "".join(
            f"<ban jid='u{number}@{EVIL}' until='{at(1000 + number)}'/>" for number in range(begin, begin + 500)
        )
        full = " full='true'" if begin == 0 else ""
        await stage.push(f"<bans xmlns='{CHECK}'{full}>{bans}</bans>")
    assert (await stage.server.status(HOST))["bans"] == "10000"
    alice = await stage.login(stage.alice)
    for number in (0, 10_499):
        stage.evil.send(f"<presence from='u{number}@{EVIL}/x' to='{alice.jid}'/>")
    await alice.take(lambda s: s.get("from") == f"u10499@{EVIL}/x", "presence")
    assert [asked.stanza.get("from") for asked in stage.filter.asked] == [f"u10499@{EVIL}/x"]
    await stage.push(f"<bans xmlns='{CHECK}' full='true'/>")
    assert (await stage.server.status(HOST))["bans"] == "0"


async def test_occupants_push_out_no_ban_of_anybody_else(stage: Stage) -> None:
    people = [f"first@{EVIL}", f"room@{EVIL}/n0", f"room@{EVIL}/n10499"]
    await stage.push(f"<bans xmlns='{CHECK}' full='true'><ban jid='{people[0]}' until='{at(1000)}'/></bans>")
    for begin in range(0, 10_500, 500):
        bans = "".join(f"<ban jid='room@{EVIL}/n{n}' until='{at(2000 + n)}'/>" for n in range(begin, begin + 500))
        await stage.push(f"<bans xmlns='{CHECK}'>{bans}</bans>")
    assert (await stage.server.status(HOST))["bans"] == "11"
    alice = await stage.login(stage.alice)
    for sender in people:
        stage.evil.send(f"<presence from='{sender}' to='{alice.jid}'/>")
    await alice.take(lambda s: s.get("from") == people[2], "presence")
    assert {asked.stanza.get("from") for asked in stage.filter.asked} == {people[0], people[2]}
    await stage.push(f"<bans xmlns='{CHECK}' full='true'/>")


# --- locks


def has_stream_error(session: RawClient) -> bool:
    return session.stream_error is not None


async def test_a_locked_account_is_put_out_and_kept_out_until_it_is_unlocked(tmp_path: Path) -> None:
    with filtered(tmp_path) as server:
        async with on_stage(server) as stage:
            alice = await stage.login(stage.alice)
            phone = await stage.login(stage.alice, resource="phone")
            bob = await stage.login(stage.bob)
            assert await stage.push(f"<locks xmlns='{CHECK}'><lock jid='{stage.alice}'/></locks>") == "result"
            for session in (alice, phone):
                await session.until(functools.partial(has_stream_error, session), "stream error")
                assert session.stream_error is not None
                assert [child.tag.rpartition("}")[2] for child in session.stream_error] == ["policy-violation", "text"]
                assert session.stream_error[1].text == LOCKED
            await bob.sync()
            with pytest.raises(LoginRefusedError, match="account-disabled") as refused:
                await server.login(stage.alice)
            assert refused.value.text == LOCKED
        await server.restart()
        with pytest.raises(LoginRefusedError, match="account-disabled"):
            await server.login(stage.alice)
        async with on_stage(server) as later:
            assert await later.push(f"<locks xmlns='{CHECK}'><unlock jid='{stage.alice}'/></locks>") == "result"
            await (await server.login(stage.alice)).sync()


async def test_a_wrong_password_does_not_learn_of_the_lock(stage: Stage) -> None:
    await stage.server.add_users(stage.bob)
    await stage.push(f"<locks xmlns='{CHECK}'><lock jid='{stage.bob}'/></locks>")
    await stage.server.call(
        f'ejabberd_auth:set_password(<<"{stage.bob.partition("@")[0]}">>, <<"{HOST}">>, <<"other">>)'
    )
    with pytest.raises(LoginRefusedError, match="not-authorized"):
        await stage.server.login(stage.bob)


async def test_locks_of_other_domains_change_nothing(stage: Stage) -> None:
    await stage.server.add_users(stage.alice)
    for foreign in (stage.mallory, HOST, "evil.example"):
        assert await stage.push(f"<locks xmlns='{CHECK}'><lock jid='{foreign}'/></locks>") == "item-not-found"
    locks = f"<lock jid='{stage.mallory}'/><lock jid='{stage.alice}'/><lock jid='@'/>"
    answer = await stage.filter.iq(HOST, f"<locks xmlns='{CHECK}'>{locks}</locks>")
    assert [item.get("jid") for item in answer.element.iter(f"{{{CHECK}}}refused")] == [stage.mallory, "@"]
    with pytest.raises(LoginRefusedError):
        await stage.server.login(stage.alice)


async def test_an_administrator_can_unlock(stage: Stage) -> None:
    await stage.server.add_users(stage.alice)
    user = stage.alice.partition("@")[0]
    await stage.push(f"<locks xmlns='{CHECK}'><lock jid='{stage.alice}'/></locks>")
    assert user in await stage.server.call(f'[binary_to_list(U) || {{U, _}} <- mod_xmppfilter:locked(<<"{HOST}">>)]')
    assert await stage.server.call(f'mod_xmppfilter:unlock(<<"{user}">>, <<"{HOST}">>)') == "ok"
    await (await stage.server.login(stage.alice)).close()


# --- reports


@pytest.mark.parametrize("version", [0, 1])
async def test_a_report_in_a_block_is_handed_on_and_the_block_is_done(stage: Stage, version: int) -> None:
    alice = await stage.login(stage.alice)
    report = f"<report xmlns='urn:xmpp:reporting:{version}' reason='urn:xmpp:reporting:spam'><text>Buy!</text></report>"
    items = f"<item jid='{stage.mallory}'>{report}</item><item jid='plain@{EVIL}'/>"
    assert (await alice.iq(f"<block xmlns='{BLOCKING}'>{items}</block>")).get("type") == "result"
    handed = await stage.filter.take(lambda s: s.child("spam-report", CHECK) is not None, "report")
    assert handed.get("from") == HOST
    spam_report = handed.child("spam-report", CHECK)
    assert spam_report is not None
    assert (spam_report.get("reporter"), spam_report.get("jid")) == (stage.alice, stage.mallory)
    inner = spam_report.find(f"{{urn:xmpp:reporting:{version}}}report")
    assert inner is not None
    assert inner.findtext(f"{{urn:xmpp:reporting:{version}}}text") == "Buy!"
    blocked = await alice.iq(f"<blocklist xmlns='{BLOCKING}'/>", type_="get")
    assert {item.get("jid") for item in blocked.element.iter(f"{{{BLOCKING}}}item")} == {stage.mallory, f"plain@{EVIL}"}
    assert not [s for s in stage.filter.inbox if s.child("spam-report", CHECK) is not None]


async def test_a_report_on_its_own_is_handed_on(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    report = "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/>"
    forwarded = (
        f"<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{stage.mallory}/x'/></forwarded>"
    )
    alice.send(f"<message to='{HOST}'>{report}{forwarded}</message>")
    handed = await stage.filter.take(lambda s: s.child("spam-report", CHECK) is not None, "report")
    spam_report = handed.child("spam-report", CHECK)
    assert spam_report is not None
    assert (spam_report.get("reporter"), spam_report.get("jid")) == (stage.alice, f"{stage.mallory}/x")
    await alice.sync()
    assert alice.inbox == []


# --- hold, release, discard


def hold(ref: str, expires: str) -> str:
    return verdict("hold", ref=ref, expires=expires)


async def test_what_is_held_comes_when_it_is_released_and_not_when_it_is_discarded(stage: Stage) -> None:
    refs: dict[str | None, str] = {"good": f"good-{stage.alice}", "bad": f"bad-{stage.alice}"}
    stage.filter.judge = lambda asked: hold(refs[asked.body], at(600)) if asked.body in refs else ACCEPT
    alice = await stage.login(stage.alice)
    for body in ("good", "bad", "other"):
        stage.say(body)
    await alice.message("other")
    assert await stage.push(f"<release xmlns='{CHECK}' ref='{refs['good']}'>{tagged('3')}</release>") == "result"
    message = await alice.message("good")
    assert message.get("from") == f"{stage.mallory}/x"
    assert [tag.get("score") for tag in message.element.iter(f"{{{TAG}}}spam")] == ["3"]
    assert message.child("delay", "urn:xmpp:delay") is not None
    assert await stage.push(f"<release xmlns='{CHECK}' ref='{refs['good']}'/>") == "item-not-found"
    assert await stage.push(f"<discard xmlns='{CHECK}' ref='{refs['bad']}'/>") == "result"
    assert await stage.push(f"<discard xmlns='{CHECK}' ref='{refs['bad']}'/>") == "item-not-found"
    await alice.sync()
    assert alice.inbox == []
    assert len(stage.filter.asked) == 3


async def test_an_outgoing_stanza_can_be_held_too(stage: Stage) -> None:
    stage.filter.judge = lambda _: hold(f"out-{stage.alice}", at(600))
    alice = await stage.login(stage.alice)
    alice.say(stage.mallory, "perhaps")
    await stage.server.counted(HOST, "held", 1)
    await alice.close()
    assert await stage.push(f"<release xmlns='{CHECK}' ref='out-{stage.alice}'/>") == "result"
    await stage.evil.take(lambda s: s.body == "perhaps", "message")


async def test_what_nobody_decides_about_is_delivered_when_it_expires(stage: Stage) -> None:
    stage.filter.judge = lambda _: hold(f"due-{stage.alice}", at(2))
    alice = await stage.login(stage.alice)
    began = time.monotonic()
    stage.say("in doubt")
    await alice.message("in doubt")
    assert time.monotonic() - began > 0.9
    assert await stage.push(f"<discard xmlns='{CHECK}' ref='due-{stage.alice}'/>") == "item-not-found"


async def test_the_store_outlives_the_server_and_is_bounded(tmp_path: Path) -> None:
    with filtered(tmp_path, hold_limit=2) as server:
        judge = lambda asked: hold(f"ref-{asked.body}", at(600))  # noqa: E731
        async with on_stage(server, judge) as stage:
            alice = await stage.login(stage.alice)
            for body in ("one", "two", "too many"):
                stage.say(body)
            await alice.message("too many")
            stage.say("one")  # the same ref again
            await alice.message("one")
        await server.restart()
        async with on_stage(server) as later:
            alice = await server.login(stage.alice)
            later.streams.append(alice)
            assert await later.push(f"<release xmlns='{CHECK}' ref='ref-one'/>") == "result"
            await alice.message("one")
            assert await server.call(f'mod_xmppfilter:release_all(<<"{HOST}">>)') == "1"
            await alice.message("two")
            assert later.filter.asked == []


async def test_whom_users_have_written_to_outlives_the_server(tmp_path: Path) -> None:
    with filtered(tmp_path) as server:
        async with on_stage(server) as stage:
            alice = await stage.login(stage.alice)
            alice.say(stage.mallory, "who are you?")
            await stage.evil.take(lambda s: s.body == "who are you?", "message")
        await server.restart()
        async with on_stage(server) as later:
            later.say("a friend", from_=stage.mallory, to=stage.alice)
            [asked] = await later.filter.questions(1)
            assert asked.meta["contacted"] == "true"


async def test_a_verdict_is_about_its_own_pair(stage: Stage) -> None:
    """A released stanza that somebody sends on to others is a new stanza."""

    def judge(asked: Asked) -> str:
        return DROP if asked.stanza.get("to") == stage.bob else ACCEPT

    stage.filter.judge = judge
    alice = await stage.login(stage.alice)
    bob = await stage.login(stage.bob)
    stage.say("to alice")
    await alice.message("to alice")
    stage.say("to bob", to=stage.bob)
    stage.say("to alice again")
    await alice.message("to alice again")
    await bob.sync()
    assert bob.inbox == []
    assert len(stage.filter.asked) == 3
