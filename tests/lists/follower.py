"""A gateway that follows one list, and the answers and events that its service sends, or somebody else."""

from typing import Any

from tests.harness import settings
from tests.lists import service
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, Disconnected, Received, Ticked, TooLarge
from xmppfilter.judging.effects import Effect, Fetch, Notice, Subscribe
from xmppfilter.memory.state import State
from xmppfilter.operators import commands
from xmppfilter.stanza.view import Stanza

BL, NODE, PUBSUB = service.BL, service.NODE, service.PUBSUB
HOUR = 3600.0


class Follower:
    """A gateway that follows one list, on a virtual clock."""

    def __init__(self, state: State | None = None, **options: Any) -> None:
        self.core = Core(self.settings(**options), state or State())
        self.gateway = self.core.gateway
        self.now = 1000.0
        self.core.begin(self.now)

    @staticmethod
    def settings(services: tuple[str, ...] = (BL,), **options: Any) -> Any:
        given = {"services": [{"jid": jid, "nodes": [NODE]} for jid in services], "refresh": "1h", **options}
        return settings({"blocklist": given})

    def connect(self) -> list[Effect]:
        return requests(self.gateway.handle(Connected(), self.now))

    def disconnect(self) -> tuple[Effect, ...]:
        return self.gateway.handle(Disconnected(), self.now)

    def overflow(self, name: str, **attributes: str) -> tuple[Effect, ...]:
        """Let something go by that is too large."""
        said = "".join(f" {key}='{value}'" for key, value in attributes.items())
        return self.gateway.handle(TooLarge(f"<{name}{said} to='filter.example.org'><x>".encode(), 1 << 21), self.now)

    def wait(self, seconds: float) -> list[Effect]:
        self.now += seconds
        return requests(self.gateway.handle(Ticked(), self.now))

    def answer(
        self,
        request: Effect,
        *items: str,
        sender: str = BL,
        state: str = "subscribed",
        pages: str | None = None,
    ) -> tuple[Effect, ...]:
        assert isinstance(request, Subscribe | Fetch)
        if isinstance(request, Subscribe):
            inside = f"<pubsub xmlns='{PUBSUB}'><subscription node='{NODE}' subscription='{state}'/></pubsub>"
        else:
            listed = service.items(items) + (service.rsm(pages) if pages is not None else "")
            inside = f"<pubsub xmlns='{PUBSUB}'>{listed}</pubsub>"
        return self.reply(request, "result", inside, sender)

    def publish(self, inside: str, node: str = NODE) -> None:
        self.gateway.handle(
            Received(Stanza.read(service.Service.event(f"<items node='{node}'>{inside}</items>"))), self.now
        )

    def refuse(self, request: Effect, condition: str = "item-not-found") -> tuple[Effect, ...]:
        error = f"<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        return self.reply(request, "error", error)

    def reply(self, request: Effect, kind: str, inside: str, sender: str = BL) -> tuple[Effect, ...]:
        assert isinstance(request, Subscribe | Fetch)
        xml = f"<iq type='{kind}' id='{request.id}' from='{sender}' to='filter.example.org'>{inside}</iq>"
        return self.gateway.handle(Received(Stanza.read(xml)), self.now)

    def listed(self, domain: str = "spam.example") -> bool:
        stanza = Stanza.read(f"<message from='a@{domain}/x' to='alice@example.org'><body>Hi</body></message>")
        return bool(self.gateway.judge.explain(stanza, self.now).findings)

    @property
    def status(self) -> dict[str, Any]:
        row: dict[str, Any] = commands.run(self.gateway, ["status"], self.now)[0]["lists"][0]
        return row


def requests(effects: tuple[Effect, ...]) -> list[Effect]:
    return [effect for effect in effects if isinstance(effect, Subscribe | Fetch)]


def events(effects: tuple[Effect, ...]) -> list[str]:
    return [effect.name for effect in effects if isinstance(effect, Notice)]
