"""What clients are known not to show: the one list of it. Whatever does not stand here is taken to be shown.

That holds for extensions that nobody has thought of yet as well, so a new one costs a look at the tree and never hides
a text.
"""

import re
from typing import Final
from xml.etree.ElementTree import Element

from xmppfilter.stanza.view import TAG_NAMESPACE, Stanza
from xmppfilter.stanza.xml import namespace

OMEMO: Final = ("eu.siacs.conversations.axolotl", "urn:xmpp:omemo:1", "urn:xmpp:omemo:2")
OPENPGP: Final = "urn:xmpp:openpgp:0"
FALLBACK: Final = "urn:xmpp:fallback:0"
PGP: Final = "jabber:x:encrypted"

_MARKS: Final = (
    "urn:xmpp:sid:0",  # XEP-0359
    "urn:xmpp:receipts",  # XEP-0184
    "urn:xmpp:chat-markers:0",  # XEP-0333
    "urn:xmpp:hints",  # XEP-0334
    "http://jabber.org/protocol/chatstates",  # XEP-0085
    "http://jabber.org/protocol/caps",  # XEP-0115
    "urn:xmpp:eme:0",  # XEP-0380
    "urn:xmpp:message-correct:0",  # XEP-0308
    "urn:xmpp:delay",  # XEP-0203
    "urn:xmpp:reply:0",  # XEP-0461
    "urn:xmpp:occupant-id:0",  # XEP-0421
)
"""Elements without content that clients put beside a text."""
SPACES: Final = frozenset(
    (
        *_MARKS,
        *OMEMO,
        OPENPGP,
        PGP,
        FALLBACK,  # XEP-0428
        TAG_NAMESPACE,
        "jabber:x:signed",  # XEP-0027
        "jabber:x:delay",  # XEP-0091
        "jabber:x:event",  # XEP-0022
        "vcard-temp:x:update",  # XEP-0153
        "urn:xmpp:idle:1",  # XEP-0319
        "urn:xmpp:pars:0",  # XEP-0379
        "urn:xmpp:bob",  # XEP-0231
        "urn:xmpp:hashes:2",  # XEP-0300
        "urn:xmpp:message-attaching:1",  # XEP-0367
        "urn:ietf:params:xml:ns:xmpp-stanzas",  # RFC 6120 8.3.3
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
    "|".join(map(re.escape, OMEMO)), _OTHERS
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
