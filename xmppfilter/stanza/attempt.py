"""Whether a message is an attempt to be heard by somebody, or what clients and services send by themselves.

Receipts, markers, chat states, Jingle, and what services hand on to those who subscribed to it (pubsub, MUC/Sub) say
nothing of the sender's own: whoever gets them has asked for them, or wrote first.
"""

from typing import Final

from xmppfilter.stanza.bodies import is_encrypted
from xmppfilter.stanza.namespaces import CONFERENCE, MUC_USER
from xmppfilter.stanza.shown import shown
from xmppfilter.stanza.view import Stanza

INVITES: Final = (CONFERENCE.encode(), MUC_USER.encode())
"""What invitations have in them (XEP-0249, XEP-0045 7.8)."""


def is_contact_attempt(stanza: Stanza) -> bool:
    """Whether *stanza*, a message, says something: in a body or elsewhere, encrypted, or by inviting to a room."""
    if stanza.bodies:
        return True
    if stanza.ordinary:
        return False
    if any(part.words for part in shown(stanza) if part.field != "nick"):  # clients send it with chat states, too
        return True
    if stanza.lacks(b"encrypted") and stanza.lacks(b"openpgp"):
        return any(not stanza.lacks(needle) for needle in INVITES)
    return is_encrypted(stanza)
