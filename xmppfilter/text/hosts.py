"""Reads the host of a URL as a browser does: what is written and where it leads may differ a lot."""

import re
import unicodedata
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import unquote

from publicsuffixlist import PublicSuffixList

_AUTHORITY_END: Final = re.compile(r"[/?#]")
_NO_HOST: Final = re.compile(r"[\s,;|()<>{}'\"]")
_PORT: Final = re.compile(r":([0-9]{0,5})\Z")
_NAME: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_QUAD: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")
LONGEST_HOST: Final = 255
_MOST_PARTS: Final = 4
_BYTE: Final = 256


def split_authority(text: str) -> tuple[tuple[str, str], str]:
    """Return host and port of a URL without its scheme, and what follows them.

    What stands before the last @ is a user's name (RFC 3986 3.2.1), however much it looks like a host.
    """
    found = _AUTHORITY_END.search(text)
    authority, rest = (text[: found.start()], text[found.start() :]) if found else (text, "")
    host = authority.rpartition("@")[2]
    if not host.startswith("[") and (cut := _NO_HOST.search(host)):
        host, rest = host[: cut.start()], ""
    port = _PORT.search(host)
    return (host[: port.start()], port[1]) if port else (host, ""), rest


def normal_host(text: str, *, numbers: bool) -> str | None:
    """Return a host in the one form in which it is compared: lower case, U-labels, an IPv4 address in four numbers.

    With *numbers*, whatever a browser reads as an IPv4 address is one (WHATWG URL 3.5); without, only four numbers are.
    None: it is no host.
    """
    if text.startswith("["):
        return _ipv6(text)
    if "%" in text:
        text = unquote(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.strip(".").lower()
    if not text or len(text) > LONGEST_HOST or not _NAME.fullmatch(text):
        return None
    if _NUMBER.fullmatch(text[text.rfind(".") + 1 :]):
        return _ipv4(text) if numbers or _QUAD.fullmatch(text) else None
    if "xn--" in text:
        text = ".".join(map(_unicode, text.split(".")))
    return text


def _ipv6(text: str) -> str | None:
    try:
        address = IPv6Address(text[1:].partition("]")[0])
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
    if len(text) > 16:  # noqa: PLR2004 - no address is as long, and int() of very long numbers is slow
        raise ValueError("no part of an address")
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") and len(text) > 1 else int(text)


def _unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return unicodedata.normalize("NFKC", label[4:].encode("ascii").decode("punycode")).lower()
    except UnicodeError:
        return label


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def load_suffixes() -> None:
    """Read the list of public suffixes, which takes a tenth of a second: better before there is a stanza to judge."""
    _suffixes()


def is_public_suffix(domain: str) -> bool:
    """Whether anybody can have a name below *domain*, such as `co.uk` or `github.io`: its names are not one party's."""
    return _suffixes().publicsuffix(domain) == domain
