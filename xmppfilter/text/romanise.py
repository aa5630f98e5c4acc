"""Writes Cyrillic, Greek and other letters in Latin ones, as people do who have no other keyboard.

Everybody does so in a way of their own (`shch`, `sch`, `w`), so what comes of it is near to what somebody else writes,
not equal.
"""

import re
from typing import Final

from xmppfilter import kernels

_CYRILLIC: Final = (
    "\u0430a \u0431b \u0432v \u0433g \u0434d \u0435e \u0436zh \u0437z \u0438i \u0439y \u043ak \u043bl \u043cm \u043dn "
    "\u043eo \u043fp \u0440r \u0441s \u0442t \u0443u \u0444f \u0445h \u0446ts \u0447ch \u0448sh \u0449sch \u044a "
    "\u044by \u044c \u044de \u044eyu \u044fya \u0451e \u0452dj \u0453g \u0454ye \u0455z \u0456i \u0457yi \u0458j "
    "\u0459lj \u045anj \u045bc \u045ck \u045eu \u045fdz \u0491g \u0493g \u049bk \u04a3n \u04afu \u04b1u \u04bbh "
    "\u04d9a \u04e9o"
)
_UKRAINIAN: Final = "\u0433h \u0438y \u0439i"
_GREEK: Final = (
    "\u03b1a \u03b2v \u03b3g \u03b4d \u03b5e \u03b6z \u03b7i \u03b8th \u03b9i \u03bak \u03bbl \u03bcm \u03bdn \u03bex "
    "\u03bfo \u03c0p \u03c1r \u03c2s \u03c3s \u03c4t \u03c5y \u03c6f \u03c7x \u03c8ps \u03c9o \u03aca \u03ade \u03aei "
    "\u03afi \u03cco \u03cdy \u03ceo \u03cai \u03cby \u0390i \u03b0y"
)
_ARABIC: Final = (
    "\u0627a \u0623a \u0625i \u0622a \u0621a \u0624o \u0626e \u0628b \u0629a \u062at \u062bth \u062cj \u062dh "
    "\u062ekh \u062fd \u0630th \u0631r \u0632z \u0633s \u0634sh \u0635s \u0636d \u0637t \u0638z \u0639a \u063agh "
    "\u0641f \u0642q \u0643k \u0644l \u0645m \u0646n \u0647h \u0648w \u0649a \u064ay \u067ep \u0686ch \u0698zh "
    "\u06a9k \u06afg \u06ccy"
)
_HEBREW: Final = (
    "\u05d0a \u05d1b \u05d2g \u05d3d \u05d4h \u05d5v \u05d6z \u05d7ch \u05d8t \u05d9i \u05dak \u05dbk \u05dcl \u05ddm "
    "\u05dem \u05dfn \u05e0n \u05e1s \u05e2a \u05e3f \u05e4p \u05e5ts \u05e6ts \u05e7k \u05e8r \u05e9sh \u05eat"
)
_DEVANAGARI: Final = (
    "\u0902n \u0903h \u0905a \u0906a \u0907i \u0908i \u0909u \u090au \u090bri \u090fe \u0910ai \u0913o \u0914au "
    "\u0915k \u0916kh \u0917g \u0918gh \u0919n \u091ach \u091bchh \u091cj \u091djh \u091en \u091ft \u0920th \u0921d "
    "\u0922dh \u0923n \u0924t \u0925th \u0926d \u0927dh \u0928n \u092ap \u092bph \u092cb \u092dbh \u092em \u092fy "
    "\u0930r \u0932l \u0935v \u0936sh \u0937sh \u0938s \u0939h \u093c \u093ea \u093fi \u0940i \u0941u \u0942u "
    "\u0943ri \u0947e \u0948ai \u094bo \u094cau \u094d"
)


def _table(*letters: str) -> dict[int, str]:
    """Return what the first character of each word becomes, in both cases."""
    table: dict[int, str] = {}
    for word in " ".join(letters).split():
        for letter in {word[0], word[0].upper()[0]}:
            table[ord(letter)] = word[1:]
    return table


_write: Final = kernels.folding(_table(_CYRILLIC, _GREEK, _ARABIC, _HEBREW, _DEVANAGARI), "", "")
_write_ukrainian: Final = kernels.folding(_table(_CYRILLIC, _UKRAINIAN), "", "")
_OTHER: Final = re.compile("[\u0370-\u05ff\u0620-\u06ff\u0900-\u097f]")
_OF_UKRAINIAN: Final = re.compile("[\u0404\u0406\u0407\u0454\u0456\u0457\u0490\u0491]")


def romanised(text: str) -> str | None:
    """Return *text* in Latin letters; None where it mostly is already, or where it has none that are known here."""
    if text.isascii() or 5 * (len(text.encode("utf-8", "surrogatepass")) - len(text)) < 2 * len(text):
        return None  # of letters of another alphabet each takes a byte more
    if not _OTHER.search(text):
        return None
    return (_write_ukrainian if _OF_UKRAINIAN.search(text) else _write)(text)
