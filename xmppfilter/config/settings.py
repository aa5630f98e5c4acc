"""The shape of the configuration: every section and option outside the filters' own, with type, default and bounds."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, ModelWrapValidatorHandler, PrivateAttr, Tag, model_validator

from xmppfilter.config.keys import LIST_TAG, SECTION_TAG
from xmppfilter.config.policies import Policy
from xmppfilter.judging.options import (
    BareJidText,
    DomainsText,
    DomainText,
    FileText,
    HostText,
    ListenText,
    Mode,
    NetworkText,
    Options,
    Size,
    WhomText,
)

Score = Annotated[float, Field(ge=-1000, le=1000)]


class Component(Options):
    """How to reach the server as an XEP-0114 component; the secret is given in one of two ways."""

    jid: DomainText = Field(
        description="The component's own address, as the server's configuration names it.",
        examples=["filter.example.org"],
    )
    secret: str | None = Field(
        default=None,
        min_length=1,
        description="The secret shared with the server.",
        examples=["a long random text, the same as in the server's configuration"],
    )
    secret_file: FileText | None = Field(
        default=None,
        min_length=1,
        description="A file that holds the secret, in place of `secret`.",
        examples=["/etc/xmppfilter/secret"],
    )
    host: HostText = Field(default="127.0.0.1", description="Where the server listens for components.")
    port: int = Field(default=5347, ge=1, le=65535, description="The port it listens on.")
    _written: str = PrivateAttr("")

    @model_validator(mode="wrap")
    @classmethod
    def _keep_spelling(cls, data: Any, read: ModelWrapValidatorHandler["Component"]) -> "Component":
        component = read(data)
        if isinstance(data, Mapping):
            component._written = str(data.get("jid", "")).strip()  # noqa: SLF001 - our own
        return component

    @property
    def written(self) -> str:
        """The component's own address as the configuration spells it: servers know it by one spelling alone."""
        return self._written or self.jid


class Trusted(Options):
    """Senders that no filter judges, whatever they are banned or listed for."""

    jids: list[WhomText] = Field(
        default_factory=list,
        description="Bare JIDs, or patterns of them (bot-*@example.net). A room is meant without its occupants.",
        examples=[["alerts@example.net"]],
    )
    domains: list[DomainsText] = Field(
        default_factory=list,
        description="Domains with everybody there, occupants of rooms too; *.example.net: all below one.",
        examples=[["news.example.net"]],
    )
    ips: list[NetworkText] = Field(
        default_factory=list,
        description="Addresses of servers and clients that stanzas come from, as the server tells them. With any, "
        "servers drop nothing of the banned unasked, for they cannot know whose ban is void.",
        examples=[["192.0.2.0/24"]],
    )


class Directions(Options):
    """Whom stanzas are from, or to."""

    from_: list[WhomText] = Field(default_factory=list, alias="from", description="Stanzas from these.")
    to: list[WhomText] = Field(default_factory=list, description="Stanzas to these.")


WhomsOrDirections = Annotated[
    Annotated[list[WhomText], Tag(LIST_TAG)] | Annotated[Directions, Tag(SECTION_TAG)],
    Discriminator(lambda value: SECTION_TAG if isinstance(value, dict | Directions) else LIST_TAG),
]


class FilterSection(Options):
    """The options that every filter has; they are taken out of its section before its own are read."""

    mode: Mode = Field(default="enforce", description="monitor: list its findings, add no score.")
    score: Score | None = Field(default=None, description="What each of its findings weighs.", examples=[4])
    scores: dict[str, Score] = Field(default_factory=dict, description="The same by rule.", examples=[{"copies": 4}])
    only: WhomsOrDirections = Field(
        default_factory=list,
        description="Only stanzas from or to these: bare JIDs, domains, or patterns of them. "
        "By direction: {from: [...], to: [...]}.",
        examples=[["example.net"]],
    )
    except_: WhomsOrDirections = Field(
        default_factory=list,
        alias="except",
        description="No stanza from or to these: bare JIDs, domains, or patterns (*.example.net, bot-*@example.net). "
        "By direction: {from: [...], to: [...]}.",
        examples=[["news@example.net"]],
    )


