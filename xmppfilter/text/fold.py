"""One folding for everybody: what a reader takes for the same text becomes the same text.

Three depths, each with a use:

- `fold_characters`: case, width, look-alikes (UTS 39), accents, and everything invisible. ASCII letters, digits and
  signs stay themselves, so a pattern written in Latin letters still says what it says.
- `fold_light`: the same, and runs of white space are one space. For comparing whole texts.
- `fold`: also undoes what only a human reads through: `f r e e`, `f.r.e.e`, `heeellooo`, `fr33 m0n€y`, `CIick`. It
  makes `heiio` of `hello`, so both sides of a comparison must be folded with it.

All are linear. The output is at most `MAX_EXPANSION` times the input, whatever NFKC would make of one code point.
Letters of every script become a common skeleton (`pay` is the same in Cyrillic and Latin letters), but words keep their
letters: different texts stay different.
"""

import re
import unicodedata
from typing import Final

from xmppfilter import kernels
from xmppfilter.text.confusables import LOOKS_LIKE
from xmppfilter.text.memo import remembered
from xmppfilter.text.turned import TURNED, upright

MAX_EXPANSION: Final = 4

# Only these hold anything that changes. CJK, Hangul syllables, Yi and most other planes fold to themselves.
_RANGES: Final = (
    (0x41, 0x5B), (0xA0, 0x3400), (0xA000, 0xAC00), (0xF900, 0x10000), (0x10000, 0x12000), (0x16A00, 0x17000),
    (0x1BC00, 0x1F900), (0x1FBF0, 0x1FC00), (0x2F800, 0x2FA20), (0xE0000, 0xE1000),
)  # fmt: skip

# These stay in the table though most fold to themselves: str.translate is slow to learn that a key is missing.
_FREQUENT: Final = (0, 0x600), (0x2000, 0x2100), (0x1F300, 0x1F700), (0x1F900, 0x1FA00)

