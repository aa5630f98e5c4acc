"""What a stanza is to the filters."""

from enum import IntEnum
from typing import Final


class Kind(IntEnum):
    """What a stanza is to the filters; a filter names the kinds that it looks at."""

    MESSAGE = 0
    """A message of type chat, normal or headline, or of a type that RFC 6121 does not know (which is normal, 5.2.2)."""
    GROUPCHAT = 1
    ERROR = 2
    """A message of type error."""
    SUBSCRIBE = 3
    PRESENCE = 4
    """Any presence but subscribe."""
    IQ = 5
    """A get or set."""
    IQ_REPLY = 6
    """A result or error (or an IQ of no known type, which nobody may answer)."""


ALL_KINDS: Final = frozenset(Kind)
_MESSAGE_KINDS: Final = {"groupchat": Kind.GROUPCHAT, "error": Kind.ERROR}


def kind_of(name: str, type_: str) -> Kind:
    """Return the kind of a *name* (message, presence or iq) of type *type_*."""
    if name == "message":
        return _MESSAGE_KINDS.get(type_, Kind.MESSAGE)
    if name == "presence":
        return Kind.SUBSCRIBE if type_ == "subscribe" else Kind.PRESENCE
    return Kind.IQ if type_ in {"get", "set"} else Kind.IQ_REPLY
