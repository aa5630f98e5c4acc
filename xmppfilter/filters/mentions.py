"""Catches messages that mention what is on a blocklist, and remembers who sent them.

URLs and JIDs are found in everything that a client may show, in whatever disguise (`hxxp`, `[.]`, IDN, numbers for
addresses), and compared with this filter's own files and with the lists of `blocklist`: services, files, `agree`,
`allow`. A host counts with the domains above it up to the one that somebody registered, so `www.spam.example` is found
where `spam.example` is listed, but nobody's `spam.github.io` where `github.io` is. The target of a link in XHTML-IM
counts as well, most of all where the words that it hides behind say something else. Nothing is ever fetched. Whoever
has sent such a message is remembered: every later message and subscription request of that sender is spam.

Of what looks like links and addresses in one stanza the first ones are read, some 290, or fewer where reading one takes
longer; of whatever comes behind them, hosts that stand there undisguised.

Never looks at: groupchat, errors, presence other than subscribe; what a sender says whose own address is allowed.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate, chain, islice
from typing import ClassVar, Final
from xml.etree.ElementTree import Element

from pydantic import Field as Option

from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import beside
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import Duration, FileNames, Options, Remark
from xmppfilter.judging.verdict import Finding, Rank, Verdict
from xmppfilter.lists.lists import ListFile, Lists, Wanted
from xmppfilter.memory.state import Scope
from xmppfilter.registers.senders import Senders, Terms
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.namespaces import XHTML_IM
from xmppfilter.stanza.view import Stanza
from xmppfilter.text.budget import Budget
from xmppfilter.text.disguise import seen_by_browsers
from xmppfilter.text.hosts import is_in_every_network, is_public_suffix, load_suffixes
from xmppfilter.text.links import plain_hosts, read_links
from xmppfilter.text.uris import Link, link_of

RULES = {
    "url": "a URL in it is listed",
    "host": "the host of a URL in it is listed",
    "jid": "a JID in it is listed, or the domain of one",
    "sender": "its sender has mentioned what is listed before",
}
_RANK: Final = Rank.MENTION_LISTED
_FEW: Final = 8
"""Texts in one place that are looked at one by one."""
_PARAMETERS: Final = re.compile(";[^/]*")
_EXACTLY: Final = 1024
"""Characters of the targets of links that are read each as what it is, before all are read as one text."""
_PLAIN: Final = re.compile(r"https?://[\w.-]++(?:/[\w/.-]*+)?", re.ASCII)
"""A link that leads nowhere else."""
_LEVELS: Final = 3
"""Domains above a host that are looked up where there are very many hosts."""
_OF_MANY: Final = 64
"""Hosts that are looked at where very many seem to be listed: they are listed and allowed."""
_LABELS: Final = 12
"""Of a host with more of them the last ones are looked up: nobody lists such names, only what they are below."""


class _Seen:
    """What has been found in a stanza so far, each thing once; all texts share one budget."""

    __slots__ = ("_links", "budget")

    def __init__(self) -> None:
        self._links: set[Link] = set()
        self.budget = Budget()

    def new(self, links: Iterable[Link]) -> Iterator[Link]:
        """Yield those of *links* that have not been found before."""
        for link in links:
            if link not in self._links:
                self._links.add(link)
                yield link


class Files(FileNames):
    """Files with an entry a line; what begins with # is a comment."""

    urls: list[str] = Option(
        default_factory=list,
        description="URLs, with or without a scheme.",
        examples=[["/etc/xmppfilter/mentioned-urls.txt"]],
    )
    jids: list[str] = Option(
        default_factory=list,
        description="Bare JIDs, or their SHA-256 in hex; spam*@spam.example, *@spam.example, *@*.spam.example.",
        examples=[["/etc/xmppfilter/mentioned-jids.txt"]],
    )

    def named(self) -> tuple[ListFile, ...]:
        """Return the files with what they list."""
        return tuple(ListFile("bare_jids" if kind == "jids" else kind, path) for kind, paths in self for path in paths)


