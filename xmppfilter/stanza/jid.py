"""XMPP addresses, parsed once and compared after normalisation (RFC 7622)."""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final
from unicodedata import normalize

import idna

MAX_PART_BYTES = 1023
"""The longest localpart, domainpart or resourcepart in UTF-8 (RFC 7622 3.2 to 3.4)."""

# What nearly every JID looks like: ASCII that normalisation changes in nothing but case.
_PLAIN_BARE = re.compile(r"(?:([A-Za-z0-9!#$%()*+,.;=?\[\\\]^_`{|}~-]+)@)?([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)")
PLAIN: Final = r"(([a-z0-9!#$%()*+,.;=?\[\\\]^_`{|}~-]{1,256})@([a-z0-9.-]{1,256}))(?:/([ !#-%(-;=?-~]{1,256}))?"
"""As before, with a localpart, and in lower case already: nothing changes if its domain is known to be normal.

Groups: the bare JID, its localpart, its domainpart, the resourcepart. It has no character that XML must escape.
"""
_PLAIN = re.compile(PLAIN)
_PLAIN_DOMAIN = re.compile(r"[a-z0-9]++(?:[.-][a-z0-9]++)*")
_PLAIN_RESOURCE = re.compile(r"[A-Za-z0-9!-/:-@\[-`{-~](?:[ -~]*[!-~])?")
_NOT_IN_LOCAL = re.compile(r"[\"&'/:<>@\s\x00-\x1f\x7f-\x9f]")
_NOT_IN_DOMAIN = re.compile(r"[\"&'/<>@\s\x00-\x1f\x7f-\x9f\[\]:]")
_NOT_IN_RESOURCE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_WIDE = re.compile("[\u3000\uff01-\uffee]")
_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_KEPT_CHARACTERS = 256
_LABEL_AT_MOST = 63
_DOTS = re.compile("[\u3002\uff0e\uff61]")
_DOMAINS_AT_MOST = 8192
normal_domains: set[str] = set()
"""Some domains that are their own normal form."""


class JidError(ValueError):
    """An address that no XMPP entity can have."""


