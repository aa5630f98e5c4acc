"""Between the bytes of a stream and the gateway: what servers ask takes the fast way, everything else the slow one.

The fast way reads the shape that servers' modules write, on the bytes themselves, and answers with bytes: the sender's
own XML or a small IQ. The slow way parses. Both end in the same gateway and decide alike; what is neither the
protocol's nor routed (disco, ping, stream errors) is slixmpp's.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from xmppfilter.gateway.events import Received, TooLarge
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.effects import Effect, Event, Fetch, Forward, LockAccount, PushBan, Reply, Send, Subscribe
from xmppfilter.judging.verdict import PASSING, Action, Verdict
from xmppfilter.lists import pubsub
from xmppfilter.observe.log import log_event
from xmppfilter.observe.private import where
from xmppfilter.routes import protocol
from xmppfilter.routes.fast import new_reading
from xmppfilter.routes.pushes import Server
from xmppfilter.stanza.iq import iq_error, may_be_answered
from xmppfilter.stanza.namespaces import CHECK, CLIENT, SPAM_TAG, STREAM
from xmppfilter.stanza.view import Kind, Stanza, StanzaError, read_value
from xmppfilter.stanza.xml import XmlError, escape, is_deeper, parse_strictly, self_contained
from xmppfilter.xmpp.splitter import Oversized, Splitter

log = logging.getLogger(__name__)

_TAG: Final = SPAM_TAG.encode()
_OUR_ID: Final = re.compile(r"[a-z]+-[0-9]+")
"""The ids that the gateway gives; slixmpp's have no hyphen."""
_LARGEST_IQ: Final = 1 << 14
"""Bytes that a question about ourselves may have."""
_DEEPEST_IQ: Final = 20
"""How deep its elements may be nested."""
_LONGEST_REPLY: Final = 1 << 16
"""Bytes that an answer may have which quotes what a stranger wrote: far below what servers take from components."""
_STREAM: Final = (f"<stream:stream xmlns:stream='{STREAM}'>".encode(), b"</stream:stream>")
# how an ordinary stanza begins, in either quotes, and how it begins without a namespace of its own
_DECLARED: Final = {
    name: ((f"<{name} xmlns='{CLIENT}'".encode(), f'<{name} xmlns="{CLIENT}"'.encode()), f"<{name}".encode())
    for name in ("message", "presence")
}
_DECLARATION: Final = len(f" xmlns='{CLIENT}'")
# reading a member of an enumeration costs as much as a call, up to Python 3.11
_DELIVER: Final = Action.DELIVER


@dataclass(frozen=True, slots=True)
class _Asker:
    """A server that asks in some way, or hands over."""

    server: Server
    opening: str
    """What an answer has before the id, its bytes as Latin-1; empty: no answer is wanted."""
    answers: Mapping[Action, str]
    """What it has behind the id, by action; not for a tag, which says more."""


