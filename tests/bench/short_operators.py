"""What spammers do to a short text: whom they greet, how they end, and what they mistype, put in and move."""

import random
import re
from pathlib import Path
from typing import Final

from tests.bench.near_duplicates import Mutant
from tests.bench.operators import ALPHABETS, LEET, Operator, by_character, script

_FOLDER: Final = Path(__file__).parent
NAMES: Final = (
    "Anna", "Laura", "Jürgen", "Sergej", "Мария", "Дмитрий", "Ahmed", "Chen", "Sofía", "Luca", "Emma", "Noah",
    "Katarzyna", "Mehmet", "Yuki", "Priya", "Olena", "Giulia", "Björn", "Zoë", "Zbyszko", "Quirin", "Тимофей",
)  # fmt: skip
_HEADS: Final = (
    "Hi {}, ", "Hey {}! ", "Hello {}, ", "Hallo {}, ", "Salut {} ! ", "Hola {}, ", "Привет {}, ", "Dear {}, ",
    "Good evening, ", "Ciao {}, ", "yo ", "Merhaba {}, ", "Cześć {}, ", "Oi {}, ", "Bonjour {}, ",
)  # fmt: skip
_TAILS: Final = (
    " bye", " thanks", " xoxo", " :)", " 😘", " ❤️❤️", " LG {}", " regards, {}", " please answer", " ciao", " 123",
    " (847261)", " kisses", " ???", " !!!", " ...", " спасибо", " {}",
)  # fmt: skip
_PUT_IN: Final = (
    "so", "just", "really", "well", "ok", "now", "btw", "maybe", "still", "очень", "ну", "просто", "bien", "nur",
    "noch", "troppo", "muy", "mucho", "już", "çok",
)  # fmt: skip
_EMOJI: Final = "😀🔥💰❤🎁👉✅"


def _head(text: str, dice: random.Random) -> str:
    return dice.choice(_HEADS).format(dice.choice(NAMES)) + text


def _tail(text: str, dice: random.Random) -> str:
    return text + dice.choice(_TAILS).format(dice.choice(NAMES))


def _other_name(text: str, dice: random.Random) -> str:
    """Greet somebody else where somebody is greeted by a name, or else somebody."""
    found = re.match(r"(\w+ )(\w+)([,!?].*)", text, re.DOTALL)
    return f"{found[1]}{dice.choice(NAMES)}{found[3]}" if found else _head(text, dice)


def _word_in(text: str, dice: random.Random) -> str:
    words = text.split(" ")
    words.insert(dice.randrange(len(words) + 1), dice.choice(_PUT_IN))
    return " ".join(words)


def _mistype(text: str, dice: random.Random) -> str:
    """Exchange, drop or put in a letter."""
    at = dice.choice([place for place, char in enumerate(text) if char.isalpha()])
    letter = dice.choice(ALPHABETS[script(text)] if text[at].isascii() else text.replace(" ", ""))
    return dice.choice(
        [text[:at] + letter + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + letter + text[at:]]
    )


def _transpose(text: str, dice: random.Random) -> str:
    places = [at for at in range(len(text) - 1) if text[at].isalpha() and text[at + 1].isalpha()]
    for at in dice.sample(places, min(2, len(places))):
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def _swap(text: str, dice: random.Random) -> str:
    words = text.split(" ")
    if len(words) > 1:
        at = dice.randrange(len(words) - 1)
        words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words)


def _rotate(text: str, dice: random.Random) -> str:
    words = text.split(" ")
    at = dice.randrange(len(words))
    return " ".join((*words[at:], *words[:at]))


def _drop(text: str, dice: random.Random) -> str:
    words = text.split(" ")
    if len(words) > 3:
        words.pop(dice.randrange(len(words)))
    return " ".join(words)


def _punctuate(text: str, dice: random.Random) -> str:
    signs = (" - ", "... ", ", ", "  ", "\n", ". ", " / ", "_")
    return re.sub(r"\s", lambda _: dice.choice(signs), text) + dice.choice(("!", "!!", ".", "?", "~"))


def _link(text: str, dice: random.Random) -> str:
    return f"{text} https://{dice.randrange(10**6):x}.example/{dice.randrange(10**6):x}"


def _then(*operators: Operator) -> Operator:
    def changed(text: str, dice: random.Random) -> str:
        for operator in operators:
            text = operator(text, dice)
        return text

    return changed


def short_operators() -> dict[str, Operator]:
    """Return the operators by name."""
    leet = by_character(lambda char, dice: char.translate(LEET) if dice.random() < 0.4 else char)
    emoji = by_character(lambda char, dice: f" {dice.choice(_EMOJI)} " if char == " " and dice.random() < 0.5 else char)
    return {
        "another head": _head,
        "another tail": _tail,
        "head and tail": _then(_head, _tail),
        "another name": _other_name,
        "a word put in": _word_in,
        "two words put in": _then(_word_in, _word_in),
        "a letter mistyped": _mistype,
        "two letters mistyped": _then(_mistype, _mistype),
        "letters transposed": _transpose,
        "letters doubled": by_character(lambda char, dice: char * (1 + (char.isalpha() and dice.random() < 0.3))),
        "emoji": emoji,
        "spaces inside words": by_character(
            lambda char, dice: f"{char} " if char.isalpha() and dice.random() < 0.2 else char
        ),
        "spaces left out": lambda text, _: text.replace(" ", ""),
        "neighbours swapped": _swap,
        "words rotated": _rotate,
        "a word dropped": _drop,
        "leet": leet,
        "leet and emoji": _then(leet, emoji),
        "punctuation": _punctuate,
        "a link": _link,
        "head and a letter mistyped": _then(_mistype, _head),
    }


def short_texts() -> list[str]:
    """Return the texts of 10 to 70 letters that are varied, in two dozen languages."""
    rows = (_FOLDER / "short_texts.tsv").read_text(encoding="utf-8").split("\n")
    return [row.split("\t")[2] for row in rows if row]


def honest_texts() -> list[str]:
    """Return texts that people write each other, some with a word exchanged for another one."""
    return [line for line in (_FOLDER / "short_honest.txt").read_text(encoding="utf-8").split("\n") if line]


def mutants(seed: int = 0) -> list[Mutant]:
    """Return every text, and what every operator makes of it."""
    found: list[Mutant] = []
    for number, text in enumerate(short_texts()):
        cluster = f"short {number}"
        found.append(Mutant(cluster, "base", text))
        found += [
            Mutant(cluster, name, change(text, random.Random(f"{seed}|{name}|{number}")))
            for name, change in short_operators().items()
        ]
    return found
