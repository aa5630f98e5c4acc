"""The people of ordinary life: users with sessions, and strangers of a foreign server."""

import re
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from tests.live.ordinary_transcript import FENCE
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import ACCEPT, RawComponent
from tests.live.xmlstream import Received

_CLIENT = "{jabber:client}"


class Recorder(RawClient):
    """A session that remembers every stanza that it was told, taken or not."""

    def __init__(self, jid: str, resource: str) -> None:
        super().__init__(jid, resource)
        self.heard: list[Received] = []
        self._fences = 0

    def arrived(self, stanza: Received) -> None:
        if stanza.element.tag.startswith(_CLIENT):
            self.heard.append(stanza)
        super().arrived(stanza)

    async def told_of(self, jid: str, kind: str | None = None) -> Received:
        """Take a presence of *jid* of this type; by default that it is available."""
        return await self.take(
            lambda s: s.name == "presence" and s.get("from") == jid and s.get("type") == kind,
            f"presence {kind or ''} of {jid}",
        )

    async def presence(self, kind: str, sender: str) -> Received:
        """Take a presence of this type from the bare JID *sender*."""
        return await self.told_of(sender, kind)

    async def pushed(self, jid: str, **item: str) -> Received:
        """Take the roster push after which the item of *jid* has these attributes."""

        def is_it(stanza: Received) -> bool:
            query = stanza.child("query", "jabber:iq:roster")
            return (
                stanza.get("type") == "set"
                and query is not None
                and any(row.get("jid") == jid and item.items() <= row.attrib.items() for row in query)
            )

        return await self.take(is_it, f"roster push of {jid} {item}")

    async def asked(self, name: str, namespace: str) -> Received:
        """Take a request (IQ get or set) with this payload."""
        return await self.take(
            lambda s: s.get("type") in {"get", "set"} and s.child(name, namespace) is not None, f"IQ {name}"
        )

    async def message_with(self, name: str, namespace: str) -> Received:
        """Take a message with this child."""
        return await self.take(lambda s: s.name == "message" and s.child(name, namespace) is not None, name)

    def answer(self, request: Received, payload: str = "") -> None:
        """Answer a request with a result."""
        to, ident = request.get("from"), request.get("id") or ""
        address = "" if to is None else f" to={quoteattr(to)}"
        self.send(f"<iq type='result' id={quoteattr(ident)}{address}>{payload}</iq>")

    async def fence(self) -> None:
        """Return when the server has handled all that this session has sent."""
        self._fences += 1
        ident = f"{FENCE}{self._fences}"
        host = self.bare_jid.partition("@")[2]
        self.send(f"<iq type='get' id='{ident}' to='{host}'><ping xmlns='urn:xmpp:ping'/></iq>")
        await self.take(lambda s: s.get("id") == ident, "answer to a ping")


class Hub(RawComponent):
    """The foreign server: all strangers speak over it, and each is told what is addressed to it."""

    def __init__(self, jid: str, judge: Callable[..., str | None] = lambda _: ACCEPT) -> None:
        super().__init__(jid, judge)
        self.people: dict[str, Stranger] = {}
        self._fences = 0

    def arrived(self, stanza: Received) -> None:
        stranger = self.people.get((stanza.get("to") or "").partition("/")[0])
        if stranger is not None:
            stranger.heard.append(stanza)
        super().arrived(stanza)

    async def fence(self, to: str, payload: str) -> None:
        """Return when *to* has answered an IQ, and with that has seen all that was sent before."""
        self._fences += 1
        ident = f"{FENCE}{self._fences}"
        self.reply(ident, to, payload, type_="get")
        await self.take(lambda s: s.get("id") == ident, f"answer of {to}")


class Stranger:
    """Somebody of the foreign server, online as `x`."""

    def __init__(self, hub: Hub, bare_jid: str) -> None:
        self.bare_jid = bare_jid
        self.jid = f"{bare_jid}/x"
        self.heard: list[Received] = []
        self._hub = hub
        hub.people[bare_jid] = self

    def send(self, xml: str, *, bare: bool = False) -> None:
        """Send a stanza, which needs no `from`; *bare* sends it in the name of the account."""
        sender = self.bare_jid if bare else self.jid
        self._hub.send(re.sub(r"^<(\w+)", rf"<\1 from={quoteattr(sender)}", xml, count=1))

    def say(self, to: str, body: str, *, type_: str = "chat", extra: str = "", ident: str = "c-said") -> None:
        opening = f"<message to={quoteattr(to)} type='{type_}' id={quoteattr(ident)}>"
        self.send(f"{opening}<body>{escape(body)}</body>{extra}</message>")

    def presence(self, kind: str, to: str, content: str = "") -> None:
        """Send presence of a type that has to do with subscriptions."""
        self.send(f"<presence type='{kind}' to={quoteattr(to)}>{content}</presence>", bare=True)

    async def take(self, wanted: Callable[[Received], bool], what: str) -> Received:
        """Wait for a stanza to this stranger that is *wanted*."""
        return await self._hub.take(
            lambda s: (s.get("to") or "").partition("/")[0] == self.bare_jid and wanted(s), f"{what} to {self.jid}"
        )

    async def message(self, body: str | None = None) -> Received:
        return await self.take(
            lambda s: s.name == "message" and s.get("type") != "error" and (body is None or s.body == body), "message"
        )

    async def told_of(self, jid: str, kind: str | None = None) -> Received:
        return await self.take(
            lambda s: s.name == "presence" and s.get("from") == jid and s.get("type") == kind, f"presence of {jid}"
        )

    async def iq(self, to: str, payload: str, *, type_: str = "get", ident: str = "c-iq") -> Received:
        """Ask something and return the answer."""
        self.send(f"<iq type='{type_}' id='{ident}' to={quoteattr(to)}>{payload}</iq>")
        return await self.take(lambda s: s.name == "iq" and s.get("id") == ident, f"answer to {ident}")

    async def error(self, name: str = "message") -> Received:
        return await self.take(lambda s: s.name == name and s.get("type") == "error", f"{name} error")
