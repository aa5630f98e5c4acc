"""A day of honest life beside a spam wave: `python -m tests.bench.day [--json] [--users N] [--seed S] [--data FOLDER]`.

Users of two protected domains, and people elsewhere, live through 24 hours on a virtual clock; every stanza that a
server would ask about, or that a component sees, goes through the gateway's core, with all filters on at the defaults
that `xmppfilter init` writes, in enforce mode. The gateway has learnt nothing before that day, which is the hardest:
all senders are strangers to it. What is blocked of honest life is told by kind and by rule; newsletters apart, of which
one in twenty may be lost: what goes to hundreds who asked for it elsewhere looks much like spam.

Where the figures come from is said where they stand: `day_texts` (what people write, and how often they repeat each
other), `day_world`, `day_people`, `day_crowds`, `day_services`, `day_spam`. With --data the texts, and the table
of how often they repeat, are taken from a folder of corpora (see accuracy.py).
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from tests.bench.corpora import read_bands, read_ham
from tests.bench.day_judged import Run, Tally, write_settings
from tests.bench.day_texts import Texts
from tests.bench.day_world import Group, World
from xmppfilter.build import Core
from xmppfilter.config.loader import load
from xmppfilter.memory.state import State

USERS = 10_000
MOST_BLOCKED = 1 / 10_000
"""Of good stanzas, newsletters left out."""
MOST_OF_LETTERS = 1 / 20
"""Of newsletters."""


def run(users: int = USERS, seed: int = 1, texts: Texts | None = None) -> dict[str, Any]:
    """Let one day pass, and return what became of it."""
    began = process_time()
    world = World(users, seed, texts or Texts())
    with TemporaryDirectory() as folder:
        core = Core(load(write_settings(Path(folder))).settings, State(b"a day"))
        day = Run(core, world, seed)
        day.play()
    good = [day.tallies[group] for group in (Group.PEOPLE, Group.SERVICES)]
    total, blocked = (
        sum(sum(counts.values()) for counts in each)
        for each in zip(*((t.judged, t.blocked) for t in good), strict=True)
    )
    banned = {jid: why for tally in (*good, day.tallies[Group.NEWSLETTERS]) for jid, why in tally.offenders.items()}
    spam, letters = day.tallies[Group.SPAM], day.tallies[Group.NEWSLETTERS]
    lost = sum(letters.blocked.values())
    return {
        "users": users,
        "seed": seed,
        "cpu_seconds": round(process_time() - began, 1),
        "good": total,
        "good_blocked": blocked,
        "share_blocked": blocked / max(1, total),
        "honest_banned": dict(sorted(day.tallies[Group.PEOPLE].offenders.items())),
        "services_banned": {
            jid: why for jid, why in sorted(banned.items()) if jid not in day.tallies[Group.PEOPLE].offenders
        },
        "accounts_disabled": sorted(day.disabled),
        "spam": sum(spam.judged.values()),
        "spam_passed": sum(spam.judged.values()) - sum(spam.blocked.values()),
        "events": dict(day.events),
        "groups": {group.value: _group(tally) for group, tally in day.tallies.items()},
        "met": {
            "blocked": blocked <= MOST_BLOCKED * total,
            "banned": not day.tallies[Group.PEOPLE].offenders,
            "disabled": not day.disabled,
            "newsletters": lost <= MOST_OF_LETTERS * sum(letters.judged.values()),
        },
    }


def _group(tally: Tally) -> dict[str, Any]:
    blocked: Counter[str] = Counter()
    for (kind, _), number in tally.blocked.items():
        blocked[kind] += number
    return {
        "unasked": tally.unasked,
        "judged": dict(sorted(tally.judged.items())),
        "blocked": dict(sorted(blocked.items())),
        "by_rule": [
            {"kind": kind, "rules": rules, "stanzas": number, "example": tally.examples[kind, rules]}
            for (kind, rules), number in tally.blocked.most_common()
        ],
    }


def show(result: dict[str, Any]) -> None:
    """Print it for people."""
    print(f"a day of {result['users']} users (seed {result['seed']}, {result['cpu_seconds']} s of CPU)")
    for name, group in result["groups"].items():
        judged, blocked = sum(group["judged"].values()), sum(group["blocked"].values())
        print(
            f"    {judged:8}  stanzas of {name} judged, {blocked} blocked; {group['unasked']} more nobody asked about"
        )
        for row in group["by_rule"]:
            print(f"        {row['stanzas']:8}  {row['kind']} ({group['judged'][row['kind']]}): {row['rules']}")
    met = result["met"]
    print(
        f"    {result['good_blocked']} of {result['good']} good stanzas blocked without newsletters"
        f" ({result['share_blocked'] * 10_000:.2f} in 10,000, bar 1): {_met(met['blocked'])}"
    )
    print(f"    {len(result['honest_banned'])} honest persons banned (bar 0): {_met(met['banned'])}")
    for jid, why in list(result["honest_banned"].items())[:20]:
        print(f"        {jid}: {why}")
    for jid, why in result["services_banned"].items():
        print(f"        a service or newsletter: {jid}: {why}")
    print(f"    {len(result['accounts_disabled'])} accounts of ours disabled (bar 0): {_met(met['disabled'])}")
    letters = result["groups"][Group.NEWSLETTERS.value]
    lost = sum(letters["blocked"].values())
    print(f"    {lost} of {sum(letters['judged'].values())} newsletters blocked (bar 5 %): {_met(met['newsletters'])}")
    print(f"    {result['spam_passed']} of {result['spam']} spam stanzas passed")


def _met(yes: bool) -> str:
    return "met" if yes else "missed"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="a folder with corpora, in place of the built-in texts")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    arguments = parser.parse_args()
    texts = Texts(read_ham(arguments.data), read_bands(arguments.data)) if arguments.data else None
    result = run(arguments.users, arguments.seed, texts)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        show(result)
    sys.exit(not all(result["met"].values()))


if __name__ == "__main__":
    main()
