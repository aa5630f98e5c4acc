"""Catches what is odd about somebody's first message, or first request, to a user.

None of this is spam by itself: the scores are small, and only add up, with each other and with what other filters find.
A message is the first as long as nothing of that sender has reached that user (within `remember`); chat states and
receipts are none.

What it says: a link (1.5), a handle of another messenger (1.5), a phone number (1), letters of several scripts mixed
within a word (2); any of the former in the name or the words of a subscription request (3).

How it is sent: as a headline or a note, which show up as pop-ups, not as chat (1).

Who it pretends to be: an address that looks like that of a contact (4), of a user of ours (4), or like the recipient's
domain (3), and is another: look-alike letters of UTS 39, and 0 for o, 1 for l, rn for m.

How many there are: more first contacts in an hour than `contacts_per_hour` by one sender (1 and more, at most 4) or
`domain_contacts_per_hour` by one domain (at most 2); more than `nonexistent_per_hour` to users that do not exist, as
those who try out names have them (2 and more, at most 6), which holds for whatever they send.

A contact's look-alike is known where the server has told us the roster; a user of ours, once it has received or sent
something.

Never looks at: groupchat, errors, encrypted texts and fallback texts; and our own users do not count towards a domain's
limit.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from math import log2
from typing import ClassVar, Final

from pydantic import Field

from xmppfilter.filter import Stage
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.state import Scope
from xmppfilter.options import CountOrOff, Duration, Options
from xmppfilter.stanza import MUC_USER, Kind, Stanza
from xmppfilter.text.fields import texts
from xmppfilter.text.readable import is_encrypted, readable_bodies
from xmppfilter.text.skeleton import skeleton
from xmppfilter.verdict import PASSING, Action, Finding, Verdict

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
    "contacts": "one sender had too many first contacts in an hour",
    "domain_contacts": "the users of one domain had too many first contacts in an hour",
    "nonexistent": "one sender wrote to too many users that do not exist",
}
HOUR: Final = 3600.0
DAY: Final = 86400.0

_LINK: Final = re.compile(r"\b(?:https?|hxxps?|ftp)://\S|\bwww\.\w")
_HANDLE: Final = re.compile(
    r"(?<!\S)@[a-z]\w{3,31}\b|\b(?:t|wa|vk|m)\.me/\w|\b(?:telegram|whats ?app|viber|wechat|icq)\b\W{0,3}?[@:+]",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?:(?<!\w)(?:\+|00|tel:\+?)[1-9]|(?<!\w)8[ (-]{0,2}9)[\d ()./-]{6,18}\d(?!\w)")
_LATIN: Final = "A-Za-z\u00c0-\u024f"
_OTHERS: Final = "\u0370-\u03ff\u0400-\u052f\u0531-\u058f"
# Twice within a word: once is how people write SMS or PDF with an ending of their own language.
_MIXED: Final = re.compile(f"[{_LATIN}][{_OTHERS}]+[{_LATIN}]|[{_OTHERS}][{_LATIN}]+[{_OTHERS}]")
# Each with signs of which one must be there, which is quicker found out.
_SAID: Final = (
    ("link", 1.5, ("://", "www."), _LINK),
    ("handle", 1.5, ("@", ".me/", "telegram", "whats", "viber", "wechat", "icq"), _HANDLE),
    ("phone", 1.0, ("+", "00", "tel:", "8"), _PHONE),
)
_INVITES: Final = (b"jabber:x:conference", MUC_USER.encode())
_FALSE: Final = frozenset({"false", "0"})
_STOPPED: Final = frozenset({Action.DROP, Action.BOUNCE})
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

    __slots__ = ("_detail", "_first", "_most", "_rates", "_rule", "limit")

    def __init__(self, rates: Rates, limit: int, rule: str, detail: str, first: float, most: float) -> None:
        self._rates = rates
        self.limit = limit
        self._rule = rule
        self._detail = detail
        self._first = first
        self._most = most

    def check(self, key: bytes, now: float) -> tuple[Finding, ...]:
        """Find somebody who has done it too often already."""
        count = self._rates.count(key, now)
        if count + 1 <= self.limit:
            return ()
        score = min(self._most, self._first + 1.5 * max(0.0, log2((count + 1) / self.limit)))
        detail = f"about {count:.0f} {self._detail} within an hour; {self.limit} may pass"
        return (Finding(f"first_contact.{self._rule}", detail, round(score, 1)),)

    def note(self, key: bytes, recipient: bytes, now: float) -> None:
        """Count it."""
        self._rates.note(key, recipient, now)


class Filter:
    """Remembers who has reached whom, the names of our users, and how often each does something for the first time."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})
    observes: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._key = state.key
        self._domain_key = lru_cache(maxsize=8192)(state.key)
        self._last: tuple[Stanza | None, bytes] = (None, b"")
        self._seen = state.set("seen", capacity=config.max_pairs, seconds=config.remember)
        self._names = lru_cache(maxsize=8192)(self._names_of)
        self._users = state.set("users", capacity=config.max_pairs, seconds=config.remember)
        capacity = config.max_pairs

        def limit(rule: str, most: int | None, detail: str, first: float, score: float) -> _Limit | None:
            if most is None:
                return None
            rates = state.rates(rule, capacity=capacity, limit=most, seconds=HOUR)
            return _Limit(rates, most, rule, detail, first, score)

        self._contacts = limit("contacts", config.contacts_per_hour, "first contacts of this sender", 1.0, 4.0)
        self._domains = limit(
            "domain_contacts", config.domain_contacts_per_hour, "first contacts of the sender's domain", 1.0, 2.0
        )
        self._missing = limit(
            "nonexistent", config.nonexistent_per_hour, "stanzas of this sender to users that do not exist", 2.0, 6.0
        )

    def check(self, stanza: Stanza, now: float) -> tuple[Finding, ...] | None:
        """Find what is odd about a first contact."""
        found: tuple[Finding, ...] = ()
        if self._missing is not None:
            found += self._missing.check(stanza.sender_key, now)
        if self._seen.has(self._pair(stanza), now) or not _says_something(stanza):
            return found or None
        found += _odd_request(stanza) if stanza.kind is Kind.SUBSCRIBE else _odd_message(stanza)
        if stanza.to_local_user:
            found += self._pretends(stanza, now)
        if self._contacts is not None:
            found += self._contacts.check(stanza.sender_key, now)
        if self._domains is not None and not stanza.from_local_user:
            found += self._domains.check(self._domain_key(stanza.sender.domain), now)
        return found or None

    def observe(self, stanza: Stanza, verdict: Verdict, now: float) -> None:
        """Remember who has reached whom, and count what was the first time or went to nobody."""
        missing = stanza.meta.get("exists") in _FALSE
        recipient = self._key(stanza.recipient.bare)
        if missing and self._missing is not None:
            self._missing.note(stanza.sender_key, recipient, now)
        pair = self._pair(stanza)
        if _says_something(stanza) and not self._seen.has(pair, now):
            if self._contacts is not None:
                self._contacts.note(stanza.sender_key, recipient, now)
            if self._domains is not None and not stanza.from_local_user:
                self._domains.note(self._domain_key(stanza.sender.domain), recipient, now)
            if verdict.action in PASSING and verdict.would not in _STOPPED:
                self._seen.add(pair, now)
        if stanza.to_local_user and not missing:
            self._learn(stanza.recipient.bare, now)
        if stanza.from_local_user:
            self._learn(stanza.sender.bare, now)

    def _pair(self, stanza: Stanza) -> bytes:
        # a request comes before the first message, and is none
        if self._last[0] is not stanza:
            self._last = (stanza, self._key(f"{stanza.name[0]} {stanza.sender_id} {stanza.recipient.bare}"))
        return self._last[1]

    def _learn(self, address: str, now: float) -> None:
        known, alike = self._names(address)
        # whoever was there first is who another looks like
        if not self._users.has(known, now) and not self._users.has(alike, now):
            self._users.add(known, now)
            self._users.add(alike, now)

    def _names_of(self, address: str) -> tuple[bytes, bytes]:
        return self._key(f"= {address}"), self._looks(skeleton(address))

    def _looks(self, alike: str) -> bytes:
        return self._key(f"~ {alike}")

    def _pretends(self, stanza: Stanza, now: float) -> tuple[Finding, ...]:
        sender, domain = stanza.sender, stanza.recipient.domain
        alike = skeleton(sender.bare)
        found: tuple[Finding, ...] = ()
        if stanza.roster is not None and (contact := stanza.roster.resembling(alike)) not in (None, sender.bare):
            found += (Finding("first_contact.contact", f"the sender looks like the contact {contact}", 4.0),)
        if (
            sender.local
            and self._users.has(self._looks(alike), now)
            and not self._users.has(self._key(f"= {sender.bare}"), now)
        ):
            found += (Finding("first_contact.user", "the sender looks like a user of ours, and is another", 4.0),)
        if sender.domain != domain and _domain_skeleton(sender.domain) == _domain_skeleton(domain):
            found += (Finding("first_contact.domain", f"{sender.domain} looks like {domain}", 3.0),)
        return found


