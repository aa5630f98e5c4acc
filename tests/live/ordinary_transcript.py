"""What somebody was told, without what differs from one performance to the next by nature."""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

from tests.live.xmlstream import Received

Transcript = dict[str, dict[str, list[str]]]
"""For each person, and for each sender that has told them something, the stanzas in their order."""

FENCE = "fence-"
"""How the ids of our own IQs begin: they belong to no situation."""

# Whole: what a server makes up at random may well begin with "c-", but is longer.
_SCRIPTED_ID = re.compile(r"(?:c-[a-z0-9]{1,12}|raw\d+)\Z")
_PASSING = re.compile(r" \{http://www\.w3\.org/XML/1998/namespace\}lang='\w+'|\n  \{urn:xmpp:sid:0\}stanza-id .*")
"""What an error bears that has gone through the archive on its way."""
_RSM = "{http://jabber.org/protocol/rsm}"
_DISCO = "{http://jabber.org/protocol/disco#"
_CLIENT = "{jabber:client}"
_FORWARD = "{urn:xmpp:forward:0}"
_FEATURES = ("urn:xmpp:reporting:", "urn:xmppfilter:")
_STAMPED = {"stamp", "secs"}
_MADE_BY_SERVERS = {f"{_RSM}first", f"{_RSM}last"}
_CLOCKS = {"{urn:xmpp:time}time", "{jabber:iq:version}query"}
_ROSTER = "{jabber:iq:roster}query"


def transcript(heard: Iterable[Received], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the stanzas of *heard* by sender; *names* maps what is peculiar to a performance to what stands for it."""
    told: dict[str, list[str]] = defaultdict(list)
    for stanza in heard:
        if (stanza.get("id") or "").startswith(FENCE):
            continue
        told[_plain(_sender(stanza.element), names)].append(_plain(_written(stanza.element, ""), names))
    return dict(told)


def _sender(element: Element) -> str:
    """Return whose word this is: of something archived or a carbon copy, that of the stanza inside."""
    inner = element.find(f"*/{_FORWARD}forwarded/{_CLIENT}message")
    return element.get("from", "") if inner is None else f"{inner.get('from', '')} by {element.get('from', '')}"


def differences(told: Transcript, expected: Transcript) -> str:
    """Return what is missing (-) and what is there instead (+), or ''."""
    return "\n".join(difflib.unified_diff(_lines(expected), _lines(told), "without", "with", lineterm=""))


def errors_by_content(told: Transcript) -> Transcript:
    """Return *told* with its errors as such, whenever they came, whatever their language, archived or not."""
    return {
        who: {sender: _errors_last(stanzas) for sender, stanzas in senders.items()} for who, senders in told.items()
    }


def _errors_last(stanzas: list[str]) -> list[str]:
    errors = [_PASSING.sub("", stanza) for stanza in stanzas if _is_error(stanza)]
    return [*(stanza for stanza in stanzas if not _is_error(stanza)), *sorted(errors)]


def _is_error(stanza: str) -> bool:
    return " type='error'" in stanza.partition("\n")[0]


def _lines(told: Transcript) -> list[str]:
    return [
        line
        for who, senders in sorted(told.items())
        for sender, stanzas in sorted(senders.items())
        for line in (f"=== {who} is told by {sender}", *"\n".join(stanzas).split("\n"))
    ]


def _plain(text: str, names: Mapping[str, str]) -> str:
    for peculiar, common in names.items():
        text = text.replace(peculiar, common)
    return text


def _written(element: Element, indent: str) -> str:
    attributes = "".join(f" {name}={_value(element, name, value)!r}" for name, value in sorted(element.attrib.items()))
    text = "*" if element.tag in _MADE_BY_SERVERS else (element.text or "").strip()
    lines = [f"{indent}{element.tag}{attributes} {text}".rstrip()]
    children = [_written(child, f"{indent}  ") for child in element if not _is_ours(child)]
    if element.tag.startswith(_DISCO):
        children.sort()
    if element.tag not in _CLOCKS:
        lines += children
    return "\n".join(lines)


def _is_ours(element: Element) -> bool:
    """Whether this is a feature that the shim brings: reports (XEP-0377) are taken, and questions are asked."""
    return element.tag == f"{_DISCO}info}}feature" and element.get("var", "").startswith(_FEATURES)


def _value(element: Element, name: str, value: str) -> str:
    if name == "id" and not _SCRIPTED_ID.match(value):
        return "*"
    if name in _STAMPED or (name == "ver" and element.tag == _ROSTER):
        return "*"
    return value
