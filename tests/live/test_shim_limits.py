"""Stanzas that are too large to be asked about whole cost nobody but themselves: both servers, both routes."""

from pathlib import Path

import pytest

from tests.live.rawclient import RawClient
from tests.live.rawcomponent import ACCEPT, CHECK, DROP, TAG, Asked
from tests.live.shimmed import ALICE, BOB, MALLORY, SETUPS, echo, shimmed
from tests.live.xmlstream import Received

pytestmark = [pytest.mark.live, pytest.mark.parametrize(("kind", "route"), SETUPS)]

LIMIT = 65_536
LARGE = {
    "text": "<body>" + "x" * LIMIT + "</body>",
    "apostrophes": "<body>" + "'" * LIMIT + "</body>",
    "ampersands": "<body>" + "&amp;" * (LIMIT // 5) + "</body>",
    "an attribute": f"<body>x</body><a xmlns='urn:a' x='{'&lt;' * (LIMIT // 4)}'/>",
    "elements": "<body>x</body><a xmlns='urn:a'>" + "<b/>" * (LIMIT // 4) + "</a>",
}


def is_large(asked: Asked) -> bool:
    return "size" in asked.meta


def without_content(asked: Asked, name: str) -> None:
    """Check a question about a stanza that is too large."""
    assert len(asked.carrier) < LIMIT
    assert len(asked.stanza) == 0
    assert asked.stanza.text is None
    allowed = {"from", "to", "type", "id", "{http://www.w3.org/XML/1998/namespace}lang"}
    assert set(asked.stanza.attrib) <= allowed, name
    assert asked.stanza.get("from") == f"{MALLORY}/x"
    assert asked.stanza.get("type") == "chat"
    assert int(asked.meta["size"]) >= LIMIT - 200
    assert asked.carrier.startswith(b"<iq")


async def test_a_large_stanza_is_asked_about_without_its_content_and_delivered_whole(
    tmp_path: Path, kind: str, route: str
) -> None:
    tagged = f"<verdict xmlns='{CHECK}' action='accept'><spam xmlns='{TAG}' score='1'/></verdict>"
    async with shimmed(tmp_path, kind, route, lambda asked: tagged if is_large(asked) else ACCEPT) as s:
        await s.greet(LIMIT)
        alice = await s.login()
        for name, payload in LARGE.items():
            s.evil.send(f"<message type='chat' id='{name}' from='{MALLORY}/x' to='{ALICE}'>{payload}</message>")
            found = await alice.message()
            assert found.get("id") == name
            assert len(found.raw) > LIMIT, name
            assert found.child("spam", TAG) is not None
            without_content(s.filter.asked[-1], name)
        assert len(s.filter.asked) == len(LARGE)


async def test_what_servers_take_at_most_is_asked_about_whole_where_the_component_takes_more(
    tmp_path: Path, kind: str, route: str
) -> None:
    """As `init` has it: Prosody's own limit for components is raised, and ejabberd writes six times as much."""
    async with shimmed(tmp_path, kind, route, limit=1 << 20 if kind == "prosody" else None) as s:
        await s.greet(4 << 20)
        alice = await s.login()
        back = echo(s.filter)
        for number, character in enumerate("x'"):
            s.say(character * 500_000)
            asked = (await s.filter.questions(number + 1))[number]
            assert not is_large(asked)
            assert asked.body == character * 500_000
            back()
            await alice.message()


async def test_the_verdict_on_a_large_stanza_is_carried_out(tmp_path: Path, kind: str, route: str) -> None:
    async with shimmed(tmp_path, kind, route, lambda asked: DROP if is_large(asked) else ACCEPT) as s:
        await s.greet(LIMIT)
        alice = await s.login()
        back = echo(s.filter)
        s.say("x" * LIMIT)
        s.say("small", sender=f"other@{s.evil.jid}")
        await s.filter.questions(2)
        back()
        await alice.message("small")
        assert _messages(alice) == []


async def test_large_and_small_ones_keep_their_order(tmp_path: Path, kind: str, route: str) -> None:
    async with shimmed(tmp_path, kind, route, lambda _: None) as s:
        await s.greet(LIMIT)
        alice = await s.login()
        for number in range(12):
            s.say(f"{number}" + (" x" * LIMIT if number % 3 == 1 else ""))
        for asked in await s.filter.questions(12):
            if asked.carrier.startswith(b"<iq"):
                s.filter.answer(asked)
            else:
                s.filter.send_back(asked)
        bodies = await alice.bodies(12)
    assert [int((body or "").split()[0]) for body in bodies] == list(range(12))


async def test_no_question_is_larger_than_the_component_takes_or_the_server(
    tmp_path: Path, kind: str, route: str
) -> None:
    """Sizes around the limit, of the server's own: what is handed over can be sent back."""
    async with shimmed(tmp_path, kind, route, limit=LIMIT) as s:
        await s.greet(10 * LIMIT)
        alice = await s.login()
        back = echo(s.filter)
        sizes = [*range(LIMIT - 9_000, LIMIT - 200, 450)]
        for number, size in enumerate(sizes):
            s.say(f"{number} " + "x" * size)
            await s.filter.questions(number + 1)
            back()
            assert (await alice.message()).body is not None
        carriers = [asked.carrier for asked in s.filter.asked]
        assert not s.filter.closed
    assert max(map(len, carriers)) <= LIMIT
    whole = [carrier for carrier in carriers if b"size='" not in carrier]
    assert 0 < len(whole) < len(carriers)


async def test_what_a_large_stanza_has_in_its_start_tag_is_bounded(tmp_path: Path, kind: str, route: str) -> None:
    async with shimmed(tmp_path, kind, route) as s:
        await s.greet(LIMIT)
        alice = await s.login()
        s.evil.send(f"<message id='{'i' * LIMIT}' from='{MALLORY}/x' to='{ALICE}'><body>long id</body></message>")
        await alice.message("long id")
        (asked,) = s.filter.asked
    assert "id" not in asked.stanza.attrib
    assert len(asked.carrier) < 2_000


async def test_a_flood_of_apostrophes_harms_nobody_else(tmp_path: Path, kind: str, route: str) -> None:
    """Writers make six bytes of each. Beside them a banned sender is stopped, and nobody else's stanza is lost."""
    spammer = "spammer@evil.example"
    async with shimmed(tmp_path, kind, route, lambda asked: DROP if is_banned(asked) else ACCEPT) as s:
        await s.greet(1 << 20)
        await s.push("full='true'", f"<ban jid='{spammer}'/>")
        alice, bob = await s.login(ALICE), await s.login(BOB)
        back = echo(s.filter, is_banned)
        rounds, good = 5, 20
        for round_ in range(rounds):
            s.say("'" * 175_000, to=BOB)
            for number in range(good):
                s.say(f"good {round_} {number}", sender=f"friend{number}@{s.evil.jid}")
                s.say("spam", sender=spammer)
            await s.filter.questions((round_ + 1) * (2 * good + 1))
            back()
        bodies = await alice.bodies(rounds * good)
        await bob.until(lambda: len(_messages(bob)) == rounds, "the large ones")
        assert not s.filter.closed
        assert all(len(asked.carrier) <= 1 << 20 for asked in s.filter.asked)
        assert _messages(alice) == []
    assert bodies == [f"good {round_} {number}" for round_ in range(rounds) for number in range(good)]


def is_banned(asked: Asked) -> bool:
    return (asked.stanza.get("from") or "").startswith("spammer@")


def _messages(client: RawClient) -> list[Received]:
    return [stanza for stanza in client.inbox if stanza.name == "message"]
