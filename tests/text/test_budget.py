"""What it costs to look closely at a stranger's characters."""

import pytest

from xmppfilter.text.budget import CANDIDATE, CHARACTERS, Budget, price, price_of_jid


def test_what_is_begun_with_something_left_is_done() -> None:
    budget = Budget(10)
    assert budget.spend(9)
    assert budget.spend(500)
    assert not budget.spend(1)
    assert budget.left < 0


@pytest.mark.parametrize(("text", "cost"), [("", 0), ("a" * 160, 10), ("a" * 159 + "\u00fc", 160), ("%41" * 100, 400)])
def test_plain_characters_are_cheap(text: str, cost: int) -> None:
    assert price(text) == cost


@pytest.mark.parametrize("domain", ["\u00fc.b", "xn--tda.b", "\u00fc1.xn--a"])
def test_a_jid_of_which_idna_is_asked_costs_many_times_as_much(domain: str) -> None:
    assert price_of_jid(f"a@{domain}") > 5 * price_of_jid("a@aaaaa.b")
    assert CHARACTERS // price_of_jid(f"a@{domain}") < 80
    assert price_of_jid(f"\u00fc@aaaaa.b/{domain}") < 2 * CANDIDATE, "only its domain is IDNA's"
