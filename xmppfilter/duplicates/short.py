"""What of a short text survives when a spammer varies it: what it says, without whom it greets and the figures in it.

"Hi Anna, how are you?" and "Hey Jürgen how are you" are one text. Greetings before it and farewells behind it are
taken off where something remains, and so are the names of people, figures, codes and links, which are slots. What is
left is the core. Texts of one core are copies, if it says `LEAST` letters or more, or if both greet somebody.

Whether another core says nearly the same, `xmppfilter.duplicates.alike` says. Of fewer letters nothing but the same
core does.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from xmppfilter import kernels
from xmppfilter.duplicates.alike import LEAST, VOWELS
from xmppfilter.duplicates.sketch import BY_BYTE, SIGNS, Sketch
from xmppfilter.kernels.phrases import ANYWHERE, FIRST, LAST
from xmppfilter.kernels.words import VOWEL
from xmppfilter.text.fold import fold_characters
from xmppfilter.text.greetings import greetings, names

MOST: Final = 64
"""Letters of a text that is short: of longer ones there are enough to be compared without their slots."""
LONGEST: Final = 88
"""Letters of a text that may be a copy of a short one."""
_MOST_CHARACTERS: Final = 8 * LONGEST
_GREETED: Final = 6  # letters that say something where somebody is greeted

_STOP: Final = b","
_ENDS: Final = b",.!?:;()\n"
_SPACES: Final = b" \t\r"
_MERGE: Final = bytes.maketrans(VOWELS, bytes([VOWEL]) * len(VOWELS))
_DOUBLED: Final = re.compile(rb"(.)\1+", re.DOTALL)
_FIGURE: Final = re.compile("[0-9]")
_FEW_FIGURES: Final = 2
_LINK: Final = re.compile(r"(?:[a-z][a-z0-9+.-]{1,15}://|www\.)\S*")
_CODE: Final = re.compile(r"[0-9]{3}|(?=.*[0-9].*[0-9])(?=.*[269]).{5}")
_LONGEST_CODE: Final = 14
_MOST_CODES: Final = 2  # words of letters and figures in a text; in more of them the figures stand for letters
_WORD: Final = re.compile(r"(?<!\w)\w")
_HEAD: Final = 120  # characters, in which a greeting is
_IDEOGRAPHS: Final = "\u2e80"  # from here on words have no spaces between them
_ASCII: Final = 0x7F
_ASCII_BYTE: Final = b"\x7f"
_AT_MOST: Final = 3  # greetings one behind the other, and farewells


def _table() -> bytes:
    """Return what `BY_BYTE` says, but for white space and the signs that end something said."""
    table = bytearray(BY_BYTE)
    for code in _ENDS:
        table[code] = _STOP[0]
    for code in _SPACES:
        table[code] = ord(" ")
    return bytes(table)


_spell: Final = kernels.lettering(_table(), SIGNS, 3 * LONGEST)


class Short(NamedTuple):
    """A short text."""

    form: bytes
    """The same for texts that say the same; nothing where only an equal text does."""
    core: bytes
    """The words that near copies have as well, a space between two; nothing where there are none."""

    def marks(self, mask: int, secret: int) -> bytes:
        """Return what it is found by where a near copy is looked for."""
        return _marks(self.core.translate(_MERGE), self.core.replace(b" ", b""), mask, secret)


NOTHING: Final = Short(b"", b"")

_marks: Final = kernels.marking(5, 12, 4, 24)


class _Words(NamedTuple):
    """Words as they are spelled: names, and phrases by their first words and by their last ones."""

    names: frozenset[bytes]
    before: Mapping[bytes, Sequence[tuple[bytes, ...]]]
    behind: Mapping[bytes, Sequence[tuple[bytes, ...]]]
    plain: Callable[[bytes], bytes | None]
    """Returns the words of a text in which none of these stand where they are taken off."""
    joined_before: tuple[bytes, ...]
    """What is written without a space behind it, and that is not a word of its own,"""
    joined_behind: tuple[bytes, ...]
    """or without one before it."""


def _spelled(phrases: Iterable[str]) -> list[tuple[bytes, ...]]:
    return [tuple(_spell(fold_characters(phrase)).split()) for phrase in phrases]


def _by(place: int, phrases: Iterable[tuple[bytes, ...]]) -> dict[bytes, list[tuple[bytes, ...]]]:
    """Return phrases by one of their words, the longest ones first."""
    found: dict[bytes, list[tuple[bytes, ...]]] = {}
    for phrase in sorted(filter(None, set(phrases)), key=lambda phrase: (-len(phrase), phrase)):
        found.setdefault(phrase[place], []).append(phrase)
    return found


def _without_spaces(phrases: Iterable[str]) -> tuple[bytes, ...]:
    found = (_spell(fold_characters(phrase)) for phrase in phrases if min(phrase) >= _IDEOGRAPHS)
    return tuple(sorted(found, key=len, reverse=True))


@cache
def known_words() -> _Words:
    """Return the words that are no part of what is said; to be read before the first text comes."""
    before, behind = greetings()
    named = frozenset(name[0] for name in _spelled(names()) if len(name) == 1 and len(name[0]) > 1)
    first, last = _by(0, _spelled(before)), _by(-1, _spelled(behind))
    kinds = dict.fromkeys(first, FIRST)
    for words, kind in ((last, LAST), (named, ANYWHERE)):
        kinds |= {word: kinds.get(word, 0) | kind for word in words}
    return _Words(
        named,
        first,
        last,
        kernels.phrasing(kinds),
        _without_spaces(before),
        _without_spaces(behind),
    )


def short_of(sketch: Sketch) -> Short:
    """Return what a text says if it is short, or `NOTHING`."""
    if len(sketch.letters) > LONGEST or len(sketch.text) > _MOST_CHARACTERS:
        return NOTHING
    known = known_words()
    text = sketch.text
    folded = text if text.isascii() else fold_characters(text)
    if "://" not in folded and "www." not in folded and not _FIGURE.search(folded):
        core = known.plain(_spell(folded))
        if core is not None and not _is_joined(core, known):
            # nothing is taken off, as with most texts
            return Short(sketch.letters, core) if len(sketch.letters) >= LEAST else NOTHING
    return _closely(text, folded.lower(), known)


def _is_joined(core: bytes, known: _Words) -> bool:
    """Whether it begins with a greeting or ends with a farewell that needs no space."""
    return (core[:1] > _ASCII_BYTE and core.startswith(known.joined_before)) or (
        core[-1:] > _ASCII_BYTE and core.endswith(known.joined_behind)
    )


def _closely(text: str, folded: str, known: _Words) -> Short:
    """Return what a text says where something may be taken off."""
    if "://" in folded or "www." in folded:
        folded = _LINK.sub(" ", folded)
    plain, uncoded = _without_figures(folded) if _FIGURE.search(folded) else (folded, folded)
    spelled = _spell(plain)
    greeted, words = _without_greeting(spelled, text, known)
    for rest in (_without_farewell(words, known), words):
        left = [word for word in rest if word not in known.names]
        letters = _DOUBLED.sub(rb"\1", b"".join(left))
        if len(letters) >= LEAST:
            return Short(letters, b" ".join(left))
    if not greeted:
        return NOTHING
    # of so few letters a figure may be all that matters, not so a code
    if plain != uncoded:
        words = _without_greeting(_spell(uncoded), text, known)[1]
    letters = _DOUBLED.sub(rb"\1", b"".join(_without_farewell(words, known)))
    if len(letters) < _GREETED:
        return NOTHING
    whole = b" ".join([word for word in spelled.replace(_STOP, b" ").split() if word not in known.names])
    return Short(_STOP + letters, whole)


def _without_figures(text: str) -> tuple[str, str]:
    """Return a text without words that are figures, or a code; and without codes and figures that are long."""
    words = text.split()
    figured = [word for word in words if not word.isalpha() and _FIGURE.search(word)]  # as few are
    mixed = sum(1 for word in figured if any(map(str.isalpha, word)))
    slots = {word for word in figured if _is_slot(word, mixed)}
    coded = {word for word in slots if _is_coded(word)}
    return (
        " ".join([word for word in words if word not in slots]),
        " ".join([word for word in words if word not in coded]),
    )


def _is_slot(word: str, mixed: int) -> bool:
    """Whether a word with figures in it is a figure or a code; so many words of the text are *mixed* with letters."""
    if not any(map(str.isalpha, word)):
        return True
    return mixed <= _MOST_CODES and len(word) <= _LONGEST_CODE and _CODE.search(word) is not None


def _is_coded(word: str) -> bool:
    return any(map(str.isalpha, word)) or sum(map(str.isdigit, word)) > _FEW_FIGURES


def _without_greeting(spelled: bytes, text: str, known: _Words) -> tuple[bool, list[bytes]]:
    """Return whether somebody is greeted, and the words without the phrases they begin with and the names behind them.

    Names are those that are known, and what is written like one and followed by a stop.
    """
    words = spelled.replace(_STOP, b" ").split()
    stopped = spelled.replace(_STOP, b" , ").split()
    at = 0
    if words and words[0] in known.names and _is_stopped(stopped, 0):
        at = 1
    for _ in range(_AT_MOST):
        if at == len(words):
            break
        first = words[at]
        if (size := _size_of(known.before.get(first, ()), words, at)) > 0:
            at += size
            if at < len(words) - 1 and (words[at] in known.names or _is_like_name(text, stopped, at)):
                at += 1
        elif first[0] > _ASCII and first.startswith(known.joined_before):
            head = next(head for head in known.joined_before if first.startswith(head))
            return True, [first[len(head) :], *words[at + 1 :]]
        else:
            break
    return at > 0, words[at:]


def _size_of(phrases: Sequence[tuple[bytes, ...]], words: list[bytes], at: int) -> int:
    """Return how many words the longest of the phrases has that stands there; 0: none does."""
    return next((len(phrase) for phrase in phrases if tuple(words[at : at + len(phrase)]) == phrase), 0)


def _is_like_name(text: str, stopped: list[bytes], at: int) -> bool:
    return _is_stopped(stopped, at) and _is_capital(text, at)


def _is_stopped(stopped: list[bytes], at: int) -> bool:
    """Whether the word of that number is followed by a stop."""
    for place, word in enumerate(stopped):
        if word != _STOP:
            if at == 0:
                return stopped[place + 1 : place + 2] == [_STOP]
            at -= 1
    return False


def _is_capital(text: str, at: int) -> bool:
    """Whether the word of that number begins with a letter that is not a small one, or is of a script without such."""
    words = _WORD.findall(text[:_HEAD])
    return at < len(words) and words[at] < _IDEOGRAPHS and not words[at].islower()


def _without_farewell(words: list[bytes], known: _Words) -> list[bytes]:
    """Return the words without names and phrases that messages end with."""
    end = len(words)
    for _ in range(_AT_MOST):
        if not end:
            break
        last = words[end - 1]
        if last in known.names:
            end -= 1
        elif last in known.behind:
            sizes = (len(one) for one in known.behind[last] if tuple(words[max(0, end - len(one)) : end]) == one)
            if not (size := next(sizes, 0)):
                break
            end -= size
        elif last and last[-1] > _ASCII and last.endswith(known.joined_behind):
            tail = next(tail for tail in known.joined_behind if last.endswith(tail))
            return [*words[: end - 1], last[: -len(tail)]]
        else:
            break
    return words[:end]
