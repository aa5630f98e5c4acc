"""Every namespace that the package knows, once."""

from typing import Final

# RFC 6120 and 6121
CLIENT: Final = "jabber:client"
SERVER: Final = "jabber:server"
COMPONENT: Final = "jabber:component:accept"
"""XEP-0114."""
STREAM: Final = "http://etherx.jabber.org/streams"
STANZA_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
XML: Final = "http://www.w3.org/XML/1998/namespace"
HTML: Final = "http://www.w3.org/1999/xhtml"

# our own (deploy/PROTOCOL.md)
CHECK: Final = "urn:xmppfilter:check:0"
SPAM_TAG: Final = "urn:xmppfilter:tag:0"

# what carries stanzas, or tells of them
FORWARD: Final = "urn:xmpp:forward:0"
"""XEP-0297."""
CARBONS: Final = "urn:xmpp:carbons:2"
"""XEP-0280."""
MAM: Final = ("urn:xmpp:mam:1", "urn:xmpp:mam:2")
"""XEP-0313."""
DELAY: Final = "urn:xmpp:delay"
"""XEP-0203."""
OLD_DELAY: Final = "jabber:x:delay"
"""XEP-0091."""
REPORTING: Final = ("urn:xmpp:reporting:1", "urn:xmpp:reporting:0")
"""XEP-0377."""
REPORTED_JID: Final = "urn:xmpp:jid:0"
"""XEP-0377, version 0.1."""

# publish-subscribe and rooms
PUBSUB: Final = "http://jabber.org/protocol/pubsub"
"""XEP-0060."""
PUBSUB_EVENT: Final = "http://jabber.org/protocol/pubsub#event"
RSM: Final = "http://jabber.org/protocol/rsm"
"""XEP-0059."""
MUC_USER: Final = "http://jabber.org/protocol/muc#user"
"""XEP-0045."""
CONFERENCE: Final = "jabber:x:conference"
"""XEP-0249."""
OCCUPANT_ID: Final = "urn:xmpp:occupant-id:0"
"""XEP-0421."""

# what a client shows
NICK: Final = "http://jabber.org/protocol/nick"
"""XEP-0172."""
XHTML_IM: Final = "http://jabber.org/protocol/xhtml-im"
"""XEP-0071."""
OOB: Final = "jabber:x:oob"
"""XEP-0066."""

# what is encrypted
OMEMO: Final = ("eu.siacs.conversations.axolotl", "urn:xmpp:omemo:1", "urn:xmpp:omemo:2")
"""XEP-0384."""
OPENPGP: Final = "urn:xmpp:openpgp:0"
"""XEP-0373."""
PGP: Final = "jabber:x:encrypted"
"""XEP-0027."""
PGP_SIGNED: Final = "jabber:x:signed"
ENCRYPTION: Final = "urn:xmpp:eme:0"
"""XEP-0380."""

# what stands beside a text
STANZA_ID: Final = "urn:xmpp:sid:0"
"""XEP-0359."""
RECEIPTS: Final = "urn:xmpp:receipts"
"""XEP-0184."""
MARKERS: Final = "urn:xmpp:chat-markers:0"
"""XEP-0333."""
HINTS: Final = "urn:xmpp:hints"
"""XEP-0334."""
CHAT_STATES: Final = "http://jabber.org/protocol/chatstates"
"""XEP-0085."""
CAPABILITIES: Final = "http://jabber.org/protocol/caps"
"""XEP-0115."""
CORRECTION: Final = "urn:xmpp:message-correct:0"
"""XEP-0308."""
REPLY: Final = "urn:xmpp:reply:0"
"""XEP-0461."""
FALLBACK: Final = "urn:xmpp:fallback:0"
"""XEP-0428."""
ATTACHING: Final = "urn:xmpp:message-attaching:1"
"""XEP-0367."""
EVENTS: Final = "jabber:x:event"
"""XEP-0022."""
AVATAR: Final = "vcard-temp:x:update"
"""XEP-0153."""
IDLE: Final = "urn:xmpp:idle:1"
"""XEP-0319."""
PREAUTH: Final = "urn:xmpp:pars:0"
"""XEP-0379."""
BITS: Final = "urn:xmpp:bob"
"""XEP-0231."""
HASHES: Final = "urn:xmpp:hashes:2"
"""XEP-0300."""
