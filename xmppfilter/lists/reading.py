"""Reads what people and services write into lists, in the form in which it is compared."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from xmppfilter.lists.entry import Entry, What, is_well_formed
from xmppfilter.lists.globs import is_glob
from xmppfilter.lists.lookup import DEEPEST
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.whom import Whom
from xmppfilter.text.uris import url_key

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_NEARLY_HASH: Final = re.compile(r"[0-9a-f]{32,}")
_WANTED_DOMAIN: Final = "wanted a domain such as spam.example or *.spam.example"
_WANTED_URL: Final = "wanted a URL such as https://spam.example/pay"
_ANY_URL: Final = re.compile(r"(?:\w|\[|//)[^\s\"<>^`{|}]*(?<![,;])")
"""Not what stands in quotes, behind a bullet, or before a comma."""
_LEAST_BITS: Final = {4: 8, 6: 16}
"""A shorter prefix names so much of the Internet that it can only be a mistake, or malice."""


def read_entry(kind: str, text: str) -> Entry:
    """Return what *text* names, as a list of *kind* has it: domain, jid, bare_jid, ip or url.

    Raises ValueError, saying what was wanted.
    """
    return _READERS[kind](text.strip())


def read_item(holds: str, item: str) -> Entry | None:
    """Return what the pubsub item with the id *item* names on a blocklist's node that *holds* such things.

    Those are `domains`, `jids_sha256`, `jids_or_domains_sha256` and `ips`. None: it is nothing that can be matched.
    """
    try:
        return _ITEMS[holds](item)
    except ValueError:
        return None


def _domain(text: str) -> Entry:
    if _HASH.fullmatch(text.lower()):
        raise ValueError(f"{_WANTED_DOMAIN}; a SHA-256 is an entry of jids")
    parent = text.removeprefix("*.")
    try:
        jid = Jid.parse(parent)
    except JidError as wrong:
        raise ValueError(f"{_WANTED_DOMAIN}: {wrong}") from wrong
    if jid.full != jid.domain:
        raise ValueError(_WANTED_DOMAIN)
    _check_domain(jid.domain, _WANTED_DOMAIN)
    return Entry(What.DOMAIN if parent is text or parent == text else What.SUBDOMAINS, jid.domain)


def _jid(text: str) -> Entry:
    if _HASH.fullmatch(text.lower()):
        return Entry(What.HASH, text.lower())
    try:
        jid = Jid.parse(text)
    except JidError as wrong:
        raise ValueError(f"wanted a JID such as user@spam.example, or the SHA-256 of one in hex: {wrong}") from wrong
    if is_glob(jid.full):
        return _glob(text)
    if _NEARLY_HASH.fullmatch(jid.full):
        raise ValueError(f"wanted the SHA-256 of a JID in hex, which has 64 digits; these are {len(jid.full)}")
    _check_domain(jid.domain, "wanted a JID such as user@spam.example")
    return Entry(What.JID, jid.full)


def _bare_jid(text: str) -> Entry:
    entry = _jid(text)
    if "/" in entry.value:
        raise ValueError("wanted a bare JID such as user@spam.example, for here nothing has a resource")
    return entry


def _glob(text: str) -> Entry:
    try:
        whom = Whom(text)
        if "@" in text and is_well_formed(whom.domain):
            return Entry(What.JID, whom.text)
    except JidError:
        pass
    raise ValueError(
        "wanted spam*@spam.example, *@spam.example or *@*.spam.example, for a * stands for nothing elsewhere;"
        " all of a domain is an entry of domains"
    )


def _check_domain(domain: str, wanted: str) -> None:
    """Refuse what no server is called: it would be listed and never found."""
    if not is_well_formed(domain):
        raise ValueError(f"{wanted}: {domain!r} is no domain")


def _ip(text: str) -> Entry:
    try:
        network = ip_network(text, strict=False)
    except ValueError as wrong:
        raise ValueError("wanted an IP address or network such as 192.0.2.7 or 2001:db8::/32") from wrong
    network = _unmapped(network)
    if network.prefixlen < _LEAST_BITS[network.version]:
        raise ValueError(f"wanted a network of at least /{_LEAST_BITS[network.version]}")
    return Entry(What.IP, str(network))


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if isinstance(network, IPv6Network) and network.prefixlen >= 96:  # noqa: PLR2004 - where the IPv4 address begins
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((int(mapped), network.prefixlen - 96))
    return network


def _url(text: str) -> Entry:
    if "*" in text:
        raise ValueError(f"{_WANTED_URL}; a * stands for nothing there, for all below the path is meant anyway")
    key = url_key(text) if _ANY_URL.fullmatch(text) else None
    host = key.partition("/")[0].partition("?")[0] if key is not None else ""
    if key is None or not (":" in host or is_well_formed(host)):
        raise ValueError(_WANTED_URL)
    if "://" not in text and "@" in text.partition("/")[0]:
        raise ValueError(f"{_WANTED_URL}; a JID is an entry of jids")
    if "#" in text and "/" not in key:
        raise ValueError(f"{_WANTED_URL}; what stands behind a # is not compared, and all of the host would be meant")
    if key.partition("?")[0].count("/") > DEEPEST:
        raise ValueError(f"wanted a URL with at most {DEEPEST} parts in its path")
    return Entry(What.URL, key)


def _plain_domain(item: str) -> Entry:
    entry = _domain(item)
    if entry.what is not What.DOMAIN:
        raise ValueError("wanted a domain, which is matched exactly")
    return entry


def _digest(what: What) -> Callable[[str], Entry]:
    def read(item: str) -> Entry:
        if not _HASH.fullmatch(item):
            raise ValueError("wanted a SHA-256 in lower-case hex")
        return Entry(what, item)

    return read


_READERS: Final[dict[str, Callable[[str], Entry]]] = {
    "domain": _domain,
    "jid": _jid,
    "bare_jid": _bare_jid,
    "ip": _ip,
    "url": _url,
}
_ITEMS: Final[dict[str, Callable[[str], Entry]]] = {
    "domains": _plain_domain,
    "jids_sha256": _digest(What.JID_HASH),
    "jids_or_domains_sha256": _digest(What.HASH),
    "ips": _ip,
}
