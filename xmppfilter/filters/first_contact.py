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
recipient has given to a contact (2). A stranger that calls itself admin, support, moderator or the like, in one of a
dozen languages, or like the recipient's domain (`admin-example.org`), in its nick or address (3): it may be true, as
operators of other servers write from such addresses.

That it comes again: the same text by one sender to one user as another type of message (chat, note, headline), or a
text of 20 characters and more under another name (an occupant's nick, or what the sender calls itself): the second copy
scores 3, each further one 10. This holds beyond the first message, for a day. People say something again, and clients
send again what may have been lost, by another resource too: a copy of the same type and name is none of it.

How many there are: more first contacts in an hour than `contacts_per_hour` by one sender (1 and more, at most 4; half
between users of ours) or `domain_contacts_per_hour` by one domain (at most 2); more than `nonexistent_per_hour` to
users that do not exist, as those who try out names have them (2 and more, at most 6), whatever they send.

A contact's look-alike is known where the server has told us the roster; a user of ours, once it has received or sent
something.

Never looks at: groupchat, errors, encrypted texts and fallback texts, senders whom the recipient has written to; and
our own users do not count towards a domain's limit.
"""

from collections.abc import Collection
from typing import Any, ClassVar, Final

from pydantic import Field

from xmppfilter.duplicates.again import Again, Copies
from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import INVITES, beside, is_contact_attempt, nicknames, wording
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.limit import Limit
from xmppfilter.judging.options import CountOrOff, Duration, Options
from xmppfilter.judging.verdict import CLEAN, PASSING, About, Action, Fact, Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.registers.lookalikes import LookAlikes
from xmppfilter.stanza.kind import Kind
from xmppfilter.text.fold import folded, skeleton
from xmppfilter.text.hints import may_be_odd, oddities
from xmppfilter.text.roles import claims_office, passes_for

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
    "role": "a stranger calls itself admin, support or the like, or like our domain",
    "repeat": "a stranger sent one user the same text as another type of message, or under another name",
    "contacts": "one sender had too many first contacts in an hour",
    "domain_contacts": "the users of one domain had too many first contacts in an hour",
    "nonexistent": "one sender wrote to too many users that do not exist",
}
HOUR: Final = 3600.0
DAY: Final = 86400.0
_ANY: Final = 0.05
"""What is left of one event after three hours."""

_SUBSCRIBE: Final = Kind.SUBSCRIBE
_SHORTEST_COPY: Final = 20
"""Characters of a text that nobody else says by chance: shorter ones are not compared by names."""
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


class Filter:
    """Remembers who has reached whom, the names of our users, and how often each does something for the first time."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})
    observes: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._key = state.key
        self._kept_key = state.kept_key
        self._seen = state.set("seen", capacity=config.max_pairs, seconds=config.remember)
        capacity = config.max_pairs
        self._ours = LookAlikes(state.set("users", capacity=capacity, seconds=config.remember), state)
        # what lasts a day is not worth a row for each message
        self._copies = Copies(state.set("said", capacity=capacity, seconds=DAY, persist=False))
        self._admins: Collection[str] = ()

        def limit(rule: str, most: int | None, detail: str, first: float, score: float, **more: Any) -> Limit | None:
            if most is None:
                return None
            # what there was before this one
            rates = state.rates(rule, capacity=capacity, limit=max(most - 1, _ANY), seconds=HOUR)
            return Limit(rates, most, f"first_contact.{rule}", detail, first, score, **more)

        told = "first contacts of this sender"
        self._contacts = limit("contacts", config.contacts_per_hour, told, 1.0, 4.0, fact=Fact.SPREAD)
        told, most = "first contacts of the sender's domain", config.domain_contacts_per_hour
        self._domains = limit("domain_contacts", most, told, 1.0, 2.0, about=About.GROUP, fact=Fact.SPREAD)
        told = "stanzas of this sender to users that do not exist"
        self._missing = limit("nonexistent", config.nonexistent_per_hour, told, 2.0, 6.0, private=True)

    def check(self, case: Case, now: float) -> tuple[Finding, ...] | None:
        """Find what is odd about a first contact."""
        found: tuple[Finding, ...] = ()
        sender = case.sender_key
        missing, contacts, domains = self._missing, self._contacts, self._domains
        if missing is not None and missing.rates.exceeds(sender, now):
            found = (missing.excess(sender, now),)
        # who may answer is spared all of this, so most of what it says need not even be read
        if not case.from_local_user and case.kind is not _SUBSCRIBE and not case.contacted(now):
            found += self._comes_again(case, now)
        case.known[self] = first = self._first_of(case, now)
        if first is None:
            return None if not found or case.contacted(now) else found
        found += _odd_request(case) if case.kind is _SUBSCRIBE else _odd_message(case)
        if case.to_local_user:
            found += self._pretends(case, now)
        if contacts is not None and contacts.rates.exceeds(sender, now):
            excess = contacts.excess(sender, now)
            excess.score *= 0.5 if case.colleagues else 1.0
            found += (excess,)
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
        if (copy := case.known.get(self._copies)) is not None:
            text, name, again = copy
            self._copies.note(text, case.stanza.type, name, again, now)
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
            self._ours.learn(case.recipient, now)
        if case.from_local_user:
            self._ours.learn(case.sender, now)

    def resume(self, now: float, *, anew: bool, admins: Collection[str]) -> None:  # noqa: ARG002 - the contract's
        """Take no admin for somebody who only says so."""
        self._admins = admins

    def _comes_again(self, case: Case, now: float) -> tuple[Finding, ...]:
        """Find a text that its sender has sent this user before, in another way."""
        said = case.stanza.bodies[0] if case.ordinary and case.stanza.bodies else case.once(wording)
        if not said:
            return ()
        alike = " ".join(said.lower().split()) if said.isascii() else folded(said)
        text = self._key(f"t {case.sender.bare} {case.recipient.bare} {alike}")
        name = self._name(case) if len(alike) >= _SHORTEST_COPY else None
        again = self._copies.compare(text, case.stanza.type, name, now)
        case.known[self._copies] = text, name, again
        return () if again is None else (_repeat(case, again),)

    def _name(self, case: Case) -> bytes | None:
        """Return the key of the name that a message is sent under; None: it has none but its address."""
        names = case.once(nicknames)
        name = names[0] if names else case.sender.resource if case.occupant else ""
        return self._key(name) if name else None

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

    def _pretends(self, case: Case, now: float) -> tuple[Finding, ...]:
        sender, domain = case.sender, case.recipient.domain
        found: tuple[Finding, ...] = ()
        contact = case.roster.resembling(skeleton(sender.bare)) if case.roster is not None else None
        if contact is not None and contact != sender.bare:
            found += (_private("contact", f"the sender looks like the contact {contact}", 4.0),)
        if self._ours.resembles_user(sender, now):
            found += (_private("user", "the sender looks like a user of ours, and is another", 4.0),)
        if self._ours.resembles_domain(domain, sender.domain):
            found += (Finding("first_contact.domain", f"{sender.domain} looks like {domain}", 3.0),)
        nicks = () if case.ordinary else case.once(nicknames)
        if not case.from_local_user and sender.bare not in self._admins and (name := _official(case, nicks)):
            found += (Finding("first_contact.role", f"the sender calls itself {name[:100]!a}", 3.0),)
        return found + self._pretends_by_nick(case, nicks, now) if nicks else found

    def _pretends_by_nick(self, case: Case, nicks: tuple[str, ...], now: float) -> tuple[Finding, ...]:
        roster, own = case.roster, skeleton(case.sender.bare)
        for nick in nicks:
            alike = skeleton(nick.strip())
            if not alike or alike == own:
                continue
            if "@" in alike and ((roster and roster.resembling(alike)) or self._ours.is_of_user(alike, now)):
                return (_private("nick", f"the sender calls itself {nick[:100]!a}, as another is", 4.0),)
            if roster and (contact := roster.called(alike)):
                detail = f"the sender calls itself {nick[:100]!a}, as the contact {contact} is called"
                return (_private("nick", detail, 2.0),)
        return ()


def _repeat(case: Case, again: Again) -> Finding:
    how = "as another type of message" if again.type else "under another name" if again.name else "once more"
    # several occupants of a room may say the same
    about = About.GROUP if case.occupant and not again.type else About.SENDER
    score = 10.0 if again.varied_before else 3.0
    return Finding("first_contact.repeat", f"the same text to the same user {how}", score, about)


def _official(case: Case, names: tuple[str, ...]) -> str:
    """Return the name, of *names* too, by which the sender passes for somebody in charge, or for our domain; or ""."""
    sender, domain = case.sender, case.recipient.domain
    if case.occupant:
        names += (sender.resource,)
    if not case.occupant or case.marked:  # of an occupant that is the room's name, if the mark is true
        names += (sender.local,)
    for name in names:
        if claims_office(name, domain):
            return name
    return sender.domain if passes_for(sender.domain, domain) else ""


def _private(rule: str, detail: str, score: float) -> Finding:
    """Return a finding that tells of a roster, or of who is a user of ours."""
    return Finding(f"first_contact.{rule}", detail, score, private=True)


def _odd_message(case: Case) -> tuple[Finding, ...]:
    stanza, said = case.stanza, case.once(wording)
    if not said:
        return ()
    found: tuple[Finding, ...] = ()
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