class Config(Options):
    """Options of mentions."""

    files: Files = Option(default=Files(), description="Files with an entry a line, read again when they change.")
    cache_size: int = Option(
        default=10_000,
        ge=0,
        le=10_000_000,
        description="Senders remembered at once, and an eighth as many occupants of rooms; 0: none is remembered.",
    )
    cache_time: Duration = Option(
        default=30 * 86_400.0, description="A sender is forgotten this long after its last message was found."
    )

    def remarks(self, others: Collection[str]) -> Iterable[Remark]:
        """Tell where nothing is listed."""
        if "blocklist" not in others and not any(names for _, names in self.files):
            yield (), "no files, and blocklist is not on: it finds only what `xmppfilter ctl lists add` adds"


class Filter:
    """Compares what is mentioned with the lists, and the sender with those who did that before."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})
    observes: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, config: Config, state: Scope) -> None:
        self._wanted = Wanted(mentions_files=config.files.named())
        self._lists = state.shared(Lists)
        self._senders = state.shared(Senders, Terms(most=config.cache_size, seconds=config.cache_time))
        load_suffixes()

    def check(self, case: Case, now: float) -> tuple[Finding, ...] | None:
        """Find what is listed and mentioned, and a sender that has mentioned such things before."""
        found = self._mentioned(case)
        remembered = self._senders.remembers(case, now)
        if (found is None and not remembered) or self._lists.allow.jid(case.sender):
            return None
        findings: tuple[Finding, ...] = (found,) if found is not None else ()
        if remembered:
            findings += (Finding("mentions.sender", "the sender has mentioned what is listed before", rank=_RANK),)
        return findings

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember who mentioned what is listed."""
        if case.from_local_user:  # who complains of a listed domain names it, too
            return
        if any(finding.filter == "mentions" for finding in verdict.findings):
            self._senders.remember(case, now)

    def wanted_lists(self) -> Wanted:
        """Return the files that only what is mentioned is compared with."""
        return self._wanted

    # --- what is mentioned

    def _mentioned(self, case: Case) -> Finding | None:
        seen, stanza = _Seen(), case.stanza
        # of the body all of it, whatever is marked as fallback: clients that do not know the mark show it
        if (found := self._listed_in_any(stanza.bodies, "in the body", seen)) is not None or case.ordinary:
            return found
        others: dict[str, list[str]] = {}
        for part in case.once(beside):
            others.setdefault(part.field, []).append(part.text)
        other = others.pop("other", ())
        for field, said in others.items():
            if (found := self._listed_in_any(said, f"in the {field}", seen)) is not None:
                return found
        return self._hidden(stanza, seen) or self._listed_in_any(other, "beside the body", seen)

    def _hidden(self, stanza: Stanza, seen: _Seen) -> Finding | None:
        """Find what the links of XHTML-IM lead to."""
        targets = tuple(_targets(stanza))
        exactly = _as_many_as_have(_EXACTLY, targets)
        for link in seen.new(filter(None, (link_of(target, seen.budget) for target in targets[:exactly]))):
            if (found := self._listed(link, "hidden behind a link in the xhtml")) is not None:
                return found
        # where a link leads may lead on
        further = (target for target in targets[:exactly] if not _PLAIN.fullmatch(target))
        text = "\n".join((*further, *map(seen_by_browsers, targets[exactly:])))
        return self._listed_in(text, "in the xhtml", seen)

    def _listed_in_any(self, said: Sequence[str], where: str, seen: _Seen) -> Finding | None:
        for text in said if len(said) <= _FEW else ("\n".join(said),):
            if (found := self._listed_in(text, where, seen)) is not None:
                return found
        return None

    def _listed_in(self, text: str, where: str, seen: _Seen) -> Finding | None:
        reading = read_links(text, seen.budget)
        for link in seen.new(reading.links):
            if (finding := self._listed(link, where)) is not None:
                return finding
        return self._listed_among(plain_hosts(text), where) if reading.cut else None

    def _listed_among(self, hosts: frozenset[str], where: str) -> Finding | None:
        """Do as `_listed` does with so many hosts that few of them can be looked at."""
        names = level = hosts
        for _ in range(_LEVELS):
            level = frozenset(name.partition(".")[2] for name in level if name.count(".") > 1)
            names |= level
        if not (named := self._lists.mentioned.domains_among(names)):
            return None
        for host in islice((host for host in hosts if not named.isdisjoint(_names_of(host))), _OF_MANY):
            if (finding := self._listed(Link("url", host, host), where)) is not None:
                return finding
        return None

    def _listed(self, link: Link, where: str) -> Finding | None:
        listed = self._lists.mentioned
        if link.kind == "jid":
            jid = Jid(link.value, link.value.rpartition("@")[0], link.host, "", link.value)  # it is in its normal form
            by = listed.jid(jid) or listed.domain(jid.domain)
            if by and not self._lists.allows(jid):
                return Finding("mentions.jid", f"{jid.bare}, {where}, is listed by {by}", rank=_RANK)
            return None
        if link.kind == "phone":
            return None
        by_url = listed.url(link.value)
        if by_url is None and ";" in link.value:  # parameters of the path (RFC 3986 3.3), which servers mostly ignore
            by_url = listed.url(_without_parameters(link.value))
        host = _last_labels(link.host)
        by = by_url or self._host_listed(host)
        if not by or self._host_allowed(host):
            return None
        if by_url:
            return Finding("mentions.url", f"a URL on {link.host}, {where}, is listed by {by}", rank=_RANK)
        return Finding("mentions.host", f"the host {link.host}, {where}, is listed by {by}", rank=_RANK)

    def _host_listed(self, host: str) -> str | None:
        listed = self._lists.mentioned
        if (by := listed.domain(host)) is not None:
            return by
        if (by := listed.ip(host)) is not None:
            # some lists have the addresses that nobody can send from; who writes of a router has not read them
            return None if is_in_every_network(host) else by
        for parent in _parents(host):
            if (by := listed.domain(parent)) is not None:
                return None if is_public_suffix(parent) else by
        return None

    def _host_allowed(self, host: str) -> bool:
        allow = self._lists.allow
        if allow.domain(host) or allow.ip(host):
            return True
        return any(allow.domain(parent) and not is_public_suffix(parent) for parent in _parents(host))


