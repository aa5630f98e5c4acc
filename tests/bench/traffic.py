"""What the benchmark sends: stanzas as real clients write them, every one of them new.

100,000 senders in 5,000 domains write to as many users. Of the bodies 70 % were never seen before, and the rest are
near-copies from 200 campaigns; a tenth of the messages are OMEMO. Of mixed traffic 70 % are messages, 20 % subscription
requests, 10 % errors, and of a thousand stanzas one is an error without an error.

Where a filter looks for campaigns (`everything`, `flood`) their copies are spam, and have 30,000 of the senders for
themselves: who is caught is banned, so that otherwise soon nothing at all would pass. In all other traffic anybody
sends them, and they pass. What has to be stopped comes from a sender whose name begins with `spammer`.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from zlib import crc32

SENDERS, DOMAINS, CAMPAIGNS = 100_000, 5_000, 200
SPAMMERS = 30_000
"""Of the senders, those that send nothing but copies."""
HARMLESS = SENDERS - SPAMMERS
RECIPIENTS = 100_000
"""So many that strangers crowd around none of them, however fast the gateway is."""
FLOODING = 10_000
"""Accounts that send the flood."""
SPAM_EVERY = 1_000
"""Of the mixed traffic, one stanza in so many is an error without an error, each by a sender of its own."""
INTRODUCED = 60
"""Copies after which a campaign is known: three times as many as need be, for recipients are estimated."""

EACH = b" from="
"""What every stanza that comes back has once,"""
UNWANTED = b" from='spammer"
"""what those have that should not,"""
LAST = b" id='last-"
"""and what the last of an introduction has."""

_COMMON = """
    I you the a is it was that this for not with at be by we they from have or one had were but all when your can said
    there use each which she do how their if will up other about out many then them these so some her would make like
    him into time look two more write go see number no way could people my than first water been call who oil its now
    find long down day
