"""Finds the links, addresses and numbers in a text, however they are disguised; nothing is ever fetched.

Found are URLs with and without a scheme, `hxxp` and `[.]`, hosts in any spelling that a browser would follow (IDN,
percent signs, IPv4 as one number or in octal, another name before an @), `xmpp:`, `mailto:` and `tel:` URIs, bare
JIDs, and handles of Telegram and WhatsApp. A plain `evil.example` is found too: whether it was meant as a link is for
whoever has a list to compare it with. The time is linear in the length of the text. Candidates are bounded; in a text
with more of them hosts are still found wherever they stand plainly, see `plain_hosts`.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from posixpath import normpath
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote

from xmppfilter.jid import Jid, JidError
from xmppfilter.text.hosts import LONGEST_HOST, normal_host, split_authority
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


_QUOTES: Final = '<>"\u2018\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u300c\u300d\u300e\u300f'
_WIDE: Final = dict(zip("\uff1a\uff0f\u2044\uff20\uff0e\u3002\uff61\u2024", "://@....", strict=True))
_CHARACTERS: Final = str.maketrans(dict.fromkeys(_QUOTES, " ") | _WIDE)
_QUOTES_OF_ASCII: Final = str.maketrans('<>"', "   ")
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_HINT: Final = re.compile(r"[.:@\[({](?:(?<=[.:@])(?=[^\s.])|(?<=[\[({])(?=[ \t]*[.@:dapDAP\u0442\u0422]))")
_WIDE_HINT: Final = re.compile(
    "[\uff1a\uff20\uff0e\u3002\uff61\u2024\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
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
_ADDRESS: Final = re.compile(rf"(?<![^{_NO_LOCAL}])([^{_NO_LOCAL}]{{1,255}}+)@([\w-]++(?:\.[\w-]++)*)")
_HOST: Final = re.compile(r"(?<![\w@-])(?<![\w-]\.)[\w-]++(?:\.[\w-]++)+")
_AFTER_HOST: Final = re.compile(r"(?::[0-9]{1,5})?(?=[/?#]|\Z|\W)")
_TELEGRAM: Final = re.compile(r"telegram|\btg\b|\u0442\u0435\u043b\u0435\u0433", re.IGNORECASE)
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
    return _links(text) if _may_have_links(text) else ()


@remembered
def _links(text: str) -> tuple[Link, ...]:
    return tuple(dict.fromkeys(link for link in islice(_candidates(_plain(text)), MOST) if link is not None))


def _may_have_links(text: str) -> bool:
    """Prove cheaply of most texts that there is nothing to find."""
    signs = "." in text or ":" in text or "@" in text or "[" in text or "(" in text or "{" in text
    if signs and _HINT.search(text):
        return True
    if "whats" in text.lower():
        return True
    return not text.isascii() and not (_WIDE_HINT.search(text) is None and _WHATSAPP.search(text) is None)


def plain_hosts(text: str) -> frozenset[str]:
    """Return the hosts that stand plainly in a text with so many candidates that `links` does not look at them all.

    Of any other text none: `links` has told of them.
    """
    if text.count(".") + text.count(":") + text.count("@") <= MOST:
        return frozenset()
    return frozenset(host for host in _PLAIN_HOST.findall(text.lower()) if len(host) <= LONGEST_HOST)


def link_of(uri: str) -> Link | None:
    """Return where *uri*, the target of a link, leads; None where that is nowhere that could be compared."""
    text = _plain(uri).strip().replace("\\", "/")
    colon = text.find(":")
    scheme = _scheme(text, colon) if colon >= 0 else ""
    if scheme and len(scheme) == colon:
        return _of_scheme(scheme, text[colon + 1 :])
    return _url(text[:LONGEST])


def url_key(text: str) -> str | None:
    """Return the `value` by which a URL is compared, scheme or none; None: it is none."""
    link = link_of(text)
    return link.value if link is not None and link.kind == "url" and not text.strip().count(" ") else None


def _plain(text: str) -> str:
    """Return *text* with what disguises links taken off."""
    text = text.translate(_QUOTES_OF_ASCII) if text.isascii() else _INVISIBLE.sub("", text).translate(_CHARACTERS)
    if "[" in text or "(" in text or "{" in text:
        text = _BRACKETED.sub(_unbracketed, text)
    return _DEFANGED.sub("http", text) if ":" in text else text


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
    if "@" in text and _TELEGRAM.search(text):
        yield from (_telegram(found[1]) for found in _HANDLE.finditer(text))
    if _WHATSAPP.search(text):
        yield from (_whatsapp(found[0]) for found in _NUMBER.finditer(text))


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
            yield _of_scheme(scheme, token[begin : begin + LONGEST])
            separator = _SEPARATORS.search(token, begin, begin + LONGEST if following < 0 else following)
            if separator and "/" not in token[begin : separator.start()].lstrip("/"):
                yield from _without_scheme(token[separator.end() : following if following >= 0 else len(token)])
        else:
            yield None
        colon = following
    if plain:
        yield from _without_scheme(token)


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
    return _jid(unquote(_without_end(rest)))


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
        yield from (_jid(_without_end(found[0])) for found in _ADDRESS.finditer(text))
    for part in _SEPARATORS.split(text):
        behind = 0
        for found in _HOST.finditer(part):
            if found.start() < behind:
                continue
            end = _AFTER_HOST.match(part, found.end())
            if end is None or part.startswith("@", found.end()):
                continue  # `one.two@` is the beginning of an address
            if part[end.end() : end.end() + 1] in {"/", "?", "#"}:
                behind = len(part)
                yield _url(part[found.start() : found.start() + LONGEST], certain=False)
            else:
                yield _url(part[found.start() : end.end()], certain=False)


def _url(text: str, *, certain: bool = True) -> Link | None:
    """Return the link that *text* is, behind its scheme; *certain*: there was one, so that a number is a host too."""
    text = _without_end(text)
    authority, rest = split_authority(text)
    name, port = authority
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
    return Link("url", host, unicodedata.normalize("NFC", f"{key}{path}?{query}" if query else f"{key}{path}"))


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