def _last_labels(host: str) -> str:
    spare = host.count(".") + 1 - _LABELS
    return host.split(".", spare)[-1] if spare > 0 else host


def _without_parameters(url: str) -> str:
    path, mark, query = url.partition("?")
    return f"{_PARAMETERS.sub('', path).rstrip('/')}{mark}{query}"


def _names_of(host: str) -> Iterator[str]:
    """Yield *host* and the domains above it that are looked up where there are very many hosts."""
    return chain((host,), islice(_parents(host), _LEVELS))


def _parents(host: str) -> Iterator[str]:
    """Yield the domains above *host* that are no top-level domain."""
    at = host.find(".")
    while at >= 0 and host.find(".", at + 1) >= 0:
        yield host[at + 1 :]
        at = host.find(".", at + 1)


def _as_many_as_have(characters: int, texts: Sequence[str]) -> int:
    """Return how many of the first *texts* have no more characters than that together; the first counts anyway."""
    for number, total in enumerate(accumulate(map(len, texts))):
        if total > characters:
            return max(number, 1)
    return len(texts)


def _targets(stanza: Stanza) -> Iterator[str]:
    """Yield where the links and images of XHTML-IM (XEP-0071) lead."""
    if stanza.lacks(XHTML_IM.encode()):
        return
    for html in stanza.children("html", XHTML_IM):
        yield from _attributes(html)


def _attributes(html: Element) -> Iterator[str]:
    for element in html.iter():
        for name in ("href", "src"):
            if target := element.get(name):
                yield target
