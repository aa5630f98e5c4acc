"""Finds the links, addresses and numbers in a text, however they are disguised; nothing is ever fetched.

Found are URLs with and without a scheme, `hxxp` and `[.]`, hosts in any spelling that a browser would follow (IDN,
percent signs, IPv4 as one number or in octal, another name before an @), `xmpp:`, `mailto:` and `tel:` URIs, bare
JIDs, and handles of Telegram and WhatsApp. A plain `evil.example` is found too: whether it was meant as a link is for
whoever has a list to compare it with. Where a text can be read in several ways, it is: with and without what is glued
to a name in writing that has no spaces, as it stands and as it is shown from right to left. The time is linear in the
length of the text. Candidates are bounded; in a text with more of them hosts are still found wherever they stand
plainly, see `plain_hosts`.
"""

import re
from collections.abc import Iterator
from itertools import islice, repeat
from posixpath import normpath
from typing import Final, Literal, NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from xmppfilter.jid import Jid, JidError
from xmppfilter.text import messengers
from xmppfilter.text.disguise import (
    has_hidden_signs,
    may_be_spelled,
    plain,
    readings,
    seen_by_browsers,
    within_token,
    without_piles,
)
from xmppfilter.text.hosts import LONGEST_HOST, normal_host, split_authority
from xmppfilter.text.punctuation import BEFORE, BEHIND, is_figure, without_end
from xmppfilter.text.reading import remembered

MOST: Final = 384
"""Candidates that are looked at in one text."""
LONGEST: Final = 2048
"""Characters of a URL that are compared."""


class Link(NamedTuple):
    """One thing that a reader could follow."""

    kind: Literal["url", "jid", "phone"]
    host: str
    """The host or domain, normalised; an IPv4 address in four numbers; empty for a phone number."""
    value: str
    """What to compare: of a URL all but scheme and fragment, of a JID the bare JID, of a number its digits."""


class Reading(NamedTuple):
    """What was found in a text, and at what cost."""

    links: tuple[Link, ...]
    """Each once, in the order in which it stands there."""
    looked_at: int
    """Candidates, those included that came to nothing."""
    cut: bool
    """Whether there were more candidates than are looked at: `plain_hosts` finds some of the rest."""


UNREAD: Final = Reading((), 0, cut=True)
_NOTHING: Final = Reading((), 0, cut=False)
_DEAR: Final = 4
"""Characters of a domain that take, where IDNA must be asked, as much time as a candidate."""
_HINT: Final = re.compile(r"[.:@\[({](?:(?<=[.:@])(?=[^\s.])|(?<=[\[({])(?=[ \t]*[.@:dapDAP\u0442\u0422]))")
_BEFORE_COLON: Final = re.compile(r"[A-Za-z][A-Za-z0-9+-]*\Z")
_LONGEST_SCHEME: Final = 16
_WEB: Final = frozenset({"http", "https", "ftp"})
"""Schemes whose slashes browsers do not insist on."""
_ADDRESSES: Final = frozenset({"xmpp", "mailto"})
_PHONES: Final = frozenset({"tel", "sms", "callto"})
_SLASHES: Final = re.compile("/*")
_SEPARATORS: Final = re.compile("[,;|]")
_NO_LOCAL: Final = r"\s,;:()\[\]{}<>|/\"'&=@"
_IN_LABEL: Final = r"[0-9A-Z_a-z\u0080-\ufdf9\ufdfc-\U0010ffff-]"
# its domain can be the localpart of another: a@b@c
_ADDRESS: Final = re.compile(rf"(?<![^{_NO_LOCAL}])([^{_NO_LOCAL}]{{1,255}}+)@(?=({_IN_LABEL}++(?:\.{_IN_LABEL}++)*))")
# and its port
_HOST: Final = re.compile(
    rf"(?<!{_IN_LABEL})(?<!{_IN_LABEL}\.)(?<![^{_NO_LOCAL}]@){_IN_LABEL}++(?:\.{_IN_LABEL}++)+(?::[0-9]{{1,5}}(?!\w))?"
)
_DOMAIN: Final = re.compile(rf"{_IN_LABEL}+(?:\.{_IN_LABEL}+)*|\[[0-9A-Fa-f:.]+\]")
_ESCAPE: Final = re.compile(r"\\(?:2[0267f]|3[ace]|40|5c)", re.IGNORECASE)
"""In a localpart, XEP-0106."""
_LOCALPART: Final = re.compile(rf"@{_IN_LABEL}")
_TAIL: Final = re.compile("[/?#]")
_NO_PART: Final = str.maketrans("/?#", "   ")
_DEFAULT_PORTS: Final = frozenset({"", "80", "443"})
_PLAIN_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
_LONGEST_NUMBER: Final = 40


