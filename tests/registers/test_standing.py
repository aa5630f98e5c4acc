"""The operator's mode outlasts reloads and restarts, until it or the configured one is changed."""

from typing import Any

import pytest

from tests.harness import settings
from xmppfilter.build import Core
from xmppfilter.gateway.events import Ticked
from xmppfilter.memory.bans import Bans
from xmppfilter.memory.state import State
from xmppfilter.operators import commands

NOW = 1_000_000.0


class Operated:
    """A gateway with an operator, and a store for its state."""

    def __init__(self, configured: str, rows: Any = ()) -> None:
        self.core = Core(settings({"known_spammers": {}}, policy={"mode": configured}), State())
        self.core.state.structures["operator.mode"].restore(rows, NOW)
        self.core.begin(NOW)

    def order(self, mode: str) -> None:
        commands.run(self.core.gateway, ["mode", mode], NOW)

    def reload(self, configured: str) -> None:
        draft = self.core.draft(settings({"known_spammers": {}}, policy={"mode": configured}))
        self.core.exchange(draft, NOW + 1)

    def restarted(self, configured: str) -> "Operated":
        return Operated(configured, list(self.core.state.structures["operator.mode"].snapshot()))

    @property
    def mode(self) -> tuple[str, str]:
        status, _ = commands.run(self.core.gateway, ["status"], NOW)
        monitor = self.core.gateway.setup.policy.rules.monitor
        assert status["mode"] == ("monitor" if monitor else "enforce")
        return status["mode"], status["mode_by"].removeprefix("the ")


@pytest.mark.parametrize("again", ["reload", "restart"])
@pytest.mark.parametrize(
    ("configured", "orders", "later", "mode"),
    [
        ("enforce", [], "enforce", ("enforce", "configuration")),
        ("enforce", ["monitor"], "enforce", ("monitor", "operator")),
        ("monitor", ["enforce"], "monitor", ("enforce", "operator")),
        ("enforce", ["monitor", "enforce"], "enforce", ("enforce", "configuration")),
        ("enforce", ["enforce"], "monitor", ("monitor", "configuration")),
        ("enforce", ["monitor"], "monitor", ("monitor", "configuration")),
        ("monitor", ["enforce"], "enforce", ("enforce", "configuration")),
    ],
)
def test_it_holds_until_the_operator_or_the_configuration_says_otherwise(
    configured: str, orders: list[str], later: str, mode: tuple[str, str], again: str
) -> None:
    operated = Operated(configured)
    for order in orders:
        operated.order(order)
        assert operated.mode[0] == order
    for _ in range(3):
        if again == "reload":
            operated.reload(later)
        else:
            operated = operated.restarted(later)
        assert operated.mode == mode


def test_an_order_ends_for_good_when_the_configured_mode_changes() -> None:
    operated = Operated("enforce")
    operated.order("monitor")
    operated.reload("monitor")
    operated.reload("enforce")
    assert operated.mode == ("enforce", "configuration")


def test_an_order_that_the_store_could_not_give_at_once_is_followed_later() -> None:
    before = Operated("enforce")
    before.order("monitor")
    late = Operated("enforce")
    assert late.mode[0] == "enforce"
    late.core.state.structures["operator.mode"].restore(
        list(before.core.state.structures["operator.mode"].snapshot()), NOW
    )
    late.core.gateway.handle(Ticked(), NOW + 1)
    assert late.mode == ("monitor", "operator")


def test_a_reload_under_the_operators_enforce_forgets_no_ban_that_is_watched() -> None:
    operated = Operated("monitor")
    operated.order("enforce")
    watched = operated.core.state.structures["known_spammers.monitored"]
    assert isinstance(watched, Bans)
    watched.offend(b"key", "a@evil.example", when=NOW, ban_time=900, weight=1)  # of a domain that is only watched
    operated.reload("monitor")
    assert watched.banned_until(b"key", NOW + 1)
