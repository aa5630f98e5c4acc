"""Who pays for the padding of spam: `python -m tests.bench.padding [--data FOLDER] [--trials N] [--seed S] [--json]`.

Spam is sent in copies that are padded with harmless texts. Then an honest stranger sends such a harmless text. Printed
is, for each way to pad, how many of the honest texts are blocked, and how much of the padded spam passes. All is judged
by what `xmppfilter init` writes, in enforce mode and with nothing learnt before.

Spam and harmless texts are those of the folder's corpora (see accuracy.py) and a few more kinds that many people send.
"""

import argparse
import json
import os
import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from tests.bench.corpora import read_ham
from tests.bench.near_duplicates import read_mutants
from tests.bench.operators import Operator, operators
from tests.bench.padding_texts import KINDS, OWN, SPAM
from tests.bench.wave_varied import DOMAIN, settings
from xmppfilter.config.loader import load_text
from xmppfilter.config.settings import Settings
from xmppfilter.replay.replay import Replay
from xmppfilter.stanza.view import Stanza

START: Final = 1_700_000_000.0
COPIES: Final = 120
ACCOUNTS, SERVERS = 40, 10
FIRST: Final = 5
"""Honest people who send the harmless text before the spam, where somebody does."""
POOL: Final = 5
"""Harmless texts in turn, where there are several."""
LEAST, LONGEST = 44, 600
"""Characters of a harmless text, and of a spam: what is shorter everybody says."""


class Trial(NamedTuple):
    """A spam, harmless texts of which the first is the one in question, and what else is chosen."""

    spam: str
    harmless: tuple[str, ...]
    dice: random.Random
    vary: tuple[Operator, ...]


class Way(NamedTuple):
    """How spam is padded, and what is sent by honest people."""

    copy: Callable[[Trial, int], str]
    """The copy of a number."""
    honest: Callable[[Trial], str] = lambda trial: trial.harmless[0]
    before: bool = False
    """Whether honest people send the same before it."""


def _varied(trial: Trial) -> str:
    return trial.dice.choice(trial.vary)(trial.spam, trial.dice)


def _other_spam(trial: Trial, number: int) -> str:
    return SPAM[(number + len(trial.spam)) % len(SPAM)]


def _with_own_words(trial: Trial) -> str:
    return f"{trial.dice.choice(OWN)} {trial.harmless[0]}"


