"""What going beyond a limit scores."""

import pytest

from xmppfilter.judging.limit import Limit
from xmppfilter.memory.rates import Rates

HOUR = 3600.0


@pytest.mark.parametrize(("times", "score"), [(9, 1.0), (10, 1.2), (19, 2.5), (39, 4.0), (1000, 4.0)])
def test_the_more_the_more(times: int, score: float) -> None:
    limit = Limit(Rates(capacity=10, limit=9, seconds=HOUR), 10, "greeter.often", "greetings", 1.0, 4.0, private=True)
    for _ in range(times):
        limit.rates.note(b"somebody", b"others", 1e9)
    finding = limit.excess(b"somebody", 1e9)
    assert (finding.rule, finding.score, finding.private) == ("greeter.often", score, True)
    assert finding.detail == f"about {times} greetings within an hour; 10 may pass"
