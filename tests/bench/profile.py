"""`python -m tests.bench.profile`: where the time of one stanza goes, step by step, in one process without a network.

Each step is run over the same traffic together with all the steps before it, in turn, round after round; what it adds
to the one before is its own cost. The medians over the rounds are printed.

With `--full` all filters judge, with the patterns and lists of the benchmark, and each call of a filter is timed by the
clock: what is left is what they are called from, and what looking at the clock costs.
"""

import argparse
import gc
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.configurations import configured
from tests.bench.traffic import Generator, asked, wrapped
from tests.harness import settings
from xmppfilter import kernels
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, Ticked
from xmppfilter.memory.state import State
from xmppfilter.routes.fast import new_reading
from xmppfilter.stanza.view import Stanza
from xmppfilter.xmpp.wire import Wire

FIVE = (
    "known_spammers",
    "error_without_child",
    "groupchat_to_bare_jid",
    "presence_subscribe_rate",
    "same_long_body",
)
CHUNK = 1 << 16
"""Bytes of one read, as the component reads from a server that is faster than we are."""
LARGEST = 1 << 20
NOW = 1e9

Step = Callable[[bytes], None]


def steps(filters: tuple[str, ...]) -> dict[str, Step]:
    """Return what is measured, each step with those before it in it."""
    gateway = _core(()).gateway

    def read(stanza: Stanza) -> None:
        pass

    def judge(stanza: Stanza) -> None:
        gateway.judge.judge(stanza, NOW)

    found: dict[str, Step] = {
        "question to stanza and addresses": _reading(read),
        "relation, policy, counters": _reading(judge),
        "stream, answers": _wired(()),
    }
    for number, name in enumerate(filters):
        found[name] = _wired(filters[: number + 1])
    return found


def _reading(use: Callable[[Stanza], None]) -> Step:
    read = new_reading(lambda *_: "somebody")

    def step(data: bytes) -> None:
        at = 0
        while at < len(data):
            question = read(data, at)
            assert question is not None
            _, _, stanza, at = question
            use(stanza)

    return step


def _core(filters: tuple[str, ...]) -> Core:
    core = Core(settings(dict.fromkeys(filters)), State())
    core.gateway.handle(Connected(), NOW)
    return core


def _wired(filters: tuple[str, ...]) -> Step:
    return _step(_core(filters))


def _step(core: Core) -> Step:
    wire = Wire(core.gateway, time.time, to_slixmpp=_refuse, max_stanza_size=LARGEST)

    def step(data: bytes) -> None:
        for at in range(0, len(data), CHUNK):
            out: list[bytes] = []
            wire.receive(data[at : at + CHUNK], out)
            b"".join(out)

    return step


class Sums:
    """What each filter took in all, of its own (`xmppfilter.judging.mount.Stopwatch`)."""

    read = staticmethod(time.perf_counter)

    def __init__(self) -> None:
        self.filters: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()

    def stanza_took(self, seconds: float) -> None:
        pass

    def filter_took(self, name: str, seconds: float) -> None:
        self.filters[name] += seconds
        self.calls[name] += 1


def by_filter(folder: Path, traffic: str, rounds: int, count: int) -> None:
    """Print what each of all filters takes, and what all of it takes while nobody looks at the clock."""
    core, generator, sums, taken = configured(folder, NOW), Generator(), Sums(), []
    core.gateway.handle(Connected(), NOW)
    pipeline, feed = core.gateway.setup.pipeline, _step(core)
    feed(generator.introduction(asked).data)
    gc.freeze()
    for number in range(2 * rounds):
        data = getattr(generator, traffic)(count, asked).data
        core.gateway.handle(Ticked(), NOW + number)
        before = time.process_time()
        if number % 2:
            pipeline.time_by(sums)
            with pipeline.timed():
                feed(data)
        else:
            feed(data)
            taken.append((time.process_time() - before) / count * 1e6)
    print(f"{traffic}, all filters, compiled {kernels.in_use}: microseconds for one stanza, calls of the filter")
    for name, seconds in sorted(sums.filters.items(), key=lambda one: -one[1]):
        print(f"{name:<36}{seconds / rounds / count * 1e6:>7.2f}{sums.calls[name] / rounds / count:>8.2f}")
    print(f"{'all, untimed':<36}{median(taken):>7.2f}")


def _refuse(element: bytes) -> None:
    raise AssertionError(f"nothing here is slixmpp's: {element[:80]!r}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--route", choices=["verdict", "inline"], default="verdict")
    parser.add_argument("--traffic", choices=["messages", "mixed"], default="mixed")
    parser.add_argument("--full", choices=["everything", "flood", "newcomers"], help="all filters, on this traffic")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--count", type=int, default=5_000)
    given = parser.parse_args()
    if given.full:
        with TemporaryDirectory(prefix="xmppfilter-profile-") as folder:
            by_filter(Path(folder), given.full, given.rounds, given.count)
        return
    generator = Generator()
    measured = steps(FIVE)
    taken: dict[str, list[float]] = {name: [] for name in measured}
    gc.freeze()
    for number in range(given.rounds + 1):
        traffic = getattr(generator, given.traffic)(given.count, asked if given.route == "verdict" else wrapped)
        for name, step in measured.items():
            before = time.process_time()
            step(traffic.data)
            if number:  # the first round warms up
                taken[name].append((time.process_time() - before) / given.count * 1e6)
    print(f"{given.route}, {given.traffic}, compiled {kernels.in_use}: microseconds of CPU for one stanza")
    so_far = 0.0
    for name, times in taken.items():
        total = median(times)
        print(f"{name:<36}{total - so_far:>7.2f}{total:>8.2f}")
        so_far = total


if __name__ == "__main__":
    main()
