"""What clients put into messages, in the situations of ordinary life."""

STATES = "http://jabber.org/protocol/chatstates"
RECEIPTS = "urn:xmpp:receipts"
MARKERS = "urn:xmpp:chat-markers:0"
JINGLE = "urn:xmpp:jingle-message:0"
_HINTS = "urn:xmpp:hints"
_STORE = f"<store xmlns='{_HINTS}'/>"

_OMEMO = (
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'><key rid='2' prekey='true'>a2V5</key>"
    "<iv>aXY=</iv></header><payload>cGF5bG9hZA==</payload></encrypted>"
    f"<encryption xmlns='urn:xmpp:eme:0' name='OMEMO' namespace='eu.siacs.conversations.axolotl'/>{_STORE}"
)
_OMEMO_2 = (
    "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'><keys jid='someone@example.net'><key rid='2'>a2V5</key></keys>"
    "</header><payload>cGF5bG9hZA==</payload></encrypted>"
    f"<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>{_STORE}"
)
_OX = (
    "<openpgp xmlns='urn:xmpp:openpgp:0'>b3BlbnBncA==</openpgp>"
    f"<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:openpgp:0'/>{_STORE}"
)
# What clients send with no text of their own, and the order in which it makes sense.
BODILESS = (
    f"<composing xmlns='{STATES}'/>",
    f"<paused xmlns='{STATES}'/>",
    f"<received xmlns='{RECEIPTS}' id='c-said'/>",
    f"<received xmlns='{MARKERS}' id='c-said'/>",
    f"<displayed xmlns='{MARKERS}' id='c-said'/>",
    f"<reactions xmlns='urn:xmpp:reactions:0' id='c-said'><reaction>\N{EYES}</reaction></reactions>{_STORE}",
    f"<apply-to xmlns='urn:xmpp:fasten:0' id='c-said'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>{_STORE}",
    "<attention xmlns='urn:xmpp:attention:0'/>",
)
_CALL = "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/>"
CALL = (
    f"<propose xmlns='{JINGLE}' id='c-call'>{_CALL}</propose>{_STORE}",
    f"<retract xmlns='{JINGLE}' id='c-call'/>{_STORE}",
)
ENCRYPTED = (f"<body>I sent you an encrypted message</body>{_OMEMO}", _OMEMO, _OMEMO_2, _OX)
