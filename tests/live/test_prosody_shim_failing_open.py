"""mod_xmppfilter when the filter is away, hangs, drowns or lies, and when the server itself goes: nothing is lost."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from tests.live.prosody_host import ALICE, BOB, EVIL, FILTER, MALLORY, ProsodyHost, prosody_host
from tests.live.rawcomponent import ACCEPT, DROP, RawComponent
from tests.live.xmlstream import StreamClosedError

pytestmark = pytest.mark.live

BURST = 500


def numbers(count: int, start: int = 0) -> list[str | None]:
    return [str(number) for number in range(start, start + count)]


def say_all(s: ProsodyHost, bodies: list[str | None]) -> None:
    for body in bodies:
        s.mallory.say(ALICE, str(body))


async def test_no_component_means_no_question(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        await s.filter.close()
        say_all(s, numbers(3))
        assert await s.alice.bodies(3) == numbers(3)


@pytest.mark.parametrize("answered", [0, BURST // 4])
async def test_a_component_killed_in_a_burst_costs_nothing_and_no_order(tmp_path: Path, answered: int) -> None:
    async with prosody_host(tmp_path) as s:
        s.filter.judge = lambda _: ACCEPT if len(s.filter.asked) <= answered else None
        say_all(s, numbers(BURST))
        await s.filter.questions(BURST // 2)
        s.filter.abort()
        say_all(s, numbers(BURST, start=BURST))
        assert await s.alice.bodies(2 * BURST) == numbers(2 * BURST)
        await s.alice.sync()
        assert s.alice.inbox == []


async def test_a_component_that_hangs_is_waited_for_no_longer_than_the_time_out(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None, timeout=0.3) as s:
        say_all(s, numbers(3))
        assert await s.alice.bodies(3, timeout=3) == numbers(3)
        await s.server.logged("did not answer within 0.3 s")


async def test_each_question_has_its_own_time_whatever_becomes_of_the_others(tmp_path: Path) -> None:
    bob_is_answered = {"answered between", "answered last"}
    async with prosody_host(
        tmp_path, lambda a: ACCEPT if a.body in bob_is_answered else None, timeout=0.3, breaker_pause=0.1
    ) as s:
        bob = await s.server.login(BOB)
        for hung, answered in (("first", "answered between"), ("second", "answered last"), ("third", None)):
            s.mallory.say(ALICE, hung)
            if answered:
                s.mallory.say(BOB, answered)
                await bob.message(answered)
            await s.alice.message(hung, timeout=3)  # only then is the next one asked
        assert len(s.filter.asked) == 5
        assert len(re.findall("did not answer within", s.server.log)) == 3


async def test_late_and_second_answers_change_nothing(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda asked: None if asked.body == "late" else ACCEPT, timeout=0.3) as s:
        s.mallory.say(ALICE, "late")
        await s.alice.message("late")
        s.filter.answer(s.filter.asked[0], ACCEPT)
        s.mallory.say(ALICE, "twice")
        await s.filter.questions(2)
        s.filter.answer(s.filter.asked[1], DROP)
        s.filter.answer(s.filter.asked[1], ACCEPT)
        await s.alice.message("twice")
        await s.quiet()
        assert s.alice.inbox == []


async def test_the_answer_of_another_component_is_not_believed(tmp_path: Path) -> None:
    async with prosody_host(
        tmp_path,
        lambda _: None,
        timeout=1,
        components={EVIL: {"component_secret": "evil-secret", "validate_from_addresses": False}},
    ) as s:
        evil = await s.evil()
        s.mallory.say(ALICE, "hello")
        (asked,) = await s.filter.questions(1)
        evil.reply(asked.id, "example.org", DROP)
        evil.send(f"<iq type='result' id='{asked.id}' from='{FILTER}' to='example.org'>{DROP}</iq>")
        await evil.iq("other.example", "<ping xmlns='urn:xmpp:ping'/>", type_="get")  # both have been handled
        s.filter.answer(asked, ACCEPT)
        await s.alice.message("hello")


async def test_more_than_max_held_goes_through_unasked_and_in_order(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None, max_held=10) as s:
        evil = await s.evil()
        say_all(s, numbers(8))
        for body in ("a", "b"):
            evil.send(f"<message from='x@evil.example/r' to='{ALICE}'><body>{body}</body></message>")
        await s.filter.questions(10)
        say_all(s, ["8", "9"])  # mallory's eleventh releases mallory's own eight, and nobody else's
        assert await s.alice.bodies(9) == numbers(9)
        await s.alice.sync()
        assert s.alice.inbox == []
        (*_, last) = await s.filter.questions(11)
        assert last.body == "9"


async def test_what_waits_behind_a_held_stanza_is_bounded_too(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None, max_held=5) as s:
        s.mallory.say(ALICE, "held")
        for number in range(10):
            s.mallory.send(f"<presence to='{s.alice.jid}'><priority>{number}</priority></presence>")
        await s.alice.until(lambda: len(s.alice.inbox) == 11, "everything")
        assert [stanza.name for stanza in s.alice.inbox] == ["message"] + ["presence"] * 10
        priorities = [stanza.child("priority") for stanza in s.alice.inbox[1:]]
        assert [None if found is None else found.text for found in priorities] == numbers(10)


async def test_a_roster_that_cannot_be_read_makes_nobody_a_stranger(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: DROP) as s:
        s.server.add_contact(BOB, MALLORY)
        (s.server.data / "example%2eorg" / "roster" / "bob.dat").write_text("this is no Lua")
        s.mallory.say(BOB, "hello")
        await s.mallory.sync()
        assert s.filter.asked == []
        assert "hello" in s.server.stored(BOB, "offline", "list")


@pytest.mark.parametrize("names", [("breaker_timeouts", "breaker_pause"), ("max_timeouts", "pause")])
async def test_after_several_time_outs_nobody_is_asked_until_a_probe_is_answered(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    """By the options of these names: those of earlier versions are still read."""
    options: dict[str, Any] = dict(zip(names, (2, 0.5), strict=True))
    async with prosody_host(tmp_path, lambda _: None, timeout=0.2, **options) as s:
        former = re.findall(r"the option xmppfilter_(\w+) is called xmppfilter_breaker_\w+ now", s.server.log)
        assert former == [name for name in names if not name.startswith("breaker")]
        for body in ("1", "2"):
            s.mallory.say(ALICE, body)
            await s.alice.message(body)
        await s.server.logged("not asking for 0.5 s")
        s.mallory.say(ALICE, "unasked")
        await s.alice.message("unasked")
        assert [asked.body for asked in s.filter.asked] == ["1", "2"]

        s.filter.judge = lambda _: ACCEPT
        sent = 0
        while not re.search("answers again", s.server.log):  # the pause ends by the server's clock
            s.mallory.say(ALICE, f"again {sent}")
            await s.alice.message(f"again {sent}")
            sent += 1
        s.mallory.say(ALICE, "asked")
        await s.alice.message("asked")
        probe, asked = s.filter.asked[2:]
        assert (probe.body, asked.body) == (f"again {sent - 1}", "asked")


async def test_a_probe_that_is_not_answered_begins_another_pause(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None, timeout=0.2, breaker_timeouts=1, breaker_pause=0.3) as s:
        sent = 0
        while len(s.filter.asked) < 3:
            s.mallory.say(ALICE, str(sent))
            await s.alice.message(str(sent))
            sent += 1
        assert sent > 3
        assert len(re.findall("not asking for", s.server.log)) >= 2


async def test_a_component_that_is_replaced_at_once_is_asked_again(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None, filter_options={"component_conflict_resolve": "kick_old"}) as s:
        say_all(s, numbers(20))
        await s.filter.questions(20)
        second = await s.server.attach(FILTER, lambda asked: DROP if asked.body == "3" else ACCEPT)
        expected = [body for body in numbers(20) if body != "3"]
        assert await s.alice.bodies(19) == expected
        assert [asked.body for asked in second.asked] == numbers(20)


async def test_a_connection_that_was_turned_away_releases_nothing(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None) as s:
        s.mallory.say(ALICE, "held")
        (asked,) = await s.filter.questions(1)
        with pytest.raises(StreamClosedError):
            await s.server.attach(FILTER)
        with pytest.raises(StreamClosedError):
            await RawComponent.attach(FILTER, "wrong", s.server.component_port)
        await s.alice.sync()
        assert s.alice.inbox == []
        s.filter.answer(asked, ACCEPT)
        await s.alice.message("held")


async def test_a_server_that_is_stopped_keeps_what_it_held(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None) as s:
        say_all(s, numbers(3))
        s.mallory.say("bob@example.org", "for later")
        await s.filter.questions(4)
        await s.server.stopped()
        assert [stanza.body for stanza in s.alice.inbox] == numbers(3)
        assert "for later" in s.server.stored("bob@example.org", "offline", "list")


async def test_unloading_the_module_releases_what_it_held(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None) as s:
        say_all(s, numbers(3))
        await s.filter.questions(3)
        await s.server.shell("module:unload('xmppfilter', 'example.org')")
        say_all(s, numbers(1, start=3))
        assert await s.alice.bodies(4) == numbers(4)
        assert len(s.filter.asked) == 3


async def test_reloading_the_module_greets_the_component_and_goes_on(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        await s.filter.hello()
        await s.server.shell("module:reload('xmppfilter', 'example.org')")
        await s.filter.hello()
        s.mallory.say(ALICE, "hello")
        await s.alice.message("hello")
        assert len(s.filter.asked) == 1


async def test_what_is_held_outlives_its_sender(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None) as s:
        s.mallory.say(ALICE, "in")
        s.alice.say(MALLORY, "out")
        s.alice.subscribe("friend@other.example")
        incoming, outgoing, request = await s.filter.questions(3)
        resource = await s.server.login(MALLORY, resource="second")
        await s.mallory.close()
        watcher = await s.server.login(ALICE, resource="watcher")
        await s.alice.close()
        for asked in (incoming, outgoing, request):
            s.filter.answer(asked, ACCEPT)
        await watcher.message("in")
        await resource.message("out")
        roster = await watcher.iq("<query xmlns='jabber:iq:roster'/>", type_="get")
        assert b"friend@other.example" in roster.raw


async def test_a_component_that_is_not_configured_is_complained_about(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, hosts={"third.example": {"modules_enabled": ["xmppfilter"]}}) as s:
        await s.server.logged("xmppfilter_component is not set")
    async with asyncio.timeout(30), prosody_host(tmp_path / "b", hosts={"third.example": _wrong()}) as s:
        await s.server.logged("nobody.example is no external Component of this server")


def _wrong() -> dict[str, object]:
    return {"modules_enabled": ["xmppfilter"], "xmppfilter_component": "nobody.example"}
