"""How much of a wave of spam passes, and what happens to honest people meanwhile: `python -m tests.bench.wave`.

Twelve texts in nine languages come in 52 forms, 40,000 messages from thousands of accounts on up to 282 servers, each
to another user of ours, within an hour, a day or a fortnight (`--pace`). Around them people get to know each other,
hand on chain letters and notices, and forward spam to admins; services write codes, notices and letters. All of it goes
through the gateway's core on a virtual clock, all filters on at the defaults that `xmppfilter init` writes, in enforce
mode, with nothing learnt before (see `day_judged`). With --messages there is less of all, --templates plays some alone:
`--templates short --messages 3333` is as dense as the full wave. With --data the harmless texts, which pad spam and are
what people write, are those of a folder of corpora (see accuracy.py).

Before that, or alone with --copies, one varied text is played on the five filters and on what init writes (see
`wave_varied`).
"""

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from tests.bench import wave_varied
from tests.bench.corpora import read_bands, read_ham
from tests.bench.day_judged import Run, Tally, write_settings
from tests.bench.day_texts import Texts
from tests.bench.day_world import Group, World
from tests.bench.wave_operators import ways
from tests.bench.wave_people import VIRAL, People
from tests.bench.wave_services import Services
from tests.bench.wave_spam import FULL, PACES, Wave
from tests.bench.wave_templates import TEMPLATES, Template
from xmppfilter.build import Core
from xmppfilter.config.loader import load
from xmppfilter.memory.state import State

_PADS = 400
"""Harmless texts that spam is padded with."""


def run(
    pace: str, messages: int = FULL, seed: int = 1, texts: Texts | None = None, only: Iterable[str] = ()
) -> dict[str, Any]:
    """Let a wave pass at one pace, and return what became of it and of the rest."""
    began = process_time()
    texts = texts or Texts()
    wanted = set(only)
    templates = tuple(one for one in TEMPLATES if not wanted or one.name in wanted)
    world = World(messages, seed, texts)
    dice = random.Random(f"{seed} padding")
    padding = [texts.fresh(dice, dice.randint(30, 160), n % 4) for n in range(_PADS)]
    span, size = PACES[pace].span, messages / FULL
    wave = Wave(PACES[pace], messages, templates, ways(padding))
    with TemporaryDirectory() as folder:
        core = Core(load(write_settings(Path(folder))).settings, State(b"a wave"))
        life = Run(core, world, seed)
        life.play((wave, People(span, size, padding), Services(span, size)), span)
    return {
        "messages": messages,
        "accounts": wave.accounts,
        "servers": wave.servers,
        "cpu_seconds": round(process_time() - began, 1),
        "spam": _spam(life.tallies[Group.SPAM], templates),
        "honest": _honest(life.tallies),
    }


def _spam(tally: Tally, templates: tuple[Template, ...]) -> dict[str, Any]:
    """Return what passed, by what it says, in which language and in which form."""
    blocked = _by_kind(tally)
    language = {one.name: one.language for one in templates}
    found: dict[str, defaultdict[str, list[int]]] = {
        name: defaultdict(lambda: [0, 0]) for name in ("by_template", "by_language", "by_operator")
    }
    for kind, sent in tally.judged.items():
        template, _, way = kind.partition("|")
        for counts, key in zip(found.values(), (template, language[template], way), strict=True):
            counts[key][0] += sent
            counts[key][1] += sent - blocked[kind]
    return {
        **_passed(tally.judged.total(), tally.judged.total() - blocked.total()),
        **{name: {key: _passed(*row) for key, row in sorted(counts.items())} for name, counts in found.items()},
    }


def _passed(sent: int, passed: int) -> dict[str, Any]:
    return {"sent": sent, "passed": passed, "share": passed / max(1, sent)}


def _by_kind(tally: Tally) -> Counter[str]:
    blocked: Counter[str] = Counter()
    for (kind, _), number in tally.blocked.items():
        blocked[kind] += number
    return blocked


