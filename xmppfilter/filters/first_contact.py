"""Catches what is odd about somebody's first message, or first request, to a user.

None of this is spam by itself: the scores are small, and only add up, with each other and with what other filters find.
A message is the first as long as nothing of that sender has reached that user (within `remember`); chat states and
receipts are none.

What it says: a link (1.5), a handle of another messenger (1.5), a phone number (1), letters of several scripts mixed
within a word (2); any of the former in the name or the words of a subscription request (3).

How it is sent: as a headline or a note, which show up as pop-ups, not as chat (1).

Who it pretends to be: an address that looks like that of a contact (4), of a user of ours (4), or like the recipient's
domain (3), and is another: look-alike letters of UTS 39, and 0 for o, 1 for l, rn for m. What it calls itself
(XEP-0172) counts as well: what looks like the address of a contact or of a user of ours (4), or like the name that the
recipient has given to a contact (2).

How many there are: more first contacts in an hour than `contacts_per_hour` by one sender (1 and more, at most 4) or
`domain_contacts_per_hour` by one domain (at most 2); more than `nonexistent_per_hour` to users that do not exist, as
those who try out names have them (2 and more, at most 6), which holds for whatever they send.

A contact's look-alike is known where the server has told us the roster; a user of ours, once it has received or sent
something.

Never looks at: groupchat, errors, encrypted texts and fallback texts, senders whom the recipient has written to; and
our own users do not count towards a domain's limit.
"""

from functools import partial
from itertools import islice
from math import log2
from typing import ClassVar, Final

from pydantic import Field

from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import INVITES, beside, is_contact_attempt, readable
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import CountOrOff, Duration, Options
from xmppfilter.judging.verdict import CLEAN, PASSING, Action, Finding, Verdict
from xmppfilter.memory.kept import kept
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.fields import texts
from xmppfilter.stanza.jid import MAX_PART_BYTES, Jid
from xmppfilter.stanza.kind import Kind
from xmppfilter.text.fold import skeleton
from xmppfilter.text.hints import may_be_odd, oddities

RULES = {
    "link": "a first message has a link in it",
    "handle": "a first message has a handle of another messenger in it",
    "phone": "a first message has a phone number in it",
    "mixed": "a first message mixes letters of several scripts within a word",
    "request": "a first subscription request advertises in its name or words",
    "type": "a first message comes as a headline or a note",
    "contact": "the sender looks like a contact of the recipient, and is another",
    "user": "the sender looks like a user of ours, and is another",
    "domain": "the sender's domain looks like ours, and is another",
    "nick": "the sender calls itself by a name or address of somebody else",
    "contacts": "one sender had too many first contacts in an hour",
    "domain_contacts": "the users of one domain had too many first contacts in an hour",
    "nonexistent": "one sender wrote to too many users that do not exist",
}
HOUR: Final = 3600.0
DAY: Final = 86400.0
_ANY: Final = 0.05
"""What is left of one event after three hours."""

_SUBSCRIBE: Final = Kind.SUBSCRIBE
_NICK: Final = b"protocol/nick"
_MOST_NICKS: Final = 4
"""Of one stanza; nobody has more than one."""
_FALSE: Final = frozenset({"false", "0"})
_STOPPED: Final = frozenset({Action.DROP, Action.BOUNCE})
_SCORES: Final = {"link": 1.5, "handle": 1.5, "phone": 1.0}
_WORDS: Final = {"link": "a link", "handle": "a handle of another messenger", "phone": "a phone number"}


class Config(Options):
    """Options of first_contact."""

    contacts_per_hour: CountOrOff = Field(default=10, description="First contacts that one sender may have.")
    domain_contacts_per_hour: CountOrOff = Field(
        default=100, description="First contacts that all users of one domain may have."
    )
    nonexistent_per_hour: CountOrOff = Field(
        default=3, description="Messages and requests that one sender may send to users that do not exist."
    )
    remember: Duration = Field(
        default=30 * DAY, description="Who has reached a user before is no first contact for this long."
    )
    max_pairs: int = Field(
        default=200_000,
        ge=100,
        le=100_000_000,
        description="Senders and users remembered at once, as pairs and one by one; the oldest go first.",
    )


