"""What people write in the day: how long it is, and how often they write the same as others.

Lengths and repetition are those of the NUS SMS Corpus (55,000 English messages; Chen and Kan 2013), as a table: how
many messages there are of each length, and how many of 100 have a body that occurs twice, or twenty times. Whoever has
the table of all corpora (`ham_repetition.tsv`) names its folder, and it is read from there. Of what is short and
repeated everybody writes the same, so it comes from a pool in which few texts are frequent; what is long and repeated
is one person's text to several (the corpus has no body of 40 letters or more by more than three senders).

All other words are new: of a hundred common ones and of thousands that are made up, half and half, as in any language.
With harmless texts of corpora (`sms/*.tsv` and the like, see corpora.py) they are the corpora's, joined in
the order in which their words follow each other, so that people's phrases come as often as people use them.
"""

import random
from collections import defaultdict
from itertools import accumulate, pairwise, product
from typing import Final, NamedTuple

from tests.bench.day_bodies import COMMON, LETTERS, POOLS


class Band(NamedTuple):
    """Messages of one length."""

    low: int
    high: int
    messages: int
    twice: float
    """The share whose body occurs more than once,"""
    often: float
    """and twenty times or more."""


NUS: Final = (
    Band(2, 10, 6360, 0.749, 0.365),
    Band(10, 20, 8860, 0.308, 0.026),
    Band(20, 40, 14780, 0.153, 0.004),
    Band(40, 70, 12455, 0.103, 0.0),
    Band(70, 100, 5993, 0.086, 0.0),
    Band(100, 300, 7387, 0.134, 0.003),
)


def _made_up(consonants: str, vowels: str) -> list[str]:
    syllables = [a + b for a, b in product(consonants, vowels)]
    return [*map("".join, product(syllables, repeat=2))]


class Texts:
    """Writes bodies, and draws nothing but from the dice that it is given."""

    def __init__(self, ham: list[str] | None = None, bands: tuple[Band, ...] = NUS) -> None:
        self.bands = bands
        self._weights = [*accumulate(band.messages for band in bands)]
        self._ranks = {high: [*accumulate(1 / n for n in range(1, len(pool) + 1))] for high, pool in POOLS.items()}
        made_up = [_made_up(*letters) for letters in LETTERS]
        self._languages = [(common, made_up[n == 2]) for n, common in enumerate(COMMON)]
        self._after: dict[str, list[str]] = defaultdict(list)
        for text in ham or ():
            for word, following in pairwise(["", *text.split(), ""]):
                self._after[word].append(following)

    def language(self, dice: random.Random) -> int:
        """Return the number of a language, which people keep to."""
        return dice.choices(range(4), (60, 18, 14, 8))[0]

    def says(self, dice: random.Random, language: int = 0) -> tuple[str, bool]:
        """Return what somebody writes, and whether it is one of the long texts that go to several."""
        band = self.bands[dice.choices(range(len(self.bands)), cum_weights=self._weights)[0]]
        repeated = dice.random() < band.twice
        if repeated and band.high in POOLS:
            pool = POOLS[band.high]
            often = dice.random() < band.often / band.twice
            return (dice.choices(pool, cum_weights=self._ranks[band.high])[0] if often else dice.choice(pool)), False
        return self.fresh(dice, dice.randrange(band.low, min(band.high, 300)), language), repeated

    def fresh(self, dice: random.Random, letters: int, language: int = 0) -> str:
        """Return a text of about so many letters that nobody else has written."""
        if self._after and language == 0:
            return self._as_others(dice, letters)
        common, made_up = self._languages[language]
        words: list[str] = []
        length = 0
        while length < letters:
            words.append(dice.choice(common if dice.random() < 0.5 else made_up))
            length += len(words[-1]) + 1
        return " ".join(words).capitalize()

    def _as_others(self, dice: random.Random, letters: int) -> str:
        words: list[str] = []
        length, word = 0, ""
        while length < letters:
            word = dice.choice(self._after[word])
            words.append(word)
            length += len(word) + 1
        return " ".join(filter(None, words))
