"""Catches messages that mention what is on a blocklist, and remembers who sent them.

URLs and JIDs are found in everything that a client may show, in whatever disguise (`hxxp`, `[.]`, IDN, numbers for
addresses). What such lists name decides what a mention weighs:

- what is advertised: this filter's own files, files of URLs, and `lists add url`. That is spam, and whoever has sent
  such a message is remembered: every later message and subscription request of that sender is spam.
- who sends spam: the services, domains, JIDs and networks of `blocklist`, and `lists add domain`, `jid` or `ip`. Who
  writes that an old address is dead mentions one, too: `spam_source` weighs 2, however many there are, and nobody is
  remembered. That goes for `muc_bans_sha256` as well, which names whom rooms have banned.

`agree` and `allow` hold here too. A host counts with the domains above it up to the one that somebody registered, so
`www.spam.example` is found where `spam.example` is listed, but nobody's `spam.github.io` where `github.io` is. A URL
in a list means its host and everything below its path, whatever the query, unless it names a query. The target of a
link in XHTML-IM counts as well; where its words name another host, that alone weighs 3. Nothing is ever fetched.

Of what looks like links and addresses in one stanza the first ones are read, some 290, or fewer where reading one takes
longer; of whatever comes behind them, hosts that stand there undisguised.

Never looks at: groupchat, errors, presence other than subscribe; what a sender says whose own address is allowed.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from typing import ClassVar, Final

from pydantic import Field as Option

from xmppfilter.judging.case import Case
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.mentioned import html_of, mentioned
from xmppfilter.judging.options import Duration, FileNames, Options, Remark
from xmppfilter.judging.verdict import Finding, Rank, Verdict
from xmppfilter.lists.lists import ListFile, Lists, Wanted
from xmppfilter.lists.lookup import Listing
from xmppfilter.memory.state import Scope
from xmppfilter.registers.senders import Senders, Terms
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.kind import Kind
from xmppfilter.text.anchors import mismatches
from xmppfilter.text.budget import CHARACTERS, Budget
from xmppfilter.text.hosts import is_in_every_network, is_public_suffix, load_suffixes
from xmppfilter.text.links import may_have_links
from xmppfilter.text.uris import Link

RULES = {
    "url": "a URL in it is listed",
    "host": "the host of a URL in it is listed as advertised",
    "jid": "a JID in it is listed as advertised, or the domain of one",
    "sender": "its sender has mentioned what is listed before",
    "spam_source": "it names a server, a sender or an address that spam comes from",
    "mismatch": "the words of a link name another host than its target",
}
_SPAM_SOURCE: Final = 2.0
_MISMATCH: Final = 3.0
_FOR_WORDS: Final = CHARACTERS // 4
"""What the words of links may cost besides: some twenty are held against their targets."""
_RANK: Final = Rank.MENTION_LISTED
_PARAMETERS: Final = re.compile(";[^/]*")
_LEVELS: Final = 3
"""Domains above a host that are looked up where there are very many hosts."""
_OF_MANY: Final = 64
"""Hosts that are looked at where very many seem to be listed: they are listed and allowed."""
_LABELS: Final = 12
"""Of a host with more of them the last ones are looked up: nobody lists such names, only what they are below."""


class Files(FileNames):
    """Files with an entry a line; what begins with # is a comment."""

    urls: list[str] = Option(
        default_factory=list,
        description="URLs, with or without a scheme, and all below their paths.",
        examples=[["/etc/xmppfilter/mentioned-urls.txt"]],
    )
    domains: list[str] = Option(
        default_factory=list,
        description="Domains that are advertised, with all below them; *.spam.example is every one below alone.",
        examples=[["/etc/xmppfilter/mentioned-domains.txt"]],
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
        found = self._found(case)
        if self._senders.remembers(case, now):
            found += (Finding("mentions.sender", "the sender has mentioned what is listed before", rank=_RANK),)
        return None if not found or self._lists.allow.jid(case.sender) else found

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember who mentioned what is listed."""
        if case.from_local_user:  # who complains of a listed domain names it, too
            return
        if any(finding.filter == "mentions" and finding.rank is _RANK for finding in verdict.findings):
            self._senders.remember(case, now)

    def wanted_lists(self) -> Wanted:
        """Return the files that only what is mentioned is compared with."""
        return self._wanted

    # --- what is mentioned

    def _found(self, case: Case) -> tuple[Finding, ...]:
        """Return the first thing that is surely listed, or else the first that may be; and a link that lies."""
        if case.ordinary and not any(map(may_have_links, case.stanza.bodies)):
            return ()
        softly: Finding | None = None
        for link, where in mentioned(case, Budget()):
            finding = self._among(link, where) if isinstance(link, frozenset) else self._listed(link, where)
            if finding is not None and finding.rank is _RANK:
                return (finding,)
            softly = softly or finding
        found = (softly,) if softly is not None else ()
        return found if case.ordinary else found + self._lying(case)

    def _lying(self, case: Case) -> tuple[Finding, ...]:
        budget = Budget(_FOR_WORDS)
        links = chain.from_iterable(mismatches(html, budget) for html in html_of(case.stanza))
        for named, target in islice(links, _OF_MANY):
            if not self._host_allowed(_last_labels(target)):
                detail = f"the words of a link name {named}, and it leads to {target}"
                return (Finding("mentions.mismatch", detail, _MISMATCH),)
        return ()

    def _among(self, hosts: frozenset[str], where: str) -> Finding | None:
        """Do as `_listed` does with so many hosts that few of them can be looked at."""
        names = level = hosts
        for _ in range(_LEVELS):
            level = frozenset(name.partition(".")[2] for name in level if name.count(".") > 1)
            names |= level
        softly: Finding | None = None
        for listed in (self._lists.advertised, self._lists.mentioned):
            if not (named := listed.domains_among(names)):
                continue
            for host in islice((host for host in hosts if not named.isdisjoint(_names_of(host))), _OF_MANY):
                finding = self._listed(Link("url", host, host), where)
                if finding is not None and finding.rank is _RANK:
                    return finding
                softly = softly or finding
        return softly

    def _listed(self, link: Link, where: str) -> Finding | None:
        if link.kind == "jid":
            return self._jid_listed(link, where)
        if link.kind == "phone":
            return None
        lists, host = self._lists, _last_labels(link.host)
        if (by := self._url_listed(link.value)) and not self._is_our_host(link.host, by):
            found = Finding("mentions.url", f"a URL on {link.host}, {where}, is listed by {by}", rank=_RANK)
        elif by := self._host_listed(lists.advertised, host):
            found = Finding("mentions.host", f"the host {link.host}, {where}, is listed by {by}", rank=_RANK)
        elif by := self._host_listed(lists.mentioned, host):
            found = _source(f"the host {link.host}", where, by)
        else:
            return None
        return None if self._host_allowed(host) else found

    def _jid_listed(self, link: Link, where: str) -> Finding | None:
        jid = Jid(link.value, link.value.rpartition("@")[0], link.host, "", link.value)  # it is in its normal form
        lists, domain = self._lists, jid.domain
        advertised, mentioned, heeded = lists.advertised, lists.mentioned, lists.heeded
        if by := heeded(advertised.jid(jid), domain) or heeded(advertised.domain(domain), domain):
            found = Finding("mentions.jid", f"{jid.bare}, {where}, is listed by {by}", rank=_RANK)
        elif by := heeded(mentioned.jid(jid), domain) or heeded(mentioned.domain(domain), domain):
            found = _source(jid.bare, where, by)
        else:
            return None
        return None if lists.allows(jid) else found

    def _is_our_host(self, host: str, by: str) -> bool:
        """Whether *by* lists all of a host of ours, and not single URLs there."""
        return self._lists.heeded(by, host) is None and self._lists.mentioned.url(host) is not None

    def _url_listed(self, url: str) -> str | None:
        by = self._lists.mentioned.url(url)
        if by is None and ";" in url:  # parameters of the path (RFC 3986 3.3), which servers mostly ignore
            by = self._lists.mentioned.url(_without_parameters(url))
        return by

    def _host_listed(self, listed: Listing, host: str) -> str | None:
        heeded = self._lists.heeded
        if (by := heeded(listed.domain(host), host)) is not None:
            return by
        if (by := listed.ip(host)) is not None:
            # some lists have the addresses that nobody can send from; who writes of a router has not read them
            return None if is_in_every_network(host) else by
        for parent in _parents(host):
            if (by := heeded(listed.domain(parent), parent)) is not None:
                return None if is_public_suffix(parent) else by
        return None

    def _host_allowed(self, host: str) -> bool:
        allow = self._lists.allow
        if allow.domain(host) or allow.ip(host):
            return True
        return any(allow.domain(parent) and not is_public_suffix(parent) for parent in _parents(host))


def _source(what: str, where: str, by: str) -> Finding:
    return Finding("mentions.spam_source", f"{what}, {where}, is where spam comes from, by {by}", _SPAM_SOURCE)


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
