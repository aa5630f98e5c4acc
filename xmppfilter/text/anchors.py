"""Links of XHTML-IM whose words name another host than the one that they lead to.

`<a href="https://evil.example/">bank.example</a>` is what phishing looks like. Honest links differ as well, and are
spared: another name below the same registered domain, shorteners and services that count clicks on either side, words
that are a file's name. In plain text, as in Markdown's `[bank.example](https://evil.example/)`, there is nothing to
compare: clients show both.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from xmppfilter.text.budget import Budget
from xmppfilter.text.hosts import has_registry, registered_domain
from xmppfilter.text.links import read_links
from xmppfilter.text.uris import link_of

_MOST_WORDS: Final = 300
"""Characters between the tags of a link that are looked at: a longer text is no name of a host."""
_FILES: Final = frozenset({"cc", "md", "mov", "pl", "pm", "ps", "py", "rs", "sh", "so", "zip"})
"""Top-level domains that are endings of files, too."""
_TRIED: Final = frozenset({"example", "invalid", "onion", "test"})
"""Top-level domains that are reserved, and have no registry (RFC 6761)."""
_REDIRECTING: Final = frozenset(
    {
        "aka.ms", "amzn.to", "bit.ly", "buff.ly", "cutt.ly", "dlvr.it", "fb.me", "g.co", "goo.gl", "google.com",
        "href.li", "ift.tt", "is.gd", "l.facebook.com", "l.instagram.com", "l.messenger.com", "lm.facebook.com",
        "linkedin.com", "lnkd.in", "matrix.to", "out.reddit.com", "ow.ly", "rb.gy", "rebrand.ly", "redd.it",
        "shorturl.at", "slack-redir.net", "steamcommunity.com", "t.co", "t.ly", "t.umblr.com", "tiny.cc", "tinyurl.com",
        "v.gd", "vk.com", "web.archive.org", "youtu.be", "youtube.com",
    }
)  # fmt: skip
"""Hosts whose links lead elsewhere: shorteners, and what networks wrap links into."""
_REDIRECTING_BELOW: Final = (
    ".safelinks.protection.outlook.com",
    ".urldefense.com",
    ".sendgrid.net",
    ".list-manage.com",
)
"""The same for all hosts below some: mail gateways and services that count clicks."""


class Mismatch(NamedTuple):
    """What a link says, and where it leads."""

    named: str
    """A host in its words."""
    target: str
    """The host that it leads to."""


class _Anchor(NamedTuple):
    target: str
    words: str


def mismatches(html: Element, budget: Budget) -> Iterator[Mismatch]:
    """Yield each link in *html* whose words name another registered domain than its target, until *budget* is spent."""
    for anchor in _anchors(html):
        if budget.left <= 0:
            return
        if (found := _mismatch(anchor, budget)) is not None:
            yield found


def _anchors(html: Element) -> Iterator[_Anchor]:
    """Yield the links with the text in them, each text for the innermost one alone: so the time is linear."""
    opened: list[tuple[str, list[str]]] = []
    ahead: list[Element | str | None] = [html]
    while ahead:
        item = ahead.pop()
        if item is None:
            target, words = opened.pop()
            yield _Anchor(target, "".join(words))
        elif isinstance(item, str):
            if opened:
                opened[-1][1].append(item)
        else:
            target = item.get("href", "") if item.tag.endswith("}a") else ""
            if target:
                opened.append((target, []))
                ahead.append(None)
            for child in reversed(item):
                ahead.append(child.tail or "")
                ahead.append(child)
            ahead.append(item.text or "")


def _mismatch(anchor: _Anchor, budget: Budget) -> Mismatch | None:
    words = anchor.words.strip()
    # most words of links name nothing
    if len(words) > _MOST_WORDS or "." not in words:
        return None
    named = _named(words, budget)
    target = link_of(anchor.target, budget) if named else None
    if target is None or target.kind != "url":
        return None
    leads_to = [target.host]
    if _redirects(target.host):
        inner = read_links(unquote(anchor.target), budget).links
        leads_to = [link.host for link in inner if link.host and not _redirects(link.host)]
    honest = {registered_domain(host) for host in leads_to}
    if not honest or any(registered_domain(host) in honest or _redirects(host) for host in named):
        return None
    return Mismatch(named[0], target.host)


def _redirects(host: str) -> bool:
    return host.removeprefix("www.") in _REDIRECTING or f".{host}".endswith(_REDIRECTING_BELOW)


def _named(words: str, budget: Budget) -> list[str]:
    """Return the hosts that *words* say the link leads to."""
    schemes = [word for word in words.split() if "://" in word or word[:4].lower() == "www."]
    if not schemes and len(words.split()) > 1:
        return []
    hosts = [link.host for link in read_links(" ".join(schemes) or words, budget).links if link.kind == "url"]
    return hosts if schemes else [host for host in hosts if _is_meant(host)]


def _is_meant(host: str) -> bool:
    """Whether a name without a scheme is one of a host, and not of a file or a product (`README.md`, `Node.js`)."""
    top = host.rpartition(".")[2]
    return top not in _FILES and (top in _TRIED or has_registry(host))
