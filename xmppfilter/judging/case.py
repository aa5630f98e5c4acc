"""One judgement: a stanza, its sender and recipient as seen from here, and the rules that it falls under."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from xmppfilter.judging.verdict import Action
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.view import Stanza

T = TypeVar("T")
_KINDS: Final = len(Kind)
# reading a member of an enumeration costs as much as a call, up to Python 3.11
_MESSAGE: Final = Kind.MESSAGE
_SUBSCRIBE: Final = Kind.SUBSCRIBE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is done with what is found, for one protected domain."""

    monitor: bool = False
    """Judge and record, and deliver everything."""
    action: Action = Action.DROP
    """What becomes of spam."""
    actions: Mapping[str, Action] = field(default_factory=dict)
    """The same by filter, or by rule."""
    spam: float | None = 10.0
    """The score from which on a stanza is spam; None: no score is."""
    tag: float | None = None
    """The score from which on it is tagged; None: no score is."""
    correspondents: bool = False
    """Whoever a local user has written to is no stranger to that user."""
    unfiltered_recipients: frozenset[str] = frozenset()
    """Bare JIDs that receive everything."""
    own: frozenset[str] = frozenset()
    """Domains of ours: those that are protected, and the services beside them."""
    refused: frozenset[Kind] = frozenset()
    """The kinds of stanzas that strangers may not send to a user; see `xmppfilter.judging.strangers`."""
    follows_mode: bool = True
    """The mode is not this domain's own, but that of the whole gateway, whatever that comes to be."""

    def action_for(self, rule: str) -> Action:
        """Return what becomes of a stanza that is spam by *rule*, as a finding names it."""
        return self.actions.get(rule) or self.actions.get(rule.partition(".")[0]) or self.action


class Contacts(Protocol):
    """What may be asked about a user's roster."""

    def has(self, jid: Jid) -> bool:
        """Whether *jid* is a contact, or comes from a gateway that is one."""

    def is_known_to(self, jid: Jid) -> bool:
        """Whether the user is no stranger to *jid*."""

    def resembling(self, alike: str) -> str | None:
        """Return the bare JID of a contact that looks like that (see `xmppfilter.text.fold`), if there is one."""

    def called(self, alike: str) -> str | None:
        """Return the bare JID of a contact whose name looks like that, if there is one."""


class Case:
    """What the filters judge: made by the policy, prepared by the pipeline, and never changed by anybody else.

    What is worked out is kept here: what several filters ask by `once`, what a filter reads in `check` and needs again
    in `observe` in `known`, under the filter itself.
    """

    __slots__ = (
        "_has_written", "_key", "_watched", "from_local_user", "invited_by_contact", "kind", "known", "marked",
        "monitored", "occupant", "ordinary", "outbound", "recipient", "roster", "row", "rules", "sender", "sender_key",
        "stanza", "to_local_user",
    )  # fmt: skip

    known: dict[Any, Any]
    """What was worked out, by what has asked for it."""
    _watched: "Case | None"
    sender_key: bytes
    """The keyed hash of `sender_id`."""
    row: int
    """The number of its row in the pipeline's dispatch table: by kind, for users of ours, where a contact invites."""
    ordinary: bool
    """Whether a message or request is proven to say nothing but what is in its body; see `Stanza.ordinary`.

    False where no filter is asked that looks into the stanza, for False proves nothing.
    """

    def __init__(
        self,
        stanza: Stanza,
        rules: Rules,
        key: Callable[[str], bytes],
        outbound: bool = False,
        from_local_user: bool = False,
        to_local_user: bool = False,
        occupant: bool = False,
        marked: bool = False,
        invited_by_contact: bool = False,
        roster: Contacts | None = None,
        has_written: "Callable[[Case, float], bool] | None" = None,
    ) -> None:
        """Judge *stanza* by *rules*; *key* is what addresses are remembered by. Raises JidError.

        *has_written* is asked whether the recipient has written to the sender, see `contacted`; None: nobody has.
        """
        self.stanza = stanza
        self.sender: Jid = stanza.sender
        self.recipient: Jid = stanza.recipient
        self.kind: Kind = stanza.kind
        self.rules = rules
        self.monitored = rules.monitor
        """Judged in monitor mode."""
        self.outbound = outbound
        """From a local user to somebody else's."""
        self.from_local_user = from_local_user
        """The sender is an account of ours."""
        self.to_local_user = to_local_user
        """The recipient is an account of ours."""
        self.occupant = occupant
        """The sender is a room's occupant, and keyed by its full JID."""
        self.marked = marked
        """An occupant by a mark that any sender can forge, not by a room service that is known."""
        self.invited_by_contact = invited_by_contact
        """A mediated invitation that names a contact of the recipient as its inviter."""
        self.roster = roster
        """The contacts of the user whom it is for (outbound: from), where the server has told us."""
        self._key = key
        self._has_written = has_written

    def prepare(self) -> None:
        """Work out what nearly every filter asks, before the first one is asked: of a contact's stanza none is."""
        self.known = {}
        self._watched = None
        self.row = self.kind + _KINDS * self.from_local_user + 2 * _KINDS * self.invited_by_contact
        self.sender_key = self._key(self.sender.full if self.occupant else self.sender.bare)
        self.ordinary = False

    def look_into(self) -> None:
        """Work out what is proven on the stanza's bytes."""
        kind = self.kind
        self.ordinary = (kind is _MESSAGE or kind is _SUBSCRIBE) and self.stanza.ordinary

    def once(self, read: Callable[["Case"], T]) -> T:
        """Return what *read* makes of this case, and ask it only the first time.

        It must not depend on `monitored`, nor on anything that changes while a stanza is judged.
        """
        known = self.known
        if read in known:
            found: T = known[read]
        else:
            found = known[read] = read(self)
        return found

    def contacted(self, now: float) -> bool:
        """Whether the recipient has written to the sender before; our user's request for a subscription is a word, too.

        The soft filters spare whoever may answer, a user of ours as well. To be asked only where it changes something,
        once prepared.
        """
        known = self.known
        if "contacted" not in known:
            has_written = self._has_written
            known["contacted"] = has_written is not None and has_written(self, now)
        found: bool = known["contacted"]
        return found

    @property
    def colleagues(self) -> bool:
        """Whether one user of ours writes to another, who need not know it: what is soft weighs half."""
        return self.from_local_user and self.to_local_user

    @property
    def sender_id(self) -> str:
        """The address that the sender is known by: the bare JID, or an occupant's full JID."""
        return self.sender.full if self.occupant else self.sender.bare

    def watched(self) -> "Case":
        """Return the same case in monitor mode: for a filter that is only watched, and learns as one that is."""
        if self.monitored:
            return self
        if self._watched is None:
            watched = self._watched = Case(
                self.stanza,
                self.rules,
                self._key,
                self.outbound,
                self.from_local_user,
                self.to_local_user,
                self.occupant,
                self.marked,
                self.invited_by_contact,
                self.roster,
                self._has_written,
            )
            watched.monitored = True
            watched.known, watched.sender_key, watched.ordinary = self.known, self.sender_key, self.ordinary
        return self._watched
