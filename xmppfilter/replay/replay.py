"""Feeds recorded events to the very core that the component runs, on a virtual clock, and tells what it would do."""

from collections.abc import Iterable
from typing import Any

from xmppfilter.build import Core
from xmppfilter.config.settings import Settings
from xmppfilter.gateway.events import Received, RosterKnown, Ticked
from xmppfilter.gateway.explaining import explanation_of, finding_row
from xmppfilter.judging.effects import Effect, Notice, Reply
from xmppfilter.judging.verdict import INVALID, PASSING, Action, Verdict
from xmppfilter.lists.feeds import ListFetched
from xmppfilter.memory.state import State
from xmppfilter.operators import commands
from xmppfilter.replay.reader import Recorded
from xmppfilter.routes import protocol
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import XmlError
from xmppfilter.store.listfiles import read_lists

Row = dict[str, Any]


class Replay:
    """One run over recorded events, beginning with nothing learnt. Time never goes back."""

    def __init__(self, settings: Settings) -> None:
        self._core = Core(settings, State())
        self._gateway = self._core.gateway
        self.now: float | None = None
        self.events: list[Notice] = []
        """Events for the operator that came up between the rows."""
        self._read_files(0.0)

    def feed(self, event: Recorded, at: float | None) -> Row:
        """Let *event* happen at *at* (None: at once), and return what came of it, as CONFIG's replay format has it.

        Raises CommandError where a command is none, and ValueError where *at* lies before what has happened already.
        """
        if at is not None and self.now is not None and at < self.now:
            raise ValueError(f"at: found {at:g}; wanted {self.now:g} or later: time does not go back")
        now = self._advance(at)
        if isinstance(event, Stanza):
            return self._stanza(event, now)
        if isinstance(event, RosterKnown):
            self._gateway.handle(event, now)
            problem = {"problem": event.problem} if event.problem else {}
            return {"roster": event.user.bare, "items": len(event.items)} | problem
        if isinstance(event, ListFetched):
            return self._fetched(event, now)
        if event == ("reload",):
            return {"command": ["reload"], "result": {"reloaded": True}, "events": _events(self._reload(now))}
        result, effects = commands.run(self._gateway, event, now)
        return {"command": list(event), "result": result, "events": _events(effects)}

    def explain(self, stanza: Stanza) -> Row:
        """Return what would become of *stanza* now, and change nothing; see `explanation_of`. Raises ValueError."""
        return explanation_of(self._gateway, stanza, self.now or 0.0)

    def _fetched(self, event: ListFetched, now: float) -> Row:
        feed, lists = event.feed, self._gateway.library.lists
        believed = lists is not None and feed in lists.wanted.feeds
        effects = self._gateway.handle(event, now) + self._taken_in(now)
        size = len(lists.copies.source(feed)) if lists is not None and believed else None
        answered = {"service": feed.service, "node": feed.node, "believed": believed, "size": size}
        return {"fetch": answered, "events": _events(effects)}

    def _reload(self, now: float) -> tuple[Effect, ...]:
        """Reload as the gateway does: the same settings, the files as they are now."""
        core = self._core
        effects = core.exchange(core.draft(core.settings), now)
        self._read_files(now)
        return effects

    def _read_files(self, now: float) -> None:
        lists = self._gateway.library.lists
        for read in read_lists(lists.files if lists is not None else ()):
            self._collect(self._gateway.handle(read, now))
        self._collect(self._taken_in(now))

    def _taken_in(self, now: float) -> tuple[Effect, ...]:
        """Take in lists at once that a live gateway takes in bit by bit: here no stanza waits for it."""
        effects: tuple[Effect, ...] = ()
        while self._gateway.busy:
            effects += self._gateway.handle(Ticked(), now)
        return effects

    def _advance(self, at: float | None) -> float:
        """Advance the virtual clock to *at*, with everything that is due until then."""
        gateway = self._gateway
        if self.now is None:
            self.now = at or 0.0
            gateway.handle(Ticked(), self.now)
        elif at is not None:
            while (due := gateway.next_event()) <= at:
                self._collect(gateway.handle(Ticked(), due) + self._taken_in(due))
            self._collect(gateway.handle(Ticked(), at) + self._taken_in(at))
            self.now = at
        return self.now

    def _collect(self, effects: Iterable[Effect]) -> None:
        self.events.extend(effect for effect in effects if isinstance(effect, Notice))

    def _stanza(self, stanza: Stanza, now: float) -> Row:
        row: Row = {
            "kind": stanza.name,
            "id": stanza.id,
            "from": stanza.attributes.get("from"),
            "to": stanza.attributes.get("to"),
        }
        if self._gateway.questions.is_for_us(stanza):
            effects = self._gateway.handle(Received(stanza), now) + self._taken_in(now)
            return row | {
                "action": "consume",
                "decided_by": None,
                "score": 0.0,
                "exempt": None,
                "findings": [],
                "forwarded": None,
                "replies": [effect.xml.decode() for effect in effects if isinstance(effect, Reply)],
                "would": None,
                "events": _events(effects),
            }
        outcome = self._gateway.judge.judge(stanza, now)
        verdict = outcome.verdict
        return row | {
            "action": verdict.action.value,
            "decided_by": verdict.decided_by.filter if verdict.decided_by else None,
            "score": verdict.score,
            "exempt": verdict.exempt,
            "findings": [finding_row(finding) for finding in verdict.findings],
            "forwarded": _forwarded(stanza, verdict),
            "replies": [protocol.bounce(stanza).decode()] if verdict.action is Action.BOUNCE else [],
            "would": self._would(stanza, verdict),
            "events": _events(outcome.effects),
        }

    def _would(self, stanza: Stanza, verdict: Verdict) -> str | None:
        """Return what enforce would have done, if the stanza was judged in monitor mode."""
        if verdict is INVALID:
            return verdict.action.value if self._gateway.setup.policy.rules.monitor else None
        return (verdict.would or verdict.action).value if self._gateway.setup.policy.meet(stanza).monitored else None


def _forwarded(stanza: Stanza, verdict: Verdict) -> str | None:
    if verdict.action not in PASSING:
        return None
    try:
        passed_on = stanza.passed_on(protocol.tag_of(verdict))
    except XmlError:  # by questions the server itself delivers it, as it is
        passed_on = stanza.raw
    return passed_on.decode("utf-8", "replace")


def _events(effects: Iterable[Effect]) -> list[Row]:
    return [{"event": effect.name, **effect.fields} for effect in effects if isinstance(effect, Notice)]
