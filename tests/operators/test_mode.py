"""The standing order that an operator gives for the mode."""

from typing import Any

import pytest

from tests.harness import Harness
from xmppfilter.registers.command import CommandError

SPAM: dict[str, dict[str, Any]] = {"error_without_child": {}}


def test_it_holds_at_once_and_over_a_reload() -> None:
    harness = Harness(SPAM)
    assert harness.offend()["action"] == "drop"
    assert harness.command("mode", "monitor") == {"mode": "monitor", "was": "enforce"}
    assert (harness.offend()["action"], harness.offend()["would"]) == ("deliver", "drop")
    harness.command("reload")
    assert harness.offend()["action"] == "deliver"
    assert harness.command("mode", "enforce") == {"mode": "enforce", "was": "monitor"}
    assert harness.offend()["action"] == "drop"


def test_domains_with_a_mode_of_their_own_are_named_and_keep_it() -> None:
    harness = Harness(SPAM, policy={"per_domain": {"example.net": {"mode": "enforce"}}})
    assert harness.command("mode", "monitor")["not_changed"] == {"example.net": "enforce"}
    assert harness.offend(to="alice@example.org")["action"] == "deliver"
    assert harness.offend(to="alice@example.net")["action"] == "drop"


def test_there_are_two_modes() -> None:
    with pytest.raises(CommandError, match="monitor"):
        Harness(SPAM).command("mode", "off")
