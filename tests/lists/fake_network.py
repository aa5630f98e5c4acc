"""A gateway that follows a list, the service that publishes it, and the wires between them in the test's hands."""

from collections import deque
from collections.abc import Iterable

from tests.harness import settings
from tests.lists.service import BL, NODE, Service
from tests.memory.readers import Store
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, Disconnected, Received, Ticked
from xmppfilter.gateway.setup import Listeners
from xmppfilter.judging.effects import Effect, Fetch, Notice, Subscribe
from xmppfilter.lists.copies import Copies
from xmppfilter.lists.feeds import ListFetched
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza

HOUR = 3600.0
SETTINGS = settings({"blocklist": {"services": [{"jid": BL, "nodes": [NODE]}], "refresh": "1h"}})


class FakeNetwork:
    """Answers and events travel apart, so that either may overtake the other; each kind keeps its order."""

    def __init__(self, manner: str, *, at_once: bool) -> None:
        self.service = Service(manner)
        self.state = State()
        self.recorded: list[Received | ListFetched] = []
        """What `run --record` would keep."""
        told = Listeners(
            on_stanza=(lambda stanza, _now: self.recorded.append(Received(stanza)),),
            on_fetched=(lambda fetched, _now: self.recorded.append(fetched),),
        )
        self.core = Core(SETTINGS, self.state, told)
        self.now = 1000.0
        self.core.begin(self.now)
        self.at_once = at_once
        self.connected = False
        self.requests: deque[Subscribe | Fetch] = deque()
        self.answers: deque[str] = deque()
        self.events: deque[str] = deque()
        self.told: list[Notice] = []
        self._store = Store(self.state.structures["lists.copies"])

    # --- what may happen

    def connect(self) -> None:
        if not self.connected:
            self.connected = True
            self._perform(self.core.gateway.handle(Connected(), self.now))

    def disconnect(self) -> None:
        if self.connected:
            self.connected = False
            self.service.subscribed = False
            for wire in (self.requests, self.answers, self.events):
                wire.clear()
            self._perform(self.core.gateway.handle(Disconnected(), self.now))

    def publish(self, name: str) -> None:
        self._say(self.service.publish(name))

    def retract(self, name: str) -> None:
        self._say(self.service.retract(name))

    def purge(self) -> None:
        self._say(self.service.purge())

    def serve(self) -> None:
        """Let the service read the oldest request, and write its answer."""
        if self.requests:
            self.answers.append(self.service.answer(self.requests.popleft()))

    def answer(self) -> None:
        if self.answers:
            self._hear(self.answers.popleft())

    def hear(self) -> None:
        if self.events:
            self._hear(self.events.popleft())

    def tick(self) -> None:
        self._perform(self.core.gateway.handle(Ticked(), self.now))

    def wait(self) -> None:
        self.now += HOUR
        self.tick()

    def flush(self) -> None:
        """Let a store follow, as it does five times a second."""
        self._store.flush()

    # --- what has come of it

    def settle(self) -> None:
        """Let all that is under way come to its end, on a connection; only what has failed is asked for again."""
        self.connect()
        for _ in range(5):
            for _ in range(5_000):
                if not (self.requests or self.answers or self.events or self.core.gateway.busy):
                    break
                for step in (self.serve, self.answer, self.hear, self.tick):
                    step()
            else:
                raise AssertionError("it does not come to an end")
            if self.core.gateway.library.feeds.due >= self.now + HOUR:
                return
            self.wait()
        raise AssertionError("it fails again and again")

    def listed(self, names: Iterable[str]) -> set[str]:
        """Return which of *names* a filter would find."""
        return listed(self.core, names)

    @property
    def size(self) -> int:
        (followed,) = [followed for _, followed in self.core.gateway.library.feeds.states()]
        return len(followed.source)

    @property
    def stored(self) -> set[str]:
        self.flush()
        fresh = Copies(capacity=100)
        fresh.restore(self._store.rows.values(), self.now)
        return {entry.value for source in fresh.sources.values() for entry in source.entries}

    def _say(self, event: str | None) -> None:
        if event is not None:
            self.events.append(event)

    def _hear(self, xml: str) -> None:
        self._perform(self.core.gateway.handle(Received(Stanza.read(xml)), self.now))

    def _perform(self, effects: tuple[Effect, ...]) -> None:
        self.told += [effect for effect in effects if isinstance(effect, Notice)]
        self.requests += [effect for effect in effects if isinstance(effect, Subscribe | Fetch)]
        while self.at_once and self.core.gateway.busy:
            effects = self.core.gateway.handle(Ticked(), self.now)
            self.told += [effect for effect in effects if isinstance(effect, Notice)]
            self.requests += [effect for effect in effects if isinstance(effect, Subscribe | Fetch)]


def listed(core: Core, names: Iterable[str]) -> set[str]:
    lists = core.gateway.library.lists
    assert lists is not None
    return {name for name in names if lists.blocked.domain(name)}
