"""The yardstick: a plain slixmpp component that sends back whatever it is sent. `python -m tests.bench.plain PORT`."""

import asyncio
import logging
import sys
from typing import Any

from slixmpp import ComponentXMPP
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

CHECK = "{jabber:component:accept}iq/{urn:xmppfilter:check:0}check"


async def main(port: int) -> None:
    component = ComponentXMPP("filter.example.org", "secret", "127.0.0.1", port)  # type: ignore[no-untyped-call]

    def echo(stanza: Any) -> None:
        stanza.send()

    for event in ("message", "message_error", "presence_subscribe"):
        component.add_event_handler(event, echo)
    component.register_handler(Callback("check", MatchXPath(CHECK), lambda iq: iq.reply().send()))
    await component.connect()
    await component.disconnected


logging.basicConfig(level=logging.WARNING)
asyncio.run(main(int(sys.argv[1])))