class _Limit:
    """How often somebody may do something in an hour, and what more of it scores."""

    __slots__ = ("_detail", "_first", "_most", "_private", "_rule", "limit", "rates")

    def __init__(
        self, rates: Rates, limit: int, rule: str, detail: str, first: float, most: float, *, private: bool
    ) -> None:
        self.rates = rates
        """How often somebody does; what is beyond its own limit is worth a look."""
        self.limit = limit
        self._rule = rule
        self._detail = detail
        self._first = first
        self._most = most
        self._private = private

    def excess(self, key: bytes, now: float) -> Finding:
        """Tell of somebody who has done it too often already."""
        count = self.rates.count(key, now)
        score = min(self._most, self._first + 1.5 * max(0.0, log2((count + 1) / self.limit)))
        detail = partial("about {:.0f} {} within an hour; {} may pass".format, count, self._detail, self.limit)
        return Finding(f"first_contact.{self._rule}", detail, round(score, 1), private=self._private)


class Filter:
    """Remembers who has reached whom, the names of our users, and how often each does something for the first time."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})
    observes: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._key = state.key
        self._kept_key = state.kept_key
        self._seen = state.set("seen", capacity=config.max_pairs, seconds=config.remember)
        self._names = kept(self._names_of, 8192)
        self._domain_names = kept(self._domain_names_of, 8192)
        self._users = state.set("users", capacity=config.max_pairs, seconds=config.remember)
        capacity = config.max_pairs

        def limit(rule: str, most: int | None, detail: str, first: float, score: float) -> _Limit | None:
            if most is None:
                return None
            # what there was before this one
            rates = state.rates(rule, capacity=capacity, limit=max(most - 1, _ANY), seconds=HOUR)
            return _Limit(rates, most, rule, detail, first, score, private=rule == "nonexistent")

        self._contacts = limit("contacts", config.contacts_per_hour, "first contacts of this sender", 1.0, 4.0)
        self._domains = limit(
            "domain_contacts", config.domain_contacts_per_hour, "first contacts of the sender's domain", 1.0, 2.0
        )
        self._missing = limit(
            "nonexistent", config.nonexistent_per_hour, "stanzas of this sender to users that do not exist", 2.0, 6.0
        )

    def check(self, case: Case, now: float) -> tuple[Finding, ...] | None:
        """Find what is odd about a first contact."""
        found: tuple[Finding, ...] = ()
        sender = case.sender_key
        missing, contacts, domains = self._missing, self._contacts, self._domains
        if missing is not None and missing.rates.exceeds(sender, now):
            found = (missing.excess(sender, now),)
        case.known[self] = first = self._first_of(case, now)
        if first is None:
            return None if not found or case.contacted(now) else found
        found += _odd_request(case) if case.kind is _SUBSCRIBE else _odd_message(case)
        if case.to_local_user:
            found += self._pretends(case, now)
        if contacts is not None and contacts.rates.exceeds(sender, now):
            found += (contacts.excess(sender, now),)
        if domains is not None and not case.from_local_user:
            domain = self._kept_key(case.sender.domain)
            if domains.rates.exceeds(domain, now):
                found += (domains.excess(domain, now),)
        return None if not found or case.contacted(now) else found

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember who has reached whom, and count what was the first time or went to nobody."""
        missing = case.stanza.told("exists") in _FALSE
        recipient = self._kept_key(case.recipient.bare)
        if missing and self._missing is not None:
            self._missing.rates.note(case.sender_key, recipient, now)
        first = case.known[self] if self in case.known else self._first_of(case, now)
        if first is not None:
            counts = not case.contacted(now)
            if counts and self._contacts is not None:
                self._contacts.rates.note(case.sender_key, recipient, now)
            if counts and self._domains is not None and not case.from_local_user:
                self._domains.rates.note(self._kept_key(case.sender.domain), recipient, now)
            if verdict is CLEAN or (verdict.action in PASSING and verdict.would not in _STOPPED):
                self._seen.add(first, now)
        if case.to_local_user and not missing:
            self._learn(case.recipient, now)
        if case.from_local_user:
            self._learn(case.sender, now)

    def _first_of(self, case: Case, now: float) -> bytes | None:
        """Return the key of sender and recipient if *case* is the first that says something; None: it is not."""
        pair = self._pair(case)
        if self._seen.has(pair, now):
            return None
        return pair if case.kind is _SUBSCRIBE or case.once(is_contact_attempt) else None

    def _pair(self, case: Case) -> bytes:
        # a request comes before the first message, and is none
        if case.kind is _SUBSCRIBE:
            return self._key(f"p {case.sender_id} {case.recipient.bare}")
        return case.sender_key + self._kept_key(case.recipient.bare)

    def _learn(self, user: Jid, now: float) -> None:
        known, alike = self._names(user.bare)
        # whoever was there first is who another looks like
        if not self._users.has(known, now) and not self._users.has(alike, now):
            for key in (known, alike, self._domain_names(user.domain)[1]):
                self._users.add(key, now)

    def _names_of(self, address: str) -> tuple[bytes, bytes]:
        return self._key(f"= {address}"), self._looks(skeleton(address))

    def _domain_names_of(self, domain: str) -> tuple[str, bytes]:
        alike = skeleton(domain)
        return alike, self._key(f"@ {alike}")

    def _looks(self, alike: str) -> bytes:
        return self._key(f"~ {alike}")

    def _pretends(self, case: Case, now: float) -> tuple[Finding, ...]:
        sender, domain = case.sender, case.recipient.domain
        alike, users = self._domain_names(sender.domain)
        found: tuple[Finding, ...] = ()
        contact = case.roster.resembling(skeleton(sender.bare)) if case.roster is not None else None
        if contact is not None and contact != sender.bare:
            found += (_private("contact", f"the sender looks like the contact {contact}", 4.0),)
        if (
            sender.local
            and self._users.has(users, now)  # of nearly no domain; the names of its users cost more
            and self._users.has(self._looks(skeleton(sender.bare)), now)
            and not self._users.has(self._key(f"= {sender.bare}"), now)
        ):
            found += (_private("user", "the sender looks like a user of ours, and is another", 4.0),)
        if sender.domain != domain and alike == self._domain_names(domain)[0]:
            found += (Finding("first_contact.domain", f"{sender.domain} looks like {domain}", 3.0),)
        stanza = case.stanza
        return found if case.ordinary or stanza.lacks(_NICK) else found + self._pretends_by_nick(case, now)

    def _pretends_by_nick(self, case: Case, now: float) -> tuple[Finding, ...]:
        roster, own = case.roster, skeleton(case.sender.bare)
        for nick in islice(texts(case.stanza, "nick"), _MOST_NICKS):
            alike = skeleton(nick[:MAX_PART_BYTES].strip())
            if not alike or alike == own:
                continue
            if "@" in alike and ((roster and roster.resembling(alike)) or self._users.has(self._looks(alike), now)):
                return (_private("nick", f"the sender calls itself {nick[:100]!a}, as another is", 4.0),)
            if roster and (contact := roster.called(alike)):
                detail = f"the sender calls itself {nick[:100]!a}, as the contact {contact} is called"
                return (_private("nick", detail, 2.0),)
        return ()


