"""Reads texts that were turned upside down, each letter written as another one that looks like it from below.

Mostly the whole text is in reverse then. Half of the letters that are used are ordinary ones (`u` for n, `p` for d), so
only the whole text can tell what is meant.
"""

import re
from typing import Final

from xmppfilter import kernels

_SIGNS: Final = "\u02d9. ', \u061b; \xbf? \xa1! \u201e\" )( () ][ [] }{ {} >< <> \\/ /\\ 96 69 "
_LATIN: Final = (
    "\u0250a \u0252a \u0254c \u01dde \u0258e \u025ff \u0183g \u1d77g \u0253g \u0265h \u1d09i \u0131i \u027ej \u017fj "
    "\u029ek \u05dfl \ua781l \u026fm \u0279r \u027fr \u0287t \u028cv \u028dw \u028ey bq qb dp pd nu un \u2200a \u2c6fa "
    "\ua4edb \u1660b \u0186c \ua4dbc \u15e1d \ua4f7d \u018ee \u2132f \ua7fbf \u2141g \ua4e8g \u05e4g \u148bj \u22cak "
    "\ua4d8k \u02e5l \ua4f6l \u0500p \u1d1ar \ua4e4r \u22a5t \u2534t \ua4d5t \u2229u \ua4f5u \u039bv \ua4e5v \u2144y "
    "\u01961 \u21c21 \u11052 \u218a2 \u01903 \u218b3 \u31234 \u07e44 \u03db5 \u31257 \u203e_ \u214b&"
)
_CYRILLIC: Final = (
    "\u0250\u0430 \u018d\u0431 \u03f1\u0431 \u029a\u0432 \u0279\u0433 \u0253\u0434 \u01dd\u0435 \u03b5\u0437 "
    "\u0190\u0437 \u029e\u043a v\u043b \u028c\u043b w\u043c \u028d\u043c u\u043f d\u0440 \u0254\u0441 \u026f\u0442 "
    "\u028e\u0443 m\u0448 q\u044c b\u044c \u0281\u044f"
)


def _table(pairs: str) -> dict[int, str]:
    """Return what the first character of each pair stands for."""
    return {ord(pair[0]): pair[1] for pair in pairs.split()}


_from_latin: Final = kernels.folding(_table(_SIGNS + _LATIN), "", "")
_from_cyrillic: Final = kernels.folding(_table(_SIGNS + _CYRILLIC), "", "")
TURNED: Final = (
    "\u0186\u018d\u018e\u01dd\u0250\u0254\u0258\u025f\u0183\u0265\u026f\u0279\u027e\u0287\u028d\u028e\u029e\u1d09\u1d77"
)
"""Letters by which a turned text is known; none that another letter folds to, so what is folded has none."""
_RUNS: Final = re.compile(f"[{TURNED}]+")
_OF_CYRILLIC: Final = re.compile("[\u0436-\u0439\u043d\u043e\u0444\u0445\u044b\u0446]")
_BEFORE: Final = re.compile(r"(?<!\w)[.?!,'\u02d9\xbf\xa1\u201e](?=\w)")
_BEHIND: Final = re.compile(r"(?<=\w)[.?!,'\u02d9\xbf\xa1\u201e](?!\w)")
_SHARE: Final = 4
"""What part of the characters such letters are at least: of nearly every language half are, and no language has so
many of them as letters of its own."""
_KINDS: Final = 3


def upright(text: str) -> str:
    """Return *text* as it reads when it is turned round; *text* itself where it is not turned. Linear."""
    found = "".join(_RUNS.findall(text))
    if len(found) * _SHARE < len(text) or len(set(found)) < _KINDS:
        return text
    # a sign belongs to the word before it, which tells whether the letters are in reverse, too
    in_order = len(_BEHIND.findall(text)) > len(_BEFORE.findall(text))
    read = (_from_cyrillic if _OF_CYRILLIC.search(text) else _from_latin)(text) or text
    return read if in_order else read[::-1]
