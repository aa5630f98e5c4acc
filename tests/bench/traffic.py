"""What the benchmark sends: stanzas as real clients write them, every one of them new.

100,000 senders in 5,000 domains. Of the bodies 70 % were never seen before, and the rest are near-copies from 200
campaigns; a tenth of the messages are OMEMO. Of a thousand mixed stanzas one is an error without an error.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SENDERS, DOMAINS, CAMPAIGNS = 100_000, 5_000, 200
SPAM_EVERY = 1_000
"""Of the mixed traffic, one stanza in so many is an error without an error, each by a sender of its own."""

_COMMON = """
    I you the a is it was that this for not with at be by we they from have or one had were but all when your can said
    there use each which she do how their if will up other about out many then them these so some her would make like
    him into time look two more write go see number no way could people my than first water been call who oil its now
    find long down day
"""
_WORDS = _COMMON.split()
_OMEMO = (
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='27183'><key rid='31415'>MwohBRiHNXWDKCOFoiAJ"
    "</key><iv>bmV2ZXI=</iv></header><payload>hxRsjbzKnRfAd0c6</payload></encrypted>"
    "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/>"
)
_OMEMO_BODY = "I sent you an OMEMO encrypted message but your client doesn't seem to support that."


@dataclass(frozen=True, slots=True)
class Traffic:
    """One batch, ready to be sent, and what of it must come back."""

    data: bytes
    count: int
    passing: int
    """Stanzas that no filter may stop."""


class Generator:
    """Writes stanzas; the same seed writes the same ones."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._n = 0
        self._asking = 0
        self._campaigns = [self._text(24) for _ in range(CAMPAIGNS)]

    def messages(self, count: int, wrap: Callable[[str, int], str]) -> Traffic:
        """Messages only, all of them harmless."""
        return self._batch([self._message() for _ in range(count)], count, wrap)

    def mixed(self, count: int, wrap: Callable[[str, int], str]) -> Traffic:
        """70 % messages, 20 % subscription requests, 10 % errors."""
        stanzas = list(self._mixed(count))
        return self._batch(stanzas, count - count // SPAM_EVERY, wrap)

    def _mixed(self, count: int) -> Iterator[str]:
        for at in range(count):
            if at % SPAM_EVERY == SPAM_EVERY - 1:
                yield self._error(child=False)
            elif at % 10 < 7:
                yield self._message()
            elif at % 10 < 9:
                yield self._subscribe()
            else:
                yield self._error(child=True)

    def _batch(self, stanzas: list[str], passing: int, wrap: Callable[[str, int], str]) -> Traffic:
        data = "".join(wrap(stanza, self._n + at) for at, stanza in enumerate(stanzas)).encode()
        return Traffic(data, len(stanzas), passing)

    def _text(self, words: int) -> str:
        return " ".join(self._random.choices(_WORDS, k=words))

    def _body(self) -> str:
        if self._random.random() < 0.7:
            return f"{self._text(20)} {self._n}"
        words = self._random.choice(self._campaigns).split()
        words[self._random.randrange(len(words))] = str(self._n)
        return " ".join(words)

    def _anybody(self) -> int:
        return self._random.randrange(SENDERS)

    def _addresses(self, sender: int, resource: str = "/Conversations.x1") -> str:
        to = self._random.randrange(1_000)
        return f"to='user{to}@example.org' from='sender{sender}@d{sender % DOMAINS}.example{resource}'"

    def _message(self) -> str:
        self._n += 1
        name = f"{self._n:08x}-4f1c-9a57"
        encrypted = self._random.random() < 0.1
        body = _OMEMO_BODY if encrypted else self._body()
        addresses = self._addresses(self._anybody())
        return (
            f"<message xmlns='jabber:client' type='chat' {addresses} id='{name}'><body>{body}</body>"
            f"{_OMEMO if encrypted else ''}<origin-id xmlns='urn:xmpp:sid:0' id='{name}'/>"
            "<request xmlns='urn:xmpp:receipts'/><active xmlns='http://jabber.org/protocol/chatstates'/>"
            "<markable xmlns='urn:xmpp:chat-markers:0'/></message>"
        )

    def _subscribe(self) -> str:
        self._n += 1
        self._asking = (self._asking + 1) % SENDERS  # in turn, so that nobody asks too often
        addresses = self._addresses(self._asking, "")
        return f"<presence xmlns='jabber:client' type='subscribe' {addresses} id='{self._n:08x}'/>"

    def _error(self, *, child: bool) -> str:
        self._n += 1
        error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        addresses = (
            self._addresses(self._anybody())
            if child
            else f"to='user1@example.org' from='spammer{self._n}@spam.example/x'"
        )
        return (
            f"<message xmlns='jabber:client' type='error' {addresses} id='{self._n:08x}'>"
            f"{error if child else '<body>Hello</body>'}</message>"
        )


def _meta(n: int) -> str:
    return (
        f"<meta xmlns='urn:xmppfilter:check:0' via='s2s' direction='in' peer='d{n % DOMAINS}.example'"
        f" ip='192.0.{n % 250}.{n % 199}' tls='true' auth='dialback' contacted='false' exists='true' online='true'/>"
    )


def bare(stanza: str, _: int) -> str:
    """As a plain component gets it: in the content namespace of its stream."""
    return stanza.replace(" xmlns='jabber:client'", "", 1)


def wrapped(stanza: str, n: int) -> str:
    """Handed over (deploy/PROTOCOL.md, section 2)."""
    return (
        f"<message id='w{n:x}' from='example.org' to='filter.example.org'>{_meta(n)}"
        f"<forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded></message>"
    )


def asked(stanza: str, n: int) -> str:
    """Asked about (section 1)."""
    return (
        f"<iq type='set' id='c{n:x}' from='example.org' to='filter.example.org'><check xmlns='urn:xmppfilter:check:0'>"
        f"{_meta(n)}<forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded></check></iq>"
    )
