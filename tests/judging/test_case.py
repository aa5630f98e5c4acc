"""One judgement: what is worked out once, and what its rules say."""

from collections.abc import Mapping

import pytest

from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.verdict import Action
from xmppfilter.memory.state import State
from xmppfilter.stanza.jid import JidError
from xmppfilter.stanza.view import Stanza

KEY = State(b"secret").key
MESSAGE = "<message from='m@evil.example/x' to='alice@example.org/phone'><body>Hi</body></message>"


def case(*, monitor: bool = False, occupant: bool = False) -> Case:
    made = Case(Stanza.read(MESSAGE), Rules(monitor=monitor), KEY, occupant=occupant)
    made.prepare()
    return made


def test_a_fact_is_read_once_for_everybody() -> None:
    asked: list[Case] = []

    def read(one: Case) -> None:
        asked.append(one)

    on = case()
    assert on.once(read) is None
    assert on.once(read) is None
    assert on.watched().once(read) is None
    assert asked == [on]
    case().once(read)
    assert len(asked) == 2


@pytest.mark.parametrize("told", [True, False])
def test_whether_the_recipient_wrote_first_is_asked_once(told: bool) -> None:
    asked: list[float] = []

    def has_written(_case: Case, now: float) -> bool:
        asked.append(now)
        return told

    on = Case(Stanza.read(MESSAGE), Rules(), KEY, has_written=has_written)
    on.prepare()
    assert [on.contacted(5.0), on.watched().contacted(5.0), on.contacted(5.0)] == [told] * 3
    assert asked == [5.0]
    assert not case().contacted(5.0)


@pytest.mark.parametrize(("occupant", "known_by"), [(False, "m@evil.example"), (True, "m@evil.example/x")])
def test_an_occupant_is_known_by_its_full_address(occupant: bool, known_by: str) -> None:
    on = case(occupant=occupant)
    assert on.sender_id == known_by
    assert on.sender_key == KEY(known_by)


def test_a_watched_case_is_the_same_in_monitor_mode() -> None:
    on = case(occupant=True)
    watched = on.watched()
    assert watched is on.watched()
    assert (on.monitored, watched.monitored) == (False, True)
    assert (watched.stanza, watched.occupant, watched.sender_key) == (on.stanza, True, on.sender_key)
    monitored = case(monitor=True)
    assert monitored.watched() is monitored


def test_there_is_no_case_without_addresses() -> None:
    with pytest.raises(JidError):
        Case(Stanza.read("<message from='@' to='alice@example.org'/>"), Rules(), KEY)


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        ({}, Action.BOUNCE),
        ({"patterns": Action.TAG}, Action.TAG),
        ({"patterns": Action.TAG, "patterns.string": Action.DROP}, Action.DROP),
        ({"patterns.regex": Action.DROP, "other": Action.DROP}, Action.BOUNCE),
    ],
)
def test_a_rule_s_own_action_goes_before_its_filter_s(actions: Mapping[str, Action], action: Action) -> None:
    assert Rules(action=Action.BOUNCE, actions=actions).action_for("patterns.string") is action
