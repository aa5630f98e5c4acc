"""Where a text may stand in a stanza: `%s` is the text, as XML has it."""

from typing import Final

FORM: Final = "<x xmlns='jabber:x:data' type='form'>{}</x>"

OMEMO_KEYS: Final = (
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'><key rid='2'>AAAA</key></header>{}</encrypted>"
)
OMEMO: Final = OMEMO_KEYS.format("<payload>BBBB</payload>")

CARRIERS: Final = {
    "subject": "<subject>%s</subject>",
    "XHTML-IM (XEP-0071)": (
        "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>%s</p></body>"
        "</html>"
    ),
    "description of data out of band (XEP-0066)": (
        "<x xmlns='jabber:x:oob'><url>https://a.example</url><desc>%s</desc></x>"
    ),
    "forwarded (XEP-0297)": (
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>%s</body></message></forwarded>"
    ),
    "forwarded subject": (
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><subject>%s</subject>"
        "</message></forwarded>"
    ),
    "thread": "<thread>%s</thread>",
    "nick (XEP-0172)": "<nick xmlns='http://jabber.org/protocol/nick'>%s</nick>",
    "title of a form (XEP-0004)": FORM.format("<title>%s</title>"),
    "label of a form": FORM.format("<field label='%s' var='a'/>"),
    "value of a form": FORM.format("<field var='a'><value>%s</value></field>"),
    "name of a roster item (XEP-0144)": (
        "<x xmlns='http://jabber.org/protocol/rosterx'><item jid='a@b' name='%s'/></x>"
    ),
    "name of a file (XEP-0447)": (
        "<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>%s</name>"
        "</file></file-sharing>"
    ),
    "description of a file (XEP-0385)": (
        "<reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'>"
        "<file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><desc>%s</desc></file></media-sharing></reference>"
    ),
    "description of a link (XEP-0511)": (
        "<Description xmlns='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        "<meta xmlns='http://www.w3.org/1999/xhtml' property='og:description' content='%s'/></Description>"
    ),
    "real-time text (XEP-0301)": "<rtt xmlns='urn:xmpp:rtt:0' seq='1' event='new'><t>%s</t></rtt>",
    "a body of another namespace": "<body xmlns='urn:example:b'>%s</body>",
    "an extension that nobody knows": "<x xmlns='urn:example:x'><y><z>%s</z></y></x>",
    "an attribute of one": "<x xmlns='urn:example:x'><y desc='%s'/></x>",
    "behind an element": "<x xmlns='urn:example:x'><y/>%s</x>",
    "an extension with a prefix": "<e:x xmlns:e='urn:example:x'>%s</e:x>",
    "CDATA in it": "<x xmlns='urn:example:x'><![CDATA[%s]]></x>",
}
"""What a client may show, known to us or not."""

LINKS: Final = {
    "http-auth (XEP-0070)": "<confirm xmlns='http://jabber.org/protocol/http-auth' id='a' method='GET' url='%s'/>",
    "reference (XEP-0372)": "<reference xmlns='urn:xmpp:reference:0' begin='0' end='2' type='data' uri='%s'/>",
    "file sharing (XEP-0447)": (
        "<file-sharing xmlns='urn:xmpp:sfs:0'><sources>"
        "<url-data xmlns='http://jabber.org/protocol/url-data' target='%s'/>"
        "</sources></file-sharing>"
    ),
    "media sharing (XEP-0385)": (
        "<reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'><sources>"
        "<reference xmlns='urn:xmpp:reference:0' type='data' uri='%s'/></sources></media-sharing></reference>"
    ),
    "value of a form (XEP-0004)": FORM.format("<field var='a'><value>%s</value></field>"),
    "media of a form (XEP-0221)": FORM.format(
        "<field var='a'><media xmlns='urn:xmpp:media-element'><uri type='image/png'>%s</uri></media></field>"
    ),
    "event of pubsub (XEP-0060)": (
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='1'>"
        "<entry xmlns='http://www.w3.org/2005/Atom'><link href='%s'/></entry></item></items></event>"
    ),
    "thumbnail (XEP-0264)": "<thumbnail xmlns='urn:xmpp:thumbs:1' uri='%s'/>",
    "out of band (XEP-0066)": "<x xmlns='jabber:x:oob'><url>%s</url></x>",
    "an extension that nobody knows": "<x xmlns='urn:example:x' url='%s'/>",
}
"""Where clients show links."""

