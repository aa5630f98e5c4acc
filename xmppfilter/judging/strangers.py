"""What strangers may send at all: `policy: {strangers: requests}` or `refuse`, for users to whom contacts alone write.

It is found beside what the filters find. It rests on the roster, so its sender must not see it, and it is no offence.
"""

from collections.abc import Mapping
from typing import Final

from xmppfilter.judging.case import Case
from xmppfilter.judging.decision import is_mediated_invitation
from xmppfilter.judging.verdict import About, Finding
from xmppfilter.stanza.kind import Kind

RULE: Final = "policy.strangers"
_WRITING: Final = frozenset({Kind.MESSAGE, Kind.GROUPCHAT})
REFUSED: Final[Mapping[str, frozenset[Kind]]] = {
    "judge": frozenset(),
    "requests": _WRITING,
    "refuse": _WRITING | {Kind.SUBSCRIBE},
}
"""The kinds of stanzas that are refused, by what the configuration says."""


def refusal(case: Case, *, from_rooms: bool) -> Finding | None:
    """Return what is found where *case*, a stranger's, is refused; *from_rooms*: it comes from a room service of ours.

    Whatever a room sends to who is in it goes on: what is said there, to a full JID, and its own notices.
    """
    if case.outbound or not case.to_local_user or case.kind not in case.rules.refused:
        return None
    if case.kind is Kind.GROUPCHAT and (case.recipient.resource or from_rooms):
        return None
    if case.invited_by_contact:
        return None
    if from_rooms and not case.sender.resource and not is_mediated_invitation(case.stanza):
        return None
    may = "may only ask for a subscription" if Kind.SUBSCRIBE not in case.rules.refused else "may not write"
    return Finding(RULE, f"strangers {may} to this user", 0.0, About.RECIPIENT, private=True)
