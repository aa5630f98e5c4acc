"""Catches senders that are on a blocklist: their address, their domain, or their server's address.

Lists come from services that publish them by pubsub (real-time blocklists such as xmppbl.org), from files with an
entry a line, and from the operators' own words (`xmppfilter ctl lists add`). Services are asked to agree: `agree` says
how many of them must list the same; a file or an operator needs nobody's agreement. What is allowed goes before all
lists. A service's domains are matched exactly; files may say `*.spam.example` for every domain below one. A node of a
service may have any name if it is said what it holds: domains, jids_sha256 (SHA-256 of bare JIDs in hex),
jids_or_domains_sha256, or ips. While a long list is read, stanzas are judged by the one before.

Never looks at: what the stanza says, groupchat, errors, IQs, presence other than subscribe; and the domain and the
network address of our own users, which a service may list without knowing what it does. What services and files say of
domains of ours, of users, rooms or services, counts nowhere, and is told as the event `domain_listed`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from xmppfilter.judging.case import Case
from xmppfilter.judging.effects import Effect, Notice
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import FileNames, FileText, JidText, MinuteOrLonger, Options, Remark
from xmppfilter.judging.verdict import Finding, Rank, Verdict
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.entry import Entry
from xmppfilter.lists.globs import MOST_GLOBS, is_glob
from xmppfilter.lists.lists import ListFile, Lists, Wanted
from xmppfilter.lists.reading import read_entry
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.kind import Kind

RULES = {
    "domain": "the sender's domain is listed",
    "jid": "the sender's address is listed",
    "ip": "the address that the sender connects from, or its server does, is listed",
}


def _reads_as(kind: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        read_entry(kind, text)
        return text

    return check


Holds = Literal["domains", "jids_sha256", "jids_or_domains_sha256", "ips"]
"""What the ids of a node's items are; a hash is the SHA-256 of the bare JID, or of the domain, in lower-case hex."""
NODES: Final[Mapping[str, Holds]] = {
    "spam_source_domains": "domains",
    "spam_source_jids_sha256": "jids_sha256",
    "muc_bans_sha256": "jids_or_domains_sha256",
    "spam_source_ips": "ips",
}
"""The names that are in use, and what these nodes hold wherever they are."""
_OWN: Final = "{name: ours, holds: domains}"


