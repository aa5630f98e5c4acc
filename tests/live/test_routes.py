"""The real gateway in the path of a real server: what it blocks, and that nothing good is ever lost."""

import signal
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import pytest

from tests.harness import LONG
from tests.live.filtered_server import EVIL, FilteredServer, Kind, Route, filtered_server
from tests.live.rawclient import RawClient

pytestmark = pytest.mark.live

SERVERS: list[Kind] = ["prosody", "ejabberd"]
ROUTES: list[Route] = ["verdict", "inline"]
SENDERS = 4
BURST = 2000
PATIENCE = 30
"""Seconds until a server has noticed that the component is gone."""

both_servers = pytest.mark.parametrize("kind", SERVERS)
both_routes = pytest.mark.parametrize("route", ROUTES)


def burst(s: FilteredServer, first: int, last: int) -> None:
    """Let four strangers send messages numbered from *first* up to *last* in turn."""
    for n in range(first, last):
        s.say(f"{n % SENDERS}:{n}", sender=f"sender{n % SENDERS}@{EVIL}/x")


def arrived(client: RawClient) -> list[tuple[int, int]]:
    """Return sender and number of each message of the burst that *client* has, in the order of arrival."""
    return [
        (int(sender), int(number))
        for stanza in client.inbox
        if stanza.name == "message" and stanza.body
        for sender, _, number in [stanza.body.partition(":")]
    ]


async def all_there(client: RawClient, count: int = BURST, *, in_order: bool = True) -> None:
    """Wait for *count* messages, and assert that each came once, and each sender's in the order they were sent."""
    await client.until(lambda: len(client.inbox) >= count, f"{count} messages", 60)
    await client.sync()
    assert_whole(client, count, in_order=in_order)


def assert_whole(client: RawClient, count: int = BURST, *, in_order: bool = True) -> None:
    found = arrived(client)
    print(f"sent {count}, lost {count - len(set(found))}, twice {len(found) - len(set(found))}")
    assert len(found) == len(set(found)) == count
    if in_order:
        assert_in_order(found)


def assert_in_order(found: list[tuple[int, int]]) -> None:
    by_sender: dict[int, list[int]] = defaultdict(list)
    for sender, number in found:
        by_sender[sender].append(number)
    for numbers in by_sender.values():
        assert numbers == sorted(numbers)


# --- nothing good is lost


@both_servers
async def test_verdict_loses_nothing_when_the_gateway_is_killed_in_a_burst(kind: Kind, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind) as s:
        alice = await s.login("alice@example.org")
        burst(s, 0, BURST)
        await alice.until(lambda: len(alice.inbox) >= 200, "the first of the burst")
        s.gateway.child.kill()
        await all_there(alice)


