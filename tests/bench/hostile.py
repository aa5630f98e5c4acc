"""`python -m tests.bench.hostile`: what one stanza of hostile size costs with every filter on, on both routes.

The worst of five, each on a gateway that has never seen it: nothing may be remembered of the text.
"""

import time

from tests.hostile import HOSTILE
from tests.scene import settings
from xmppfilter.build import Core
from xmppfilter.config.catalogue import filter_names
from xmppfilter.memory.state import State
from xmppfilter.xmpp.wire import Wire

CHECK = "urn:xmppfilter:check:0"
ROUNDS = 5
LARGEST = 1 << 20
BAR = 50.0
"""Milliseconds."""
_MESSAGE = "<message xmlns='jabber:client' from='mallory@evil.example/x' to='alice@example.org' id='m1'>{}</message>"
_FORWARDED = f"<meta xmlns='{CHECK}' direction='in'/><forwarded xmlns='urn:xmpp:forward:0'>{_MESSAGE}</forwarded>"
ROUTES = {
    "verdict": f"<iq type='set' id='c1' from='example.org' to='filter.example.org'><check xmlns='{CHECK}'>"
    f"{_FORWARDED}</check></iq>",
    "inline": f"<message id='w1' from='example.org' to='filter.example.org'>{_FORWARDED}</message>",
}


def cost(inside: str, route: str) -> float:
    """Return the milliseconds of CPU that a message with *inside* takes. Raises AssertionError: it was not judged."""
    data = ROUTES[route].format(inside).encode()
    core = Core(settings(dict.fromkeys(filter_names())), State())
    wire = Wire(core.gateway, time.time, to_slixmpp=_refuse, max_stanza_size=LARGEST)
    before = time.process_time()
    wire.receive(data, [])
    taken = time.process_time() - before
    counts = core.gateway.counts
    assert (sum(counts.kinds), counts.failures, counts.malformed) == (1, 0, 0), counts
    assert not any(health.failures for health in core.gateway.setup.pipeline.health.values())
    return taken * 1e3


def _refuse(element: bytes) -> None:
    raise AssertionError(f"this is not slixmpp's: {element[:80]!r}")


def main() -> None:
    """Measure and print."""
    print(f"{'one message of':<24}" + "".join(f"{route:>10}" for route in ROUTES) + f"   ms, bar {BAR:g}")
    for name, inside in HOSTILE.items():
        worst = {route: max(cost(inside, route) for _ in range(ROUNDS)) for route in ROUTES}
        mark = "   over" if max(worst.values()) > BAR else ""
        print(f"{name:<24}" + "".join(f"{worst[route]:>10.1f}" for route in ROUTES) + mark)


if __name__ == "__main__":
    main()