class Store(Options):
    """Where bans and counters outlive the process."""

    sqlite: FileText = Field(
        min_length=1,
        description="A database file; made when missing.",
        examples=["/var/lib/xmppfilter/state.db"],
    )


class Http(Options):
    """Where metrics, health and the status are served, read-only; a token in one of two ways, or none."""

    listen: ListenText = Field(
        description="The address and port; without a token only this machine's own, 127.0.0.1 or [::1].",
        examples=["127.0.0.1:8799"],
    )
    token: str | None = Field(
        default=None,
        min_length=1,
        description="What everything but /healthz and /readyz demands, as `Authorization: Bearer TOKEN`.",
        examples=["a-long-random-text"],
    )
    token_file: FileText | None = Field(
        default=None,
        min_length=1,
        description="A file that holds the token, in place of `token`.",
        examples=["/etc/xmppfilter/token"],
    )


class Log(Options):
    """What is logged, and how."""

    format: Literal["text", "json"] = Field(default="text", description="text for people, json for machines.")
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least weighty message that is logged; bodies and full JIDs only with debug."
    )


class MountedFilter(Options):
    """One filter as configured, its own options read by its own module."""

    name: str
    config: Any
    common: FilterSection


class Settings(Options):
    """A whole configuration, checked."""

    component: Component = Field(description="How to reach the server.")
    domains: list[DomainText] = Field(
        min_length=1,
        description="The domains whose users are protected.",
        examples=[["example.org", "example.net"]],
    )
    rooms: list[DomainText] = Field(
        default_factory=list,
        description="Local MUC services: their addresses are not users.",
        examples=[["conference.example.org"]],
    )
    services: list[DomainText] = Field(
        default_factory=list,
        description="Our other components, such as pubsub or upload: they and all addresses there are no strangers. "
        "List no transports to other networks, unless you trust whomever they relay.",
        examples=[["pubsub.example.org", "upload.example.org"]],
    )
    trusted: Trusted = Field(
        default=Trusted(), description="Senders that no filter judges, whatever they are banned or listed for."
    )
    servers: list[BareJidText] = Field(
        default_factory=list,
        description="JIDs that may hand us stanzas, reports and rosters (default: the domains).",
        examples=[["example.org"]],
    )
    admins: list[BareJidText] = Field(
        default_factory=list,
        description="JIDs of the operators: accounts of ours among them are never disabled, and they and the servers "
        "may ask the component what it is (service discovery, version, ping); to others it is an unknown service.",
        examples=[["admin@example.org"]],
    )
    route: Literal["verdict", "inline"] = Field(
        default="verdict",
        description="How the server hands stanzas over. "
        "verdict: it asks, and nothing is lost without us; inline: it sends them through us.",
    )
    policy: Policy = Field(default=Policy(), description="What is done with what is found.")
    filters: list[MountedFilter] = Field(
        default_factory=list, description="The filters that are on; nothing behind a name means its defaults."
    )
    store: Store | None = Field(
        default=None, description="Where bans and counters outlive the process; absent: nowhere."
    )
    control: FileText | None = Field(
        default=None,
        min_length=1,
        description="The socket that `xmppfilter status` asks (default: control.sock beside the store).",
        examples=["/run/xmppfilter/control.sock"],
    )
    http: Http | None = Field(
        default=None,
        description="Where /metrics, /healthz, /readyz and /api/status are served; absent: nowhere.",
    )
    log: Log = Field(default=Log(), description="What is logged, and how.")
    max_stanza_size: Size = Field(
        default=1 << 20,
        ge=10_000,
        le=64 << 20,
        description="The largest stanza on the server's stream that is looked into; a larger one is judged by its "
        "addresses alone. The server is told not to ask anything larger.",
    )

    def believed(self) -> list[str]:
        """Return the JIDs that may hand us stanzas."""
        return self.servers or self.domains
