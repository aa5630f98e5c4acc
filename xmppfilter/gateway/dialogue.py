"""What is said to the component itself, apart from questions: hellos, answers, reports, and published lists."""

from collections.abc import Mapping
from typing import Final

from xmppfilter.gateway.seams import Seams
from xmppfilter.gateway.setup import Setup
from xmppfilter.judging.counts import Counts
from xmppfilter.judging.effects import Effect, LockAccount, Notice, Reply
from xmppfilter.judging.judge import Judge
from xmppfilter.judging.seams import Evidence, Source
from xmppfilter.lists import feeds, pubsub
from xmppfilter.lists.feeds import Feeds
from xmppfilter.registers.bans import BanList
from xmppfilter.routes import protocol
from xmppfilter.routes.chores import Chores
from xmppfilter.routes.pushes import Pushes, Server
from xmppfilter.routes.reports import is_report, report_of
from xmppfilter.stanza.iq import build_iq, error_condition, iq_error, may_be_answered
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.namespaces import CHECK, FORWARD
from xmppfilter.stanza.view import Stanza, StanzaError

SHOWN: Final = 10
"""Accounts that a server refused to lock which are told of one answer."""


class Dialogue:
    """Hears servers and pubsub services for one gateway, and answers them."""

    def __init__(self, judge: Judge, counts: Counts, feeds: Feeds, pushes: Pushes, chores: Chores) -> None:
        self._judge = judge
        self._counts = counts
        self._feeds = feeds
        self._pushes = pushes
        self._chores = chores

    def configure(self, setup: Setup, servers: Mapping[str, Server], seams: Seams, hello: str) -> None:
        """Go by *setup*, and believe *servers*, which are greeted by *hello*; what they report goes to *seams*."""
        self._policy = setup.policy
        self._bans = setup.registers.get(BanList)
        self._servers = servers
        self._seams = seams
        self._hello = hello

    def hear(self, stanza: Stanza, now: float) -> tuple[Effect, ...]:
        """Take in *stanza*, which is no question. Raises StanzaError, XmlError or JidError: it cannot be understood."""
        server = self._servers.get(stanza.sender.bare)
        if stanza.name == "iq":
            return self._iq(stanza, server, now)
        if stanza.name != "message" or stanza.kind is Kind.ERROR:
            return ()
        if pubsub.is_event(stanza):
            return self._published(stanza, now)
        return self._message(stanza, server, now)

    def _message(self, stanza: Stanza, server: Server | None, now: float) -> tuple[Effect, ...]:
        if server is None:
            claims = is_report(stanza) or not stanza.lacks(FORWARD.encode())
            return self._disbelieve(stanza) if claims else ()
        if is_report(stanza):
            report = report_of(stanza)
            return self._report(report.reported, report.reporter, now)
        return ()

    def _iq(self, stanza: Stanza, server: Server | None, now: float) -> tuple[Effect, ...]:
        if stanza.kind is Kind.IQ_REPLY and (stanza.id or "").startswith(feeds.IDS):
            return self._feeds.answered(stanza, now)
        if stanza.lacks(CHECK.encode()) and stanza.kind is Kind.IQ:
            return ()
        if server is None:
            return self._disbelieve(stanza) if stanza.kind is Kind.IQ else ()
        # an error may have in it what it is about: our own hello
        if stanza.type != "error" and (said := protocol.element(stanza, "hello")) is not None:
            return self._greeted(stanza, said.attrib, server, now)
        if stanza.kind is Kind.IQ_REPLY:
            return self._answered(stanza, server, now)
        return self._unlocked(stanza, server, now)

    def _disbelieve(self, stanza: Stanza) -> tuple[Effect, ...]:
        self._counts.disbelieved += 1
        event = Notice("disbelieved", {"from": stanza.sender.bare, "what": stanza.name})
        if not may_be_answered(stanza):
            return (event,)
        return (Reply(iq_error(stanza, "auth", "forbidden")), event)

    def _greeted(self, stanza: Stanza, said: Mapping[str, str], server: Server, now: float) -> tuple[Effect, ...]:
        server.software = said.get("software", "unknown")[:200]
        server.written = stanza.attributes.get("from", "").partition("/")[0]
        server.route = said.get("route", "")[:20]
        server.options = said.get("options", "")[:200]
        server.trouble = None
        reply: tuple[Effect, ...] = ()
        if may_be_answered(stanza):
            attributes = stanza.attributes
            asker, name = attributes.get("from", ""), attributes.get("id", "")
            reply = (Reply(build_iq("result", attributes.get("to", ""), asker, name, self._hello)),)
        event = Notice("hello", {"server": server.jid, "software": server.software, "route": server.route})
        self._pushes.welcome(server, now)
        return (*reply, event, *self._chores.work())

    def _answered(self, stanza: Stanza, server: Server, now: float) -> tuple[Effect, ...]:
        """Take the answer to a push or hello of ours: only trouble is worth a word."""
        name = stanza.id or ""
        trouble = error_condition(stanza) if stanza.type == "error" else ""
        self._pushes.answered(name, server, trouble, now)
        if not trouble:
            said = protocol.element(stanza, "locks")
            refused = [] if said is None else [one.get("jid", "")[:200] for one in said if one.tag == protocol.REFUSED]
            fields = {"server": server.jid, "what": "locks"}
            return tuple(Notice("refused", {**fields, "jid": jid, "why": "not its account"}) for jid in refused[:SHOWN])
        if name.startswith("hello-"):
            if server.greeted:
                return ()  # one of several spellings of its name is none that it knows
            server.trouble = trouble
        return (Notice("refused", {"server": server.jid, "what": name.partition("-")[0], "why": trouble}),)

    def _unlocked(self, stanza: Stanza, server: Server, now: float) -> tuple[Effect, ...]:
        """Pardon an account that an operator of its own server has unlocked there."""
        said = protocol.element(stanza, "unlocked")
        if said is None:
            raise StanzaError("wanted <check/>, <hello/> or <unlocked/>")
        try:
            jid = Jid.parse(said.get("jid", ""))
        except JidError as wrong:
            raise StanzaError(f"<unlocked/>: {wrong}") from wrong
        if not jid.local or jid.domain != server.jid:
            return (Reply(iq_error(stanza, "cancel", "item-not-found", "no account of yours")),)
        self._pushes.orders.withdraw(jid.bare, now)
        pardoned = self._bans.pardon(jid.bare, now) if self._bans is not None else None
        # its server knows already that it is not locked
        effects = [effect for effect in pardoned or () if not isinstance(effect, LockAccount)]
        attributes = stanza.attributes
        answer = build_iq("result", attributes["to"], attributes["from"], attributes.get("id", ""), "")
        event = Notice("account_unlocked", {"jid": jid.bare, "server": server.jid})
        return (Reply(answer, durable=True), event, *self._pushes.owe(effects, now))

    def _report(self, reported: Jid, reporter: str | None, now: float) -> tuple[Effect, ...]:
        self._counts.reports["named" if reporter else "unnamed"] += 1
        policy = self._policy
        about = policy.address_of(reported)
        if policy.trusted.has(about):
            return ()
        by = Jid.parse(reporter) if reporter else None
        evidence = Evidence(
            source=Source.REPORT,
            about=about,
            by=reporter,
            by_ours=by is not None and policy.is_local_user(by),
            local=policy.is_local_user(reported),
            monitored=policy.is_monitored(by or reported),
        )
        return self._pushes.owe(self._seams.learn(evidence, now), now)

    def _published(self, stanza: Stanza, now: float) -> tuple[Effect, ...]:
        """Take in what a service says has happened to its lists, if it is one of ours."""
        if not self._feeds.is_service(stanza.sender.full):
            return self._disbelieve(stanza)
        self._judge.record(stanza, now)
        return self._feeds.published(stanza, now)
