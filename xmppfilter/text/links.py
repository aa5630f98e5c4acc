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
from itertools import islice
from posixpath import normpath
from typing import Final, Literal, NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from xmppfilter.jid import Jid, JidError
from xmppfilter.text.fold import as_shown
from xmppfilter.text.hosts import INVISIBLE, LONGEST_HOST, normal_host, split_authority
from xmppfilter.text.reading import remembered

MOST: Final = 1024
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
    """What was found in a text."""

    links: tuple[Link, ...]
    """Each once, in the order in which it stands there."""
    cut: bool
    """Whether there were more candidates than are looked at."""


_NOTHING: Final = Reading((), cut=False)
# str.translate would be slow in any but ASCII text
_QUOTES: Final = re.compile('[<>"\u2018\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u300c\u300d\u300e\u300f]')
_QUOTES_OF_ASCII: Final = str.maketrans('<>"', "   ")
# ASCII in disguise: letterlike, superscript, enclosed, small, full-width and mathematical characters
_COMPATIBLE: Final = re.compile(
    "[\u02b0-\u02b8\u1d2c-\u1d6a\u2024\u2070-\u209c\u2100-\u214f\u2460-\u24ea\ufe13\ufe50-\ufe6b\uff01-\uff61\U0001d400-\U0001d7ff"
    "\U0001f130-\U0001f149]+"
)
# All but ASCII and the letters that names have beside it: emoji, arrows, ideographs, Thai, which need no space between.
_GLUED: Final = re.compile(
    "[^\x00-\x7f\u00aa\u00b5\u00b7\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u037d\u037f-\u0386\u0388-\u0559\u0560-\u0588\u1d00-\u1fff"
    "\u2c60-\u2c7f\ua640-\ua69f\ua720-\ua7ff]+"
)
_HINT: Final = re.compile(r"[.:@\[({](?:(?<=[.:@])(?=[^\s.])|(?<=[\[({])(?=[ \t]*[.@:dapDAP\u0442\u0422]))")
_WIDE_HINT: Final = re.compile(
    "[\u2024\u3002\ufe13\ufe52\ufe55\ufe59\ufe5b\ufe6b\uff08\uff0e\uff1a\uff20\uff3b\uff5b\uff61"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_SPELLED: Final = re.compile(
    r"[\s_*/~-]{1,3}(?:\.|dot|d0t|punkt|\u0442\u043e\u0447\u043a\u0430)[\s_*/~-]{1,3}"
    "|(?<=[A-Za-z0-9]) ?[\u70b9\u9ede] ?(?=[A-Za-z])",
    re.IGNORECASE,
)
_SHORTEST: Final = 3
"""As short as a host can be: a.b"""
_ENCODED: Final = re.compile("%(?:3a|40)", re.IGNORECASE)
_UNSEEN_BY_BROWSERS: Final = str.maketrans("", "", "\t\n\r")
_BRACKETED: Final = re.compile(
    r"[ \t]{0,2}+[\[({][ \t]{0,2}+(?:(\.|dot|d0t|punkt|\u0442\u043e\u0447\u043a\u0430)|(@|at)|(:)(?://)?)"
    r"[ \t]{0,2}+[\])}][ \t]{0,2}+",
    re.IGNORECASE,
)
_DEFANGED: Final = re.compile(r"h(?:xx|tx|xt|\*\*)p(?=s?:)", re.IGNORECASE)
_BEFORE_COLON: Final = re.compile(r"[A-Za-z][A-Za-z0-9+-]*\Z")
_LONGEST_SCHEME: Final = 16
_WEB: Final = frozenset({"http", "https", "ftp"})
"""Schemes whose slashes browsers do not insist on."""
_ADDRESSES: Final = frozenset({"xmpp", "mailto"})
_PHONES: Final = frozenset({"tel", "sms", "callto"})
_APPS: Final = frozenset({"tg", "whatsapp"})
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
_TELEGRAM: Final = re.compile(r"telegram|\b(?:tg|\u0442\u0433)\b|\u0442\u0435\u043b\u0435\u0433", re.IGNORECASE)
_WHATSAPP: Final = re.compile(
    r"whats ?app|\u0432\u0430\u0442\u0441\u0430\u043f|\u0432\u043e\u0442\u0441\u0430\u043f", re.IGNORECASE
)
_HANDLE: Final = re.compile(r"(?<![\w@./])@([A-Za-z][A-Za-z0-9_]{3,31}+)(?![\w@]|\.\w)")
_NUMBER: Final = re.compile(r"(?<![\w.])\+?\(?[0-9](?:[ ().-]{0,2}+[0-9]){6,14}+(?!\w)")
_NOT_DIGITS: Final = re.compile("[^0-9]")
_TELEGRAMS: Final = frozenset({"t.me", "telegram.me", "telegram.dog"})
_WHATSAPPS: Final = frozenset({"wa.me", "api.whatsapp.com", "web.whatsapp.com"})
_DEFAULT_PORTS: Final = frozenset({"", "80", "443"})
_BEFORE: Final = "'(*_~-\u2022\u2014"
_BEHIND: Final = ".,;:!?'*_~\u2026\uff0c\u3001\uff01\uff1f\u2019"
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_DIGITS: Final = "0123456789"
_FIGURE: Final = ".,:0123456789"
_DOTS: Final = 3
_PLAIN_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
_FEWEST_DIGITS: Final = 5
_LONGEST_NUMBER: Final = 40


def links(text: str) -> tuple[Link, ...]:
    """Return what is found in *text*, each once, in the order in which it stands there."""
    return read_links(text).links


def read_links(text: str) -> Reading:
    """Return what is found in *text*, and whether that is all: `plain_hosts` has more where it is not."""
    return _read(text) if _may_have_links(text) else _NOTHING


@remembered
def _read(text: str) -> Reading:
    candidates = _candidates(_readings(text))
    found = tuple(dict.fromkeys(link for link in islice(candidates, MOST) if link is not None))
    return Reading(found, cut=next(candidates, _NOTHING) is not _NOTHING)


def _may_have_links(text: str) -> bool:
    """Prove cheaply of most texts that there is nothing to find."""
    signs = "." in text or ":" in text or "@" in text or "[" in text or "(" in text or "{" in text
    if signs and _HINT.search(text):
        return True
    lower = text.lower()
    if "whats" in lower or _may_be_spelled(lower):
        return True
    return not text.isascii() and not (_WIDE_HINT.search(text) is None and _WHATSAPP.search(text) is None)


def _may_be_spelled(lower: str) -> bool:
    if "dot" in lower or " . " in lower or "d0t" in lower or "punkt" in lower:
        return True
    return not lower.isascii() and ("\u0442\u043e\u0447\u043a\u0430" in lower or "\u70b9" in lower or "\u9ede" in lower)


def plain_hosts(text: str) -> frozenset[str]:
    """Return the hosts that stand plainly in a text with so many candidates that `links` does not look at them all.

    Of any other text none: `links` has told of them.
    """
    if not read_links(text).cut:
        return frozenset()
    return frozenset(host for host in _PLAIN_HOST.findall(_plain(text).lower()) if len(host) <= LONGEST_HOST)


def link_of(uri: str) -> Link | None:
    """Return where *uri*, the target of a link, leads; None where that is nowhere that could be compared."""
    text = _plain(uri.translate(_UNSEEN_BY_BROWSERS)).strip().replace("\\", "/")
    colon = text.find(":")
    scheme = _scheme(text, colon) if colon >= 0 else ""
    if scheme and len(scheme) == colon:
        return _of_scheme(scheme, text[colon + 1 :])
    return _url(text[:LONGEST].removeprefix("//"))


def url_key(text: str) -> str | None:
    """Return the `value` by which a URL is compared, scheme or none; None: it is none."""
    link = link_of(text)
    return link.value if link is not None and link.kind == "url" and not text.strip().count(" ") else None


def _plain(text: str) -> str:
    """Return *text* with what disguises links taken off."""
    if text.isascii():
        text = text.translate(_QUOTES_OF_ASCII)
    else:
        text = _COMPATIBLE.sub(lambda run: normalize("NFKC", run[0]), INVISIBLE.sub("", text))
        text = _QUOTES.sub(" ", text).replace("\u3002", ".").replace("\u2044", "/")
    if "[" in text or "(" in text or "{" in text:
        text = _BRACKETED.sub(_unbracketed, text)
    return _DEFANGED.sub("http", text) if ":" in text else text


def _readings(text: str) -> str:
    """Return *text* plain, and behind it whatever else a reader may take it for."""
    plain = _plain(text)
    readings = [plain]
    if not text.isascii():
        if "\u202e" in text:
            readings.append(_plain(as_shown(text)))
        if "\u200b" in text:  # names ignore it, but it can also end one
            readings.append(_plain(text.replace("\u200b", " ")))
    if _may_be_spelled(plain.lower()):
        readings.append(_SPELLED.sub(".", plain))
    return "\n".join(readings)


def _unbracketed(found: re.Match[str]) -> str:
    dot, at, _ = found.groups()
    if dot:
        return "."
    if at:
        return "@"
    return "://" if "/" in found[0] else ":"


def _candidates(text: str) -> Iterator[Link | None]:
    """Yield every candidate of a plain text; None stands for one that came to nothing."""
    for token in text.split():
        if "." in token or ":" in token or "@" in token:
            word = token.strip(_BEHIND)
            if ("." in word or ":" in word or "@" in word) and not _is_figure(word):
                yield from _in_token(token.lstrip(_BEFORE).replace("\\", "/"))
                if "%" in token or not token.isascii():
                    for reading in _other_readings(token):
                        yield from _in_token(reading.lstrip(_BEFORE))
                if "\\" in token and _ESCAPE.search(token):
                    yield from _addresses(token)
    if "@" in text and _TELEGRAM.search(text):
        yield from (_telegram(found[1]) for found in _HANDLE.finditer(text))
    if _WHATSAPP.search(text):
        yield from (_whatsapp(found[0]) for found in _NUMBER.finditer(text))


def _other_readings(token: str) -> Iterator[str]:
    """Yield what stands in a token between characters that are glued to it, and what percent signs hide."""
    parts = _GLUED.sub(" ", token).split() if _GLUED.search(token) else []
    if _ENCODED.search(token):  # a link within a link
        parts += unquote(token).split()
    for part in parts:
        if len(part) >= _SHORTEST:
            yield part.replace("\\", "/")


def _is_figure(word: str) -> bool:
    """Whether *word* is the time or a sum, and too short for an address: `10:30`, `3.99`."""
    return word[0] in _DIGITS and word[-1] in _DIGITS and word.count(".") < _DOTS and not word.strip(_FIGURE)


def _in_token(token: str) -> Iterator[Link | None]:
    """Yield what stands in a run of characters without white space."""
    plain = True
    colon = token.find(":")
    while colon >= 0:
        begin = colon + 1
        following = token.find(":", begin)
        if scheme := _scheme(token, colon):
            if plain:
                yield from _without_scheme(token[: colon - len(scheme)])
                plain = False
            found = _of_scheme(scheme, token[begin : begin + LONGEST])
            yield found
            end = following if following >= 0 else len(token)
            if found is None or "@" in token:
                yield from _within(token[begin : min(end, begin + LONGEST)], nowhere=found is None)
            separator = _SEPARATORS.search(token, begin, min(end, begin + LONGEST))
            if separator and "/" not in token[begin : separator.start()].lstrip("/"):
                yield from _without_scheme(token[separator.end() : end])
        else:
            yield None
        colon = following
    if plain:
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
    known = scheme in _WEB or scheme in _ADDRESSES or scheme in _PHONES or scheme in _APPS
    return scheme if known or token.startswith("//", colon + 1) else ""


def _of_scheme(scheme: str, rest: str) -> Link | None:
    if scheme in _ADDRESSES:
        return _address(rest)
    if scheme in _PHONES:
        digits = _NOT_DIGITS.sub("", rest[:_LONGEST_NUMBER].partition("?")[0].partition(";")[0])
        return Link("phone", "", digits) if len(digits) >= _FEWEST_DIGITS else None
    rest = rest[_SLASHES.match(rest).end() :]  # type: ignore[union-attr]  # the pattern matches emptiness too
    return _app(scheme, rest) if scheme in _APPS else _url(rest)


def _address(rest: str) -> Link | None:
    """Return the JID of a URI (RFC 5122): behind the authority, which only says who is to send, if there is one."""
    if rest.startswith("//"):
        authority, _, path = rest[2:].partition("/")
        rest = path or authority
    for end in "?#,":
        rest = rest.partition(end)[0]
    bare = unquote(_without_end(rest)).partition("/")[0]
    local, at, domain = bare.partition("@") if "@" in bare else ("", "", bare)
    found = _DOMAIN.match(domain)
    return _jid(f"{local}{at}{found[0]}") if found else None


def _jid(text: str) -> Link | None:
    try:
        jid = Jid.parse(text)
    except JidError:
        return None
    return Link("jid", jid.domain, jid.bare)


def _app(scheme: str, rest: str) -> Link | None:
    """Return the link on the web that leads where `tg://` or `whatsapp://` does."""
    query = dict(pair.partition("=")[::2] for pair in rest.partition("?")[2].split("&"))
    if scheme == "whatsapp":
        return _whatsapp(unquote(query.get("phone", "")))
    if invite := query.get("invite"):
        return _telegram(f"+{invite}")
    return _telegram(unquote(query.get("domain", "")))


def _telegram(name: str) -> Link | None:
    name = name.lstrip("@")
    return Link("url", "t.me", f"t.me/{name if name.startswith('+') else name.lower()}") if name else None


def _whatsapp(number: str) -> Link | None:
    digits = _NOT_DIGITS.sub("", number)
    return Link("url", "wa.me", f"wa.me/{digits}") if len(digits) >= _FEWEST_DIGITS else None


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
                yield _url(found[0], certain=False)


def _addresses(text: str) -> Iterator[Link | None]:
    return (_jid(f"{found[1]}@{found[2].strip('_-')}") for found in _ADDRESS.finditer(text))


def _url(text: str, *, certain: bool = True) -> Link | None:
    """Return the link that *text* is, behind its scheme; *certain*: there was one, so that a number is a host too."""
    text = _without_end(text)
    authority, rest = split_authority(text)
    name, port = authority
    if not certain:
        name = name.strip("_-")  # `_evil.example_` is set in italics, and no registry has such names
    host = normal_host(name, numbers=certain)
    if host is None:
        return None
    path, _, query = rest.partition("#")[0].partition("?")
    if "%" in path:
        path = unquote(path)
    if "/." in path or "//" in path:
        path = normpath(path).replace("//", "/", 1)
    path = path.rstrip("/")
    if (canonical := _messenger(host, path, query)) is not None:
        return canonical
    key = host if port in _DEFAULT_PORTS else f"{host}:{port}"
    return Link("url", host, normalize("NFC", f"{key}{path}?{query}" if query else f"{key}{path}"))


def _messenger(host: str, path: str, query: str) -> Link | None:
    """Return the one form of a link to somebody on Telegram or WhatsApp."""
    if host in _TELEGRAMS:
        first, _, rest = path.removeprefix("/").removeprefix("s/").partition("/")
        return _telegram(f"+{rest}" if first == "joinchat" and rest else first)
    if host.endswith(".t.me"):
        return _telegram(host.removesuffix(".t.me"))
    if host in _WHATSAPPS:
        given = dict(pair.partition("=")[::2] for pair in query.split("&"))
        return _whatsapp(unquote(given.get("phone", "")) or path)
    return None


def _without_end(text: str) -> str:
    """Return *text* without the punctuation behind it, which belongs to the sentence: brackets that none has opened."""
    spare: dict[str, int] | None = None
    end = len(text)
    while end:
        last = text[end - 1]
        if last in _CLOSING:
            if spare is None:
                spare = {closing: text.count(closing) - text.count(opening) for closing, opening in _CLOSING.items()}
            if spare[last] <= 0:
                break
            spare[last] -= 1
        elif last not in _BEHIND:
            break
        end -= 1
    return text[:end]
