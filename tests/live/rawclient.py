"""A c2s client that adds nothing of its own: what a test sends is what the server gets."""
# ruff: noqa: ASYNC109 -- how long a test waits is a parameter; `asyncio.timeout` does the waiting

import base64
from typing import Self
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from tests.live.xmlstream import STREAMS, Received, XmlStream

_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
_BIND = "urn:ietf:params:xml:ns:xmpp-bind"
_STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"


class LoginRefusedError(PermissionError):
    """The server refused the login; `condition` and `text` are its words (RFC 6120 6.5)."""

    def __init__(self, condition: str, text: str | None) -> None:
        super().__init__(f"{condition}: {text}")
        self.condition = condition
        self.text = text


class RawClient(XmlStream):
    """A logged-in session; use `await RawClient.login(...)`."""

    def __init__(self, jid: str, resource: str) -> None:
        super().__init__()
        self.bare_jid = jid
        self.jid = f"{jid}/{resource}"
        self._resource = resource
        self._next_id = 0

    @classmethod
    async def login(
        cls,
        jid: str,
        password: str,
        port: int,
        *,
        host: str = "127.0.0.1",
        resource: str = "test",
        available: bool = True,
        wrong_first: int = 0,
    ) -> Self:
        """Log in with SASL PLAIN over plain TCP, bind, and send initial presence unless *available* is false.

        *wrong_first* attempts with a wrong password come before, on the same stream. Raises LoginRefusedError when
        the server says no.
        """
        user, domain = jid.split("@")
        client = await cls._open(cls(jid, resource), host, port)
        client.open_stream(domain)
        await client._features()
        for _ in range(wrong_first):
            await client._authenticate(user, f"not {password}")
        answer = await client._authenticate(user, password)
        if answer.name != "success":
            client.abort()
            raise _refusal(answer.element, _SASL)
        client.open_stream(domain)
        await client._features()
        bound = await client.iq(f"<bind xmlns='{_BIND}'><resource>{escape(resource)}</resource></bind>")
        if bound.get("type") != "result":
            client.abort()
            error = bound.child("error")
            raise _refusal(bound.element if error is None else error, _STANZA_ERRORS)
        if available:
            client.send("<presence/>")
            await client.take(lambda s: s.name == "presence" and s.get("from") == client.jid, "own presence")
        return client

    async def _authenticate(self, user: str, password: str) -> Received:
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.send(f"<auth xmlns='{_SASL}' mechanism='PLAIN'>{token}</auth>")
        return await self.take(lambda s: s.element.tag.startswith(f"{{{_SASL}}}"), "SASL outcome")

    async def _features(self) -> None:
        await self.take(lambda s: s.element.tag == f"{{{STREAMS}}}features", "stream features")

    async def iq(self, payload: str, *, type_: str = "set", to: str | None = None, timeout: float = 10) -> Received:
        """Send an IQ and return its answer, whether result or error."""
        self._next_id += 1
        ident = f"raw{self._next_id}"
        address = "" if to is None else f" to={quoteattr(to)}"
        self.send(f"<iq type='{type_}' id='{ident}'{address}>{payload}</iq>")
        return await self.take(
            lambda s: s.name == "iq" and s.get("id") == ident and s.get("type") in {"result", "error"},
            f"answer to iq {ident}",
            timeout,
        )

    def say(self, to: str, body: str, *, type_: str = "chat", extra: str = "", ident: str | None = None) -> None:
        """Send a message with a body."""
        id_attribute = "" if ident is None else f" id={quoteattr(ident)}"
        self.send(
            f"<message to={quoteattr(to)} type='{type_}'{id_attribute}><body>{escape(body)}</body>{extra}</message>"
        )

    def subscribe(self, to: str) -> None:
        self.send(f"<presence type='subscribe' to={quoteattr(to)}/>")

    async def message(self, body: str | None = None, *, timeout: float = 10) -> Received:
        """Take the next message that is no error, or the next one with this body."""
        return await self.take(
            lambda s: s.name == "message" and s.get("type") != "error" and (body is None or s.body == body),
            f"message {body or ''}",
            timeout,
        )

    async def error(self, name: str = "message", *, timeout: float = 10) -> Received:
        """Take the next stanza of type error."""
        return await self.take(lambda s: s.name == name and s.get("type") == "error", f"{name} error", timeout)

    async def bodies(self, count: int, *, timeout: float = 20) -> list[str | None]:
        """Wait for *count* messages with a body and return their bodies in the order of arrival."""
        await self.until(lambda: len(self._messages()) >= count, f"{count} messages", timeout)
        found = self._messages()[:count]
        self.inbox = [stanza for stanza in self.inbox if stanza not in found]
        return [stanza.body for stanza in found]

    async def sync(self) -> None:
        """Return when the server has handled all that this client has sent, and this client all that came before."""
        await self.iq("<ping xmlns='urn:xmpp:ping'/>", type_="get", to=self.bare_jid.partition("@")[2])

    def _messages(self) -> list[Received]:
        return [stanza for stanza in self.inbox if stanza.name == "message" and stanza.body is not None]


def _refusal(element: Element, namespace: str) -> LoginRefusedError:
    names = {child.tag.rpartition("}")[2]: child.text for child in element if child.tag.startswith(f"{{{namespace}}}")}
    text = names.pop("text", None)
    return LoginRefusedError(next(iter(names), "unknown"), text)