@both_servers
async def test_verdict_loses_nothing_when_the_gateway_is_killed_and_started_again(kind: Kind, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind) as s:
        alice = await s.login("alice@example.org")
        burst(s, 0, BURST // 2)
        await alice.until(lambda: len(alice.inbox) >= 100, "the first of the burst")
        s.gateway.child.kill()
        s.gateway.start()
        burst(s, BURST // 2, BURST)
        await s.gateway.ready()
        await all_there(alice)
        asked = (await s.gateway.ctl("status"))["stanzas"].get("message", 0)
        s.say("0:99999", sender=f"sender0@{EVIL}/x")
        await alice.until(lambda: (0, 99999) in arrived(alice), "a message after the restart")
        await s.gateway.until(lambda status: status["stanzas"]["message"] > asked, "asked again after its restart")


@both_servers
async def test_verdict_loses_nothing_when_the_gateway_hangs(kind: Kind, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind, seconds=1) as s:
        alice = await s.login("alice@example.org")
        burst(s, 0, BURST // 2)
        await alice.until(lambda: len(alice.inbox) >= 100, "the first of the burst")
        s.gateway.child.signal(signal.SIGSTOP)
        burst(s, BURST // 2, BURST)
        await all_there(alice)
        s.gateway.child.signal(signal.SIGCONT)
        await alice.sync()
        assert_whole(alice)  # its late answers bring nothing twice


@both_servers
async def test_verdict_loses_nothing_when_too_much_is_held(kind: Kind, tmp_path: Path) -> None:
    limit = {"max_held": 50}
    async with filtered_server(tmp_path, kind, seconds=2, shim=limit) as s:
        alice = await s.login("alice@example.org")
        s.gateway.child.signal(signal.SIGSTOP)
        burst(s, 0, BURST)
        await all_there(alice)
        s.gateway.child.signal(signal.SIGCONT)


@both_servers
async def test_verdict_keeps_what_is_held_when_the_recipient_goes(kind: Kind, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind, seconds=2) as s:
        alice = await s.login("alice@example.org")
        s.gateway.child.signal(signal.SIGSTOP)
        burst(s, 0, 40)
        await s.strangers.iq("example.org", "<ping xmlns='urn:xmpp:ping'/>", type_="get")
        await alice.close()
        s.strangers.abort()  # the senders are gone as well
        s.gateway.child.signal(signal.SIGCONT)
        # only now: what comes in while somebody logs in may miss both, on a server without a filter too
        await s.stored_offline("alice@example.org", 40)
        back = await s.login("alice@example.org")
        await all_there(back, 40)


@both_servers
async def test_verdict_keeps_what_is_held_when_the_server_stops(kind: Kind, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind, seconds=30) as s:
        s.gateway.child.signal(signal.SIGSTOP)
        burst(s, 0, 40)
        await s.strangers.iq("example.org", "<ping xmlns='urn:xmpp:ping'/>", type_="get")
        await s.server.restart()
        s.gateway.child.signal(signal.SIGCONT)
        alice = await s.login("alice@example.org")
        await all_there(alice, 40)


@both_servers
async def test_inline_loses_only_what_was_on_the_way(kind: Kind, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind, "inline") as s:
        alice = await s.login("alice@example.org")
        burst(s, 0, BURST)
        await alice.until(lambda: len(alice.inbox) >= 200, "the first of the burst")
        s.gateway.child.kill()
        sent = BURST
        while not any(number >= BURST for _, number in arrived(alice)):  # until the server has noticed, they are lost
            assert sent < BURST + PATIENCE, "no message sent after the kill has arrived"
            s.say(f"0:{sent}", sender=f"sender0@{EVIL}/x")
            sent += 1
            with suppress(TimeoutError):
                await alice.until(lambda: arrived(alice)[-1][1] >= BURST, "a message sent after the kill", 1)
        found = arrived(alice)
        print(f"inline, killed: of {sent} sent {sent - len(found)} were lost")
        assert len(found) == len(set(found))
        assert_in_order(found)


@both_servers
async def test_inline_loses_nothing_when_the_gateway_is_restarted_in_good_order(kind: Kind, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind, "inline") as s:
        alice = await s.login("alice@example.org")
        burst(s, 0, 500)
        await alice.until(lambda: len(alice.inbox) >= 100, "the first of the burst")
        assert await s.gateway.stop() == 0
        s.gateway.start()
        await s.gateway.ready()
        burst(s, 500, 1000)
        await all_there(alice, 1000, in_order=False)  # what was delivered directly may overtake what came back


# --- each filter, live


async def blocked(s: FilteredServer, alice: RawClient, *, bodies: int) -> None:
    """Assert that alice has exactly so many messages of strangers with a body."""
    await s.settle(alice)
    assert len([stanza for stanza in alice.inbox if stanza.name == "message" and stanza.body]) == bodies


@both_routes
@both_servers
async def test_each_of_the_five_blocks_its_stanza_and_a_ban_holds(kind: Kind, route: Route, tmp_path: Path) -> None:
    contacts = {"bob@example.org": f"mallory@{EVIL}"}
    async with filtered_server(tmp_path, kind, route, contacts=contacts) as s:
        alice, bob = await s.login("alice@example.org"), await s.login("bob@example.org")
        for n in range(25):
            s.say(LONG, sender=f"bot{n}@{EVIL}/x")
        await s.gateway.until(lambda status: status["stanzas"].get("message", 0) >= 25, "asked about the campaign")
        await blocked(s, alice, bodies=20)
        s.say("not an error", sender=f"faker@{EVIL}/x", kind="error")
        s.say("not a room", sender=f"shouter@{EVIL}/x", kind="groupchat")
        for n in range(8):
            s.send(f"<presence type='subscribe' from='mallory@{EVIL}' to='user{n}@example.org'/>")
        s.send(f"<presence type='subscribe' from='mallory@{EVIL}' to='alice@example.org'/>")
        await s.gateway.until(lambda status: status["verdicts"].get("drop", 0) >= 5 + 1 + 1 + 4, "having dropped them")
        await blocked(s, alice, bodies=20)
        assert not [stanza for stanza in alice.inbox if stanza.get("type") == "subscribe"]
        # mallory is banned now: every kind of stanza of hers is brought before the gateway
        await s.gateway.until(lambda status: status["bans_owed"] == 0, "rid of the bans it has to tell")
        s.say("hello again", sender=f"mallory@{EVIL}/x")
        s.say("told", sender=f"honest@{EVIL}/x")
        await alice.message("told")  # the server has read all that the gateway said before
        answer = await s.strangers_iq(f"mallory@{EVIL}/x", "alice@example.org/test")
        assert answer.get("type") == "error"
        assert answer.child("error") is not None
        await blocked(s, alice, bodies=20)
        s.say("hello, contact", sender=f"mallory@{EVIL}/x", to="bob@example.org")
        assert (await bob.message("hello, contact")).body == "hello, contact"
        filters = {row["name"]: row["findings"] for row in (await s.gateway.ctl("status"))["filters"]}
        assert filters == {
            "known_spammers": filters["known_spammers"],
            "error_without_child": 1,
            "groupchat_to_bare_jid": 1,
            "presence_subscribe_rate": 4,
            "same_long_body": 5,
        }
        assert filters["known_spammers"] >= 5
