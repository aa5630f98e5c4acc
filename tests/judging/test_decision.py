"""What decides where several filters have found something, and what is an offence."""

import pytest

from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.decision import decide
from xmppfilter.judging.verdict import About, Action, Fact, Finding, Rank
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza

RANKS = {
    "known_spammers": Rank.BAN,
    "blocklist": Rank.SENDER_LISTED,
    "invitation": Rank.ROOM_LISTED,
    "mentions": Rank.MENTION_LISTED,
}
RULES = Rules()


def case(rules: Rules = RULES) -> Case:
    return Case(Stanza.read("<message from='m@evil.example' to='alice@example.org'/>"), rules, State().key)


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


@pytest.mark.parametrize(
    ("ban", "found", "action"),
    [
        (None, [("a", 10, False)], "bounce"),
        (None, [("a", 6, False), ("b", 4, True)], "drop"),
        (10, [("a", 6, False), ("b", 4, True)], "bounce"),
        (10, [("b", 10, True)], "bounce"),
        (10, [], "bounce"),
        (-4, [("a", 6, False), ("b", 4, True)], "bounce"),
        (-4, [("a", 6, False)], "bounce"),
        (-4, [("a", 5, False), ("b", 5, True)], "drop"),
        (-4, [("b", 6, True)], "drop"),
    ],
)
def test_the_banned_hear_the_same_whatever_is_found_in_the_recipients_roster(
    ban: float | None, found: list[tuple[str, float, bool]], action: str
) -> None:
    """A negative number is a weight that the admin has given to the ban."""
    given = tuple(Finding(f"{name}.x", "", score, private=private) for name, score, private in found)
    if ban is not None:
        banned = Finding("known_spammers.banned", "", abs(ban), rank=Rank.BAN)
        banned.weighed = ban < 0
        given += (banned,)
    verdict = decide(case(Rules(action=Action.BOUNCE)), given)
    assert verdict.action.value == action


SPREAD = Fact.SPREAD


@pytest.mark.parametrize(
    ("found", "score", "action", "offence"),
    [
        ([("a", 6, SENDER, SPREAD), ("b", 5, GROUP, SPREAD), ("c", 4, SENDER, SPREAD)], 6, "deliver", None),
        ([("c", 4, SENDER, SPREAD), ("b", 5, GROUP, SPREAD), ("a", 6, SENDER, SPREAD)], 6, "deliver", None),
        ([("a", 6, SENDER, SPREAD), ("b", 5, SENDER, None)], 11, "drop", "a"),
        ([("a", 10, SENDER, SPREAD), ("b", 5, GROUP, SPREAD)], 10, "drop", "a"),
        ([("a", 10, GROUP, SPREAD), ("b", 5, SENDER, SPREAD)], 10, "drop", None),
        ([("a", 10, GROUP, SPREAD), ("b", 5, SENDER, SPREAD), ("c", 5, SENDER, None)], 15, "drop", "b"),
        ([("a", 6, SENDER, SPREAD), ("b", -2, SENDER, SPREAD), ("c", 5, SENDER, SPREAD)], 4, "deliver", None),
    ],
)
def test_of_what_rests_on_one_fact_the_heaviest_counts(
    found: list[tuple[str, float, About, Fact | None]], score: float, action: str, offence: str | None
) -> None:
    given = tuple(Finding(f"{name}.x", "", weight, about, fact=fact) for name, weight, about, fact in found)
    verdict = decide(case(), given)
    assert (verdict.score, verdict.action) == (score, action)
    assert (verdict.offence.filter if verdict.offence else None) == offence
