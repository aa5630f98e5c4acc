"""A store of the time before there were registers is read as it was: names, kinds and what each row says stay.

`stored_before.sql` is what a gateway of then had written after some offences, a message of ours, and some commands.
"""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.harness import settings
from xmppfilter.build import Core
from xmppfilter.gateway.events import Received
from xmppfilter.memory.state import State
from xmppfilter.operators import commands
from xmppfilter.stanza.view import Stanza
from xmppfilter.store.migrations import APPLICATION_ID
from xmppfilter.store.sqlite import SqliteStore

NOW = 1_000_000.0
FILTERS: dict[str, dict[str, Any]] = {"known_spammers": {}, "error_without_child": {}, "mentions": {}, "blocklist": {}}


@pytest.fixture
async def core(tmp_path: Path) -> Core:
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript(Path(__file__).with_name("stored_before.sql").read_text("utf-8"))
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute("PRAGMA user_version = 1")
    database.close()
    path.chmod(0o600)
    store = await SqliteStore.open(path, lambda: NOW)
    try:
        state = State(store.secret)
        core = Core(settings(FILTERS, policy={"correspondents": True}), state)
        await store.load(state, NOW)
    finally:
        await store.close()
    core.begin(NOW)
    return core


def result(core: Core, *words: str) -> dict[str, Any]:
    return commands.run(core.gateway, words, NOW + 1)[0]


def judged(core: Core, xml: str) -> tuple[str, str | None, list[str]]:
    verdict = core.gateway.judge.judge(Stanza.read(xml), NOW + 1).verdict
    return verdict.action.value, verdict.exempt, [finding.rule for finding in verdict.findings]


def from_(sender: str) -> str:
    return f"<message from='{sender}' to='alice@example.org' type='chat' id='1'><body>Hello</body></message>"


async def test_bans_and_what_they_were_for_are_known(core: Core) -> None:
    mallory = result(core, "spammers", "show", "mallory@evil.example")["spammer"]
    assert (mallory["offences"], mallory["sureness"], mallory["until"]) == (3, 3.0, "1970-01-12T14:31:40Z")
    assert [row["jid"] for row in result(core, "spammers", "list")["spammers"]] == [
        "mallory@evil.example",
        "carol@evil.example",
        "watched@evil.example",
    ]
    assert judged(core, from_("mallory@evil.example/x"))[2] == ["known_spammers.banned"]


async def test_what_operators_ordered_holds(core: Core) -> None:
    assert result(core, "status")["mode_by"] == "the operator"
    assert result(core, "lists", "show", "domain", "spam.example")["listed"]
    assert result(core, "allow", "show", "domain", "good.example")["allowed"]
    assert judged(core, from_("link@evil.example/x"))[2] == ["mentions.sender"]


async def test_correspondents_are_no_strangers(core: Core) -> None:
    assert judged(core, from_("bob@other.example/x"))[1] == "correspondent"
    assert judged(core, from_("carol@other.example/x"))[1] is None


async def test_a_report_of_our_own_account_counts_if_it_had_written_to_the_reporter(core: Core) -> None:
    report = (
        "<message from='example.org' to='filter.example.org'><spam-report xmlns='urn:xmppfilter:check:0'"
        " reporter='{}' jid='alice@example.org'>"
        "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/></spam-report></message>"
    )
    surenesses = []
    for reporter in ("carol@example.net", "bob@other.example"):
        core.gateway.handle(Received(Stanza.read(report.format(reporter))), NOW + 1)
        surenesses.append(result(core, "spammers", "show", "alice@example.org")["spammer"]["sureness"])
    assert surenesses == [0.0, 0.1]
