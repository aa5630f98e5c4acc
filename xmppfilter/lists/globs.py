"""Patterns of bare JIDs, such as `spam*@evil.example`, found by the domain of the address that is looked up."""

from collections.abc import Container, Iterator
from typing import Final

from xmppfilter.stanza.jid import JidError
from xmppfilter.stanza.whom import Whom

MOST_GLOBS: Final = 1_000
"""Patterns that one source may have: those of one domain are tried one after another."""
_NONE: Final[dict[str, Whom]] = {}


class Globs:
    """A set of patterns: dicts by the domain that each names, itself or as the one above all others."""

    __slots__ = ("_at", "_below", "_count")

    def __init__(self) -> None:
        self._at: dict[str, dict[str, Whom]] = {}
        self._below: dict[str, dict[str, Whom]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, text: str) -> None:
        """Take a pattern in. What nobody can be meant by, as earlier versions let in, is passed over."""
        try:
            whom = Whom(text)
        except JidError:
            return
        patterns = (self._below if whom.below else self._at).setdefault(whom.domain, {})
        self._count += text not in patterns
        patterns[text] = whom

    def discard(self, text: str) -> None:
        """Take a pattern out."""
        domain = text.rpartition("@")[2]
        side, domain = (self._below, domain[2:]) if domain.startswith("*.") else (self._at, domain)
        patterns = side.get(domain)
        if patterns is None or patterns.pop(text, None) is None:
            return
        self._count -= 1
        if not patterns:
            del side[domain]

    def clear(self) -> None:
        """Take all out."""
        self._at.clear()
        self._below.clear()
        self._count = 0

    def cover(self, local: str, domain: str, out: Container[str] = ()) -> bool:
        """Whether one that is not *out* means the address of these parts, both normalised; a domain alone is none."""
        if not self._count or not local:
            return False
        return any(
            text not in out and whom.covers_parts(local, domain)
            for patterns in self._of(domain)
            for text, whom in patterns.items()
        )

    def _of(self, domain: str) -> Iterator[dict[str, Whom]]:
        yield self._at.get(domain, _NONE)
        at = domain.find(".") if self._below else -1
        while at >= 0:
            yield self._below.get(domain[at + 1 :], _NONE)
            at = domain.find(".", at + 1)


def is_glob(jid: str) -> bool:
    """Whether an address in a list is a pattern."""
    return "*" in jid.partition("/")[0]