"""
_SYLLABLES = [a + b for a, b in product("bcdfghklmnprstvz", "aeiou")]
# As in any language: a hundred words make up half of what is said, and thousands the rest.
_WORDS = list(map("".join, product(_SYLLABLES, repeat=2)))
_WORDS = [*_WORDS, *(_COMMON.split() * len(_WORDS))[: len(_WORDS)]]
_OMEMO = (
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='27183'><key rid='31415'>MwohBRiHNXWDKCOFoiAJ"
    "</key><iv>bmV2ZXI=</iv></header><payload>hxRsjbzKnRfAd0c6</payload></encrypted>"
    "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/>"
)
_OMEMO_BODY = "I sent you an OMEMO encrypted message but your client doesn't seem to support that."

Wrap = Callable[[str, int], str]
"""How a stanza is handed over: what is sent in place of it, by a number of its own."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """One batch, ready to be sent, and what of it must come back."""

    stanzas: list[bytes]
    passing: int
    """How many of them no filter may stop; all others have to be stopped."""

    @property
    def data(self) -> bytes:
        return b"".join(self.stanzas)

    @property
    def count(self) -> int:
        return len(self.stanzas)


class Generator:
    """Writes stanzas; the same seed writes the same ones."""

    def __init__(self, seed: int = 1, *, domains: int = DOMAINS) -> None:
        self._random = random.Random(seed)
        self._domains = domains
        self._n = 0
        self._turn = 0
        self._asking = 0
        self._campaigns = [self._text(24) for _ in range(CAMPAIGNS)]
        self._flood = self._text(30)

    def messages(self, count: int, wrap: Wrap) -> Traffic:
        """Messages only, all of them harmless."""
        return self._batch((self._anything() for _ in range(count)), wrap)

    def mixed(self, count: int, wrap: Wrap) -> Traffic:
        """All kinds of stanzas, with copies that nobody minds."""
        return self._batch((self._mixed(self._anything, SENDERS) for _ in range(count)), wrap)

    def everything(self, count: int, wrap: Wrap) -> Traffic:
        """All kinds of stanzas, with copies that are spam."""
        return self._batch((self._mixed(self._judged, HARMLESS) for _ in range(count)), wrap)

    def flood(self, count: int, wrap: Wrap) -> Traffic:
        """One text over and over by thousands of accounts, and at the end a harmless message."""
        return self._batch(self._flooding(count - 1), wrap)

    def introduction(self, wrap: Wrap) -> Traffic:
        """Each campaign, the flood too, until it is known; the last one, which passes, is marked as `LAST`."""
        return self._batch(self._introducing(), wrap)

    def newcomers(self, count: int, wrap: Wrap) -> Traffic:
        """Harmless long messages, and a tenth requests, each by a sender who has never been seen before."""
        return self._batch((self._newcomer() for _ in range(count)), wrap)

    def _batch(self, stanzas: Iterator[tuple[str, bool]], wrap: Wrap) -> Traffic:
        passing = 0
        written: list[bytes] = []
        for stanza, passes in stanzas:
            written.append(wrap(stanza, self._n).encode())
            passing += passes
        return Traffic(written, passing)

    # --- stanzas, and whether they pass

    def _anything(self) -> tuple[str, bool]:
        encrypted, fresh = self._chance(0.1), self._chance(0.7)
        sender = self._address(self._random.randrange(SENDERS))
        return self._message(sender, self._fresh() if fresh else self._copy(), encrypted=encrypted), True

    def _judged(self) -> tuple[str, bool]:
        encrypted, fresh = self._chance(0.1), self._chance(0.7)
        if not encrypted and not fresh:
            return self._spam(self._copy()), False
        return self._message(self._address(self._random.randrange(HARMLESS)), self._fresh(), encrypted=encrypted), True

    def _mixed(self, message: Callable[[], tuple[str, bool]], senders: int) -> tuple[str, bool]:
        at = self._turn
        self._turn += 1
        if at % SPAM_EVERY == SPAM_EVERY - 1:
            return self._error(f"spammer{self._n}@spam.example/x", "<body>Hello</body>"), False
        if at % 10 < 7:
            return message()
        if at % 10 < 9:
            self._asking = (self._asking + 1) % senders  # in turn, so that nobody asks too often
            return self._request(self._address(self._asking, "")), True
        return self._error(self._address(self._random.randrange(senders)), _CONDITION), True

    def _flooding(self, count: int) -> Iterator[tuple[str, bool]]:
        for _ in range(count):
            yield self._flooded(), False
        yield self._message(self._address(self._random.randrange(HARMLESS)), self._fresh()), True

    def _introducing(self) -> Iterator[tuple[str, bool]]:
        for _ in range(INTRODUCED):
            for campaign in self._campaigns:
                yield self._spam(self._copy(campaign)), False
            yield self._flooded(), False
        last = self._message(self._address(self._random.randrange(HARMLESS)), self._fresh())
        yield last.replace(" id='", LAST.decode(), 1), True

    def _newcomer(self) -> tuple[str, bool]:
        sender = f"new{self._n}@n{self._n % (10 * DOMAINS)}.example"  # so many that no domain is too busy
        if self._n % 10 == 0:
            return self._request(sender), True
        return self._message(f"{sender}/x", f"{self._text(30)} {self._n}"), True

    def _flooded(self) -> str:
        flooding = self._random.randrange(FLOODING)
        return self._message(f"spammer-of-many{flooding}@bulk{flooding % 500}.example/x", self._flood)

    def _spam(self, body: str) -> str:
        spammer = self._random.randrange(SPAMMERS)
        return self._message(f"spammer{spammer}@d{spammer % self._domains}.example/x", body)

    # --- texts

    def _text(self, words: int) -> str:
        return " ".join(self._random.choices(_WORDS, k=words))

    def _fresh(self) -> str:
        return f"{self._text(20)} {self._n}"

    def _copy(self, campaign: str = "") -> str:
        words = (campaign or self._random.choice(self._campaigns)).split()
        words[self._random.randrange(len(words))] = str(self._n)
        return " ".join(words)

    def _chance(self, of: float) -> bool:
        return self._random.random() < of

    # --- XML

    def _address(self, sender: int, resource: str = "/Conversations.x1") -> str:
        return f"sender{sender}@d{sender % self._domains}.example{resource}"

    def _start(self, kind: str, sender: str) -> str:
        self._n += 1
        to = self._random.randrange(RECIPIENTS)
        return f"xmlns='jabber:client' type='{kind}' to='user{to}@example.org' from='{sender}' id='{self._n:08x}"

    def _message(self, sender: str, body: str, *, encrypted: bool = False) -> str:
        return (
            f"<message {self._start('chat', sender)}-4f1c-9a57'><body>{_OMEMO_BODY if encrypted else body}</body>"
            f"{_OMEMO if encrypted else ''}<origin-id xmlns='urn:xmpp:sid:0' id='{self._n:08x}-4f1c-9a57'/>"
            "<request xmlns='urn:xmpp:receipts'/><active xmlns='http://jabber.org/protocol/chatstates'/>"
            "<markable xmlns='urn:xmpp:chat-markers:0'/></message>"
        )

    def _request(self, sender: str) -> str:
        return f"<presence {self._start('subscribe', sender)}'/>"

    def _error(self, sender: str, child: str) -> str:
        return f"<message {self._start('error', sender)}'>{child}</message>"


_CONDITION = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


_DOMAIN = re.compile(r""" from=['"][^'"@]*@([^'"/]*)""")


def _meta(stanza: str) -> str:
    """What a server knows of it; each domain has a server of its own."""
    found = _DOMAIN.search(stanza)
    assert found is not None, stanza
    a, b, c, _ = crc32(found[1].encode()).to_bytes(4, "big")
    return (
        f"<meta xmlns='urn:xmppfilter:check:0' via='s2s' direction='in' peer='{found[1]}'"
        f" ip='192.{a}.{b}.{c}' tls='true' auth='dialback' contacted='false' exists='true' online='true'/>"
    )


def bare(stanza: str, _: int) -> str:
    """As a plain component gets it: in the content namespace of its stream."""
    return stanza.replace(" xmlns='jabber:client'", "", 1)


def wrapped(stanza: str, n: int) -> str:
    """Handed over (deploy/PROTOCOL.md, section 2)."""
    return (
        f"<message id='w{n:x}' from='example.org' to='filter.example.org'>{_meta(stanza)}"
        f"<forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded></message>"
    )


def asked(stanza: str, n: int) -> str:
    """Asked about (section 1)."""
    return (
        f"<iq type='set' id='c{n:x}' from='example.org' to='filter.example.org'><check xmlns='urn:xmppfilter:check:0'>"
        f"{_meta(stanza)}<forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded></check></iq>"
    )