# Default_Ignorable_Code_Point (UCD) and interlinear annotation: zero-width, bidi controls, variation selectors, tags.
IGNORABLE: Final = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Within square brackets of an expression: those that browsers leave out of a name, so without the joiners."""
_IGNORABLE: Final = re.compile(f"[{IGNORABLE}\u200c\u200d\ufff0-\uffff]")

# Accents, strokes and points that leave a word readable when gone. Indic and South-East Asian marks are not among them:
# there they are vowels. Nor are the Japanese voicing marks. The Arabic tatweel only stretches a word.
_DECORATION: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)


def fold_compatibility(text: str) -> str:
    """`text` in NFKD, case-folded, every decimal digit ASCII, without the marks that only decorate.

    Hangul falls into its letters, as NFKD has it. For single characters or short strings: NFKD is not linear.
    """
    once = unicodedata.normalize("NFKD", text).casefold()
    twice = unicodedata.normalize("NFKD", once)  # U+0345 and U+1E9E fold to what decomposes again
    bare = _DECORATION.sub("", twice)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in bare)


def _look_alikes() -> dict[str, str]:
    groups = (group.split(":") for group in LOOKS_LIKE.split(";"))
    return {
        chr(int(char, 16)): "".join(chr(int(code, 16)) for code in target.split())
        for target, chars in groups
        for char in chars.split()
    }


def _build_table() -> dict[int, str]:
    """Code point -> what it folds to, for all that fold to something else: about 20,000, made in 30 ms."""
    alike = _look_alikes()
    table: dict[int, str] = {}
    for first, end in _RANGES:
        for code in range(first, end):
            char = chr(code)
            folded = "" if _IGNORABLE.match(char) else fold_compatibility(char)
            folded = "".join(alike.get(c, c) for c in folded)[:MAX_EXPANSION]
            if folded != char:
                table[code] = folded
    table.update((ord(char), target) for char, target in alike.items())
    for first, end in _FREQUENT:
        for code in range(first, end):
            table.setdefault(code, chr(code))
    return table


_TABLE: Final = _build_table()

_COMMON: Final = "".join(map(chr, range(128))) + (
    "\xa0\u2018\u2019\u201c\u201d\u201e\xab\xbb\u2013\u2014\u20ac\xa3"
    "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюяЁёЄєІіЇїҐґЎў"
    "äöüÄÖÜéèêëàáâãåçìíîïñòóôõøùúûąęłńśżčěşğı"
)
"""Nearly every text is of these: ASCII, Russian and Ukrainian, western European, typographic signs."""

# Capital letters of Greek, their mathematical forms too, that UTS 39 takes for others than NFKC and case folding do;
# and the lunate sigma, a c that NFKC takes for a sigma.
_BY_LOOKS: Final = {
    ord(char): latin
    for latin, chars in {
        "h": "\u0397\U0001d6ae\U0001d6e8\U0001d722\U0001d75c\U0001d796",
        "n": "\u039d\U0001d6b4\U0001d6ee\U0001d728\U0001d762\U0001d79c",
        "y": "\u03a5\u03d2\U0001d6bc\U0001d6f6\U0001d730\U0001d76a\U0001d7a4",
        "c": "\u03f2\u03f9",
    }.items()
    for char in chars
}
_LOOKS_OTHERWISE: Final = re.compile(f"[{''.join(map(chr, _BY_LOOKS))}]")

_REVERSED: Final = re.compile("\u202e([^\u202c\n]*)\u202c?")
_LOOSE_JAMO: Final = re.compile("[\u1100-\u11ff]")
_SYLLABLE: Final = re.compile("[\uac00-\ud7a3]?[\u1100-\u11ff]+")

_LETTER: Final = r"[^\W\d_]"
# One or two figures or signs next to a letter and in no longer number: m0ney, fr33, $ex; but not call0800, 100%. Each
# of these begins with the character that is sought, which is what the regex engine finds quickly.
_SPELLED: Final = re.compile(
    rf"[0134578@$€|](?:(?<={_LETTER}.)[0134578@$€|]?(?!\d)|(?<!\d.)[0134578@$€|]?(?={_LETTER}))", re.DOTALL
)
_SPELLED_I: Final = re.compile(rf"!(?<={_LETTER}!)(?={_LETTER})")
_SPELLING: Final = str.maketrans("0134578@$€|", "oleastbasel")
# f r e e, f.r.e.e: single letters with the same one or two signs between them; it begins with a letter, so lists of
# figures stay.
_APART: Final = re.compile(r"[ .,\-_*·|/'+~][^\W_][ .,\-_*·|/'+~]{1,2}[^\W_](?![^\W_])")
_SPACED: Final = re.compile(rf"(?<![^\W_]){_LETTER}([ .,\-_*·|/'+~]{{1,2}})[^\W_](?![^\W_])(?:\1[^\W_](?![^\W_]))+")
_SEPARATOR: Final = re.compile(r"[\W_]+")
_REPEATED: Final = re.compile(r"(.)\1+", re.DOTALL)


def as_shown(text: str) -> str:
    """`text` with what stands behind a right-to-left override in the order in which it is shown."""
    return _REVERSED.sub(lambda shown: shown[1][::-1], text) if "\u202e" in text else text


def by_looks(text: str) -> str:
    """Return *text* with those letters replaced by Latin ones that look like another letter than their small form does.

    Capital Eta looks like H and its small form like n; folding takes both for n, as Greek readers do. Who writes
    English words in Greek capitals goes by the looks (UTS 39 before case and NFKC). *text* itself where it has none.
    """
    return text.translate(_BY_LOOKS) if not text.isascii() and _LOOKS_OTHERWISE.search(text) else text


def _left() -> str:
    loose = set(range(0x1100, 0x1200)).difference(_TABLE)
    loose.update(code for code, target in _TABLE.items() if _LOOSE_JAMO.search(target))
    return "\u202e" + TURNED + "".join(map(chr, loose))


_fold_each: Final = kernels.folding(_TABLE, _left(), _COMMON)
"""Folds each character; None where that may not do: right-to-left overrides, loose Hangul, turned letters."""


def fold_characters(text: str) -> str:
    """Return *text* with every character folded by itself: case, width, look-alikes, marks, and nothing invisible.

    Idempotent. Right-to-left overrides (`\u202eeerf`) are read as they are shown, and a text that is turned upside down
    as when it is turned round; loose Hangul letters are composed.
    """
    if text.isascii():
        return text.lower()
    folded = _fold_each(text)
    return _fold_together(text) if folded is None else folded


def _fold_together(text: str) -> str:
    shown = upright(as_shown(text))
    if (folded := _fold_each(shown)) is not None:
        return folded
    folded = shown.translate(_TABLE)
    return _SYLLABLE.sub(lambda run: unicodedata.normalize("NFC", run[0]), folded)


def fold_light(text: str) -> str:
    """`fold_characters(text)` with every run of white space one space, and none at the ends. Idempotent."""
    return " ".join(fold_characters(text).split())


folded: Final = remembered(fold_light)
"""The same, of what may be asked for again."""


def fold(text: str) -> str:
    """`fold_light(text)`, read as a human does: figures that stand for letters, letters set apart, stretched letters.

    A doubled letter counts as stretched, since `heello` cannot be told from `hello`; not so where it is the whole word
    (`xxx`, `www`), or a pattern of one would match everything. Long numbers stay numbers.
    """
    read = _SPELLED.sub(lambda signs: signs[0].translate(_SPELLING), fold_light(text))
    read = _SPELLED_I.sub("i", read)
    if _APART.search(read):
        read = _SPACED.sub(lambda apart: _SEPARATOR.sub("", apart[0]), read)
    return _REPEATED.sub(_shorten, read).replace("l", "i")


def _shorten(run: re.Match[str]) -> str:
    char: str = run[1]
    start, end = run.span()
    in_word = run.string[start - 1 : start].isalpha() or run.string[end : end + 1].isalpha()
    if not (in_word and char.isalpha()):
        return run[0]
    # `l` and `i` are the same in the end, so two of them are a letter and its neighbour: hello, click, cIick.
    if char == "l" or run[0] == "ii":
        return char * 2
    return char


def skeleton(address: str) -> str:
    """Return what *address*, in its normal form, looks like. Idempotent."""
    alike = address.lower() if address.isascii() else fold_characters(address)
    alike = alike.replace("0", "o").replace("1", "l")
    while "rn" in alike or "vv" in alike:
        alike = alike.replace("rn", "m").replace("vv", "w")
    return alike