class Jid:
    """An address in its normal form: two that compare equal name the same entity.

    The domain is kept as U-labels, so that an IDN and its A-label form are one JID.
    """

    __slots__ = ("bare", "domain", "full", "local", "resource")

    local: str
    """The localpart, or an empty string."""
    domain: str
    resource: str
    """The resourcepart, or an empty string."""
    bare: str
    """`local@domain`, or the domain alone."""
    full: str
    """The bare JID with its resource, if there is one."""

    def __init__(self, bare: str, local: str, domain: str, resource: str, full: str) -> None:
        self.bare = bare
        self.local = local
        self.domain = domain
        self.resource = resource
        self.full = full

    @classmethod
    def parse(cls, text: str) -> "Jid":
        """Read *text* as a JID.

        Raises JidError, naming what was found and what is wrong with it.
        """
        if (plain := _PLAIN.fullmatch(text)) is not None:
            bare, local, domain, resource = plain.groups()
            if domain in normal_domains or _is_normal(domain):
                return cls(bare, local, domain, resource or "", text)
        if len(text) > 3 * MAX_PART_BYTES + 2:
            raise JidError(f"{text[:40]!r}… is no JID: {len(text)} characters are more than its three parts may have")
        bare, slash, resource = text.partition("/")
        # what is kept must be small: an address may be long, and anybody may send from any number of them
        local, domain, normal = _bare(bare) if len(bare) <= _KEPT_CHARACTERS else _normal_bare(bare)
        if not slash:
            return cls(normal, local, domain, "", normal)
        resource = _resource(resource, text)
        return cls(normal, local, domain, resource, f"{normal}/{resource}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Jid) and self.full == other.full

    def __hash__(self) -> int:
        return hash(self.full)

    def __str__(self) -> str:
        return self.full

    def __repr__(self) -> str:
        return f"Jid({self.full!r})"


def _is_normal(domain: str) -> bool:
    """Whether *domain*, in plain characters, is its own normal form; remember it if so."""
    if not _PLAIN_DOMAIN.fullmatch(domain):
        return False
    if len(domain) <= _KEPT_CHARACTERS:
        if len(normal_domains) >= _DOMAINS_AT_MOST:
            normal_domains.clear()
        normal_domains.add(domain)
    return True


@lru_cache(maxsize=8192)
def _bare(text: str) -> tuple[str, str, str]:
    """Do as `_normal_bare` does, and keep the result."""
    return _normal_bare(text)


def _normal_bare(text: str) -> tuple[str, str, str]:
    """Return localpart, domainpart and bare JID of *text*, normalised."""
    plain = _PLAIN_BARE.fullmatch(text)
    if plain and len(text) <= MAX_PART_BYTES and "xn--" not in (lowered := text.lower()) and ".." not in text:
        local, _, domain = lowered.rpartition("@")
        return local, domain, lowered
    local, at, domain = text.partition("@")
    if at:
        local = _local(local, text)
    domain = _domain(domain if at else text, text)
    return (local, domain, f"{local}@{domain}") if at else ("", domain, domain)


def _local(text: str, whole: str) -> str:
    if not text:
        raise JidError(f"{whole!r} is no JID: nothing stands before the @")
    # What RFC 8265 3.3 maps. What it forbids is none of our business: servers that follow the older RFC 6122 accept
    # more, symbols say, and whatever they let in must be compared.
    wide = _WIDE.sub(lambda found: normalize("NFKC", found[0]), _short(text, whole, "part before the @"))
    normal = normalize("NFC", wide.lower())
    if not normal or _NOT_IN_LOCAL.search(normal):
        raise JidError(f"{whole!r} is no JID: the part before the @ has a character that is not allowed there")
    return _short(normal, whole, "part before the @")


def _domain(text: str, whole: str) -> str:
    text = _DOTS.sub(".", text)
    if ".." in text or text.startswith("."):
        raise JidError(f"{whole!r} is no JID: {text!r} is no domain")
    text = text.removesuffix(".")  # RFC 7622 3.2: the root's dot is no part of the domainpart
    if not text:
        raise JidError(f"{whole!r} is no JID: it has no domain")
    if text.startswith("[") and text.endswith("]") and "%" not in text:  # a zone means nothing to anybody else
        try:
            return f"[{IPv6Address(text[1:-1])}]"
        except AddressValueError as wrong:
            raise JidError(f"{whole!r} is no JID: {wrong}") from wrong
    if _NOT_IN_DOMAIN.search(text):
        raise JidError(f"{whole!r} is no JID: {text!r} is no domain")
    if text.isascii() and "xn--" not in (lowered := text.lower()):
        return _short(lowered, whole, "domain")  # nothing else would come of it
    try:
        normal = idna.decode(text, uts46=True, std3_rules=True).removesuffix(".")
    except UnicodeError:
        # idna.IDNAError is one. Names that IDNA refuses do exist: with an emoji, or an underscore.
        normal = ".".join(map(u_label, text.lower().split(".")))
    if not normal:
        raise JidError(f"{whole!r} is no JID: {text!r} is no domain")
    return _short(normal, whole, "domain")


def a_labels(domain: str) -> str:
    """Return *domain* with an A-label in place of each U-label, of such too that IDNA refuses."""
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}" for label in domain.split(".")
    )


def u_label(label: str) -> str:
    """Return the U-label of an A-label, of such too that IDNA refuses; any other label as it stands."""
    if not label.startswith("xn--") or len(label) > _LABEL_AT_MOST:
        return label
    try:
        name = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    if name.isascii() or normalize("NFKC", name.lower()) != name or _NOT_IN_DOMAIN.search(name) or _DOTS.search(name):
        return label
    return name


def _resource(text: str, whole: str) -> str:
    if not text:
        raise JidError(f"{whole!r} is no JID: nothing stands after the /")
    if _PLAIN_RESOURCE.fullmatch(text):
        return _short(text, whole, "resource")
    if _NOT_IN_RESOURCE.search(text):
        raise JidError(f"{whole!r} is no JID: the resource has a control character")
    # what RFC 8265 4.2 maps
    normal = normalize("NFC", _SPACE.sub(" ", _short(text, whole, "resource")))
    return _short(normal, whole, "resource")


def _short(text: str, whole: str, part: str) -> str:
    if len(text) * 4 > MAX_PART_BYTES and len(text.encode("utf-8", "surrogatepass")) > MAX_PART_BYTES:
        raise JidError(f"{whole[:40]!r}… is no JID: its {part} is longer than {MAX_PART_BYTES} bytes")
    return text
