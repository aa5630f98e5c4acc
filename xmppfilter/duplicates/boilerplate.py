"""Sentences that clients write in place of what other clients cannot show.

Where the payload that they stand for is there, it tells; these are for when it is not (old versions, failed encryption,
what a server has stripped). Everybody's client writes the same, so that many people send them says nothing.
"""

from typing import Final

from xmppfilter.duplicates.sketch import Sketch

_SENTENCES: Final = """\
I sent you an OMEMO encrypted message but your client doesn't seem to support that.

I sent you an OMEMO encrypted message but your client doesn't seem to support that.
Find more information on https://conversations.im/omemo

This is an OMEMO encrypted message which your client doesn't seem to support.
Find more information on https://conversations.im/omemo

You received a message encrypted with OMEMO but your client doesn't support OMEMO.

You received a message encrypted with OMEMO but your client doesn't support OMEMO or its support is currently disabled.

This message is encrypted with OMEMO, but your client doesn't seem to support that.

[This message is OMEMO encrypted]

[OMEMO encryption failed]

I sent you a PGP encrypted message but your client doesn't seem to support that.

This is an XEP-0027 encrypted message

This message is encrypted (XEP-0027).

This message is encrypted (XEP-0373: OpenPGP for XMPP).

This message is encrypted using XEP-0374: OpenPGP for XMPP: Instant Messaging.

[This message is OpenPGP encrypted (see XEP-0027)]

This message is encrypted using OpenPGP.

This message is encrypted with OpenPGP for XMPP.

I would like to start a private (OTR encrypted) conversation but your client doesn't seem to support that

This user has requested an Off-the-Record private conversation. However, you do not have a plugin to support that.
See http://otr.cypherpunks.ca/ for more information.

I would like to start an Off-the-Record private conversation, but you do not seem to support that.

I would like to start an Off-the-Record private conversation. However, you do not have a plugin to support that.
See https://otr.cypherpunks.ca/ for more information.

Off-The-Record private conversation has been requested but you do not have a supportive plugin.
Use Pidgin, Gajim or Adium for PC/Mac and Xabber, Conversations or ChatSecure for Android.
Go to http://otr.cypherpunks.ca/ for more information.

/me retracted a previous message, but it's unsupported by your client.

This person attempted to retract a previous message, but it's unsupported by your client.

A sticker has been sent using Movim

I would like to add you to my contact list.

I would like to add you to my roster."""
SENTENCES: Final = tuple(sentence.replace("\n", " ") for sentence in _SENTENCES.split("\n\n"))

STANDARD: Final = frozenset(Sketch(sentence).key for sentence in SENTENCES)
"""The key of the sketch of each, which a text that is nothing more has as well."""
