"""How many bytes a key takes: `python -m tests.bench.memory_per_key [--keys N]`.

Each structure is filled in a process of its own, and what counts is what that process grew by: what the operator sees.
"""

import argparse
import json
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from xmppfilter.memory.counter import Counter
from xmppfilter.memory.state import State
from xmppfilter.memory.window import Window

NOW = 1_700_000_000.0


def resident() -> int:
    """Give the bytes of memory that this process has in RAM."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def fill_window(keys: int) -> object:
    state = State(bytes(32))
    window = Window(capacity=keys + keys // 20, limit=5, seconds=1e9)
    for number in range(keys):
        window.note(state.key(f"user{number}@example.org"), NOW + number * 0.001)
    return window


def fill_counter(keys: int) -> object:
    state = State(bytes(32))
    counter = Counter(capacity=keys + keys // 20, limit=20)
    for number in range(keys):
        counter.note(state.key(f"body {number}"))
    return counter


FILLS: dict[str, Callable[[int], object]] = {"window": fill_window, "counter": fill_counter}


def _measure(name: str, keys: int, result: Connection) -> None:
    before = resident()
    filled = FILLS[name](keys)
    result.send((resident() - before) / keys)
    del filled


def measure(keys: int) -> dict[str, float]:
    """Give the bytes per key of a window noted once and a counter counted once, and their mean."""
    found = {}
    for name in FILLS:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(target=_measure, args=(name, keys, sender))
        process.start()
        found[name] = round(receiver.recv(), 1)
        process.join()
    return found | {"bytes_per_key": round(sum(found.values()) / len(found), 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    print(json.dumps(measure(parser.parse_args().keys)))


if __name__ == "__main__":
    main()
