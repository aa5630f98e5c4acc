"""What spammers do to a text beside what the mutants on file show."""

import random
import re
from collections.abc import Callable

Operator = Callable[[str, random.Random], str]

FILLERS = ["so", "just", "really", "well", "ok", "now", "btw", "also", "then", "hey", "wow", "hmm", "maybe", "today"]
REPLACED = ["thing", "stuff", "item", "great", "offer"]
ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "".join(map(chr, range(0x430, 0x450))),
    "".join(map(chr, (*range(0x3B1, 0x3C2), *range(0x3C3, 0x3CA)))),
)
"""Latin, Cyrillic and Greek letters."""
VOWELS = (
    "aeiou",
    "\u0430\u0435\u0438\u043e\u0443\u044b\u044d\u044e\u044f",
    "\u03b1\u03b5\u03b7\u03b9\u03bf\u03c5\u03c9",
)
LEET = str.maketrans(
    {"a": "^", "e": "3", "i": "!", "o": "()", "s": "5", "t": "+", "l": "1", "g": "9", "b": "8", "v": "\\/"}
)


def _by_word(change: Callable[[str, random.Random], str]) -> Operator:
    return lambda text, dice: " ".join(word for word in (change(word, dice) for word in text.split()) if word)


def by_character(change: Callable[[str, random.Random], str]) -> Operator:
    """Change each character."""
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


def script(text: str) -> int:
    """Return in which of the alphabets most letters of a text are."""
    return max(range(len(ALPHABETS)), key=lambda script: sum(char in ALPHABETS[script] for char in text.lower()))


def _by_vowel(change: Callable[[str, int, str, random.Random], str]) -> Operator:
    """Change each vowel, which is told its number and what other vowels there are."""

    def changed(text: str, dice: random.Random) -> str:
        vowels = VOWELS[script(text)]
        written: list[str] = []
        count = 0
        for char in text:
            is_vowel = char.lower() in vowels
            count += is_vowel
            written.append(change(char, count, vowels.replace(char.lower(), ""), dice) if is_vowel else char)
        return "".join(written)

    return changed


def _star(word: str, dice: random.Random) -> str:
    """Star inner letters, one in four and at least one."""
    inner = [at for at in range(1, len(word) - 1) if word[at].isalpha()]
    starred = set(dice.sample(inner, min(len(inner), max(1, len(word) // 4))))
    return "".join("*" if at in starred else char for at, char in enumerate(word))


def _scramble(word: str, dice: random.Random) -> str:
    inner = list(word[1:-1])
    dice.shuffle(inner)
    return "".join((word[0], *inner, word[-1])) if inner else word


def _stray(everywhere: bool, share: float | None) -> Operator:
    """Put letters in, behind letters or *everywhere*: by chance, or behind each fifth."""

    def strayed(text: str, dice: random.Random) -> str:
        letters = ALPHABETS[script(text)]
        written = ""
        count = 0
        for char in text:
            written += char
            if everywhere or char.isalpha():
                count += 1
                if count % 5 == 0 if share is None else dice.random() < share:
                    written += dice.choice(letters)
        return written

    return strayed


def random_words(every: int) -> Operator:
    """Put a word that means nothing behind each, each second word and so on."""

    def put_in(text: str, dice: random.Random) -> str:
        letters = ALPHABETS[script(text)]
        words: list[str] = []
        for number, word in enumerate(text.split(), start=1):
            words.append(word)
            if number % every == 0:
                words.append("".join(dice.choices(letters, k=dice.randrange(3, 9))))
        return " ".join(words)

    return put_in


def _swap_pairwise(text: str, _: random.Random) -> str:
    words = text.split()
    for at in range(0, len(words) - 1, 2):
        words[at : at + 2] = words[at + 1], words[at]
    return " ".join(words)


def _with_head_and_tail(operator: Operator) -> Operator:
    """Do the same, and put another greeting before and a code behind."""

    def changed(text: str, dice: random.Random) -> str:
        head = dice.choice(("Hi!", "Hello dear,", "Good morning,", "Attention:", "psst,", "Dear friend,"))
        return f"{head} {operator(text, dice)} [{dice.randrange(10**8):x}]"

    return changed


def disguises() -> dict[str, Operator]:
    """Return what leaves a text readable for people alone, by name."""
    found: dict[str, Operator] = {
        "every second vowel wrong": _by_vowel(
            lambda char, count, others, dice: dice.choice(others) if count % 2 == 0 else char
        ),
        "letters starred": _by_word(_star),
        "inner letters scrambled": _by_word(_scramble),
        "one stray letter in five": _stray(everywhere=False, share=0.2),
        "a random word after every second": random_words(2),
    }
    return {
        **found,
        **{f"{name}, head and tail": _with_head_and_tail(operator) for name, operator in found.items()},
        "every vowel wrong": _by_vowel(lambda _char, _count, others, dice: dice.choice(others)),
        "vowels dropped": _by_vowel(lambda _char, _count, _others, _dice: ""),
        "half of the vowels dropped": _by_vowel(
            lambda char, _count, _others, dice: char if dice.random() < 0.5 else ""
        ),
        "vowels doubled": _by_vowel(lambda char, _count, _others, _dice: char * 2),
        "vowels starred": _by_vowel(lambda _char, _count, _others, _dice: "*"),
        "a stray letter behind every fifth": _stray(everywhere=True, share=None),
        "stray punctuation": by_character(
            lambda char, dice: char + dice.choice(".-_'*~|") if char.isalpha() and dice.random() < 0.25 else char
        ),
        "half of the letters leet": by_character(
            lambda char, dice: char.translate(LEET) if dice.random() < 0.5 else char
        ),
        "letters of words reversed": _by_word(lambda word, _: word[::-1]),
        "words swapped pairwise": _swap_pairwise,
        "a random word after every third": random_words(3),
        "a random word after every one": random_words(1),
    }


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
        "mistype 5 %": by_character(lambda char, dice: "q" if char.isalpha() and dice.random() < 0.05 else char),
        "lose 5 %": by_character(lambda char, dice: "" if dice.random() < 0.05 else char),
        "stretch": by_character(lambda char, dice: char * dice.choice([1, 1, 1, 3])),
        "accents": by_character(lambda char, dice: char + "\u0301" * (dice.random() < 0.3)),
        "full width": by_character(lambda char, _: chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char),
        "figures for letters": lambda text, _: text.translate(str.maketrans("aeiosl", "4310$1")),
        "set apart": lambda text, _: " ".join(text),
        "dotted": lambda text, _: ".".join(text),
        "other figures": by_character(lambda char, dice: str(dice.randrange(10)) if char.isdigit() else char),
        "first 60 %": lambda text, _: text[: len(text) * 6 // 10],
        "last 60 %": lambda text, _: text[len(text) * 4 // 10 :],
        "another head": _other_head(harmless),
        "split by ham": _split(harmless),
        "ham around it": among(harmless, 1, 1),
        "much ham around it": among(harmless, 8, 8),
    }