def _private(rule: str, detail: str, score: float) -> Finding:
    """Return a finding that tells of a roster, or of who is a user of ours."""
    return Finding(f"first_contact.{rule}", detail, score, private=True)


def _odd_message(case: Case) -> tuple[Finding, ...]:
    stanza, bodies = case.stanza, case.once(readable)
    if not case.ordinary:
        # what is odd about a name is told by `_pretends_by_nick`
        bodies += tuple(part.words for part in case.once(beside) if part.words and part.field != "nick")
    if not bodies:
        return ()
    found: tuple[Finding, ...] = ()
    said = bodies[0] if len(bodies) == 1 else "\n".join(bodies)
    if may_be_odd(said):
        rules, mixed = oddities(said)
        found = tuple(
            Finding(f"first_contact.{rule}", f"{_WORDS[rule]} in a first message", _SCORES[rule]) for rule in rules
        )
        if mixed:
            found += (Finding("first_contact.mixed", f"several scripts within a word: {mixed!a}", 2.0),)
    if stanza.type != "chat" and (case.ordinary or all(stanza.lacks(needle) for needle in INVITES)):
        found += (Finding("first_contact.type", f"a first message of type {stanza.type[:20] or 'normal'}", 1.0),)
    return found


def _odd_request(case: Case) -> tuple[Finding, ...]:
    if case.ordinary:
        return ()
    said = "\n".join(part.words for part in case.once(beside))
    for rule in oddities(said)[0]:
        return (Finding("first_contact.request", f"{_WORDS[rule]} in a subscription request", 3.0),)
    return ()
