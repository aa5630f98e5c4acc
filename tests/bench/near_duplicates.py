"""How well near copies are told from other texts: `python -m tests.bench.near_duplicates --mutants FILE --ham FILE`.

The mutants are JSON lines with `cluster`, `op` and `text`; the text of a cluster with `op` "base" is its original. The
ham is a JSON list of texts, or one text a line. Every original is shown first, then every mutant, then every ham text,
to the filter `campaign` as it is when nothing is configured.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.corpora import sendable
from xmppfilter.duplicates.sketch import letters
from xmppfilter.duplicates.tally import Cluster
from xmppfilter.filters import campaign
from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.verdict import CLEAN
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import escape

NOW = 1_700_000_000.0
BANDS = (("under 16", 16), ("16 to 43", 44), ("44 to 59", 60), ("60 and more", 1 << 30))
"""Lengths of originals, in letters, each with what it is below."""


class Mutant(NamedTuple):
    cluster: str
    op: str
    text: str


class Shown(NamedTuple):
    """The cluster that a text is a copy of, and the one that it is in once it was counted."""

    before: Cluster | None
    after: Cluster | None


class Judge:
    """What is measured: the filter at its defaults tells which earlier text, if any, a text is taken for."""

    def __init__(self, texts: int) -> None:
        """Begin with nothing seen; room for so many texts, so that none is forgotten, is all that is not default."""
        config = campaign.Config(max_texts=max(texts * 2, campaign.Config().max_texts))
        self.spent = 0.0  # seconds of CPU in the filter
        self._state = State()
        self._filter = campaign.Filter(config, self._state.scoped("campaign"))

    def show(self, text: str) -> Shown:
        """Let the filter judge and count a text."""
        case = self._case(text)
        start = time.process_time()
        self._filter.check(case, NOW)
        self.spent += time.process_time() - start
        before = self._match(case)
        start = time.process_time()
        self._filter.observe(case, CLEAN, NOW)
        self.spent += time.process_time() - start
        return Shown(before, self._match(case))

    def ask(self, text: str) -> Cluster | None:
        """The cluster it would join, if one."""
        case = self._case(text)
        self._filter.check(case, NOW)
        return self._match(case)

    def _case(self, text: str) -> Case:
        stanza = Stanza.parse(
            f"<message from='a@b.example/c' to='d@e.example'><body>{escape(text)}</body></message>".encode()
        )
        case = Case(stanza, Rules(), self._state.key)
        case.prepare()
        return case

    def _match(self, case: Case) -> Cluster | None:
        said = self._filter._read(case, 0.0)[0]
        return self._filter._clusters.match(said[0].text, NOW) if said else None


def read_mutants(path: Path) -> list[Mutant]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip())
    return [Mutant(str(row["cluster"]), row["op"], sendable(row["text"])) for row in rows]


def read_ham(path: Path) -> list[str]:
    """The distinct texts of a file, in order."""
    content = path.read_text(encoding="utf-8")
    texts: list[str] = json.loads(content) if content.lstrip().startswith("[") else content.split("\n")
    return list(dict.fromkeys(sendable(text) for text in texts if text.strip()))


def measure(mutants: list[Mutant], ham: list[str]) -> dict[str, Any]:
    judge = Judge(len(mutants) + len(ham))
    originals = {mutant.cluster: judge.show(mutant.text).after for mutant in mutants if mutant.op == "base"}
    varied = [mutant for mutant in mutants if mutant.op != "base"]
    merged = len(originals) - len({id(cluster) for cluster in originals.values()})

    joined: dict[str, list[bool]] = defaultdict(list)
    by_length: dict[str, list[bool]] = {band: [] for band, _ in BANDS}
    lengths = {mutant.cluster: len(letters(mutant.text)) for mutant in mutants if mutant.op == "base"}
    judge.spent = 0.0
    for mutant in varied:
        right = judge.show(mutant.text).after is originals[mutant.cluster]
        joined[mutant.op].append(right)
        by_length[next(band for band, below in BANDS if lengths[mutant.cluster] < below)].append(right)

    spam = {id(cluster) for cluster in originals.values()}
    matching_spam = [text for text in ham if id(judge.ask(text)) in spam]

    clean = Judge(len(ham))
    matching_ham = [text for text in ham if clean.show(text).before is not None]
    return {
        "recall": sum(map(sum, joined.values())) / max(1, len(varied)),
        "recall_by_length": {band: sum(right) / len(right) for band, right in by_length.items() if right},
        "recall_by_op": {op: sum(right) / len(right) for op, right in sorted(joined.items())},
        "originals_merged": merged,
        "ham": len(ham),
        "ham_matching_spam": len(matching_spam) / max(1, len(ham)),
        "ham_matching_ham": len(matching_ham) / max(1, len(ham)),
        "us_per_message": 1e6 * (judge.spent + clean.spent) / max(1, len(varied) + len(ham)),
        "us_per_new_message": 1e6 * clean.spent / max(1, len(ham)),
        "examples": {"ham_matching_spam": matching_spam[:20], "ham_matching_ham": matching_ham[:20]},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mutants", type=Path, required=True)
    parser.add_argument("--ham", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    arguments = parser.parse_args()
    result = measure(read_mutants(arguments.mutants), read_ham(arguments.ham))
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
        return
    for name, value in result.items():
        print(f"{name:20} {value}")


if __name__ == "__main__":
    main()
