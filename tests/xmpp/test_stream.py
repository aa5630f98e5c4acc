"""What is relied upon in slixmpp is there: when this fails, a new slixmpp wants a look at xmppfilter/xmpp/stream.py."""

import inspect
from hashlib import sha256

import pytest
from slixmpp.basexmpp import BaseXMPP
from slixmpp.componentxmpp import ComponentXMPP
from slixmpp.stanza import Iq
from slixmpp.xmlstream.xmlstream import XMLStream

from tests import harness
from tests.xmpp.server import SECRET
from xmppfilter.build import Core
from xmppfilter.config.settings import Component
from xmppfilter.memory.state import State
from xmppfilter.observe.verdicts import Journal
from xmppfilter.xmpp.component import FilterComponent
from xmppfilter.xmpp.stream import QuietComponent

RELIED_UPON = (
    XMLStream.data_received,
    XMLStream.connection_made,
    XMLStream.connection_lost,
    XMLStream.eof_received,
    XMLStream._attempt_connection,
    XMLStream._connect_loop,
    XMLStream.cancel_connection_attempt,
    XMLStream.run_filters,
    ComponentXMPP.__init__,
    ComponentXMPP.start_stream_handler,
    ComponentXMPP._handle_handshake,
    BaseXMPP.__init__,
    Iq.unhandled,
    Iq.__init__,
)
FINGERPRINT = "6fa244f74526d804"


def test_the_internals_that_we_rest_on_are_those_we_know() -> None:
    source = "".join(inspect.getsource(function) for function in RELIED_UPON)
    assert sha256(source.encode()).hexdigest()[:16] == FINGERPRINT


def test_nothing_is_overridden_but_what_has_to_be() -> None:
    ours = {name for kind in (FilterComponent, QuietComponent) for name in vars(kind)}
    theirs = {name for kind in ComponentXMPP.__mro__ for name in vars(kind)}
    own = {name for name in ours & theirs if not name.startswith("__")}
    assert own == {"data_received", "pause_writing", "resume_writing"}


async def test_no_attribute_of_ours_is_one_of_theirs() -> None:
    component = FilterComponent(
        Component(jid="filter.example.org", secret="unused"),
        SECRET,
        Core(harness.settings(), State()).gateway,
        Journal(),
    )
    theirs = vars(ComponentXMPP("filter.example.org", SECRET))  # type: ignore[no-untyped-call]
    ours = inspect.getsource(FilterComponent.__init__) + inspect.getsource(QuietComponent.__init__)
    set_by_us = {name for name in vars(component) if f"self.{name} =" in ours or f"self.{name}:" in ours}
    assert set_by_us & set(theirs) == {"enable_direct_tls"}


@pytest.mark.parametrize("name", ["IM", "IMError", "Presence", "Stream Error"])
async def test_the_handlers_that_are_taken_away_were_there(name: str) -> None:
    component = ComponentXMPP("filter.example.org", SECRET)  # type: ignore[no-untyped-call]
    assert component.remove_handler(name)
