"""What servers are told of bans and locks, bit by bit, while bans come and go: counted in records, not in time."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.test_gateway import Live, iq, sent, told
from xmppfilter.gateway.events import Connected, Disconnected
from xmppfilter.judging.effects import Effect, Notice, PushBan
from xmppfilter.memory.bans import Bans
from xmppfilter.operators import commands
from xmppfilter.registers import worst
from xmppfilter.routes import chores, protocol, pushes
from xmppfilter.stanza.timestamps import timestamp

SERVERS = ("example.net", "example.org")
HELLO = "<hello xmlns='urn:xmppfilter:check:0' software='mod 1' route='verdict'/>"
MANY = 5000
LONGEST = "x" * 1023 + "@" + "y" * 60 + ".example"


class Told:
    """What the servers know by what they were told."""

    def __init__(self) -> None:
        self.bans: dict[str, dict[str, str]] = {server: {} for server in SERVERS}
        self.locked: dict[str, set[str]] = {server: set() for server in SERVERS}

    def hear(self, effects: tuple[Effect, ...]) -> None:
        for xml in sent(effects):
            stanza = fromstring(xml)
            server = stanza.get("to", "")
            for element in stanza:
                if element.get("full") == "true":
                    self.bans[server].clear()
                for order in element:
                    self._obey(server, order.tag.rpartition("}")[2], order.get("jid", ""), order.get("until", ""))

    def _obey(self, server: str, what: str, jid: str, until: str) -> None:
        match what:
            case "ban":
                self.bans[server][jid] = until
            case "unban":
                self.bans[server].pop(jid, None)
            case "lock":
                self.locked[server].add(jid)
            case "unlock":
                self.locked[server].discard(jid)


@contextmanager
def tiny_slices() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chores, "STEPS", 2)
        patched.setattr(worst, "AT_ONCE", 1)
        patched.setattr(protocol, "BANS_PER_IQ", 2)
        yield


def is_so(live: Live, jid: str) -> str | None:
    assert live.gateway.spammers is not None
    ban = live.gateway.spammers.show(jid, live.now)
    return timestamp(ban.until) if ban is not None and ban.until > live.now else None


STEPS = st.lists(
    st.tuples(st.sampled_from(["ban", "ban", "pardon", "hello", "hello", "tick", "tick", "lose"]), st.integers(0, 9)),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_every_server_that_greeted_us_knows_what_is_so_in_the_end(steps: list[tuple[str, int]]) -> None:
    with tiny_slices():
        live, heard = Live(), Told()
        greeted: set[str] = set()
        live.gateway.handle(Connected(), live.now)
        for what, number in steps:
            jid = f"m{number}@evil.example"
            match what:
                case "ban" | "pardon":
                    live.now += 1
                    words = ["spammers", what, jid, *(["1h"] if what == "ban" else [])]
                    heard.hear(commands.run(live.gateway, words, live.now)[1])
                case "hello":
                    server = SERVERS[number % 2]
                    greeted.add(server)
                    heard.hear(live.hear(iq("h1", HELLO, origin=server)))
                case "tick":
                    heard.hear(live.tick(number / 10))
                case _:
                    heard.hear(live.gateway.handle(Disconnected(), live.now))
                    live.gateway.handle(Connected(), live.now)
                    greeted.clear()
        while live.gateway.busy or live.gateway.pushes.bans_owed:
            heard.hear(live.tick(0.6))
        so = {jid: until for n in range(10) if (until := is_so(live, jid := f"m{n}@evil.example"))}
        for server in greeted:
            assert heard.bans[server] == so


def test_a_ban_that_is_lifted_while_all_are_told_is_not_told() -> None:
    with tiny_slices():
        live, heard = Live(), Told()
        for number in range(20):
            commands.run(live.gateway, ["spammers", "ban", f"m{number}@evil.example", "1h"], live.now)
        pardoned = False
        effects = live.hear(iq("h1", HELLO))
        while live.gateway.busy:
            said = "".join(sent(effects))
            if "<ban " in said and not pardoned:
                pardoned = True
                last = next(n for n in range(20) if f"'m{n}@" not in said)
                commands.run(live.gateway, ["spammers", "pardon", f"m{last}@evil.example"], live.now)
            elif pardoned:
                assert f"<ban jid='m{last}@" not in said
            heard.hear(effects)
            effects = live.tick(0)
        heard.hear(effects)
        assert len(heard.bans["example.org"]) == 19


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Count how often a record is looked at."""
    looked = [0]
    with monkeypatch.context() as patched:
        for name in ("get", "glance"):
            method: Any = getattr(Bans, name)

            def counted(*given: Any, method: Any = method, **named: Any) -> Any:
                looked[0] += 1
                return method(*given, **named)

            patched.setattr(Bans, name, counted)
        yield looked


