"""What is counted of what went by."""

from tests.harness import Harness
from xmppfilter.judging.counts import Counts
from xmppfilter.stanza.kind import Kind


def test_two_gateways_count_apart() -> None:
    one, other = Counts(), Counts()
    one.kinds[Kind.MESSAGE] += 1
    one.actions["drop"] += 1
    assert (other.kinds, other.actions) == ([0] * len(Kind), {})


def test_each_stanza_is_counted_once_by_what_became_of_it() -> None:
    harness = Harness({"error_without_child": {}}, policy={"unfiltered_recipients": ["abuse@example.org"]})
    harness.message("Hello")
    harness.offend()
    harness.message("Hello", to="abuse@example.org")
    harness.message("Hello", sender="@evil.example")
    counts = harness.gateway.counts
    assert (counts.kinds[Kind.MESSAGE], counts.kinds[Kind.ERROR]) == (3, 1)
    assert dict(counts.actions) == {"drop": 1}
    assert dict(counts.rules) == {"error_without_child.missing": 1}
    assert (sum(counts.exempt.values()), counts.invalid, counts.failures) == (1, 1, 0)
