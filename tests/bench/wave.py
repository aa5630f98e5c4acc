"""How much of a wave of spam passes, and what happens to honest people meanwhile: `python -m tests.bench.wave`.

Twelve texts in nine languages come in 52 forms, 40,000 messages from thousands of accounts on up to 282 servers, each
to another user of ours, within an hour, a day or a fortnight (`--pace`). Around them people get to know each other,
hand on chain letters and notices, and forward spam to admins; services write codes, notices and letters. All of it goes
through the gateway's core on a virtual clock, all filters on at the defaults that `xmppfilter init` writes, in enforce
mode, with nothing learnt before (see `day_judged`). With --messages there is less of all, --templates plays some alone:
`--templates short --messages 3333` is as dense as the full wave, and `--messages 400 --life 40000` shows what honest
life of full size loses by itself. With --data the harmless texts, which pad spam and are what people write, are those
of a folder of corpora (see accuracy.py). --peers sends the same messages to Prosody and to ejabberd with filters of
their own (see `wave_peers`): what passes each, ours included, as shipped and with lists.

Before that, or alone with --copies, one varied text is played on the five filters and on what init writes (see
`wave_varied`).
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.bench import wave_peers, wave_varied
from tests.bench.corpora import read_bands, read_ham
from tests.bench.day_texts import Texts
from tests.bench.wave_judged import Plan, run
from tests.bench.wave_spam import FULL, PACES
from tests.bench.wave_templates import TEMPLATES


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
    parser.add_argument("--life", type=int, help="honest life as around a wave of so many messages")
    parser.add_argument("--templates", type=_names, default=[], help="play those alone, comma-separated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="a folder with corpora, in place of the built-in texts")
    parser.add_argument("--peers", action="store_true", help="against other filters, live, in place of all details")
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
            plan = Plan(pace, arguments.messages, arguments.seed, texts, tuple(templates), arguments.life)
            if arguments.peers:
                found["paces"][pace] = wave_peers.compare(plan)
                if not arguments.json:
                    wave_peers.show(pace, found["paces"][pace])
                continue
            found["paces"][pace] = run(plan)
            if not arguments.json:
                show(pace, found["paces"][pace])
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
