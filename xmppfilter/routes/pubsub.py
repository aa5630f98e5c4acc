"""The words of publish-subscribe (XEP-0060), as far as a subscriber of blocklists needs them. Payloads are ignored."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from xmppfilter.routes import protocol
from xmppfilter.stanza import Stanza
from xmppfilter.xmltree import escape

PUBSUB: Final = "http://jabber.org/protocol/pubsub"
EVENT: Final = f"{PUBSUB}#event"


@dataclass(frozen=True, slots=True)
class Published:
    """One thing that happened to a node."""

    node: str
    added: str | None = None
    """The id of an item that was published."""
    removed: str | None = None
    """The id of an item that was retracted; neither: the node holds nothing any more."""


def subscription(own: str, service: str, node: str, name: str, *, wanted: bool) -> bytes:
    """Return the IQ that subscribes *own* to a node, or ends that (XEP-0060 6.1 and 6.2)."""
    verb = "subscribe" if wanted else "unsubscribe"
    inside = f"<pubsub xmlns='{PUBSUB}'><{verb} node='{escape(node)}' jid='{escape(own)}'/></pubsub>"
    return protocol.iq("set", own, service, name, inside)


def request(own: str, service: str, node: str, name: str) -> bytes:
    """Return the IQ that asks for all items of a node (XEP-0060 6.5)."""
    return protocol.iq("get", own, service, name, f"<pubsub xmlns='{PUBSUB}'><items node='{escape(node)}'/></pubsub>")


def state_of(answer: Stanza) -> str:
    """Return the state that a service gives a subscription; one that says nothing has granted it (XEP-0060 6.1.2)."""
    found = answer.tree.find(f"{{{PUBSUB}}}pubsub/{{{PUBSUB}}}subscription")
    return found.get("subscription", "subscribed") if found is not None else "subscribed"


def items_of(answer: Stanza) -> tuple[str, ...] | None:
    """Return the ids of the items in *answer*; None where it is no list of items."""
    items = answer.tree.find(f"{{{PUBSUB}}}pubsub/{{{PUBSUB}}}items")
    return None if items is None else tuple(item.get("id", "") for item in items.iterfind(f"{{{PUBSUB}}}item"))


def is_event(message: Stanza) -> bool:
    """Whether *message* says that something happened to a node."""
    return not message.lacks(EVENT.encode()) and next(message.children("event", EVENT), None) is not None


def published(message: Stanza) -> Iterator[Published]:
    """Yield what happened, in the order in which *message* tells it; a node that was deleted was emptied."""
    for event in message.children("event", EVENT):
        for child in event:
            node, name = child.get("node", ""), child.tag
            if name == f"{{{EVENT}}}items":
                yield from _items(node, child)
            elif name in (f"{{{EVENT}}}purge", f"{{{EVENT}}}delete"):
                yield Published(node)


def _items(node: str, items: Element) -> Iterator[Published]:
    for item in items:
        name = item.get("id")
        if name is not None and item.tag == f"{{{EVENT}}}item":
            yield Published(node, added=name)
        elif name is not None and item.tag == f"{{{EVENT}}}retract":
            yield Published(node, removed=name)