class Node(Options):
    """One node of a service."""

    name: str = Field(min_length=1, max_length=1023, description="What the service calls it.")
    holds: Holds = Field(description="What its items are.")

    @field_validator("name")
    @classmethod
    def _is_one_line(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError("wanted the name of a node, in one line")
        return name


def _well_known(value: Any) -> Any:
    if isinstance(value, dict | Node):
        return value
    if not isinstance(value, str) or value not in NODES:
        expected = ", ".join(f"'{name}'" for name in (*NODES, _OWN))
        raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": expected})
    return {"name": value, "holds": NODES[value]}


def _names_are_nodes(schema: dict[str, Any]) -> None:
    schema["items"] = {"anyOf": [{"enum": [*NODES]}, schema["items"]]}


class Service(Options):
    """One service that publishes blocklists."""

    jid: JidText = Field(description="Its address; nobody else is believed.")
    nodes: list[Annotated[Node, BeforeValidator(_well_known)]] = Field(
        default=[Node(name=name, holds=NODES[name]) for name in ("spam_source_domains", "spam_source_jids_sha256")],
        min_length=1,
        description=f"What it publishes: nodes by their usual names, or as {_OWN}.",
        json_schema_extra=_names_are_nodes,
    )


class Files(FileNames):
    """Files with an entry a line; what begins with # is a comment."""

    domains: list[FileText] = Field(
        default_factory=list,
        description="Domains; *.spam.example is every domain below that one.",
        examples=[["/etc/xmppfilter/domains.txt"]],
    )
    jids: list[FileText] = Field(
        default_factory=list,
        description="JIDs, or their SHA-256 in hex; spam*@spam.example, *@spam.example, *@*.spam.example.",
        examples=[["/etc/xmppfilter/jids.txt"]],
    )
    ips: list[FileText] = Field(
        default_factory=list, description="IP addresses and networks.", examples=[["/etc/xmppfilter/ips.txt"]]
    )
    urls: list[FileText] = Field(
        default_factory=list,
        description="URLs, with or without a scheme, and all below their paths.",
        examples=[["/etc/xmppfilter/urls.txt"]],
    )

    def named(self) -> tuple[ListFile, ...]:
        """Return the files with what they list."""
        return tuple(ListFile(kind, path) for kind, paths in self for path in paths)


class Allow(Options):
    """What is never listed, whoever lists it."""

    domains: list[Annotated[str, AfterValidator(_reads_as("domain"))]] = Field(
        default_factory=list, description="Domains, and all their users.", examples=[["conversations.im"]]
    )
    jids: list[Annotated[str, AfterValidator(_reads_as("jid"))]] = Field(
        default_factory=list,
        description="JIDs; a * stands for anything in friend*@spam.example, *@spam.example, *@*.spam.example.",
        examples=[["friend@spam.example"]],
    )
    ips: list[Annotated[str, AfterValidator(_reads_as("ip"))]] = Field(
        default_factory=list, description="IP addresses and networks.", examples=[["192.0.2.7"]]
    )

    @field_validator("jids")
    @classmethod
    def _few_patterns(cls, jids: list[str]) -> list[str]:
        if sum(map(is_glob, jids)) > MOST_GLOBS:
            raise ValueError(f"wanted at most {MOST_GLOBS} JIDs with a *")
        return jids

    def entries(self) -> tuple[Entry, ...]:
        """Return all of them."""
        return tuple(read_entry(kind.removesuffix("s"), text) for kind, texts in self for text in texts)


class Config(Options):
    """Options of blocklist."""

    services: list[Service] = Field(
        default_factory=list,
        description=f"Services that publish blocklists, at nodes of the usual names or as {_OWN}.",
        examples=[[{"jid": "xmppbl.org", "nodes": ["spam_source_domains", "spam_source_jids_sha256"]}]],
    )
    agree: int = Field(default=1, ge=1, le=100, description="How many of the services must list the same.")
    files: Files = Field(default=Files(), description="Files with an entry a line, read again when they change.")
    allow: Allow = Field(default=Allow(), description="What no list applies to.")
    refresh: MinuteOrLonger = Field(default=43_200.0, description="How often the services' lists are fetched anew.")
    max_growth: int = Field(
        default=50_000, ge=1, le=1_000_000, description="Entries by which one update may lengthen a service's list."
    )

    @field_validator("services")
    @classmethod
    def _hold_one_thing(cls, services: list[Service]) -> list[Service]:
        held: dict[Feed, str] = {}
        for service in services:
            for node in service.nodes:
                if (other := held.setdefault(Feed(service.jid, node.name), node.holds)) != node.holds:
                    where = f"the node {node.name!r} of {service.jid}"
                    raise ValueError(f"wanted {where} to hold one thing, not {other} and {node.holds}")
        return services

    @model_validator(mode="after")
    def _enough_services(self) -> "Config":
        names = {service.jid for service in self.services}
        if self.services and self.agree > len(names):
            raise ValueError(f"wanted agree to be at most {len(names)}, for no more services can list the same")
        return self

    def remarks(self, others: Collection[str]) -> Iterable[Remark]:  # noqa: ARG002 - it looks at nobody else
        """Tell where nothing is listed."""
        if not self.services and not any(names for _, names in self.files):
            yield (), "no services and no files: it finds only what `xmppfilter ctl lists add` adds"

    @property
    def feeds(self) -> dict[Feed, Holds]:
        """Every node of every service, once, with what it holds."""
        return {Feed(service.jid, node.name): node.holds for service in self.services for node in service.nodes}


_DAY: Final = 86_400.0
_RANK: Final = Rank.SENDER_LISTED
_MOST_TOLD: Final = 10_000
"""Accounts of ours that are listed, and were told of within a day."""


class Filter:
    """Looks the sender up; the lists themselves are kept by the gateway, for other filters look into them as well."""

    stage: ClassVar = Stage.ADDRESS
    kinds: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})
    observes: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, config: Config, state: Scope) -> None:
        self._wanted = Wanted(
            feeds=config.feeds,
            files=config.files.named(),
            agree=config.agree,
            allow=config.allow.entries(),
            max_growth=config.max_growth,
            refresh=config.refresh,
        )
        self._lists = state.shared(Lists)
        self._key = state.key
        self._told = state.set("told", capacity=_MOST_TOLD, seconds=_DAY)

    def check(self, case: Case, now: float) -> tuple[Finding, ...] | None:  # noqa: ARG002 - the contract's
        """Find a sender that is listed."""
        listed, sender = self._lists.blocked, case.sender
        ip = case.stanza.ip if listed.has_networks and not case.from_local_user else ""
        by_domain = None if case.from_local_user else listed.domain(sender.domain)
        by_jid = listed.jid(sender)
        by_ip = listed.ip(ip) if ip else None
        if not (by_domain or by_jid or by_ip):  # as nearly all
            return None
        if self._lists.allows(sender, "" if case.from_local_user else case.stanza.ip):
            return None
        if not case.from_local_user:  # a room of ours, say
            by_domain, by_jid = (self._lists.heeded(by, sender.domain) for by in (by_domain, by_jid))
        found: tuple[Finding, ...] = ()
        if by_domain:
            found = (Finding("blocklist.domain", f"the domain {sender.domain} is listed by {by_domain}", rank=_RANK),)
        if by_jid:
            finding = Finding("blocklist.jid", f"the address {sender.bare} is listed by {by_jid}", rank=_RANK)
            # what others write of an account of ours is for the operator to look into, and stops nothing
            finding.monitored = case.from_local_user
            found += (finding,)
        if by_ip:
            found += (Finding("blocklist.ip", f"the network address {ip} is listed by {by_ip}", rank=_RANK),)
        return found or None

    def wanted_lists(self) -> Wanted:
        """Return what the configuration says of lists."""
        return self._wanted

    def observe(self, case: Case, verdict: Verdict, now: float) -> tuple[Effect, ...] | None:
        """Tell the operator, once a day, of an account of ours that is listed."""
        if not case.from_local_user:
            return None
        listed = next((finding for finding in verdict.findings if finding.rule == "blocklist.jid"), None)
        key = self._key(case.sender.bare)
        if listed is None or self._told.has(key, now):
            return None
        self._told.add(key, now)
        return (Notice("account_listed", {"jid": case.sender.bare, "why": listed.detail}),)
