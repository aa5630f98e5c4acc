"""The ban list as a register: its terms hold once a configuration is in use, and never if that is refused."""

from typing import Any

import pytest

from xmppfilter.judging.effects import LockAccount, Notice, PushBan
from xmppfilter.judging.verdict import Finding
from xmppfilter.memory.state import State
from xmppfilter.registers.bans import BanList
from xmppfilter.registers.terms import NOT_ALONE, SURE, Offence, Terms

NOW = 1_000_000.0
MALLORY, CAROL = "mallory@evil.example", "carol@example.org"


def offence(state: State, address: str = MALLORY, rule: str = "some.rule", **said: Any) -> Offence:
    default: dict[str, Any] = {"soft": False, "ours": False, "monitored": False, "written": address}
    return Offence(key=state.key(address), address=address, finding=Finding(rule, "seen"), **(default | said))


def test_it_is_one_object_for_whoever_opens_it() -> None:
    state = State()
    bans = state.shared(BanList, Terms(ban_time=60.0))
    assert state.shared(BanList) is state.scoped("any").shared(BanList) is bans
    assert bans.terms.ban_time == 60.0, "who has nothing to say changes nothing"


@pytest.mark.parametrize("commits", [False, True])
def test_terms_hold_once_a_configuration_is_in_use(commits: bool) -> None:
    state = State()
    bans = state.shared(BanList, Terms(ban_time=60.0, max_senders=100))
    plan = state.plan()
    assert plan.shared(BanList, Terms(ban_time=3600.0, max_senders=200)) is bans
    assert plan.shared(BanList) is bans
    if commits:
        plan.commit()
    bans.offend(offence(state), NOW)
    wanted = (3600.0, 200) if commits else (60.0, 100)
    capacity = state.structures["known_spammers.senders"].capacity
    assert (bans.banned_until(state.key(MALLORY), False, NOW) - NOW, capacity) == wanted


def test_a_list_on_other_structures_is_another_one() -> None:
    state = State()
    bans = state.shared(BanList)
    state.retain(())
    state.expire(NOW, 100)  # nothing was in it
    assert state.shared(BanList) is not bans


@pytest.mark.parametrize(
    ("rules", "terms", "sureness"),
    [
        (["a.x"], {}, 1000),
        (["a.x"], {"weights": {"a": 300, "other": 10, "soft": 5, "report": 1}}, 300),
        (["a.x"], {"weights": {"a.x": 200, "a": 300, "other": 10, "soft": 5, "report": 1}}, 200),
        (["b.x"], {"weights": {"a": 300, "other": 10, "soft": 5, "report": 1}}, 10),
    ],
)
def test_what_an_offence_weighs(rules: list[str], terms: dict[str, Any], sureness: int) -> None:
    state = State()
    bans = state.shared(BanList, Terms(**terms))
    for rule in rules:
        bans.offend(offence(state, rule=rule), NOW)
    ban = bans.show(MALLORY, NOW)
    assert ban is not None
    assert ban.sureness == sureness


@pytest.mark.parametrize(
    ("terms", "sureness", "locked"),
    [
        ({}, 2 * SURE, True),
        ({"hearsay": {"some"}}, 0, False),
        ({"provoked": {"some"}}, NOT_ALONE, False),
        ({"disable_account": False}, 2 * SURE, False),
    ],
)
def test_an_account_of_ours_is_locked_when_we_are_sure(terms: dict[str, Any], sureness: int, locked: bool) -> None:
    state = State()
    bans = state.shared(BanList, Terms(**terms))
    done = [*(bans.offend(offence(state, CAROL, ours=True), NOW) or ())]
    done += bans.offend(offence(state, CAROL, ours=True), NOW + 3600) or ()
    ban = bans.show(CAROL, NOW + 3600)
    assert ban is not None
    assert (ban.sureness, ban.disabled) == (sureness, locked)
    assert (LockAccount(CAROL) in done) is locked


def test_an_admin_is_banned_but_never_locked() -> None:
    state = State()
    bans = state.shared(BanList)
    bans.resume(NOW, anew=True, admins=[CAROL])
    for hour in range(3):
        done = bans.offend(offence(state, CAROL, ours=True), NOW + 3600 * hour) or ()
        assert [type(effect) for effect in done if not isinstance(effect, Notice)] == [PushBan]


def test_what_is_judged_in_monitor_mode_stands_apart_until_it_is_forgotten() -> None:
    state = State()
    bans = state.shared(BanList)
    assert bans.offend(offence(state, monitored=True), NOW) is None
    key = state.key(MALLORY)
    assert [bans.banned_until(key, monitored, NOW) > NOW for monitored in (False, True)] == [False, True]
    bans.begin_enforcing(NOW + 1)
    assert not bans.banned_until(key, True, NOW + 1)


def test_the_list_is_logged_when_it_is_due_and_a_reload_does_not_put_it_off() -> None:
    state = State()
    bans = state.shared(BanList, Terms(print_frequency=100.0))
    bans.offend(offence(state), NOW)
    assert bans.tick(NOW) is None
    assert bans.due == NOW + 100
    bans.resume(NOW + 50, anew=False, admins=())
    assert bans.due == NOW + 100
    (event,) = filter(None, bans.tick(NOW + 100) or ())
    assert isinstance(event, Notice)
    assert (event.name, event.fields["count"]) == ("spammers", 1)
    bans.resume(NOW + 150, anew=True, admins=())
    assert bans.due is None