def links(text: str) -> tuple[Link, ...]:
    """Return what is found in *text*, each once, in the order in which it stands there."""
    return read_links(text).links


def read_links(text: str) -> Reading:
    """Return what is found in *text*, and whether that is all: `plain_hosts` has more where it is not."""
    return _read(text) if _may_have_links(text) else _NOTHING


@remembered
def _read(text: str) -> Reading:
    candidates = _candidates(readings(text))
    looked_at = list(islice(candidates, MOST))
    found = tuple(dict.fromkeys(filter(None, looked_at)))
    return Reading(found, len(looked_at), cut=next(candidates, _NOTHING) is not _NOTHING)


def _may_have_links(text: str) -> bool:
    """Prove cheaply of most texts that there is nothing to find."""
    signs = "." in text or ":" in text or "@" in text or "[" in text or "(" in text or "{" in text
    if signs and _HINT.search(text):
        return True
    lower = text.lower()
    if "whats" in lower or may_be_spelled(lower):
        return True
    return not text.isascii() and (has_hidden_signs(text) or messengers.names_whatsapp(text))


def plain_hosts(text: str) -> frozenset[str]:
    """Return the hosts that stand plainly in a text, however many: much less than `links` finds, and much quicker."""
    return frozenset(host for host in _PLAIN_HOST.findall(plain(text).lower()) if len(host) <= LONGEST_HOST)


def link_of(uri: str) -> Link | None:
    """Return where *uri*, the target of a link, leads; None where that is nowhere that could be compared."""
    text = plain(seen_by_browsers(uri)).strip().replace("\\", "/")
    colon = text.find(":")
    scheme = _scheme(text, colon) if colon >= 0 else ""
    if scheme and len(scheme) == colon:
        return _of_scheme(scheme, text[colon + 1 : colon + 1 + LONGEST])
    return _url(text[:LONGEST].removeprefix("//"))


def url_key(text: str) -> str | None:
    """Return the `value` by which a URL is compared, scheme or none; None: it is none."""
    link = link_of(text)
    return link.value if link is not None and link.kind == "url" and not text.strip().count(" ") else None


def _candidates(text: str) -> Iterator[Link | None]:
    """Yield every candidate of a plain text; None stands for one that came to nothing."""
    for token in text.split():
        if "." in token or ":" in token or "@" in token:
            word = token.strip(BEHIND)
            if ("." in word or ":" in word or "@" in word) and not is_figure(word):
                yield from _in_token(token.lstrip(BEFORE).replace("\\", "/"))
                if "%" in token or not token.isascii():
                    for reading in within_token(token):
                        yield from _in_token(reading.lstrip(BEFORE))
                if "\\" in token and _ESCAPE.search(token):
                    yield from _addresses(token)
    if "@" in text or messengers.names_whatsapp(text):
        yield from map(_to_messenger, messengers.handles(text))


