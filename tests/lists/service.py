"""A pubsub service that publishes one list, and gives it in the manner of one server or another."""

from collections.abc import Iterable
from itertools import count

from xmppfilter.judging.effects import Fetch, Subscribe

BL, NODE = "xmppbl.example", "spam_source_domains"
PUBSUB = "http://jabber.org/protocol/pubsub"
RSM = "http://jabber.org/protocol/rsm"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
PAYLOAD = "<x xmlns='urn:x'/>"


class Service:
    """Its items, in the order in which they were published.

    The manners: `ejabberd` names places by the time of publication, which outlasts the item, and says how many stand
    before a page; with SQL it says that of no page; `Prosody` knows nothing of pages; `by item` takes the id of an
    item for a place, which is gone with the item (XEP-0059 2.2); `small pages` gives less than it is asked for.
    """

    def __init__(self, manner: str = "ejabberd", items: Iterable[str] = ()) -> None:
        self.jid = BL
        self.manner = manner
        self.subscribed = False
        self._clock = count(1)
        self.items: dict[str, int] = {item: next(self._clock) for item in items}
        self.fetched: list[Fetch] = []
        """What was asked of it."""

    # --- each returns the event that tells it, if there is somebody to tell

    def publish(self, item: str) -> str | None:
        self.items.setdefault(item, next(self._clock))
        return self._event(f"<items node='{NODE}'><item id='{item}'>{PAYLOAD}</item></items>")

    def retract(self, item: str) -> str | None:
        if self.items.pop(item, None) is None:
            return None
        return self._event(f"<items node='{NODE}'><retract id='{item}'/></items>")

    def purge(self) -> str | None:
        self.items.clear()
        return self._event(f"<purge node='{NODE}'/>")

    def _event(self, what: str) -> str | None:
        return self.event(what) if self.subscribed else None

    @staticmethod
    def event(what: str) -> str:
        return f"<message from='{BL}' to='filter.example.org'><event xmlns='{PUBSUB}#event'>{what}</event></message>"

    # --- answers

    def answer(self, request: Subscribe | Fetch) -> str:
        if isinstance(request, Subscribe):
            self.subscribed = request.wanted
            return iq(request, f"<subscription node='{NODE}' subscription='subscribed'/>")
        self.fetched.append(request)
        if not request.most or self.manner == "Prosody":
            return iq(request, items(self.items))
        most = 1 if self.manner == "small pages" else request.most
        behind = [*self.items.items()]
        if request.after and self.manner == "by item":
            if request.after not in self.items:
                return refusal(request, "item-not-found")
            behind = [pair for pair in behind if pair[1] > self.items[request.after]]
        elif request.after:
            behind = [pair for pair in behind if pair[1] > int(request.after)]
        page = behind[:most]
        index = 0 if self.manner == "ejabberd with SQL" else len(self.items) - len(behind)
        ends = [item if self.manner == "by item" else str(when) for item, when in page]
        places = f"<first index='{index}'>{ends[0]}</first><last>{ends[-1]}</last>" if page else ""
        return iq(request, items(item for item, _ in page) + rsm(f"{places}<count>{len(self.items)}</count>"))


def iq(request: Subscribe | Fetch, inside: str) -> str:
    content = f"<pubsub xmlns='{PUBSUB}'>{inside}</pubsub>"
    return f"<iq type='result' id='{request.id}' from='{BL}' to='filter.example.org'>{content}</iq>"


def refusal(request: Subscribe | Fetch, condition: str) -> str:
    error = f"<error type='cancel'><{condition} xmlns='{STANZAS}'/></error>"
    return f"<iq type='error' id='{request.id}' from='{BL}' to='filter.example.org'>{error}</iq>"


def items(names: Iterable[str]) -> str:
    inside = "".join(f"<item id='{name}'>{PAYLOAD}</item>" for name in names)
    return f"<items node='{NODE}'>{inside}</items>"


def rsm(inside: str) -> str:
    return f"<set xmlns='{RSM}'>{inside}</set>"