def _piece(text: str, dice: random.Random) -> str:
    words = text.split()
    most = max(1, len(words) // 2)
    at = dice.randrange(len(words) - most + 1)
    return " ".join(words[:at] + words[at + most :])


LINK: Final = "https://shop.example/offer"
WAYS: Final = {
    "behind": Way(lambda t, _: f"{t.spam} {t.harmless[0]}"),
    "before": Way(lambda t, _: f"{t.harmless[0]} {t.spam}"),
    "before and behind": Way(lambda t, _: f"{t.harmless[0]} {t.spam} {t.harmless[1]}"),
    "the same on both sides": Way(lambda t, _: f"{t.harmless[0]} {t.spam} {t.harmless[0]}"),
    "behind what varies": Way(lambda t, _: f"{_varied(t)} {t.harmless[0]}"),
    "before what varies": Way(lambda t, _: f"{t.harmless[0]} {_varied(t)}"),
    "two in turn": Way(lambda t, n: f"{t.spam} {t.harmless[n % 2]}"),
    "five in turn": Way(lambda t, n: f"{t.spam} {t.harmless[n % POOL]}"),
    "ever another": Way(lambda t, n: f"{t.spam} {t.harmless[n % len(t.harmless)]}"),
    "ever another, on both sides": Way(lambda t, n: f"{t.harmless[n % 61]} {t.spam} {t.harmless[n % 53]}"),
    "behind five spams": Way(lambda t, n: f"{_other_spam(t, n)} {t.harmless[0]}"),
    "behind pieces of the spam": Way(lambda t, _: f"{_piece(t.spam, t.dice)} {t.harmless[0]}"),
    "a link behind it": Way(lambda t, _: f"{t.harmless[0]} {LINK}"),
    "sent honestly before, behind": Way(lambda t, _: f"{t.spam} {t.harmless[0]}", before=True),
    "sent honestly before, before": Way(lambda t, _: f"{t.harmless[0]} {t.spam}", before=True),
    "sent honestly before, a link": Way(lambda t, _: f"{t.harmless[0]} {LINK}", before=True),
    "own words around it": Way(lambda t, _: f"{t.spam} {t.harmless[0]}", _with_own_words),
    "own words, sent honestly before": Way(lambda t, _: f"{t.spam} {t.harmless[0]}", _with_own_words, before=True),
    "own words, behind five spams": Way(lambda t, n: f"{_other_spam(t, n)} {t.harmless[0]}", _with_own_words),
}


class World:
    """What is judged by the configuration that `init` writes."""

    def __init__(self, config: Settings) -> None:
        self._replay = Replay(config)
        self._now = START
        self._users = 0

    def passes(self, sender: str, text: str) -> bool:
        """Send a text to a user who never got anything, a second later; whether it is delivered."""
        self._now += 1
        self._users += 1
        row = self._replay.feed(
            Stanza.read(
                f"<message from='{sender}/x' to='user{self._users}@{DOMAIN}' type='chat' id='c{self._users}'>"
                f"<body>{escape(text)}</body></message>"
            ),
            self._now,
        )
        return bool(row["action"] == "deliver")


class Result(NamedTuple):
    """What became of one trial."""

    blocked: bool
    """The honest text."""
    passed: int
    """Copies of the spam, of `COPIES`."""


def play(config: Settings, way: Way, trial: Trial) -> Result:
    """Send the copies, and an honest text before and behind them."""
    world = World(config)
    if way.before:
        for number in range(FIRST):
            world.passes(f"friend{number}@home{number}.example", way.honest(trial))
    passed = 0
    for number in range(COPIES):
        account = trial.dice.randrange(ACCOUNTS)
        passed += world.passes(f"bot{account}@spam{account % SERVERS}.example", way.copy(trial, number))
    return Result(not world.passes("somebody@else.example", way.honest(trial)), passed)


def trials(folder: Path | None, count: int, seed: int) -> Iterator[Trial]:
    """Yield so many trials, of texts of *folder* and of our own in turn."""
    harmless, spam = list(KINDS.values()), list(SPAM)
    if folder is not None:
        harmless += read_ham(folder)
        path = folder / "variation" / "mutants_dev.jsonl"
        spam += [one.text for one in read_mutants(path) if one.op == "base"] if path.is_file() else []
    harmless = [text for text in harmless if LEAST <= len(text) <= LONGEST]
    spam = [text for text in spam if 2 * LEAST <= len(text) <= LONGEST]
    own = list(KINDS.values())
    vary = tuple(change for name, change in operators(harmless).items() if "ham" not in name)
    for number in range(count):
        dice = random.Random(seed * 1_000_003 + number)
        first = own[number // 2 % len(own)] if number % 2 else dice.choice(harmless)
        others = (dice.choice(harmless) for _ in range(COPIES))
        yield Trial(dice.choice(spam), (first, *(text for text in others if text != first)), dice, vary)


def run(folder: Path | None, count: int, seed: int, ways: dict[str, Way] = WAYS) -> dict[str, dict[str, float]]:
    """Return the shares of honest texts that are blocked and of spam that passes, by way."""
    config = load_text(settings(alone=False), {}).settings
    found: dict[str, dict[str, float]] = {}
    for name, way in ways.items():
        played = [play(config, way, trial) for trial in trials(folder, count, seed + zlib.crc32(name.encode()))]
        found[name] = {
            "blocked": sum(one.blocked for one in played) / count,
            "passed": sum(one.passed for one in played) / (COPIES * count),
        }
    return found


def show(result: dict[str, dict[str, float]]) -> None:
    print("padded spam:  honest text blocked   spam passed")
    for name, row in result.items():
        print(f"    {row['blocked']:8.2%}  {row['passed']:8.2%}  {name}")
    for what in ("blocked", "passed"):
        print(f"    {sum(row[what] for row in result.values()) / len(result):8.2%}  {what} of all")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("XMPPFILTER_DATA", "data")))
    parser.add_argument("--trials", type=int, default=20, help="of each way")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ways", default="", help="those alone whose names have this")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    arguments = parser.parse_args()
    ways = {name: way for name, way in WAYS.items() if arguments.ways in name}
    result = run(arguments.data if arguments.data.is_dir() else None, arguments.trials, arguments.seed, ways)
    if arguments.json:
        print(json.dumps(result))
    else:
        show(result)


if __name__ == "__main__":
    main()
