"""What clients are known not to show: the one list of it. Whatever does not stand here is taken to be shown.

That holds for extensions that nobody has thought of yet as well, so a new one costs a look at the tree and never hides
a text.
"""

import re
from typing import Final
from xml.etree.ElementTree import Element

from xmppfilter.stanza import namespaces as ns
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import namespace

_MARKS: Final = (
    ns.STANZA_ID,
    ns.RECEIPTS,
    ns.MARKERS,
    ns.HINTS,
    ns.CHAT_STATES,
    ns.CAPABILITIES,
    ns.ENCRYPTION,
    ns.CORRECTION,
    ns.DELAY,
    ns.REPLY,
    ns.OCCUPANT_ID,
)
"""Elements without content that clients put beside a text."""
SPACES: Final = frozenset(
    (
        *_MARKS,
        *ns.OMEMO,
        ns.OPENPGP,
        ns.PGP,
        ns.FALLBACK,
        ns.SPAM_TAG,
        ns.PGP_SIGNED,
        ns.OLD_DELAY,
        ns.EVENTS,
        ns.AVATAR,
        ns.IDLE,
        ns.PREAUTH,
        ns.BITS,
        ns.HASHES,
        ns.ATTACHING,
        ns.STANZA_ERRORS,
    )
)
"""Namespaces of which nothing is shown, at any depth."""
_THREAD: Final = re.compile(r"\s*[\w-]{0,128}\s*", re.ASCII)
"""An id of a thread (RFC 6121 5.2.5); anything else there is a text."""

_OTHERS: Final = "(?: (?!xmlns)[a-z-]++='[^'<]*+')+"
_MARK: Final = "<[a-z-]++(?: xmlns='|{0} xmlns=')(?:{1})'(?: ?/>|{0} ?/>)".format(
    _OTHERS, "|".join(map(re.escape, _MARKS))
)
_PAYLOAD: Final = r"<encrypted xmlns='(?:{})'(?:{})?>(?:[^<]*+<(?![!?]|/?encrypted[\s/>]))*[^<]*+</encrypted>".format(
    "|".join(map(re.escape, ns.OMEMO)), _OTHERS
)
_QUIET: Final = f"{_MARK}|{_PAYLOAD}|<thread>[A-Za-z0-9_-]{{0,128}}+</thread>"
_BODY: Final = "<body(?: xml:lang=['\"][a-zA-Z-]*+['\"])?>[^<]*+</body>"
_QUIET_OR_QUOTED: Final = _QUIET + "|" + _QUIET.replace("'", '"')
_NOTHING_ELSE: Final = re.compile(
    f"(?:{_QUIET_OR_QUOTED}|{_BODY})*</(?:message|presence)>(?!.)".encode(),
    re.DOTALL,
)


def shows_bodies_only(stanza: Stanza) -> bool:
    """Prove on the bytes that *stanza* has nothing but bodies in it that a client shows; False proves nothing."""
    return stanza.ordinary or stanza.shows(_NOTHING_ELSE)


def is_invisible(element: Element) -> bool:
    """Whether nothing of *element* is shown."""
    return namespace(element) in SPACES


def is_thread_id(text: str) -> bool:
    """Whether *text* is what clients have in a `<thread/>`, and not somebody's words."""
    return _THREAD.fullmatch(text) is not None
