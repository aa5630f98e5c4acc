"""Who is not let in waits longer each time, up to a bound."""

import pytest

from xmppfilter.xmpp.backoff import Backoff


@pytest.mark.parametrize(
    ("at_home", "wanted"), [(True, [1, 2, 4, 5, 5, 5, 5, 5]), (False, [1, 2, 4, 8, 16, 32, 60, 60])]
)
def test_each_wait_is_twice_as_long(at_home: bool, wanted: list[float]) -> None:
    backoff = Backoff(lambda: 1.0, at_home=at_home)
    assert [backoff.delay() for _ in wanted] == wanted
    backoff.reset()
    assert backoff.delay() == 1


def test_chance_takes_half_at_most() -> None:
    assert Backoff(lambda: 0.0, at_home=False).delay() == 0.5
