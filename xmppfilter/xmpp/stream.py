"""slixmpp's component stream without its reflexes: every override of slixmpp's internals stands here.

slixmpp connects, shakes hands and answers disco, version and ping. It never sees a routed stanza: from the stream's
header on the bytes are ours, and slixmpp is given what concerns it, one whole element at a time.
"""

import logging
from typing import Any, Final

from slixmpp.componentxmpp import ComponentXMPP
from slixmpp.exceptions import IqError, IqTimeout, XMPPError
from slixmpp.stanza import Iq
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from xmppfilter.observe.private import where

log = logging.getLogger(__name__)

STREAM_ERROR: Final = "{http://etherx.jabber.org/streams}error"
ADVICE: Final = {
    "not-authorized": "the secret is not the one in the server's configuration (component.secret here)",
    "host-unknown": "the server's configuration has no component of this name (component.jid here)",
    "conflict": "another process is connected as this component",
    "invalid-from": "the server must let this component send from foreign addresses: in Prosody"
    " validate_from_addresses = false in the component's section, in ejabberd check_from: false in its listener",
}
"""What to do about the server's last words (RFC 6120 4.9.3)."""
PLUGINS: Final = ("xep_0030", "xep_0092", "xep_0199")


class _Iq(Iq):
    """An IQ that tells strangers nothing but that there is nothing for them."""

    def unhandled(self) -> None:
        """Answer what nobody here answers (RFC 6120 8.2.3)."""
        if self["type"] in ("get", "set"):
            self._refuse()

    def exception(self, e: Exception) -> None:
        """Keep to ourselves what went wrong with answering; what a handler raised on purpose is its answer."""
        if isinstance(e, XMPPError) and not isinstance(e, IqError | IqTimeout):
            super().exception(e)  # type: ignore[no-untyped-call]
            return
        log.error("answering an IQ failed", extra=where(e))
        if isinstance(self.stream, QuietComponent):
            self.stream.failures += 1
        if self["type"] in ("get", "set"):
            self._refuse()

    def _refuse(self) -> None:
        reply = self.reply()  # type: ignore[no-untyped-call]
        reply["error"]["type"] = "cancel"
        reply["error"]["condition"] = "service-unavailable"
        del reply["error"]["text"]
        reply.send()


class QuietComponent(ComponentXMPP):
    """An XEP-0114 component that does nothing of its own accord but connect, and answer what it is asked about itself.

    To be made while its event loop runs. Raises InvalidJID.
    """

    failures: int
    """Handlers of slixmpp's that raised."""

    def __init__(self, jid: str, secret: str, host: str, port: int, *, name: str, version: str) -> None:
        super().__init__(jid, secret, host, port, fix_error_ns=True)  # type: ignore[no-untyped-call]
        self.failures = 0
        self.enable_direct_tls = False
        self.auto_authorize = None
        self.auto_subscribe = False
        # Its roster grows by each pair of addresses that it sees, and it believes in see-other-host.
        for handler in ("IM", "IMError", "Presence", "Stream Error"):
            self.remove_handler(handler)
        self.remove_stanza(Iq)
        self.register_stanza(_Iq)
        self.register_handler(Callback("Stream Error", MatchXPath(STREAM_ERROR), self._tell_stream_error))
        settings: dict[str, dict[str, Any]] = {
            "xep_0030": {"use_cache": False},
            "xep_0092": {"software_name": name, "version": version},
        }
        for plugin in PLUGINS:
            self.register_plugin(plugin, settings.get(plugin))
        self.plugin["xep_0030"].add_identity(category="component", itype="generic", name=name, jid=self.boundjid)

    def _tell_stream_error(self, error: Any) -> None:
        """Log why the server sends us away, and what to change."""
        condition, text = str(error["condition"]), str(error["text"])
        advice = ADVICE.get(condition, "see the server's log")
        log.error("the server ends the stream", extra={"condition": condition, "text": text, "advice": advice})

    def give(self, data: bytes) -> None:
        """Let slixmpp read the stream's header, or a whole element."""
        super().data_received(data)

    async def idle(self) -> None:
        """Wait until slixmpp has written all that it wanted to send."""
        await self.waiting_queue.join()