class Wire:
    """One stream's traffic, from the end of its header on."""

    def __init__(
        self,
        gateway: Gateway,
        clock: Callable[[], float],
        *,
        to_slixmpp: Callable[[bytes], None],
        confirm: Callable[[bytes], None] | None = None,
        max_stanza_size: int,
    ) -> None:
        """Route by *gateway*; hand whole elements that are slixmpp's to *to_slixmpp*.

        *confirm* has what has been learnt stored at once, and then writes an answer, or nothing. None: there is no
        store.
        """
        self.ended = False
        """The server has closed its stream."""
        self._gateway = gateway
        self._clock = clock
        self._to_slixmpp = to_slixmpp
        self._confirm = confirm
        self._max = max_stanza_size
        self._splitter = Splitter(max_stanza_size)
        self._read = new_reading(self._find_asker)
        self._known: dict[str, Server] | None = None

    def receive(self, data: bytes, out: list[bytes]) -> None:
        """Take in what came, and add to *out* what is to be written.

        Raises StreamBroken; what stands in *out* then is to be written all the same.
        """
        if self._gateway.servers is not self._known:
            self._known = self._gateway.servers
            self._read = new_reading(self._find_asker)
        splitter = self._splitter
        now = self._clock()
        at, size = 0, len(data)
        if splitter.carries:
            element, at = splitter.complete(data)
            if element is not None and (isinstance(element, Oversized) or self._ask(element, 0, now, out) < 0):
                self._handle(element, now, out)
        while at < size and not self.ended:
            end = self._ask(data, at, now, out)
            if end < 0:
                end = splitter.begin(data, at)
                if end == at:
                    element, end = splitter.cut(data, at)
                    if element is not None:
                        self._handle(element, now, out)
            at = end

    # --- the fast way

    def _ask(self, data: bytes, at: int, now: float, out: list[bytes]) -> int:
        """Judge what a believed server asks about or has wrapped, if that is what stands at *at* in the ordinary shape.

        Returns where it ends, or -1 where it is anything else, or not all there.
        """
        question = self._read(data, at)
        if question is None:
            return -1
        asker, name, stanza, end = question
        if end - at > self._max:
            return -1

        gateway = self._gateway
        gateway.asked(asker.server, now)
        outcome = gateway.route(stanza, now)
        verdict = outcome.verdict
        if asker.opening:
            answer = asker.answers.get(verdict.action)
            if answer is not None:
                out.append(f"{asker.opening}{name}{answer}".encode("latin-1"))
            else:
                out.append(self._tagged(asker, name, verdict))
        elif verdict.action is _DELIVER:
            self._deliver(stanza, out)
        else:
            self._pass_on(stanza, verdict, out)
        if outcome.effects:
            self.perform(outcome.effects, out)
        return end

    def _find_asker(self, asks: bool, given: Mapping[str, str], quote: str) -> _Asker | None:
        """Return who asks (or else hands over), by the attributes of the start tag; None: nobody who is believed."""
        kind, sender, to = (given.get(key, "") for key in ("type", "from", "to"))
        own = self._gateway.setup.jid.bare
        server = self._gateway.servers.get(sender)
        if server is None or to != own or kind != ("set" if asks else ""):
            return None
        if not asks:
            return _Asker(server, "", {})
        behind = f"{quote} from='{escape(own)}' to='{escape(sender)}'>".encode().decode("latin-1")
        answers = {action: f"{behind}{said}</iq>" for action, said in protocol.SAID.items()}
        return _Asker(server, f"<iq type='result' id={quote}", answers)

    def _tagged(self, asker: _Asker, name: str, verdict: Verdict) -> bytes:
        asked = {"from": asker.server.jid, "to": self._gateway.setup.jid.bare, "id": read_value(name.encode("latin-1"))}
        return protocol.answer(asked, verdict)

    def _deliver(self, stanza: Stanza, out: list[bytes]) -> None:
        raw = stanza.raw
        declared, opening = _DECLARED[stanza.name]
        if raw.startswith(declared) and stanza.is_plain and raw.find(_TAG) < 0:
            out += (opening, raw[len(opening) + _DECLARATION :])
        else:
            self._forward(stanza, b"", out)

    def _pass_on(self, stanza: Stanza, verdict: Verdict, out: list[bytes]) -> None:
        if verdict.action in PASSING:
            self._forward(stanza, protocol.tag_of(verdict), out)
        elif verdict.action is Action.BOUNCE:
            self._reply(protocol.bounce(stanza), out)

    def _forward(self, stanza: Stanza, tag: bytes, out: list[bytes]) -> None:
        try:
            out.append(stanza.for_stream(tag))
        except XmlError as wrong:
            # it would end the stream for everybody
            self._malformed(str(wrong))

    # --- the slow way

    def _handle(self, element: bytes | Oversized, now: float, out: list[bytes]) -> None:
        """Take in any one *element*."""
        try:
            if isinstance(element, Oversized):
                self.perform(self._gateway.handle(TooLarge(*element), now), out)
            elif element.startswith(b"</"):
                self.ended = True
            elif (stanza := _stanza(element)) is None:
                self._give(element)
            elif stanza.name == "iq" and self._is_about_us(stanza):
                self._tell_about_us(stanza, out)
            else:
                self.perform(self._gateway.handle(Received(stanza), now), out)
        except Exception as failure:  # noqa: BLE001 - told, and counted
            # one stanza must not cost all the others their stream
            log.error("handling a stanza failed", extra=where(failure))  # noqa: TRY400 - its message may quote it
            self._gateway.counts.failures += 1

    def _is_about_us(self, iq: Stanza) -> bool:
        if not self._gateway.is_for_us(iq):
            return False
        if iq.kind is Kind.IQ_REPLY:
            return not _OUR_ID.fullmatch(iq.id or "")
        return iq.lacks(CHECK.encode())

    def _tell_about_us(self, iq: Stanza, out: list[bytes]) -> None:
        """Let slixmpp answer what servers and admins ask about the component itself; others learn nothing.

        slixmpp copies what it is asked by recursion.
        """
        if not may_be_answered(iq):
            return
        setup = self._gateway.setup
        if iq.recipient.full != setup.jid.bare:
            self._reply(iq_error(iq, "cancel", "service-unavailable"), out)
        elif iq.sender.bare not in setup.servers and iq.sender.bare not in setup.admins:
            self._gateway.counts.disbelieved += 1
            self._reply(iq_error(iq, "cancel", "service-unavailable"), out)
        elif not iq.well_formed:
            self._malformed("an IQ that is not well-formed")
            self._reply(iq_error(iq, "modify", "bad-request"), out)
        elif len(iq.raw) > _LARGEST_IQ or is_deeper(iq.tree, _DEEPEST_IQ):
            self._reply(iq_error(iq, "modify", "policy-violation"), out)
        elif not self._give(self_contained(iq.raw)):
            self._reply(iq_error(iq, "modify", "bad-request"), out)

    def _give(self, element: bytes) -> bool:
        """Let slixmpp have *element*, if its parser will not stumble over it, which would end the stream."""
        try:
            parse_strictly(element.join(_STREAM))
        except XmlError as wrong:
            self._malformed(str(wrong))
            return False
        self._to_slixmpp(element)
        return True

    def _reply(self, xml: bytes, out: list[bytes], *, durable: bool = False) -> None:
        """Answer, unless what is quoted in *xml* makes it so long that the server might end the stream for it."""
        if len(xml) > _LONGEST_REPLY:
            self._malformed("an id too long to be quoted")
        elif durable and self._confirm is not None:
            self._confirm(xml)
        else:
            out.append(xml)

    def _malformed(self, problem: str) -> None:
        self._gateway.counts.malformed += 1
        log_event(Event("malformed", {"problem": problem}))

    def perform(self, effects: Iterable[Effect], out: list[bytes]) -> None:  # noqa: C901 - one for each effect
        """Add to *out* what *effects* send, and log what they tell."""
        for effect in effects:
            match effect:
                case Forward():
                    self._forward(effect.stanza, effect.tag, out)
                case Reply(xml, durable):
                    self._reply(xml, out, durable=durable)
                case Send(xml):
                    out.append(xml)
                case Subscribe(service, node, name, wanted):
                    own = self._gateway.setup.written
                    out.append(pubsub.subscription(own, service, node, name, wanted=wanted))
                case Fetch(service, node, name, most, after):
                    out.append(pubsub.request(self._gateway.setup.written, service, node, name, most, after))
                case Event():
                    log_event(effect)
                case LockAccount():
                    # it is in an IQ of the gateway's by now: what its server does must not be forgotten by us
                    if self._confirm is not None:
                        self._confirm(b"")
                case PushBan():
                    """The gateway itself has put it into IQs, which are sent when their server has greeted us."""
                case _:
                    assert_never(effect)


def _stanza(element: bytes) -> Stanza | None:
    try:
        return Stanza.parse(element)
    except StanzaError:
        try:
            return Stanza.read(element)
        except StanzaError:
            return None
