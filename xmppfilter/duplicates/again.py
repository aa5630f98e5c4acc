"""One text by one sender to one user again: as another type of message, or under another name.

People say something again, and clients send again what may have been lost; but they do so in the same way. Whoever
varies the way knows that the text is looked for.
"""

from typing import Final, NamedTuple

from xmppfilter.memory.sets import Set

_TYPES: Final = {"chat": b"c", "headline": b"h"}
_NORMAL: Final = b"n"
"""The type of a message that names none, or one that RFC 6121 does not know (5.2.2)."""
_EVERY_TYPE: Final = (*_TYPES.values(), _NORMAL)
_VARIED: Final = b"v"
_NAME: Final = b"/"


class Copy(NamedTuple):
    """A text on its way from one sender to one user."""

    key: bytes
    """The same for each copy of the text by this sender to this user."""
    type: str
    """Of the message, as the stanza has it."""
    name: bytes | None
    """The key of the name that it is sent under; None: names are not compared."""


class Again(NamedTuple):
    """How a copy differs from those before it."""

    type: bool
    """In the type of the message."""
    name: bool
    """In the name that it is sent under."""
    varied_before: bool
    """Some copy before this one was varied; this one may not be."""


class Copies:
    """Remembers in a set of keys as which types and under which names each text was sent, for as long as that does."""

    def __init__(self, said: Set) -> None:
        self._said = said

    def compare(self, copy: Copy, now: float) -> Again | None:
        """Return how *copy* differs from those before it; None: it is the first, or is sent as they were."""
        has, key = self._said.has, copy.key
        types = [each for each in _EVERY_TYPE if has(key + each, now)]
        if not types:
            return None
        again = Again(
            _TYPES.get(copy.type, _NORMAL) not in types,
            copy.name is not None and not has(key + _NAME + copy.name, now),
            has(key + _VARIED, now),
        )
        return again if any(again) else None

    def note(self, copy: Copy, again: Again | None, now: float) -> None:
        """Remember *copy*; *again* is what it was found to be."""
        add, key = self._said.add, copy.key
        if again is not None:
            add(key + _VARIED, now)
        add(key + _TYPES.get(copy.type, _NORMAL), now)
        if copy.name is not None:
            add(key + _NAME + copy.name, now)
