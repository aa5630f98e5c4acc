"""One text by one sender to one user again: as another type of message, or under another name.

People say something again, and clients send again what may have been lost; but they do so in the same way. Whoever
varies the way knows that the text is looked for.
"""

from typing import Final, NamedTuple

from xmppfilter.memory.sets import Set

_OTHERS: Final = b"o"
"""Was sent as another type than chat."""
_TYPES: Final = {"headline": b"h"}
_NORMAL: Final = b"n"
"""The type of a message that names none, or one that RFC 6121 does not know (5.2.2)."""
_VARIED: Final = b"v"
_NAME: Final = b"/"


class Again(NamedTuple):
    """How a copy differs from those before it."""

    type: bool
    """In the type of the message."""
    name: bool
    """In the name that it is sent under."""
    varied_before: bool
    """Some copy before this one was varied; this one may not be."""


class Copies:
    """Remembers in a set of keys as which types and under which names each text was sent, for as long as that does.

    The key of a text is the same for each copy of it by one sender to one user. A name of None is not compared.
    """

    def __init__(self, said: Set) -> None:
        self._said = said

    def compare(self, text: bytes, type_: str, name: bytes | None, now: float) -> Again | None:
        """Return how a copy differs from those before it; None: it is the first, or is sent as they were."""
        has = self._said.has
        # nearly every message is a chat, so that one is found by the key itself
        as_chat, as_others = has(text, now), has(text + _OTHERS, now)
        if not (as_chat or as_others):
            return None
        known = as_chat if type_ == "chat" else as_others and has(text + _TYPES.get(type_, _NORMAL), now)
        again = Again(
            not known,
            name is not None and not has(text + _NAME + name, now),
            has(text + _VARIED, now),
        )
        return again if any(again) else None

    def note(self, text: bytes, type_: str, name: bytes | None, again: Again | None, now: float) -> None:
        """Remember a copy; *again* is what it was found to be."""
        add = self._said.add
        if type_ == "chat":
            add(text, now)
        else:
            add(text + _OTHERS, now)
            add(text + _TYPES.get(type_, _NORMAL), now)
        if name is not None:
            add(text + _NAME + name, now)
        if again is not None:
            add(text + _VARIED, now)
