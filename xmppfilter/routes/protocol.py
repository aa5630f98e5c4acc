"""The words of `urn:xmppfilter:check:0` (deploy/PROTOCOL.md): what is read of it, and what is said in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from encodings.idna import nameprep
from itertools import chain
from typing import Final
from xml.etree.ElementTree import Element

from xmppfilter.judging.verdict import Action, Finding, Verdict
from xmppfilter.stanza.jid import a_labels
from xmppfilter.stanza.namespaces import CHECK, FORWARD, SPAM_TAG, STANZA_ERRORS
from xmppfilter.stanza.positions import start_of
from xmppfilter.stanza.timestamps import timestamp
from xmppfilter.stanza.view import Stanza, StanzaError
from xmppfilter.stanza.xml import XmlError, escape, parse

REFUSAL: Final = "This was not delivered, by the policy of the server."
"""All that a bounce says: neither the filter nor what it saw."""
BANS_PER_IQ: Final = 500
"""And as many locks."""
ROOM_PER_IQ: Final = 1 << 16
"""Characters after which no more of them follow: 256 kB in any script, half of what Prosody takes from a component."""
LEAVING: Final = f"<leaving xmlns='{CHECK}'/>"

_FORWARDED: Final = f"{{{FORWARD}}}forwarded"
_NAME: Final = re.compile(rb"<([^\s/>]+)")
_ACCEPT: Final = "accept"
_BOUNCE: Final = "action='bounce' type='cancel' condition='policy-violation'"
SAID: Final[Mapping[Action, str]] = {
    Action.DELIVER: f"<verdict xmlns='{CHECK}' action='{_ACCEPT}'/>",
    Action.BOUNCE: f"<verdict xmlns='{CHECK}' {_BOUNCE}>{REFUSAL}</verdict>",
    Action.DROP: f"<verdict xmlns='{CHECK}' action='drop'/>",
}
"""The verdicts that say nothing but what becomes of the stanza: all but a tag."""


def unwrap(wrapper: Stanza) -> Stanza:
    """Return the stanza inside *wrapper*, a message: the one child of its `<forwarded/>` (XEP-0297).

    It is cut out of the wrapper's text, so that it stays the sender's own. Raises StanzaError.
    """
    return _unwrap(wrapper.tree, wrapper, (wrapper.tree.tag,))


def question_of(stanza: Stanza) -> Stanza | None:
    """Return the stanza that *stanza*, an IQ to us, asks about; None if it asks nothing. Raises StanzaError."""
    check = element(stanza, "check")
    return None if check is None else _unwrap(check, stanza, (stanza.tree.tag, check.tag))


def _unwrap(parent: Element, wrapper: Stanza, path: tuple[str, ...]) -> Stanza:
    forwarded = parent.find(_FORWARDED)
    inner = [] if forwarded is None else [child for child in forwarded if _is_stanza(child)]
    if len(inner) != 1:
        raise StanzaError(f"wanted one <forwarded/> with one stanza in it; found {len(inner)} stanzas")
    meta = next((dict(child.attrib) for child in parent if child.tag.rpartition("}")[2] == "meta"), {})
    return Stanza.of_element(inner[0], _cut(wrapper.raw, (*path, _FORWARDED, inner[0].tag)), meta)


def _is_stanza(element: Element) -> bool:
    return element.tag.rpartition("}")[2] in {"message", "presence", "iq"}


def _cut(raw: bytes, path: tuple[str, ...]) -> bytes | None:
    """Return the text of the element at *path* in *raw*, or None where it needs declarations from outside of it."""
    start = start_of(raw, path)
    name = _NAME.match(raw, start)
    if name is None:
        return None
    # Its end is the last end tag of that name before <forwarded/> ends: if the two make one element, it is that one.
    closing = b"</" + name[1]
    end = raw.rfind(closing, start, raw.rfind(b"</", start, raw.rfind(b"forwarded", start)))
    end = raw.find(b">", start if end < 0 else end) + 1
    try:
        return raw[start:end] if parse(raw[start:end]).tag == path[-1] else None
    except XmlError:
        return None


def tag_of(verdict: Verdict) -> bytes:
    """Return our element for a stanza that is delivered tagged, or nothing for any other."""
    if verdict.action is not Action.TAG:
        return b""
    decider = verdict.decided_by.filter if verdict.decided_by else ""
    return f"<spam xmlns='{SPAM_TAG}' score='{verdict.score:g}' filter='{escape(decider)}'/>".encode()


def tagged(verdict: Verdict) -> str:
    """Return the `<verdict/>` that has the server deliver the stanza with our element in it."""
    return f"<verdict xmlns='{CHECK}' action='{_ACCEPT}'>{tag_of(verdict).decode()}</verdict>"


def bounce(stanza: Stanza) -> bytes:
    """Return the error by which *stanza* is refused: addresses swapped, same id, nothing of what it said."""
    attributes = stanza.attributes
    name = f" id='{escape(attributes['id'])}'" if "id" in attributes else ""
    addresses = f"from='{escape(attributes.get('to', ''))}' to='{escape(attributes.get('from', ''))}'"
    return (
        f"<{stanza.name} type='error'{name} {addresses}>"
        f"<error type='cancel'><policy-violation xmlns='{STANZA_ERRORS}'/>"
        f"<text xmlns='{STANZA_ERRORS}' xml:lang='en'>{REFUSAL}</text></error></{stanza.name}>"
    ).encode()


def hello(software: str, route: str, options: str, most: int) -> str:
    """Return our `<hello/>`; *most* bytes is the largest question that we take."""
    said = f"software='{escape(software)}' route='{escape(route)}' options='{escape(options)}' max='{most}'"
    return f"<hello xmlns='{CHECK}' version='0' {said}/>"


def bans(entries: Iterable[tuple[str, float]], *, full: bool, exceptions: Iterable[str] | None = None) -> Iterator[str]:
    """Yield `<bans/>` elements, some hundreds of *entries* in each: JID, and until when in Unix time (0: no longer).

    A *full* list may say that the banned are dropped unasked, but for these *exceptions*.
    """
    spared = (f"<except jid='{escape(jid)}'/>" for jid in exceptions or ())
    parts = _parts(chain(spared, map(_ban, entries)))
    if full:
        unasked = "" if exceptions is None else " unasked='drop'"
        yield f"<bans xmlns='{CHECK}' full='true'{unasked}>{next(parts, '')}</bans>"
    for part in parts:
        yield f"<bans xmlns='{CHECK}'>{part}</bans>"


def _ban(entry: tuple[str, float]) -> str:
    jid, until = entry
    if not until:
        return f"<unban jid='{escape(jid)}'/>"
    return f"<ban jid='{escape(jid)}' until='{timestamp(until)}'/>"


def spellings(jid: str) -> tuple[str, ...]:
    """Return the spellings by which a server may know *jid*, in our normal form: where its domain is no ASCII, two.

    Servers keep U-labels and A-labels apart, and normalise the former by RFC 3491, which makes of some U-labels
    another domain: those exist as A-labels alone.
    """
    if jid.isascii():
        return (jid,)
    bare, slash, resource = jid.partition("/")
    local, at, domain = bare.rpartition("@")
    if domain.isascii():
        return (jid,)
    ascii_form = f"{local}{at}{a_labels(domain)}{slash}{resource}"
    return (jid, ascii_form) if _is_nameprepped(domain) else (ascii_form,)


def _is_nameprepped(domain: str) -> bool:
    try:
        return nameprep(domain) == domain
    except UnicodeError:
        return False


REFUSED: Final = f"{{{CHECK}}}refused"
"""The name of what names an account that a server did not lock."""


def locks(entries: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """Yield `<locks/>` elements, some hundreds of *entries* in each: an account, and whether it is to be locked."""
    for part in _parts(map(_lock, entries)):
        yield f"<locks xmlns='{CHECK}'>{part}</locks>"


def one_locks(entries: Iterable[tuple[str, bool]]) -> str:
    """Return one `<locks/>` element with all *entries*."""
    return f"<locks xmlns='{CHECK}'>{''.join(map(_lock, entries))}</locks>"


def _lock(entry: tuple[str, bool]) -> str:
    jid, locked = entry
    return f"<{'lock' if locked else 'unlock'} jid='{escape(jid)}'/>"


def _parts(orders: Iterable[str]) -> Iterator[str]:
    """Put together as many *orders* as one IQ may have: addresses may be long, and a server ends a stream for less."""
    part: list[str] = []
    room = ROOM_PER_IQ
    for order in orders:
        part.append(order)
        room -= len(order)
        if room <= 0 or len(part) == BANS_PER_IQ:
            yield "".join(part)
            part, room = [], ROOM_PER_IQ
    if part:
        yield "".join(part)


def element(stanza: Stanza, name: str) -> Element | None:
    """Return the child of *stanza* of that name in our namespace."""
    return next(stanza.children(name, CHECK), None)


def describe(findings: Iterable[Finding]) -> str:
    """Return *findings* as one line of words."""
    return "; ".join(f"{finding.rule} ({finding.score:+g}): {finding.detail}" for finding in findings)
