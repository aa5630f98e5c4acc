"""The words of publish-subscribe (XEP-0060), as far as a subscriber of blocklists needs them. Payloads are ignored."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from xmppfilter.stanza.iq import build_iq
from xmppfilter.stanza.namespaces import PUBSUB, PUBSUB_EVENT, RSM
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import escape


@dataclass(frozen=True, slots=True)
class Said:
    """What happened to a node, several things of one kind in a row."""

    node: str
    published: tuple[str, ...] = ()
    """The ids of items that were published."""
    retracted: tuple[str, ...] = ()
    """The ids of items that were retracted; neither: the node holds nothing any more."""


def subscription(own: str, service: str, node: str, name: str, *, wanted: bool) -> bytes:
    """Return the IQ that subscribes *own* to a node, or ends that (XEP-0060 6.1 and 6.2)."""
    verb = "subscribe" if wanted else "unsubscribe"
    inside = f"<pubsub xmlns='{PUBSUB}'><{verb} node='{escape(node)}' jid='{escape(own)}'/></pubsub>"
    return build_iq("set", own, service, name, inside)


def request(own: str, service: str, node: str, name: str, most: int = 0, after: str = "") -> bytes:
    """Return the IQ that asks for the items of a node (XEP-0060 6.5).

    With *most* it asks for a page of so many, *after* the item at which the last one ended (XEP-0059 2.2), which a
    service that knows nothing of pages ignores. `<items/>` goes first: Prosody looks at nothing else.
    """
    behind = f"<after>{escape(after)}</after>" if after else ""
    page = f"<set xmlns='{RSM}'><max>{most}</max>{behind}</set>" if most else ""
    inside = f"<pubsub xmlns='{PUBSUB}'><items node='{escape(node)}'/>{page}</pubsub>"
    return build_iq("get", own, service, name, inside)


def state_of(answer: Stanza) -> str:
    """Return the state that a service gives a subscription; one that says nothing has granted it (XEP-0060 6.1.2)."""
    found = answer.tree.find(f"{{{PUBSUB}}}pubsub/{{{PUBSUB}}}subscription")
    return found.get("subscription", "subscribed") if found is not None else "subscribed"


def is_event(message: Stanza) -> bool:
    """Whether *message* says that something happened to a node."""
    return not message.lacks(PUBSUB_EVENT.encode()) and next(message.children("event", PUBSUB_EVENT), None) is not None


def said(message: Stanza) -> Iterator[Said]:
    """Yield what happened, in the order in which *message* tells it; a node that was deleted was emptied."""
    for event in message.children("event", PUBSUB_EVENT):
        for child in event:
            node, name = child.get("node", ""), child.tag
            if name == f"{{{PUBSUB_EVENT}}}items":
                yield from _items(node, child)
            elif name in (f"{{{PUBSUB_EVENT}}}purge", f"{{{PUBSUB_EVENT}}}delete"):
                yield Said(node)


def _items(node: str, items: Element) -> Iterator[Said]:
    published: list[str] = []
    retracted: list[str] = []
    for item in items:
        name = item.get("id")
        if name is None:
            continue
        if item.tag == f"{{{PUBSUB_EVENT}}}item":
            if retracted:
                yield Said(node, retracted=tuple(retracted))
                retracted.clear()
            published.append(name)
        elif item.tag == f"{{{PUBSUB_EVENT}}}retract":
            if published:
                yield Said(node, published=tuple(published))
                published.clear()
            retracted.append(name)
    if published or retracted:
        yield Said(node, tuple(published), tuple(retracted))
