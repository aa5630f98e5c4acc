"""While the component is there and does not judge, the list of bans holds: both servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.live.rawclient import RawClient
from tests.live.rawcomponent import CHECK
from tests.live.shimmed import ALICE, BOB, HOST, MALLORY, Shimmed, gone, shimmed

pytestmark = [pytest.mark.live, pytest.mark.parametrize("kind", ["prosody", "ejabberd"])]

BAN = f"<ban jid='{MALLORY}'/>"
DROP = "full='true' unasked='drop'"


@asynccontextmanager
async def silent(directory: Path, kind: str, *, pause: int = 60) -> AsyncIterator[Shimmed]:
    """Start a server with a component that answers nothing, which is asked no more after two time-outs of a second."""
    async with shimmed(
        directory, kind, "verdict", lambda _: None, seconds=1, breaker_timeouts=2, breaker_pause=pause
    ) as s:
        yield s


async def open_breaker(s: Shimmed, alice: RawClient) -> None:
    """Let the component leave questions unanswered until it is asked no more."""
    for number in range(2):
        s.say(f"late {number}", sender=f"early{number}@{s.evil.jid}")
    await alice.bodies(2)
    await s.logged("not asking for|in a row without an answer")


async def arrives(s: Shimmed, alice: RawClient, *, banned: bool, word: str) -> None:
    """Let mallory and a friend write; the friend's arrives, mallory's only if *banned* is false."""
    s.say(f"{word} of mallory")
    s.say(f"{word} of a friend", sender=f"friend@{s.evil.jid}")
    wanted = [f"{word} of a friend"] if banned else [f"{word} of mallory", f"{word} of a friend"]
    assert await alice.bodies(len(wanted)) == wanted


async def test_a_component_that_hangs_is_no_way_in_for_the_banned(tmp_path: Path, kind: str) -> None:
    async with silent(tmp_path, kind) as s:
        await s.push(DROP, BAN)
        alice = await s.login()
        # the questions that run into the time-out
        s.say("late spam")
        s.say("late word", sender=f"friend@{s.evil.jid}")
        assert await alice.bodies(1) == ["late word"]
        # and those that are not asked any more
        await s.logged("not asking for|in a row without an answer")
        for number in range(5):
            await arrives(s, alice, banned=True, word=f"{number}")
        s.evil.send(f"<presence from='{MALLORY}/x' to='{alice.jid}'/>")
        s.evil.send(
            f"<iq type='get' id='v' from='{MALLORY}/x' to='{alice.jid}'><query xmlns='jabber:iq:version'/></iq>"
        )
        await arrives(s, alice, banned=True, word="at last")
        assert [stanza for stanza in alice.inbox if (stanza.get("from") or "").startswith(MALLORY)] == []


@pytest.mark.parametrize(
    ("attributes", "content"),
    [
        ("full='true'", BAN),
        (DROP, f"<except jid='{ALICE}'/>{BAN}"),
        (DROP, f"<except jid='{HOST}'/>{BAN}"),
        (DROP, f"<except jid='{MALLORY}'/>{BAN}"),
        (DROP, "<except jid='evil.example'/>" + BAN),
        ("unasked='drop'", BAN),
    ],
    ids=["an old component", "the recipient", "its domain", "the sender", "its domain too", "no complete list"],
)
async def test_what_the_component_would_deliver_passes(
    tmp_path: Path, kind: str, attributes: str, content: str
) -> None:
    async with silent(tmp_path, kind) as s:
        await s.push(attributes, content)
        alice = await s.login()
        await open_breaker(s, alice)
        await arrives(s, alice, banned=False, word="hello")


async def test_a_new_list_replaces_what_was_said_before(tmp_path: Path, kind: str) -> None:
    async with silent(tmp_path, kind) as s:
        alice, bob = await s.login(), await s.login(BOB)
        await s.push(DROP, f"<except jid='{BOB}'/>{BAN}")
        await open_breaker(s, alice)
        s.say("to bob", to=BOB)
        await bob.message("to bob")
        await arrives(s, alice, banned=True, word="enforced")
        await s.push("full='true'", BAN)
        await arrives(s, alice, banned=False, word="watched")
        await s.push(DROP, BAN)
        await arrives(s, alice, banned=True, word="enforced again")
        s.say("to bob once more", to=BOB)
        s.say("a friend's", to=BOB, sender=f"friend@{s.evil.jid}")
        assert await bob.bodies(1) == ["a friend's"]
        await s.push("", f"<unban jid='{MALLORY}'/>")
        await arrives(s, alice, banned=False, word="pardoned")


async def test_too_many_exceptions_stop_nobody(tmp_path: Path, kind: str) -> None:
    async with silent(tmp_path, kind) as s:
        alice = await s.login()
        await s.push(DROP, "")
        for start in range(0, 10_500, 500):
            await s.push("", "".join(f"<except jid='u{n}@{HOST}'/>" for n in range(start, start + 500)))
        await s.push("", BAN)
        await open_breaker(s, alice)
        await arrives(s, alice, banned=False, word="hello")


async def test_whom_a_user_has_written_to_is_not_stopped(tmp_path: Path, kind: str) -> None:
    async with silent(tmp_path, kind) as s:
        alice = await s.login()
        alice.say(MALLORY, "hello stranger")
        await s.evil.take(lambda stanza: stanza.name == "message", timeout=10)
        await s.push(DROP, BAN)
        await open_breaker(s, alice)
        await arrives(s, alice, banned=False, word="hello")


async def test_without_the_component_everything_passes_and_is_counted(tmp_path: Path, kind: str) -> None:
    async with shimmed(tmp_path, kind, "verdict") as s:
        await s.push(DROP, BAN)
        alice = await s.login()
        s.filter.abort()
        await gone(s.server)
        for number in range(3):
            await arrives(s, alice, banned=False, word=f"{number}")
        await s.logged("not judged by filter.example.org: it is not connected")
        back = await s.server.attach(s.filter.jid)
        await back.hello()
        await s.logged("6 stanzas have passed without filter.example.org, 0 of banned senders were stopped")


async def test_what_an_open_breaker_lets_pass_is_counted(tmp_path: Path, kind: str) -> None:
    async with silent(tmp_path, kind, pause=1) as s:
        await s.push(DROP, BAN)
        alice = await s.login()
        await open_breaker(s, alice)
        await arrives(s, alice, banned=True, word="hello")
        s.filter.judge = lambda _: f"<verdict xmlns='{CHECK}' action='accept'/>"
        async with asyncio.timeout(20):
            while "answers again" not in s.server.log:
                s.say("probe", sender=f"probe@{s.evil.jid}")
                await alice.message("probe")
        await s.logged(r"\d+ stanzas have passed without filter.example.org, 1 of banned senders were stopped")
