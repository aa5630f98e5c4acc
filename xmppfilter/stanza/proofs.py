"""What is proven of a stanza by one look at its bytes, without parsing them."""

import re

# What clients put beside a body that says nothing to a reader: message ids (XEP-0359), receipts (XEP-0184), chat states
# (XEP-0085), markers (XEP-0333), hints (XEP-0334), capabilities (XEP-0115).
_OTHERS = rb"(?: (?!xmlns)[a-z-]++='[^'<]*+')+"
_QUIET_SPACE = rb"urn:xmpp:(?:sid:0|receipts|chat-markers:0|hints)|http://jabber\.org/protocol/(?:chatstates|caps)"
# Most have no other attribute, and to see that is quicker than to repeat a group no times. The alternatives exclude
# each other: else every element would double the ways to match a stanza.
_QUIET = rb"<[a-z-]++(?: xmlns='|%b xmlns=')(?:%b)'(?: ?/>|%b ?/>)" % (_OTHERS, _QUIET_SPACE, _OTHERS)
ORDINARY = re.compile(
    rb"(?:<body>([^<]*+)</body>)?(?:(?:%b)*|(?:%b)*)</(?:message|presence)>" % (_QUIET, _QUIET.replace(b"'", b'"'))
)


def child_pattern(name: str, tag: str) -> re.Pattern[bytes]:
    """Return a pattern for `Stanza.shows`: the first direct child called *name*, as the expression *tag* has it.

    It is only found behind children that have nothing but text in them, which proves that it is a direct child. A `>`
    that is followed by another tag is no part of an attribute.
    """
    others = rf"\s*<(?!{name}[\s/>])([A-Za-z_][\w.-]*+)(?:\s[^>]*+)?(?:(?<=/)>|(?<!/)>[^<]*+</\1\s*>)(?=\s*<)"
    return re.compile(rf"(?:{others})*\s*{tag}(?=<)".encode())
