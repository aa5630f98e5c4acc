"""Reads one URI, URL or address: where it leads, in the one form in which it is compared; nothing is ever fetched."""

import re
from posixpath import normpath
from typing import Final, Literal, NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.text import messengers
from xmppfilter.text.budget import CANDIDATE, Budget, price, price_of_jid
from xmppfilter.text.disguise import plain, seen_by_browsers, without_piles
from xmppfilter.text.hosts import LONGEST_HOST, normal_host, split_authority
from xmppfilter.text.punctuation import without_end

LONGEST: Final = 2048
"""Characters of a URL that are compared."""
IN_LABEL: Final = r"[0-9A-Z_a-z\u0080-\ufdf9\ufdfc-\U0010ffff-]"
"""A character of a domain's label, in an expression."""
WEB: Final = frozenset({"http", "https", "ftp"})
"""Schemes whose slashes browsers do not insist on."""
ADDRESSES: Final = frozenset({"xmpp", "mailto"})
PHONES: Final = frozenset({"tel", "sms", "callto"})
_BEFORE_COLON: Final = re.compile(r"[A-Za-z][A-Za-z0-9+-]*\Z")
_LONGEST_SCHEME: Final = 16
_DOMAIN: Final = re.compile(rf"{IN_LABEL}+(?:\.{IN_LABEL}+)*|\[[0-9A-Fa-f:.]+\]")
_DEFAULT_PORTS: Final = frozenset({"", "80", "443"})
_LONGEST_NUMBER: Final = 40
_OF_HOST: Final = 18
"""What each character of a host that is not plain costs."""


class Link(NamedTuple):
    """One thing that a reader could follow."""

    kind: Literal["url", "jid", "phone"]
    host: str
    """The host or domain, normalised; an IPv4 address in four numbers; empty for a phone number."""
    value: str
    """What to compare: of a URL all but scheme and fragment, of a JID the bare JID, of a number its digits."""


def link_of(uri: str, budget: Budget) -> Link | None:
    """Return where *uri*, the target of a link, leads; None where that is nowhere that could be compared."""
    text = plain(seen_by_browsers(uri)).strip().replace("\\", "/")
    colon = text.find(":")
    scheme = scheme_before(text, colon) if colon >= 0 else ""
    if scheme and len(scheme) == colon:
        return of_scheme(scheme, text[colon + 1 : colon + 1 + LONGEST], budget)
    return url(text[:LONGEST].removeprefix("//"), budget)


def url_key(text: str) -> str | None:
    """Return the `value` by which a URL is compared, with a scheme or without; None where it is no URL."""
    link = link_of(text, Budget())
    return link.value if link is not None and link.kind == "url" and not text.strip().count(" ") else None


def scheme_before(text: str, colon: int) -> str:
    """Return the scheme whose colon stands there; empty where what stands before it is none that leads anywhere."""
    before = _BEFORE_COLON.search(text, max(0, colon - _LONGEST_SCHEME), colon)
    if before is None:
        return ""
    scheme = before[0].lower()
    known = scheme in WEB or scheme in ADDRESSES or scheme in PHONES or scheme in messengers.APPS
    return scheme if known or text.startswith("//", colon + 1) else ""


def of_scheme(scheme: str, rest: str, budget: Budget) -> Link | None:
    """Return where the URI of *scheme* leads of which *rest* stands behind the colon."""
    if scheme in ADDRESSES:
        return _address(rest, budget)
    if scheme in PHONES:
        budget.spend(CANDIDATE)
        digits = messengers.digits_of(rest[:_LONGEST_NUMBER].partition("?")[0].partition(";")[0])
        return Link("phone", "", digits) if len(digits) >= messengers.FEWEST_DIGITS else None
    rest = rest.lstrip("/")
    if scheme in messengers.APPS:
        budget.spend(CANDIDATE + price(rest))
        return to_messenger(messengers.in_app(scheme, rest))
    return url(rest, budget)


def to_messenger(value: str | None) -> Link | None:
    """Return the link to *value*, as `messengers` returns it."""
    return Link("url", value.partition("/")[0], value) if value is not None else None


def _address(rest: str, budget: Budget) -> Link | None:
    """Return the JID of a URI (RFC 5122): behind the authority, which only says who is to send, if there is one."""
    if rest.startswith("//"):
        authority, _, path = rest[2:].partition("/")
        rest = path or authority
    for end in "?#,":
        rest = rest.partition(end)[0]
    budget.spend(CANDIDATE // 2 + price(rest))
    bare = unquote(without_end(rest)).partition("/")[0]
    local, at, domain = bare.partition("@") if "@" in bare else ("", "", bare)
    found = _DOMAIN.match(domain)
    return jid(f"{local}{at}{found[0]}", budget) if found else None


def jid(text: str, budget: Budget) -> Link | None:
    """Return the link to the bare JID *text*; None where it is no JID."""
    if not text.isascii():
        text = without_piles(text)
        if len(text) - text.rfind("@") > 2 * LONGEST_HOST:  # decomposed, an A-label may be half as long
            budget.spend(CANDIDATE)
            return None
    budget.spend(CANDIDATE // 2 + price_of_jid(text))
    try:
        found = Jid.parse(text)
    except JidError:
        return None
    return Link("jid", found.domain, found.bare)


def url(text: str, budget: Budget, *, certain: bool = True) -> Link | None:
    """Return the link that *text* is, behind its scheme; *certain*: there was one, so that a number is a host too."""
    head = text[:LONGEST_HOST]
    odd = "--" in head or not head.isascii()
    budget.spend(CANDIDATE + price(text) + _OF_HOST * len(head) if odd else CANDIDATE + price(text))
    text = without_end(text if text.isascii() else without_piles(text))
    authority, rest = split_authority(text)
    name, port = authority
    if not certain:
        name = name.strip("_-")  # `_evil.example_` is set in italics, and no registry has such names
    host = normal_host(name, numbers=certain)
    if host is None:
        return None
    path, _, query = rest.partition("#")[0].partition("?")
    if "%" in path:
        path = without_piles(unquote(path)).replace("?", "%3F")  # no query begins there
    if "/." in path or "//" in path:
        path = normpath(path).replace("//", "/", 1)
    path = path.rstrip("/")
    if messengers.is_messenger(host) and (canonical := messengers.on_web(host, path, query)) is not None:
        return to_messenger(canonical)
    key = host if port in _DEFAULT_PORTS else f"{host}:{port}"
    return Link("url", host, normalize("NFC", f"{key}{path}?{query}" if query else f"{key}{path}"))
