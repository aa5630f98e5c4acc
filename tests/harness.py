"""A harness played on the core: stanzas go in as XML, rows come out as `xmppfilter replay --json` prints them."""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from xmppfilter.config.policies import Policy
from xmppfilter.config.settings import Component, FilterSection, MountedFilter, Settings
from xmppfilter.gateway.events import RosterKnown
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.catalogue import filter_module
from xmppfilter.registers.rosters import RosterItem
from xmppfilter.replay.replay import Replay, Row
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.view import Stanza

FIVE: Mapping[str, Mapping[str, Any]] = {
    "known_spammers": {},
    "error_without_child": {},
    "groupchat_to_bare_jid": {},
    "presence_subscribe_rate": {},
    "same_long_body": {},
}
LONG = "Buy cheap followers at the best price in town, delivered within the hour, no questions asked, write me now!"
assert len(LONG) > 100


def settings(
    filters: Mapping[str, Mapping[str, Any] | None] = FIVE,
    *,
    policy: Mapping[str, Any] | None = None,
    common: Mapping[str, Mapping[str, Any]] | None = None,
    **others: Any,
) -> Settings:
    """Return settings for example.org and example.net with *filters*; *common* has each filter's common options."""
    mounted = [
        MountedFilter(
            name=name,
            config=filter_module(name).Config.model_validate(dict(options or {})),
            common=FilterSection.model_validate((common or {}).get(name, {})),
        )
        for name, options in filters.items()
    ]
    base: dict[str, Any] = {
        "component": Component(jid="filter.example.org", secret="secret"),
        "domains": ["example.org", "example.net"],
        "rooms": ["conference.example.org"],
        "servers": ["example.org", "example.net"],
    }
    return Settings(**(base | others), policy=Policy.model_validate(dict(policy or {})), filters=mounted)


class Harness:
    """A replay with short words for what is often sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.replay = Replay(settings(*args, **kwargs))

    def send(self, xml: str, at: float | None = None, **peer: str) -> Row:
        return self.replay.feed(Stanza.read(xml, peer), at)

    def message(
        self,
        body: str | None = "Hello",
        *,
        sender: str = "mallory@evil.example/x",
        to: str = "alice@example.org",
        type: str | None = "chat",
        more: str = "",
        at: float | None = None,
        **peer: str,
    ) -> Row:
        kind = f" type={quoteattr(type)}" if type is not None else ""
        said = f"<body>{escape(body)}</body>" if body is not None else ""
        return self.send(
            f"<message from={quoteattr(sender)} to={quoteattr(to)}{kind} id='m1'>{said}{more}</message>", at, **peer
        )

    def subscribe(
        self,
        *,
        sender: str = "mallory@evil.example",
        to: str = "alice@example.org",
        at: float | None = None,
        more: str = "",
        **peer: str,
    ) -> Row:
        return self.send(
            f"<presence from={quoteattr(sender)} to={quoteattr(to)} type='subscribe'>{more}</presence>", at, **peer
        )

    def presence(
        self,
        type: str | None = None,
        *,
        sender: str = "mallory@evil.example/x",
        to: str = "alice@example.org",
    ) -> Row:
        kind = f" type={quoteattr(type)}" if type is not None else ""
        return self.send(f"<presence from={quoteattr(sender)} to={quoteattr(to)}{kind}/>")

    def iq(
        self,
        type: str = "get",
        *,
        sender: str = "mallory@evil.example/x",
        to: str = "alice@example.org/phone",
        id: str = "q1",
    ) -> Row:
        addresses = f"from={quoteattr(sender)} to={quoteattr(to)}"
        return self.send(
            f"<iq {addresses} type={quoteattr(type)} id={quoteattr(id)}><ping xmlns='urn:xmpp:ping'/></iq>"
        )

    def offend(
        self, *, sender: str = "mallory@evil.example/x", to: str = "alice@example.org", at: float | None = None
    ) -> Row:
        """Send what error_without_child alone takes for spam: one offence, of the weight 1.0."""
        return self.message("Look!", sender=sender, to=to, type="error", at=at)

    def report(
        self,
        reported: str,
        reporter: str | None = "alice@example.org",
        *,
        origin: str = "example.org",
        at: float | None = None,
    ) -> Row:
        """Hand on a user's report, as the server *origin* would."""
        who = f" reporter={quoteattr(reporter)}" if reporter is not None else ""
        return self.send(
            f"<message from={quoteattr(origin)} to='filter.example.org'>"
            f"<spam-report xmlns='urn:xmppfilter:check:0'{who} jid={quoteattr(reported)}>"
            "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/></spam-report></message>",
            at,
        )

    @property
    def gateway(self) -> Gateway:
        return self.replay._gateway

    def roster(self, user: str, *items: RosterItem, at: float | None = None) -> None:
        self.replay.feed(RosterKnown(Jid.parse(user), items), at)

    def command(self, *words: str, at: float | None = None) -> Any:
        return self.replay.feed(words, at)["result"]


def item(
    jid: str, subscription: str = "none", ask: str | None = None, approved: bool = False, name: str = ""
) -> RosterItem:
    return RosterItem(Jid.parse(jid), subscription, ask, approved, name)
