"""Between the bytes of a stream and the gateway: what servers ask is read quickly, everything else is parsed.

Questions in the shape that servers' modules write are read on the bytes themselves. Whatever else comes is split off,
parsed and handled by the gateway, which reads the other questions; both are answered in one place
(`xmppfilter.routes.questions`). What is neither the protocol's nor routed (disco, ping, stream errors) is slixmpp's.
"""

import logging
import re
from collections.abc import Callable, Iterable
from typing import Final, assert_never

from xmppfilter.gateway.events import Received, TooLarge
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.effects import Effect, Fetch, Forward, LockAccount, Notice, PushBan, Reply, Send, Subscribe
from xmppfilter.lists import pubsub
from xmppfilter.observe.log import log_event
from xmppfilter.observe.private import where
from xmppfilter.routes.route import LONGEST_REPLY, TOO_LONG
from xmppfilter.stanza.iq import iq_error, may_be_answered
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.namespaces import CHECK, STREAM
from xmppfilter.stanza.view import Stanza, StanzaError
from xmppfilter.stanza.xml import XmlError, is_deeper, parse_strictly, self_contained
from xmppfilter.xmpp.splitter import Oversized, Splitter

log = logging.getLogger(__name__)

_OUR_ID: Final = re.compile(r"[a-z]+-[0-9]+")
"""The ids that the gateway gives; slixmpp's have no hyphen."""
_LARGEST_IQ: Final = 1 << 14
"""Bytes that a question about ourselves may have."""
_DEEPEST_IQ: Final = 20
"""How deep its elements may be nested."""
_STREAM: Final = (f"<stream:stream xmlns:stream='{STREAM}'>".encode(), b"</stream:stream>")


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
        self._questions = gateway.questions
        self._clock = clock
        self._to_slixmpp = to_slixmpp
        self._confirm = confirm
        self._max = max_stanza_size
        self._splitter = Splitter(max_stanza_size)

    def receive(self, data: bytes, out: list[bytes]) -> None:
        """Take in what came, and add to *out* what is to be written.

        Raises StreamBroken; what stands in *out* then is to be written all the same.
        """
        splitter, most = self._splitter, self._max
        read, answer = self._questions.read_bytes, self._questions.answer
        now = self._clock()
        at, size = 0, len(data)
        if splitter.carries:
            element, at = splitter.complete(data)
            if element is not None:
                self._take(element, now, out)
        while at < size and not self.ended:
            question = read(data, at)
            if question is not None and question[3] - at <= most:
                # `_take`, written out: nearly all that comes is asked here, and a call is two percent of it
                outcome = answer(question, now, out)
                if outcome.effects:
                    self.perform(outcome.effects, out)
                at = question[3]
                continue
            start = splitter.begin(data, at)
            if start > at:
                at = start
                continue
            element, at = splitter.cut(data, at)
            if element is not None:
                self._handle(element, now, out)

    def _take(self, element: bytes | Oversized, now: float, out: list[bytes]) -> None:
        """Take in *element*, which came in several reads: what is asked in the ordinary shape, or anything else."""
        question = None if isinstance(element, Oversized) else self._questions.read_bytes(element, 0)
        if question is None:
            self._handle(element, now, out)
            return
        outcome = self._questions.answer(question, now, out)
        if outcome.effects:
            self.perform(outcome.effects, out)

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
        if not self._questions.is_for_us(iq):
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
        """Answer, unless *xml* is too long, for what it quotes."""
        if len(xml) > LONGEST_REPLY:
            self._malformed(TOO_LONG)
        elif durable and self._confirm is not None:
            self._confirm(xml)
        else:
            out.append(xml)

    def _malformed(self, problem: str) -> None:
        self._gateway.counts.malformed += 1
        log_event(Notice("malformed", {"problem": problem}))

    def perform(self, effects: Iterable[Effect], out: list[bytes]) -> None:
        """Add to *out* what *effects* send, and log what they tell."""
        for effect in effects:
            match effect:
                case Reply(xml, durable):
                    self._reply(xml, out, durable=durable)
                case Forward(xml) | Send(xml):
                    out.append(xml)
                case Subscribe(service, node, name, wanted):
                    own = self._gateway.setup.written
                    out.append(pubsub.subscription(own, service, node, name, wanted=wanted))
                case Fetch(service, node, name, most, after):
                    out.append(pubsub.request(self._gateway.setup.written, service, node, name, most, after))
                case Notice():
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
