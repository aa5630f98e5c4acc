"""The guide to filters of one's own: its code is installed as it stands, and does what it says."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.harness import Harness, settings
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, Received, Ticked
from xmppfilter.judging import catalogue
from xmppfilter.judging.effects import Effect, Notice, Send
from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.library import ListRead
from xmppfilter.lists.lists import ListFile
from xmppfilter.lists.source import Entries
from xmppfilter.memory.state import State
from xmppfilter.operators import commands, registry
from xmppfilter.stanza.view import Stanza
from xmppfilter.store.sqlite import SqliteStore

GUIDE: Final = Path(__file__).parents[1] / "deploy" / "FILTERS.md"
NOW: Final = 1_000_000.0
DAY: Final = 86400.0
TRAP, MALLORY = "trap@example.org", "mallory@evil.example"
HELLO: Final = "<hello xmlns='urn:xmppfilter:check:0' version='0' software='x' route='verdict' options='bans'/>"
CACHES: Final = (catalogue._installed, catalogue.filter_module, registry.offers, registry._by_words)


def files_of(guide: str) -> dict[str, str]:
    """Return the files that *guide* shows, by their names."""
    return dict(re.findall(r"^```\w+ file=(\S+)\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE))


FILES: Final = files_of(GUIDE.read_text("utf-8"))


def install(folder: Path, *names: str) -> None:
    """Install the modules of the filters *names* into *folder*, as pip would."""
    points = "".join(f"{name} = xmppfilter_{name}\n" for name in names)
    for name in names:
        (folder / f"xmppfilter_{name}.py").write_text(FILES[f"xmppfilter_{name}.py"], "utf-8")
    info = folder / "xmppfilter_own-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: xmppfilter-own\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[{catalogue.GROUP}]\n{points}", "utf-8")


@pytest.fixture(scope="module")
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("site-packages")
    install(folder, "shouting", "traps")
    sys.path.insert(0, str(folder))
    for cache in CACHES:
        cache.cache_clear()
    yield
    sys.path.remove(str(folder))
    for cache in CACHES:
        cache.cache_clear()


# --- the first ten minutes


def test_the_first_filter_is_found_and_does_what_the_guide_says(tmp_path: Path) -> None:
    install(tmp_path, "shouting")
    for name in ("config.yaml", "events.jsonl"):
        (tmp_path / name).write_text(FILES[name], "utf-8")

    def xmppfilter(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "xmppfilter", *words],
            check=True, capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        ).stdout  # fmt: skip

    assert "Catches messages that shout." in xmppfilter("help", "shouting")
    xmppfilter("check-config", "config.yaml")
    replayed = xmppfilter("replay", "--config", "config.yaml", "--json", "events.jsonl")
    rows = [json.loads(line) for line in replayed.split("\n") if line]
    assert [(row["action"], row["decided_by"]) for row in rows] == [("drop", "shouting"), ("deliver", None)]


def test_the_entry_point_that_the_guide_shows_is_the_one_that_is_looked_for() -> None:
    assert f'[project.entry-points."{catalogue.GROUP}"]\nshouting = "xmppfilter_shouting"' in FILES["pyproject.toml"]


# --- everything else


class Trapping:
    """A gateway with the second filter of the guide."""

    def __init__(self, state: State | None = None, *, policy: dict[str, Any] | None = None, **options: Any) -> None:
        self.state = state or State()
        self._policy = policy or {}
        self.now = NOW
        self.core = Core(self._settings(options), self.state)

    def begin(self) -> "Trapping":
        self.core.begin(self.now)
        self.core.gateway.handle(Connected(), self.now)
        return self

    def _settings(self, options: dict[str, Any]) -> Any:
        return settings({"traps": {"addresses": [TRAP]} | options}, policy=self._policy, admins=["admin@example.org"])

    def reload(self, **options: Any) -> None:
        self.core.exchange(self.core.draft(self._settings(options)), self.now)

    def judge(self, sender: str = MALLORY, to: str = "alice@example.org") -> tuple[str, list[str]]:
        xml = f"<message from='{sender}/x' to='{to}' type='chat'><body>Hello</body></message>"
        verdict = self.core.gateway.judge.judge(Stanza.read(xml), self.now).verdict
        return verdict.action.value, [finding.rule for finding in verdict.findings]

    def report(self, reported: str = MALLORY) -> None:
        self.hear(
            "<message from='example.org' to='filter.example.org'><spam-report xmlns='urn:xmppfilter:check:0'"
            f" reporter='alice@example.org' jid='{reported}'>"
            "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/></spam-report></message>"
        )

    def hear(self, xml: str) -> list[Effect]:
        return [*self.core.gateway.handle(Received(Stanza.read(xml)), self.now)]

    def wait(self, seconds: float = 1.0) -> list[Effect]:
        self.now += seconds
        effects = [*self.core.gateway.handle(Ticked(), self.now)]
        while self.core.gateway.busy:
            effects += self.core.gateway.handle(Ticked(), self.now)
        return effects

    def greet(self) -> str:
        effects = self.hear(f"<iq type='set' id='h' from='example.org' to='filter.example.org'>{HELLO}</iq>")
        return said(effects + self.wait())

    def command(self, *words: str) -> Any:
        return commands.run(self.core.gateway, words, self.now)[0]


def said(effects: list[Effect]) -> str:
    """Return what is sent to servers."""
    return "".join(effect.xml.decode() for effect in effects if isinstance(effect, Send))


pytestmark = pytest.mark.usefixtures("_installed")


def test_check_and_observe_catch_who_writes_to_a_trap() -> None:
    played = Trapping().begin()
    assert played.judge() == ("deliver", [])
    assert played.judge(to=TRAP) == ("drop", ["traps.touched"])
    assert played.judge() == ("drop", ["traps.caught"])
    played.wait(31 * DAY)
    assert played.judge() == ("deliver", [])


def test_it_learns_from_reports_but_not_of_whom_its_lists_name() -> None:
    played = Trapping(good=["/lists/good"]).begin()
    good = Entries([Entry(What.JID, "good@evil.example")])
    played.core.gateway.handle(ListRead(ListFile("jids", "/lists/good"), good), played.now)
    for _ in range(3):
        assert played.judge() == played.judge("good@evil.example") == ("deliver", [])
        played.report()
        played.report("good@evil.example")
    assert played.judge() == ("drop", ["traps.caught"])
    assert played.judge("good@evil.example") == ("deliver", [])


def test_servers_are_told_of_its_bans_and_may_drop_unasked() -> None:
    played = Trapping().begin()
    played.judge("first@evil.example", to=TRAP)
    full = played.greet()
    assert "full='true' unasked='drop'" in full
    assert "<ban jid='first@evil.example'" in full
    played.judge("second@evil.example", to=TRAP)
    assert "<ban jid='second@evil.example'" in said(played.wait())


def test_it_is_due_by_the_clock() -> None:
    played = Trapping().begin()
    played.wait()
    assert played.core.gateway.next_event() == played.now + DAY
    played.judge(to=TRAP)
    assert [effect for effect in played.wait(DAY) if isinstance(effect, Notice)] == [Notice("traps", {"caught": 1})]


def test_operators_have_its_commands() -> None:
    played = Trapping().begin()
    assert played.command("traps", "show", MALLORY) == {"jid": MALLORY, "caught": False}
    assert played.command("traps", "catch", MALLORY) == {"jid": MALLORY, "caught": True}
    assert played.command("traps", "show", MALLORY) == {"jid": MALLORY, "caught": True}
    assert "<ban jid='mallory@evil.example'" in played.greet()
    assert not played.command("traps", "catch", "admin@example.org")["caught"], "no admin is punished"


def test_what_is_learnt_in_monitor_mode_has_no_consequences_later() -> None:
    played = Trapping(policy={"mode": "monitor"}).begin()
    played.judge(to=TRAP)
    assert played.judge() == ("deliver", ["traps.caught"])
    assert "<ban " not in played.greet()
    played.command("mode", "enforce")
    assert played.judge() == ("deliver", [])


def test_what_a_refused_configuration_says_never_holds() -> None:
    played = Trapping().begin()
    played.core.draft(played._settings({"ban_time": "1h"}))
    played.judge(to=TRAP)
    played.wait(2 * DAY)
    assert played.judge() == ("drop", ["traps.caught"])
    played.reload(ban_time="1h")
    played.judge("other@evil.example", to=TRAP)
    played.wait(DAY)
    assert played.judge() == ("drop", ["traps.caught"])
    assert played.judge("other@evil.example") == ("deliver", [])


async def test_its_register_survives_a_restart(tmp_path: Path) -> None:
    for rules in (["traps.touched"], ["traps.caught"]):
        store = await SqliteStore.open(tmp_path / "store.sqlite", lambda: NOW)
        try:
            played = Trapping(State(store.secret))
            await store.load(played.state, NOW)
            played.begin()
            assert played.judge(to=TRAP if rules == ["traps.touched"] else "bob@example.org") == ("drop", rules)
            await store.flush()
        finally:
            await store.close()


def test_the_tests_of_our_own_filters_run_it_too() -> None:

    played = Harness({"traps": {"addresses": [TRAP]}})
    assert played.message("Hello", to=TRAP)["decided_by"] == "traps"
