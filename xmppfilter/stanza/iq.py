"""IQs of our own: requests, results and errors (RFC 6120 8.2.3 and 8.3)."""

from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.namespaces import STANZA_ERRORS
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import escape


def build_iq(kind: str, sender: str, recipient: str, name: str, inside: str = "") -> bytes:
    """Return an IQ of type *kind* with *inside*, XML, in it."""
    start = f"<iq type='{kind}' id='{escape(name)}' from='{escape(sender)}' to='{escape(recipient)}'"
    return (f"{start}>{inside}</iq>" if inside else f"{start}/>").encode()


def iq_error(question: Stanza, kind: str, condition: str, text: str = "") -> bytes:
    """Return the error that answers *question*, without its payload."""
    words = f"<text xmlns='{STANZA_ERRORS}' xml:lang='en'>{escape(text)}</text>" if text else ""
    inside = f"<error type='{kind}'><{condition} xmlns='{STANZA_ERRORS}'/>{words}</error>"
    attributes = question.attributes
    return build_iq("error", attributes.get("to", ""), attributes.get("from", ""), attributes.get("id", ""), inside)


def may_be_answered(stanza: Stanza) -> bool:
    """Whether an IQ with an id was asked, which RFC 6120 8.2.3 wants answered."""
    return stanza.kind is Kind.IQ and stanza.id is not None


def error_condition(stanza: Stanza) -> str:
    """Return the defined condition of *stanza*, of type error (RFC 6120 8.3.3); `an error` where it names none."""
    error = next(stanza.children("error"), None)
    conditions = [child.tag.rpartition("}")[2] for child in (error if error is not None else ())]
    return next((name for name in conditions if name != "text"), "an error")
