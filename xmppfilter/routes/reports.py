"""Users' reports of spam (XEP-0377), as servers hand them on."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.namespaces import CHECK, FORWARD, REPORTED_JID, REPORTING
from xmppfilter.stanza.view import Stanza, StanzaError
from xmppfilter.stanza.xml import all_text


@dataclass(frozen=True, slots=True)
class Report:
    """One user's word against one JID."""

    reported: Jid
    reporter: str | None
    """The bare JID of who reported it, where the server says so."""


def is_report(message: Stanza) -> bool:
    """Whether *message* says that it is a report."""
    if all(message.lacks(space.encode()) for space in (*REPORTING, CHECK)):
        return False
    return next(message.children("spam-report", CHECK), None) is not None or _report_in(message.tree) is not None


def report_of(message: Stanza) -> Report:
    """Return the report in *message*.

    Raises StanzaError or JidError where it names nobody, or nobody who can exist.
    """
    ours = next(message.children("spam-report", CHECK), None)
    report = _report_in(ours if ours is not None else message.tree)
    named = ours.get("jid") if ours is not None else None
    if not named and report is not None:
        named = _named_in(report, message.tree)
    if not named:
        raise StanzaError("a report that names no JID")
    reporter = ours.get("reporter") if ours is not None else None
    return Report(Jid.parse(named), Jid.parse(reporter).bare if reporter else None)


def _report_in(parent: Element) -> Element | None:
    return next((found for space in REPORTING if (found := parent.find(f"{{{space}}}report")) is not None), None)


def _named_in(report: Element, message: Element) -> str | None:
    """Return the JID that the report itself names or else, as XEP-0377 says, who sent the message that it came with."""
    if (named := report.find(f"{{{REPORTED_JID}}}jid")) is not None:
        return all_text(named).strip()
    for forwarded in message.iterfind(f"{{{FORWARD}}}forwarded"):
        for stanza in forwarded:
            if sender := stanza.get("from"):
                return sender
    return None