def _in_token(token: str) -> Iterator[Link | None]:
    """Yield what stands in a run of characters without white space."""
    bare = True
    colon = token.find(":")
    while colon >= 0:
        begin = colon + 1
        following = token.find(":", begin)
        if scheme := _scheme(token, colon):
            if bare:
                yield from _without_scheme(token[: colon - len(scheme)])
                bare = False
            found = _of_scheme(scheme, token[begin : begin + LONGEST])
            yield found
            if scheme in _ADDRESSES and not token.isascii():
                yield from repeat(None, min(len(token) - begin, LONGEST) // _DEAR)
            end = following if following >= 0 else len(token)
            if found is None or "@" in token:
                yield from _within(token[begin : min(end, begin + LONGEST)], nowhere=found is None)
            separator = _SEPARATORS.search(token, begin, min(end, begin + LONGEST))
            if separator and "/" not in token[begin : separator.start()].lstrip("/"):
                yield from _without_scheme(token[separator.end() : end])
        else:
            yield None
        colon = following
    if bare:
        yield from _without_scheme(token)


def _within(rest: str, *, nowhere: bool) -> Iterator[Link | None]:
    """Yield the addresses behind the authority of a URI, and the hosts in an authority that is itself *nowhere*."""
    rest = rest.lstrip("/")
    tail = _TAIL.search(rest)
    if tail and "@" in rest:
        yield from _addresses(rest[tail.end() :].translate(_NO_PART))
    if nowhere:
        yield from _without_scheme(rest[: tail.start()] if tail else rest)


def _scheme(token: str, colon: int) -> str:
    """Return the scheme whose colon stands there; empty where what stands before it is none that leads anywhere."""
    before = _BEFORE_COLON.search(token, max(0, colon - _LONGEST_SCHEME), colon)
    if before is None:
        return ""
    scheme = before[0].lower()
    known = scheme in _WEB or scheme in _ADDRESSES or scheme in _PHONES or scheme in messengers.APPS
    return scheme if known or token.startswith("//", colon + 1) else ""


def _of_scheme(scheme: str, rest: str) -> Link | None:
    if scheme in _ADDRESSES:
        return _address(rest)
    if scheme in _PHONES:
        digits = messengers.digits_of(rest[:_LONGEST_NUMBER].partition("?")[0].partition(";")[0])
        return Link("phone", "", digits) if len(digits) >= messengers.FEWEST_DIGITS else None
    rest = rest[_SLASHES.match(rest).end() :]  # type: ignore[union-attr]  # the pattern matches emptiness too
    return _to_messenger(messengers.in_app(scheme, rest)) if scheme in messengers.APPS else _url(rest)


def _to_messenger(value: str | None) -> Link | None:
    return Link("url", value.partition("/")[0], value) if value is not None else None


def _address(rest: str) -> Link | None:
    """Return the JID of a URI (RFC 5122): behind the authority, which only says who is to send, if there is one."""
    if rest.startswith("//"):
        authority, _, path = rest[2:].partition("/")
        rest = path or authority
    for end in "?#,":
        rest = rest.partition(end)[0]
    bare = unquote(without_end(rest)).partition("/")[0]
    local, at, domain = bare.partition("@") if "@" in bare else ("", "", bare)
    found = _DOMAIN.match(domain)
    return _jid(f"{local}{at}{found[0]}") if found else None


def _jid(text: str) -> Link | None:
    if not text.isascii():
        text = without_piles(text)
        if len(text) - text.rfind("@") > 2 * LONGEST_HOST:  # decomposed, an A-label may be half as long
            return None
    try:
        jid = Jid.parse(text)
    except JidError:
        return None
    return Link("jid", jid.domain, jid.bare)


def _without_scheme(text: str) -> Iterator[Link | None]:
    """Yield the addresses and hosts that stand there by themselves."""
    if "@" in text:
        yield from _addresses(text)
    for part in _SEPARATORS.split(text):
        behind = 0
        for found in _HOST.finditer(part):
            if found.start() < behind:
                continue
            if _LOCALPART.match(part, found.end()):
                continue  # `one.two@` is the beginning of an address
            if part[found.end() : found.end() + 1] in {"/", "?", "#"}:
                behind = len(part)
                yield _url(part[found.start() : found.start() + LONGEST], certain=False)
            else:
                yield _url(found[0][:LONGEST], certain=False)


def _addresses(text: str) -> Iterator[Link | None]:
    for found in _ADDRESS.finditer(text):
        yield _jid(f"{found[1]}@{found[2].strip('_-')}")
        if not found[2].isascii() or "xn--" in found[2]:
            yield from repeat(None, len(found[2]) // _DEAR)


def _url(text: str, *, certain: bool = True) -> Link | None:
    """Return the link that *text* is, behind its scheme; *certain*: there was one, so that a number is a host too."""
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
        path = without_piles(unquote(path))
    if "/." in path or "//" in path:
        path = normpath(path).replace("//", "/", 1)
    path = path.rstrip("/")
    if messengers.is_messenger(host) and (canonical := messengers.on_web(host, path, query)) is not None:
        return _to_messenger(canonical)
    key = host if port in _DEFAULT_PORTS else f"{host}:{port}"
    return Link("url", host, normalize("NFC", f"{key}{path}?{query}" if query else f"{key}{path}"))
