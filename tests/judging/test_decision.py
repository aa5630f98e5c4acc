"""What decides where several filters have found something, and what is an offence."""

import pytest

from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.decision import decide
from xmppfilter.judging.verdict import About, Finding, Rank
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza

RANKS = {
    "known_spammers": Rank.BAN,
    "blocklist": Rank.SENDER_LISTED,
    "invitation": Rank.ROOM_LISTED,
    "mentions": Rank.MENTION_LISTED,
}


def case() -> Case:
    return Case(Stanza.read("<message from='m@evil.example' to='alice@example.org'/>"), Rules(), State().key)


def findings(*rules: tuple[str, float]) -> tuple[Finding, ...]:
    return tuple(Finding(f"{name}.x", "", score, rank=RANKS.get(name, Rank.SCORE)) for name, score in rules)


@pytest.mark.parametrize(
    ("found", "decided_by", "offence"),
    [
        ([("patterns", 10), ("mentions", 10), ("invitation", 10), ("blocklist", 10)], "blocklist", "patterns"),
        ([("patterns", 50), ("mentions", 10), ("invitation", 10)], "invitation", "patterns"),
        ([("patterns", 50), ("mentions", 1)], "mentions", "patterns"),
        ([("patterns", 50), ("blocklist", -1)], "patterns", "patterns"),
        ([("known_spammers", 10), ("blocklist", 10), ("patterns", 50)], "known_spammers", "patterns"),
        ([("known_spammers", 10), ("patterns", 3)], "known_spammers", None),
        ([("known_spammers", 10)], "known_spammers", None),
        ([("a", 4), ("b", 6), ("c", 6)], "b", "b"),
        ([("a", 4)], None, None),
    ],
)
def test_a_ban_then_a_list_then_the_highest_score(
    found: list[tuple[str, float]], decided_by: str | None, offence: str | None
) -> None:
    verdict = decide(case(), findings(*found))
    assert (verdict.decided_by.filter if verdict.decided_by else None) == decided_by
    assert (verdict.offence.filter if verdict.offence else None) == offence


SENDER, GROUP, RECIPIENT = About.SENDER, About.GROUP, About.RECIPIENT


@pytest.mark.parametrize(
    ("found", "action", "offence", "soft"),
    [
        ([("a", 10, SENDER)], "drop", "a", False),
        ([("a", 10, GROUP)], "drop", None, False),
        ([("a", 10, RECIPIENT)], "drop", None, False),
        ([("a", 50, GROUP), ("b", 9, SENDER)], "drop", None, False),
        ([("a", 50, GROUP), ("b", 10, SENDER)], "drop", "b", False),
        ([("a", 5, SENDER), ("b", 5, SENDER), ("c", 6, GROUP)], "drop", "a", True),
        ([("a", 5, SENDER), ("b", 6, GROUP)], "drop", None, False),
        ([("a", 12, SENDER), ("b", -3, SENDER), ("c", 5, GROUP)], "drop", None, False),
        ([("a", 4, SENDER), ("b", 5, GROUP)], "deliver", None, False),
    ],
)
def test_only_what_the_sender_did_is_its_offence(
    found: list[tuple[str, float, About]], action: str, offence: str | None, soft: bool
) -> None:
    given = tuple(Finding(f"{name}.x", "", score, about) for name, score, about in found)
    verdict = decide(case(), given)
    assert verdict.action.value == action
    assert (verdict.offence.filter if verdict.offence else None) == offence
    assert verdict.offence_is_soft == soft
