"""What spammers do to a text beside what the mutants on file show."""

import random
import re
from collections.abc import Callable

Operator = Callable[[str, random.Random], str]

FILLERS = ["so", "just", "really", "well", "ok", "now", "btw", "also", "then", "hey", "wow", "hmm", "maybe", "today"]
REPLACED = ["thing", "stuff", "item", "great", "offer"]


def _by_word(change: Callable[[str, random.Random], str]) -> Operator:
    return lambda text, dice: " ".join(word for word in (change(word, dice) for word in text.split()) if word)


def _by_character(change: Callable[[str, random.Random], str]) -> Operator:
    return lambda text, dice: "".join(change(char, dice) for char in text)


def swap(times: int, *, adjacent: bool) -> Operator:
    """Swap words, each time two at random or two that stand together."""

    def swapped(text: str, dice: random.Random) -> str:
        words = text.split()
        for _ in range(times if len(words) > 1 else 0):
            one = dice.randrange(len(words) - 1)
            other = one + 1 if adjacent else dice.randrange(len(words))
            words[one], words[other] = words[other], words[one]
        return " ".join(words)

    return swapped


def shuffle(pattern: str) -> Operator:
    """Shuffle the pieces that a regular expression cuts."""

    def shuffled(text: str, dice: random.Random) -> str:
        pieces = re.findall(pattern, text, re.DOTALL)
        dice.shuffle(pieces)
        return " ".join(pieces)

    return shuffled


def among(texts: list[str], before: int, behind: int) -> Operator:
    """Put harmless texts around it."""
    return lambda text, dice: " ".join((*dice.choices(texts, k=before), text, *dice.choices(texts, k=behind)))


def _other_head(texts: list[str]) -> Operator:
    return lambda text, dice: dice.choice(texts)[: len(text) * 35 // 100] + " " + text[len(text) * 35 // 100 :]


def _split(texts: list[str]) -> Operator:
    return lambda text, dice: f"{text[: len(text) // 2]} {dice.choice(texts)} {text[len(text) // 2 :]}"


def operators(harmless: list[str]) -> dict[str, Operator]:
    """Return the operators by name; some take *harmless* texts as padding."""
    return {
        "swap six words": swap(6, adjacent=False),
        "swap six neighbours": swap(6, adjacent=True),
        "shuffle threes": shuffle(r"\S+(?:\s+\S+){0,2}"),
        "shuffle sentences": shuffle(r"[^.!?]+[.!?]*"),
        "drop 15 % of words": _by_word(lambda word, dice: word if dice.random() > 0.15 else ""),
        "put 20 % words in": _by_word(
            lambda word, dice: f"{word} {dice.choice(FILLERS)}" if dice.random() < 0.2 else word
        ),
        "replace 15 % of words": _by_word(
            lambda word, dice: dice.choice(REPLACED) if len(word) > 3 and dice.random() < 0.15 else word
        ),
        "mistype 5 %": _by_character(lambda char, dice: "q" if char.isalpha() and dice.random() < 0.05 else char),
        "lose 5 %": _by_character(lambda char, dice: "" if dice.random() < 0.05 else char),
        "stretch": _by_character(lambda char, dice: char * dice.choice([1, 1, 1, 3])),
        "accents": _by_character(lambda char, dice: char + "\u0301" * (dice.random() < 0.3)),
        "full width": _by_character(lambda char, _: chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char),
        "figures for letters": lambda text, _: text.translate(str.maketrans("aeiosl", "4310$1")),
        "set apart": lambda text, _: " ".join(text),
        "dotted": lambda text, _: ".".join(text),
        "other figures": _by_character(lambda char, dice: str(dice.randrange(10)) if char.isdigit() else char),
        "first 60 %": lambda text, _: text[: len(text) * 6 // 10],
        "last 60 %": lambda text, _: text[len(text) * 4 // 10 :],
        "another head": _other_head(harmless),
        "split by ham": _split(harmless),
        "ham around it": among(harmless, 1, 1),
        "much ham around it": among(harmless, 8, 8),
    }