INVISIBLE: Final = {
    "origin id (XEP-0359)": "<origin-id xmlns='urn:xmpp:sid:0' id='%s'/>",
    "receipt (XEP-0184)": "<received xmlns='urn:xmpp:receipts' id='%s'/>",
    "text in a receipt": "<received xmlns='urn:xmpp:receipts'>%s</received>",
    "marker (XEP-0333)": "<displayed xmlns='urn:xmpp:chat-markers:0' id='%s'/>",
    "chat state (XEP-0085)": "<active xmlns='http://jabber.org/protocol/chatstates'/><!-- %s -->",
    "correction (XEP-0308)": "<replace xmlns='urn:xmpp:message-correct:0' id='%s'/>",
    "hint (XEP-0334)": "<store xmlns='urn:xmpp:hints'/><?say %s?>",
    "what encrypts (XEP-0380)": "<encryption xmlns='urn:xmpp:eme:0' name='%s' namespace='urn:xmpp:omemo:2'/>",
    "a payload that nobody can read": "<encrypted xmlns='urn:xmpp:omemo:2'><payload>%s</payload></encrypted>",
    "delay (XEP-0203)": "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'>%s</delay>",
    "call (XEP-0353)": "<propose xmlns='urn:xmpp:jingle-message:0' id='%s'><description media='audio'/></propose>",
    "fallback (XEP-0428)": "<fallback xmlns='urn:xmpp:fallback:0' for='%s'><body start='9999'/></fallback>",
    "attribute that no client shows": "<x xmlns='urn:example:x' y='%s'/>",
    "token of an invitation (XEP-0379)": "<preauth xmlns='urn:xmpp:pars:0' token='%s'/>",
}
"""What no client shows."""

HANDED_ON: Final = {
    "an event of a feed (XEP-0060)": (
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='1'>"
        "<entry xmlns='http://www.w3.org/2005/Atom'><title>%s</title></entry></item></items></event>"
    ),
    "a room's message by MUC/Sub": (
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:mucsub:nodes:messages'>"
        "<item id='1'><message xmlns='jabber:client' type='groupchat'><body>%s</body></message></item></items></event>"
    ),
    "a message of an archive (XEP-0313)": (
        "<result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'>"
        "<message xmlns='jabber:client'><body>%s</body></message></forwarded></result>"
    ),
    "a carbon (XEP-0280)": (
        "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
        "<message xmlns='jabber:client'><body>%s</body></message></forwarded></received>"
    ),
}
"""What services hand on to many alike, because each of them asked for it."""

TOKENS: Final = {
    "thread": "<thread>e0ffe42b28561960c6b12b944a092794b9683a38</thread>",
    "avatar (XEP-0153)": "<x xmlns='vcard-temp:x:update'><photo>e0ffe42b28561960c6b12b944a092794b9683a38</photo></x>",
    "hash of a file (XEP-0300)": (
        "<x xmlns='urn:example:x'><hash algo='sha-256'>2XarmwTlNxDAMkvymloX3S5+VbylNrJt=</hash></x>"
    ),
    "type of a form": FORM.format(
        "<field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#request</value></field>"
    ),
    "mention (XEP-0372)": (
        "<reference xmlns='urn:xmpp:reference:0' begin='0' end='5' type='mention' uri='xmpp:a@b.example'/>"
    ),
    "an id that nobody knows": "<x xmlns='urn:example:x' value='0c2c9c2e-2c1b-4a39-8f0a-5f3f1c7f3d1e'>client/1.2.3</x>",
}
"""What many clients may send alike, and is nobody's words."""
