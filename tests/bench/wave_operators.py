"""In which ways the copies of a wave differ: what spammers do to a text, 52 ways."""

import random
import re

from tests.bench.operators import Operator, disguises, operators
from tests.bench.wave_templates import NAMES

AS_IT_IS = "as it is"
"""What a copy is called that no operator has changed."""
_GREETINGS = ("Hi {}, ", "Hello {}! ", "hey {} ", "Dear {}, ", "Привет, {}! ", "Hallo {}, ", "Hola {}, ", "{}: ", "yo ")
_ALIKE = {"a": "\u0430", "e": "\u0435", "o": "\u043e", "p": "\u0440", "c": "\u0441", "x": "\u0445", "i": "\u0456"}
_ALIKE |= {other: letter for letter, other in _ALIKE.items()}
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_LINK = re.compile(r"(https?://[^/\s]+)\S*")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def word(dice: random.Random, letters: int = 8) -> str:
    """Return letters and figures that mean nothing."""
    return "".join(dice.choices(_LETTERS, k=letters))


def _greeting(text: str, dice: random.Random) -> str:
    return dice.choice(_GREETINGS).format(dice.choice(NAMES)) + text


def _code(text: str, dice: random.Random) -> str:
    return text + dice.choice((" {}", " #{}", " [{}]", "\n{}", " ref:{}", " \U0001f525 {}")).format(word(dice))


def _invisible(text: str, dice: random.Random) -> str:
    share = dice.choice((0.03, 0.1, 0.3))
    return "".join(char + (dice.choice(_INVISIBLE) if dice.random() < share else "") for char in text)


def _alike(text: str, dice: random.Random) -> str:
    share = dice.choice((0.1, 0.3, 0.6))
    return "".join(_ALIKE.get(char, char) if dice.random() < share else char for char in text)


def _case(text: str, dice: random.Random) -> str:
    return dice.choice((str.upper, str.title, str.swapcase, str.lower))(text)


def _punctuation(text: str, dice: random.Random) -> str:
    def other(char: str) -> str:
        if char == " " and dice.random() < 0.15:
            return dice.choice(("  ", " - ", ", ", "\n", "\u00a0", "\u2028"))
        return dice.choice(("", "..", "!", "\u2026")) if char in ".,!?;:" and dice.random() < 0.5 else char

    return "".join(map(other, text))


def _path(text: str, dice: random.Random) -> str:
    if _LINK.search(text):
        return _LINK.sub(lambda found: f"{found[1]}/{word(dice)}", text)
    return f"{text} https://promotion.spam.example/{word(dice)}"


_SIMPLE: dict[str, Operator] = {
    "a greeting before": _greeting,
    "a code behind": _code,
    "a greeting before and a code behind": lambda text, dice: _code(_greeting(text, dice), dice),
    "invisible characters": _invisible,
    "look-alike letters": _alike,
    "case": _case,
    "punctuation": _punctuation,
    "another link": _path,
}


def ways(padding: list[str]) -> dict[str, Operator]:
    """Return all the operators by name; some put *padding*, harmless texts, around or into a text."""
    return {**_SIMPLE, **operators(padding), **disguises()}
