"""Reads the host of a URL as a browser does: what is written and where it leads may differ a lot."""

import re
import unicodedata
from functools import cache, lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import unquote

from publicsuffixlist import PublicSuffixList

from xmppfilter.stanza.jid import u_label
from xmppfilter.text.fold import IGNORABLE

_AUTHORITY_END: Final = re.compile(r"[/?#]")
# the ligatures are sentences of up to eighteen characters to NFKC
_NO_HOST: Final = r"\s,;|()<>{}'\"\ufdfa\ufdfb"
_HOST_AND_PORT: Final = re.compile(
    rf"(\[[^\]]*+\]|[^:{_NO_HOST}]*+)(?::(?:0++(?=[0-9]))?([0-9]{{0,5}}))?(?![^{_NO_HOST}])"
)
_INVISIBLE: Final = re.compile(f"[{IGNORABLE}]")
_FEW: Final = 32
_JOINERS: Final = re.compile("[\u200c\u200d](?<![\u0600-\u0dff].)")
# a word, or of other characters than those of ASCII all but controls, spaces and halves of characters
_LABEL: Final = (
    r"[0-9a-z_\-\u00a1-\u1fff\u200c\u200d\u2010-\u2027\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff\ue000-\U0010ffff]"
)
_NAME: Final = re.compile(rf"{_LABEL}+(?:\.{_LABEL}+)*")
_DOTS: Final = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", ".") | {"\u03f2": "\u03c3", "\u1e9e": "\u00df"})
_FOLDED: Final = re.compile("[^\u00df\u03c2]+")
"""Sharp s and final sigma are letters of their own in names, which full case folding would lose."""
_QUAD: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")
LONGEST_HOST: Final = 255
_EVERYBODYS: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::/127", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
_RESERVED: Final = frozenset({"example", "test", "invalid", "localhost"})
_MOST_PARTS: Final = 4
_BYTE: Final = 256


def split_authority(text: str) -> tuple[tuple[str, str], str]:
    """Return host and port of a URL without its scheme, and what follows them.

    What stands before the last @ is a user's name (RFC 3986 3.2.1), however much it looks like a host.
    """
    found = _AUTHORITY_END.search(text)
    authority, rest = (text[: found.start()], text[found.start() :]) if found else (text, "")
    host = authority.rpartition("@")[2]
    if (found := _HOST_AND_PORT.match(host)) is None:
        return (host, ""), rest
    return (found[1], found[2] or ""), rest if found.end() == len(host) else ""


def normal_host(text: str, *, numbers: bool) -> str | None:
    """Return a host in the one form in which it is compared: lower case, U-labels, an IPv4 address in four numbers.

    With *numbers*, whatever a browser reads as an IPv4 address is one (WHATWG URL 3.5); without, only four numbers are.
    None where it is no host.
    """
    if ":" in text:
        return _ipv6(text) if text.startswith("[") else None
    if "%" in text:
        text = unquote(text)
    if not text.isascii():
        if len(text) > 2 * LONGEST_HOST:  # decomposed, an A-label may be half as long
            return None
        text = _mapped(text)
    text = (text.lower() if text.isascii() else text).strip(".")
    if not text or len(text) > LONGEST_HOST or not _NAME.fullmatch(text):
        return None
    top = text[text.rfind(".") + 1 :]
    if _NUMBER.fullmatch(top):
        return _ipv4(text) if numbers or _QUAD.fullmatch(text) else None
    if top[0] in "-_" or top[-1] in "-_" or _unicode(top).startswith("xn--"):  # as no top-level domain is called
        return None
    if "xn--" in text:
        text = ".".join(map(_unicode, text.split(".")))
    return text


def without_invisible(text: str) -> str:
    """Return *text* without what browsers leave out of a name (UTS 46). In Arabic and Indic names the joiners count."""
    found = set(_INVISIBLE.findall(text))
    if len(found) <= _FEW:  # it is quicker to take all of one kind out at once
        for char in found:
            text = text.replace(char, "")
    else:
        text = _INVISIBLE.sub("", text)
    return _JOINERS.sub("", text) if "\u200c" in text or "\u200d" in text else text


def _mapped(text: str) -> str:
    """Return what UTS 46 makes of a name: NFKC and case folding, less what is invisible, with plain dots.

    Nothing is left of what becomes too long for a name.
    """
    text = unicodedata.normalize("NFKC", without_invisible(text.translate(_DOTS)))
    if len(text) > LONGEST_HOST:
        return ""
    return unicodedata.normalize("NFKC", _FOLDED.sub(lambda run: run[0].casefold(), text))


def _ipv6(text: str) -> str | None:
    # a zone, which is one computer's business, is no part of the address
    try:
        address = IPv6Address(text[1:].partition("]")[0].partition("%")[0])
    except AddressValueError:
        return None
    return str(address.ipv4_mapped or address)


def _ipv4(text: str) -> str | None:
    parts = text.split(".")
    if len(parts) > _MOST_PARTS or not all(map(_NUMBER.fullmatch, parts)):
        return None
    try:
        *first, last = map(_number, parts)
    except ValueError:
        return None
    spare = _MOST_PARTS - len(first)
    if any(number >= _BYTE for number in first) or last >= _BYTE**spare:
        return None
    return str(IPv4Address(sum(number * _BYTE ** (3 - at) for at, number in enumerate(first)) + last))


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") else int(text)


def _unicode(label: str) -> str:
    """Return the U-label of an A-label. What is none stays: it can still be a name, below what somebody registered."""
    name = u_label(label)
    return name if name is label or (_mapped(name) == name and _NAME.fullmatch(name)) else label


def is_in_every_network(host: str) -> bool:
    """Whether *host*, an IP address in its normal form, is another computer for everybody, as 192.168.0.1 is."""
    address = ip_address(host)
    return any(address in network for network in _EVERYBODYS)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def load_suffixes() -> None:
    """Read the list of public suffixes ahead of the first stanza, for it takes a tenth of a second."""
    _suffixes()


def registered_domain(host: str) -> str:
    """Return the domain that somebody registered, *host* or one above it; an address, say, as it is."""
    if ":" in host or host.rpartition(".")[2].isdecimal():
        return host
    return _suffixes().privatesuffix(host) or host


def has_registry(host: str) -> bool:
    """Whether names such as *host* can be registered."""
    return _suffixes().publicsuffix(host, accept_unknown=False) is not None


def is_public_suffix(domain: str) -> bool:
    """Whether anybody can have a name below *domain*, such as `co.uk` or `github.io`: its names are not one party's."""
    return _suffixes().publicsuffix(domain) == domain


def is_address(host: str) -> bool:
    """Whether *host*, in its normal form, is an IP address."""
    return ":" in host or _QUAD.fullmatch(host) is not None


@lru_cache(maxsize=4096)
def registered(host: str) -> str | None:
    """Return the domain of *host*, in its normal form, that somebody has registered, so that all below it is theirs.

    None where there is none: *host* is a public suffix, or nobody registers anything below its top-level domain.
    Reserved ones (RFC 2606) count as others.
    """
    suffixes = _suffixes()
    top = host[host.rfind(".") + 1 :]
    if top not in _RESERVED and suffixes.publicsuffix(top, accept_unknown=False) is None:
        return None
    found: str | None = suffixes.privatesuffix(host)
    return found
