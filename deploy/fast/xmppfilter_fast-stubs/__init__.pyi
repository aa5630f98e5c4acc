from collections.abc import Callable
from typing import Final, TypeVar

from xmppfilter.jid import Jid
from xmppfilter.stanza import Marks, Stanza
from xmppfilter.xmpp.question import Question, Reader

_Asker = TypeVar("_Asker")

FACE: Final[int]

def is_plain(raw: bytes) -> bool: ...
def lone_body(raw: bytes, at: int, marks: Marks) -> str | None: ...
def reading(
    reader: Reader[_Asker], blank: Stanza, jid: type[Jid], spaces: tuple[str, ...]
) -> Callable[[bytes, int], Question[_Asker] | None]: ...