def _says_something(stanza: Stanza) -> bool:
    """Whether *stanza* is more than a chat state or a receipt."""
    if stanza.kind is Kind.SUBSCRIBE or stanza.bodies:
        return True
    if stanza.lacks(b"encrypted") and stanza.lacks(b"openpgp"):
        return any(not stanza.lacks(needle) for needle in _INVITES)
    return is_encrypted(stanza)


def _odd_message(stanza: Stanza) -> tuple[Finding, ...]:
    said = "\n".join(readable_bodies(stanza))
    if not said:
        return ()
    found = tuple(
        Finding(f"first_contact.{rule}", f"{_WORDS[rule]} in a first message", score) for rule, score in _said(said)
    )
    if not said.isascii() and (word := _MIXED.search(said)) is not None:
        found += (Finding("first_contact.mixed", f"several scripts within a word: {word[0][:20]!a}", 2.0),)
    if stanza.type != "chat" and all(stanza.lacks(needle) for needle in _INVITES):
        found += (Finding("first_contact.type", f"a first message of type {stanza.type[:20] or 'normal'}", 1.0),)
    return found


def _odd_request(stanza: Stanza) -> tuple[Finding, ...]:
    said = "\n".join((*texts(stanza, "nick"), *texts(stanza, "status")))
    for rule, _ in _said(said):
        return (Finding("first_contact.request", f"{_WORDS[rule]} in a subscription request", 3.0),)
    return ()


def _said(text: str) -> Iterator[tuple[str, float]]:
    """Yield the rules that a text falls under, and their scores."""
    text = text.lower()
    for rule, score, signs, pattern in _SAID:
        if any(sign in text for sign in signs) and pattern.search(text):
            yield rule, score


_domain_skeleton = lru_cache(maxsize=8192)(skeleton)
