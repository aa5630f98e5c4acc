"""What an invitation to a room names: rooms and inviters (XEP-0045 7.8.2, XEP-0249); see `Case.once`."""

from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import INVITES
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.namespaces import CONFERENCE, MUC_USER
from xmppfilter.stanza.view import Stanza
from xmppfilter.text.budget import CANDIDATE, CHARACTERS, Budget, price_of_jid

_INVITE: Final = f"{{{MUC_USER}}}invite"
_MOST: Final = 100
"""Invitations of a kind in one stanza that are looked at, if the budget allows."""
_HALF: Final = CHARACTERS // 2
"""Of the budget for each kind, so that none hides the other."""
_DIRECT, _MEDIATED = INVITES


class Invitations(NamedTuple):
    """What the invitations of one stanza name."""

    rooms: tuple[Jid, ...] = ()
    """The rooms: first the sender, where it hands on an invitation, then those that it names itself."""
    inviters: tuple[Jid | None, ...] = ()
    """Who is named by a room, invitation by invitation; None: nobody who can exist, or too long."""
    any: bool = False
    """Whether there are any, even where they name nobody."""


NONE: Final = Invitations()


def invitations(case: Case) -> Invitations:
    """Return what the stanza of *case* invites to, of very many the first hundred of a kind."""
    stanza = case.stanza
    if case.ordinary:
        return NONE
    mediated, direct = not stanza.lacks(_MEDIATED), not stanza.lacks(_DIRECT)
    if not mediated and not direct:
        return NONE
    inviters = tuple(islice(_inviters(stanza, Budget(_HALF)), _MOST)) if mediated else ()
    rooms: tuple[Jid, ...] = (case.sender,) if inviters else ()
    invites = bool(inviters)
    if direct:
        rooms += tuple(islice(_rooms(stanza, Budget(_HALF)), _MOST))
        invites = invites or next(stanza.children("x", CONFERENCE), None) is not None
    return Invitations(rooms, inviters, invites) if invites else NONE


def _inviters(stanza: Stanza, budget: Budget) -> Iterator[Jid | None]:
    for x in stanza.children("x", MUC_USER):
        for invite in x.iterfind(_INVITE):
            yield _jid(invite.get("from", ""), budget)


def _rooms(stanza: Stanza, budget: Budget) -> Iterator[Jid]:
    for x in stanza.children("x", CONFERENCE):
        if (room := _jid(x.get("jid", ""), budget)) is not None:
            yield room


def _jid(text: str, budget: Budget) -> Jid | None:
    if not budget.spend(CANDIDATE + price_of_jid(text)):
        return None
    try:
        return Jid.parse(text)
    except JidError:
        return None
