"""What several filters ask of one case; see `Case.once`."""

import re
from itertools import islice
from typing import Final

from xmppfilter.judging.case import Case
from xmppfilter.stanza.bodies import is_encrypted, readable_bodies
from xmppfilter.stanza.fields import texts
from xmppfilter.stanza.jid import MAX_PART_BYTES
from xmppfilter.stanza.namespaces import CONFERENCE, MUC_USER, OMEMO, OPENPGP
from xmppfilter.stanza.shown import Shown, shown
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import all_text

INVITES: Final = (CONFERENCE.encode(), MUC_USER.encode())
"""What invitations have in them (XEP-0249, XEP-0045 7.8)."""
_NICK: Final = b"protocol/nick"
_MOST_NICKS: Final = 4
"""Of one stanza; nobody has more than one."""
_OTR_SETUP: Final = re.compile(r"\s*\?OTR(?!:AA[IM]D)")
"""Anything of OTR but data messages, of version 2 or 3: clients write the rest by themselves."""


def readable(case: Case) -> tuple[str, ...]:
    """Return the bodies less what is fallback; none where the real content is encrypted."""
    return case.stanza.bodies if case.ordinary else readable_bodies(case.stanza)


def beside(case: Case) -> tuple[Shown, ...]:
    """Return what a client may show beside the bodies."""
    return shown(case.stanza)


def wording(case: Case) -> str:
    """Return all that the sender has put into words, in bodies and beside them, save what it calls itself."""
    bodies = case.once(readable)
    if not case.ordinary:
        bodies += tuple(part.words for part in case.once(beside) if part.words and part.field != "nick")
    return bodies[0] if len(bodies) == 1 else "\n".join(bodies)


def nicknames(case: Case) -> tuple[str, ...]:
    """Return what the sender calls itself (XEP-0172), no more of each than an address may have."""
    stanza = case.stanza
    if case.ordinary or stanza.lacks(_NICK):
        return ()
    return tuple(nick[:MAX_PART_BYTES] for nick in islice(texts(stanza, "nick"), _MOST_NICKS))


def is_contact_attempt(case: Case) -> bool:
    """Whether the message says something: in a body or elsewhere, encrypted, or by inviting to a room.

    Receipts, markers, chat states, Jingle, and what services hand on to those who subscribed to it (pubsub, MUC/Sub)
    say nothing of the sender's own: whoever gets them has asked for them, or wrote first. Of what is not well-formed
    the bodies alone are looked at.
    """
    stanza = case.stanza
    if stanza.bodies:
        return True
    if case.ordinary or not stanza.well_formed:
        return False
    if any(part.words for part in case.once(beside) if part.field != "nick"):  # clients send it with chat states, too
        return True
    if stanza.lacks(b"encrypted") and stanza.lacks(b"openpgp"):
        return any(not stanza.lacks(needle) for needle in INVITES)
    return is_encrypted(stanza)


def says_something(stanza: Stanza) -> bool:
    """Whether *stanza* has words of a person in it, in clear or encrypted.

    Clients send receipts and the like alone, and so they answer what begins an OTR session: whoever may provoke that
    must not free itself by it.
    """
    if any(body.strip() and not _OTR_SETUP.match(body) for body in readable_bodies(stanza)):
        return True
    if not stanza.well_formed:
        return False
    if not stanza.lacks(b"<encrypted") and any(
        encrypted.find(f"{{{space}}}payload") is not None
        for space in OMEMO
        for encrypted in stanza.children("encrypted", space)
    ):
        return True
    return not stanza.lacks(b"<openpgp") and any(
        all_text(child).strip() for child in stanza.children("openpgp", OPENPGP)
    )
