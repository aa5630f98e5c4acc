"""How closely the texts of one stanza are looked at: a stranger's characters cost a bounded time, however they overlap.

What takes more than a glance at a character is paid for in characters: of plain ASCII sixteen go for one, of others one
for one, and names that IDNA must be asked about are many times as expensive. A budget is one filter's, for one stanza:
all the texts and addresses in it share it, in whatever elements they stand.
"""

from typing import Final

CHARACTERS: Final = 16_384
"""What one filter looks at closely in one stanza: some 290 plain links, 30 addresses that need IDNA."""
CANDIDATE: Final = 56
"""What each link or address costs, however short it is."""
_PLAIN: Final = 16
"""Characters of plain ASCII that take no longer than another one."""
_ASKED: Final = 6 * CANDIDATE
"""What a JID costs, however short it is, where IDNA must be asked about its domain."""
_IDNA: Final = 22
"""Characters that each one of such a domain costs,"""
_LABEL: Final = 32
"""and each of its labels, which IDNA checks one by one."""


class Budget:
    """Characters that may still be looked at in one stanza."""

    __slots__ = ("left",)

    def __init__(self, characters: int = CHARACTERS) -> None:
        self.left = characters

    def spend(self, characters: int) -> bool:
        """Pay for *characters*; whether they may be looked at: what is begun with something left is done."""
        may = self.left > 0
        self.left -= characters
        return may


def price(text: str) -> int:
    """Return what it costs to read *text*, the rest of a URL say."""
    return len(text) // _PLAIN if text.isascii() and "%" not in text else len(text) + text.count("%")


def price_of_jid(text: str) -> int:
    """Return what it costs to read *text* as a JID."""
    domain = text[text.find("@") + 1 :].partition("/")[0]
    if domain.isascii() and "--" not in domain:
        return CANDIDATE // 2 + price(text)
    return _ASKED + price(text) + _IDNA * len(domain) + _LABEL * domain.count(".")
