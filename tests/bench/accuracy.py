"""How well texts are told apart, on public corpora: `python -m tests.bench.accuracy [--data FOLDER] [--json]`.

The folder (or the environment's XMPPFILTER_DATA) holds, all or some: `variation/mutants_dev.jsonl` (JSON lines with
`cluster`, `op` and `text`), and harmless texts in `sms/*.tsv` and `telegram_ru/*.tsv` (ham or spam, tab, text) and
`youtube/*.csv` (with columns CONTENT and CLASS, 0 for ham). What is not there is named and left out.

At the end an honest day is lived (see day.py), with the texts of the folder: about a minute of CPU. Then a small wave
of spam comes within an hour and within a fortnight (see wave.py): some 4,000 messages, so of each text fewer copies
than in a wave of full size, of which less passes.
"""

import argparse
import json
import os
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.bench import day, short_operators, wave, wave_judged
from tests.bench.corpora import read_bands, read_ham
from tests.bench.day_texts import Texts
from tests.bench.near_duplicates import Mutant, measure, read_mutants
from tests.bench.operators import Operator, disguises, operators
from tests.bench.paraphrases import harmless, offers
from xmppfilter.text.fold import fold_light

WAVE = 4000
"""Messages: a minute of CPU."""
FOLDED = ("homoglyph", "zw", "case")
"""Operators that change nothing which a reader sees as other letters."""


def vary(mutants: list[Mutant], by: dict[str, Operator]) -> list[Mutant]:
    """The originals, and what operators make of them."""
    originals = [mutant for mutant in mutants if mutant.op == "base"]
    return originals + [
        Mutant(one.cluster, name, change(one.text, random.Random(f"{name}|{one.cluster}")))
        for name, change in by.items()
        for one in originals
    ]


def copies_of_copies(mutants: list[Mutant], by: dict[str, Operator]) -> dict[str, float]:
    """The share of disguised texts that are recognised where nobody has seen the original, by operator."""
    originals = [mutant for mutant in mutants if mutant.op == "base"]
    found: dict[str, float] = {}
    for name, change in by.items():
        copies = [
            Mutant(one.cluster, op, change(one.text, random.Random(f"{op}|{name}|{one.cluster}")))
            for op in ("base", "second")
            for one in originals
        ]
        found[name] = measure(copies, [])["recall"]
    return found


def folding(mutants: list[Mutant]) -> dict[str, float]:
    """The share of texts with look-alikes that fold to the same as the original, by operator."""
    originals = {mutant.cluster: fold_light(mutant.text) for mutant in mutants if mutant.op == "base"}
    same: dict[str, list[bool]] = defaultdict(list)
    for mutant in mutants:
        if mutant.op in FOLDED:
            same[mutant.op].append(fold_light(mutant.text) == originals[mutant.cluster])
    return {op: sum(hits) / len(hits) for op, hits in sorted(same.items())}


def paraphrases() -> list[Mutant]:
    """The offers that are shipped with the tests, each followed by what says the same in other words."""
    return [
        Mutant(offer.name, kind, text)
        for offer in offers()
        for kind, texts in {"base": [offer.text], **offer.by_kind}.items()
        for text in texts
    ]


def run(folder: Path) -> dict[str, Any]:
    ham = read_ham(folder)
    path = folder / "variation" / "mutants_dev.jsonl"
    mutants = read_mutants(path) if path.is_file() else []
    missing = [name for name, there in (("harmless texts", ham), (str(path), mutants)) if not there]
    if missing == ["harmless texts", str(path)]:
        sys.exit(f"accuracy: nothing to measure in {folder}; name the folder with --data or XMPPFILTER_DATA")
    result: dict[str, Any] = {"missing": missing, "ham": len(ham), "mutants": len(mutants)}
    result["short texts"] = measure(short_operators.mutants(), ham + short_operators.honest_texts())
    result["paraphrases"] = measure(paraphrases(), [text for group in harmless() for text in group])
    if mutants:
        result["mutants on file"] = measure(mutants, ham)
        result["other operators"] = measure(vary(mutants, operators(ham)), []) if ham else None
        result["disguises"] = measure(vary(mutants, disguises()), [])
        result["disguised copies of disguised texts"] = copies_of_copies(mutants, disguises())
        result["folding"] = folding(mutants)
    return result


def _show_shares(title: str, shares: dict[str, float] | None) -> None:
    if shares is None:
        return
    if title:
        print(title)
    for what, share in sorted(shares.items(), key=lambda row: row[1]):
        print(f"    {share:8.2%}  {what}")


def show(result: dict[str, Any]) -> None:
    for what in result["missing"]:
        print(f"not there, left out: {what}")
    for name in ("mutants on file", "other operators", "disguises", "short texts", "paraphrases"):
        if (found := result.get(name)) is None:
            continue
        print(f"{name}: recall {found['recall']:.2%}, {found['us_per_message']:.0f} µs a message")
        _show_shares("", found["recall_by_op"])
        _show_shares("    by the letters of the original", found["recall_by_length"])
        print(f"    {found['originals_merged']:8}  originals taken for each other")
        if found["ham"]:
            print(f"    {found['ham_matching_spam']:8.2%}  of {found['ham']} harmless texts taken for spam")
            print(f"    {found['ham_matching_ham']:8.2%}  taken for another harmless text")
            print(f"    {found['us_per_new_message']:8.0f}  µs for a text never seen before")
    _show_shares("disguised copies of disguised texts: recall", result.get("disguised copies of disguised texts"))
    _show_shares("folded to the same as the original", result.get("folding"))
    if "day" in result:
        day.show(result["day"])
    for pace, found in result.get("wave", {}).items():
        wave.show(pace, found, brief=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("XMPPFILTER_DATA", "data")))
    parser.add_argument("--users", type=int, default=day.USERS, help="how many live through the day; 0 for none")
    parser.add_argument("--messages", type=int, default=WAVE, help="how many messages the wave has; 0 for none")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.exit(
            f"accuracy: there is no folder {arguments.data}; name the one with the corpora: --data, XMPPFILTER_DATA"
        )
    result = run(arguments.data)
    texts = Texts(read_ham(arguments.data), read_bands(arguments.data))
    if arguments.users:
        result["day"] = day.run(arguments.users, texts=texts)
    if arguments.messages:
        result["wave"] = {
            pace: wave_judged.run(wave_judged.Plan(pace, arguments.messages, texts=texts))
            for pace in ("hour", "fortnight")
        }
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        show(result)


if __name__ == "__main__":
    main()