def crowded() -> Live:
    live = Live()
    assert live.gateway.spammers is not None
    for number in range(MANY):
        jid = f"{number}{LONGEST}"
        live.gateway.spammers._bans.offend(
            live.gateway.state.key(jid), jid, when=live.now, ban_time=1e6, weight=number % 1000
        )
    return live


IN_ONE_STEP = 2 * max(chores.STEPS * worst.AT_ONCE, protocol.BANS_PER_IQ)


def test_all_bans_are_told_a_few_records_in_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    live, heard = crowded(), Told()
    with counting(monkeypatch) as looked:
        heard.hear(live.hear(iq("h1", HELLO)))
        steps = 0
        while live.gateway.busy:
            assert looked[0] <= IN_ONE_STEP
            looked[0] = 0
            heard.hear(live.tick(0.01))
            steps += 1
    assert len(heard.bans["example.org"]) == MANY
    assert steps > 2 * MANY / IN_ONE_STEP


def test_many_servers_that_greet_at_once_cost_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    live, heard = crowded(), Told()
    with counting(monkeypatch) as looked:
        for server in SERVERS * 3:
            heard.hear(live.hear(iq("h1", HELLO, origin=server)))
        while live.gateway.busy:
            heard.hear(live.tick(0.01))
    assert [len(heard.bans[server]) for server in SERVERS] == [MANY, MANY]
    assert looked[0] < 5 * MANY, "two looks, and one at each that is told"


def test_the_list_in_the_log_is_made_a_few_records_in_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    live = crowded()
    live.tick()
    events: list[Effect] = []
    with counting(monkeypatch) as looked:
        live.now = live.gateway.next_event()
        events += live.tick(0)
        while live.gateway.busy:
            assert looked[0] <= IN_ONE_STEP
            looked[0] = 0
            events += live.tick(0.01)
    assert told(tuple(events)) == ["spammers"]
    (event,) = events
    assert isinstance(event, Notice)
    assert event.fields["count"] == MANY
    rows = event.fields["spammers"]
    assert rows[0]["sureness"] == 0.999
    assert sum(len(row["jid"]) for row in rows) < worst.LISTED_CHARACTERS + len(LONGEST) + 10


def test_bans_that_are_owed_are_told_some_hundreds_in_a_step() -> None:
    live, heard = Live(), Told()
    live.hello()
    many = [PushBan(f"m{n}@evil.example", live.now + 1e6) for n in range(pushes.PUSH_AT_MOST + 10)]
    live.gateway.pushes.owe(many, live.now)
    effects = live.tick(1)
    while live.gateway.busy:
        assert "".join(sent(effects)).count("<ban ") <= 2 * protocol.BANS_PER_IQ
        heard.hear(effects)
        effects = live.tick(0.01)
    heard.hear(effects)
    assert set(heard.bans["example.org"]) == {f"m{n}@evil.example" for n in range(10, pushes.PUSH_AT_MOST + 10)}
    assert re.search("full=", "".join(sent(effects))) is None