def _honest(tallies: dict[Group, Tally]) -> dict[str, Any]:
    """Return what was blocked of each kind of honest life, and who was banned."""
    people, services, letters = (tallies[group] for group in (Group.PEOPLE, Group.SERVICES, Group.NEWSLETTERS))
    kinds = {
        "people": (people, [kind for kind in people.judged if not kind.startswith(VIRAL)]),
        "viral": (people, [kind for kind in people.judged if kind.startswith(VIRAL)]),
        "services": (services, list(services.judged)),
        "newsletters": (letters, list(letters.judged)),
    }
    found: dict[str, Any] = {}
    for name, (tally, those) in kinds.items():
        blocked = _by_kind(tally)
        rows = {kind: {"judged": tally.judged[kind], "blocked": blocked[kind]} for kind in sorted(those)}
        judged, lost = (sum(row[key] for row in rows.values()) for key in ("judged", "blocked"))
        found[name] = {"judged": judged, "blocked": lost, "share": lost / max(1, judged), "by_kind": rows}
    most = [found[name] for name in ("people", "viral", "services")]
    found["blocked_without_newsletters"] = sum(one["blocked"] for one in most) / max(
        1, sum(one["judged"] for one in most)
    )
    found["banned"] = {
        group.value: dict(sorted(tallies[group].offenders.items()))
        for group in (Group.PEOPLE, Group.SERVICES, Group.NEWSLETTERS)
    }
    found["why"] = [
        {"kind": kind, "rules": rules, "stanzas": number, "example": tally.examples[kind, rules]}
        for tally in (people, services, letters)
        for (kind, rules), number in tally.blocked.most_common()
    ]
    return found


def show(pace: str, result: dict[str, Any], *, brief: bool = False) -> None:
    """Print it for people; *brief* tells nothing of languages and forms."""
    spam, honest = result["spam"], result["honest"]
    print(
        f"{pace}: {spam['share']:.1%} of {spam['sent']} spam messages pass, from {result['accounts']} accounts on"
        f" {result['servers']} servers ({result['cpu_seconds']} s of CPU)"
    )
    for name in ("by_template",) if brief else ("by_template", "by_language", "by_operator"):
        print(f"    passed {name.replace('_', ' ')}")
        for key, row in sorted(spam[name].items(), key=lambda one: -one[1]["share"]):
            print(f"        {row['share']:7.1%}  of {row['sent']:5}  {key}")
    for name in ("people", "viral", "services", "newsletters"):
        group = honest[name]
        print(f"    {group['blocked']} of {group['judged']} stanzas blocked ({group['share']:.2%}): {name}")
        for kind, row in group["by_kind"].items():
            if row["blocked"] or name != "people":
                print(f"        {row['blocked']:6}  of {row['judged']:6}  {kind}")
    print(f"    {honest['blocked_without_newsletters']:.3%} of honest stanzas blocked, newsletters apart")
    for row in honest["why"][:12]:
        print(f"        {row['stanzas']:6}  {row['kind']}: {row['rules']}")
    for name, banned in honest["banned"].items():
        print(f"    {len(banned)} of {name} banned")
        for jid, why in list(banned.items())[:8]:
            print(f"        {jid}: {why}")


def _names(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _known(names: list[str], wanted: Iterable[str], parser: argparse.ArgumentParser) -> list[str]:
    """Return *names* if all of them are *wanted*; else say so and leave."""
    if unknown := sorted(set(names) - set(wanted)):
        parser.error(f"found {', '.join(unknown)}; wanted some of {', '.join(wanted)}")
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--copies", type=int, help="play one varied text alone, so often")
    parser.add_argument("--pace", type=_names, default=list(PACES), help=f"of {', '.join(PACES)}, comma-separated")
    parser.add_argument("--messages", type=int, default=FULL, help="of the whole wave; less is less of everything")
    parser.add_argument("--templates", type=_names, default=[], help="play those alone, comma-separated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="a folder with corpora, in place of the built-in texts")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    arguments = parser.parse_args()
    paces = _known(arguments.pace, PACES, parser)
    templates = _known(arguments.templates, [one.name for one in TEMPLATES], parser)
    texts = Texts(read_ham(arguments.data), read_bands(arguments.data)) if arguments.data else None
    copies = arguments.copies or wave_varied.COPIES
    found: dict[str, Any] = dict(wave_varied.run(copies, arguments.seed))
    if not arguments.json:
        for name, share in found.items():
            print(f"{share:7.1%} of {copies} varied copies pass {name}")
    if arguments.copies is None:
        found |= {"messages": arguments.messages, "seed": arguments.seed, "paces": {}}
        for pace in paces:
            found["paces"][pace] = run(pace, arguments.messages, arguments.seed, texts, templates)
            if not arguments.json:
                show(pace, found["paces"][pace])
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
