"""A scripted XEP-0114 component that speaks `urn:xmppfilter:check:0` as a test tells it to."""
# ruff: noqa: ASYNC109 -- how long a test waits is a parameter; `asyncio.timeout` does the waiting

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self
from xml.etree.ElementTree import Element
from xml.sax.saxutils import quoteattr

from tests.live.xmlstream import Received, XmlStream

CHECK = "urn:xmppfilter:check:0"
TAG = "urn:xmppfilter:tag:0"
FORWARD = "urn:xmpp:forward:0"
CLIENT = "jabber:client"

ACCEPT = f"<verdict xmlns='{CHECK}' action='accept'/>"
DROP = f"<verdict xmlns='{CHECK}' action='drop'/>"


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One question of a server (`<check/>`), or one stanza that it handed over (the route `inline`)."""

    id: str
    asker: str
    meta: dict[str, str]
    stanza: Element
    carrier: bytes  # the whole question as it came

    @property
    def name(self) -> str:
        return self.stanza.tag.rpartition("}")[2]

    @property
    def body(self) -> str | None:
        return self.stanza.findtext(f"{{{CLIENT}}}body")


class RawComponent(XmlStream):
    """Answers each check with what `judge` returns: the XML of a `<verdict/>`, or None for silence."""

    content_namespace = "jabber:component:accept"

    def __init__(self, jid: str, judge: Callable[[Asked], str | None]) -> None:
        super().__init__()
        self.jid = jid
        self.judge = judge
        self.asked: list[Asked] = []
        self._next_id = 0

    @classmethod
    async def attach(
        cls,
        jid: str,
        secret: str,
        port: int,
        *,
        judge: Callable[[Asked], str | None] = lambda _: ACCEPT,
        host: str = "127.0.0.1",
    ) -> Self:
        """Connect and authenticate; raises StreamClosedError when the server refuses."""
        component = await cls._open(cls(jid, judge), host, port)
        component.open_stream(jid)
        await component.until(lambda: bool(component.header), "stream header")
        token = hashlib.sha1(f"{component.header['id']}{secret}".encode()).hexdigest()
        component.send(f"<handshake>{token}</handshake>")
        await component.take(lambda s: s.name == "handshake", "handshake")
        return component

    def arrived(self, stanza: Received) -> None:
        asked = _asked(stanza)
        if asked is None:
            super().arrived(stanza)
            return
        self.asked.append(asked)
        verdict = self.judge(asked) if stanza.name == "iq" else None
        if verdict is not None:
            self.answer(asked, verdict)

    def answer(self, asked: Asked, verdict: str = ACCEPT) -> None:
        """Answer a check, at once or later."""
        self.reply(asked.id, asked.asker, verdict)

    def reply(self, ident: str, to: str, payload: str = "", *, type_: str = "result") -> None:
        self.send(
            f"<iq type='{type_}' id={quoteattr(ident)} from={quoteattr(self.jid)} to={quoteattr(to)}>{payload}</iq>"
        )

    def send_back(self, asked: Asked) -> None:
        """Send a stanza of the route `inline` on its way, byte for byte but for its namespace declaration."""
        inner = asked.carrier.partition(b"<forwarded")[2].partition(b">")[2].rpartition(b"</forwarded>")[0]
        self.send(inner.replace(b" xmlns='jabber:client'", b"", 1))

    async def iq(self, to: str, payload: str, *, type_: str = "set") -> Received:
        """Send an IQ from the component's own JID and return its answer."""
        self._next_id += 1
        ident = f"raw{self._next_id}"
        self.reply(ident, to, payload, type_=type_)
        return await self.take(
            lambda s: s.name == "iq" and s.get("id") == ident and s.get("type") in {"result", "error"},
            f"answer to iq {ident}",
        )

    async def questions(self, count: int, *, timeout: float = 20) -> list[Asked]:
        """Wait until at least *count* stanzas in all have been asked about or handed over, and return them all."""
        await self.until(lambda: len(self.asked) >= count, f"{count} checks (have {len(self.asked)})", timeout)
        return list(self.asked)

    async def hello(self) -> Received:
        """Take the next greeting of a server; it is not answered."""
        return await self.take(
            lambda s: s.get("type") == "set" and s.child("hello", CHECK) is not None, "hello of the server"
        )


def _asked(stanza: Received) -> Asked | None:
    carrier = stanza.child("check", CHECK) if stanza.name == "iq" else stanza.element
    if carrier is None or stanza.get("type") in {"result", "error"}:
        return None
    forwarded = carrier.find(f"{{{FORWARD}}}forwarded")
    meta = carrier.find(f"{{{CHECK}}}meta")
    if forwarded is None or meta is None or len(forwarded) == 0:
        return None
    return Asked(stanza.get("id") or "", stanza.get("from") or "", dict(meta.attrib), forwarded[0], stanza.raw)
