"""How many bytes a key takes, and a text: `python -m tests.bench.memory_per_key [--keys N]`.

Each structure is filled in a process of its own, and what counts is what that process grew by: what the operator sees.
"""

import argparse
import json
import multiprocessing
import os
import random
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from pathlib import Path

from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.sketch import Sketch
from xmppfilter.memory.counter import Counter
from xmppfilter.memory.state import State
from xmppfilter.memory.window import Window

NOW = 1_700_000_000.0
TEXTS = 7_500
"""As many are remembered that were copied, where nothing is configured."""
COPIES = 40


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


def _fill_texts(texts: int, copies: int) -> object:
    """Remember texts of 22 words (some 130 letters), each sent by so many accounts to as many strangers."""
    state, dice = State(bytes(32)), random.Random(1)
    syllables = [first + vowel + last for first in "bdfgklmnprstvz" for vowel in "aeiou" for last in "nrst"]
    clusters = Clusters(capacity=texts + texts // 2, window=14 * 86400.0, secret=state.number)
    for number in range(texts):
        words = ("".join(dice.choices(syllables, k=dice.randrange(1, 4))) for _ in range(22))
        sketch = Sketch(" ".join(words))
        for copy in range(copies):
            names = f"s{number} {copy}", f"r{number} {copy}", f"d{(number + copy) % 300}", "example.org"
            sender, recipient, *domains = map(state.key, names)
            clusters.note(sketch, NOW + number + copy, (sender, recipient, domains[0], domains[1]))
    return clusters


def fill_once(texts: int) -> object:
    return _fill_texts(texts, 1)


def fill_copied(texts: int) -> object:
    return _fill_texts(texts, COPIES)


OF_TEXTS: dict[str, Callable[[int], object]] = {"text": fill_once, "copied_text": fill_copied}


def _measure(name: str, keys: int, result: Connection) -> None:
    before = resident()
    filled = (FILLS | OF_TEXTS)[name](keys)
    result.send((resident() - before) / keys)
    del filled


def measure(keys: int) -> dict[str, float]:
    """Give the bytes per key of a window noted once and a counter counted once, and their mean."""
    found = _measured(FILLS, keys)
    return found | {"bytes_per_key": round(sum(found.values()) / len(found), 1)}


def _measured(fills: Iterable[str], count: int) -> dict[str, float]:
    found = {}
    for name in fills:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(target=_measure, args=(name, count, sender))
        process.start()
        found[name] = round(receiver.recv(), 1)
        process.join()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    print(json.dumps(measure(parser.parse_args().keys) | _measured(OF_TEXTS, TEXTS)))


if __name__ == "__main__":
    main()
