"""People and groups on Telegram and WhatsApp: every way to name one comes to the one URL by which it is compared.

What is returned is that URL without its scheme, `t.me/name`, `t.me/+invitation` or `wa.me/number`; None
where no person or group is named.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

APPS: Final = frozenset({"tg", "whatsapp"})
"""Schemes of URIs that only their apps open."""
FEWEST_DIGITS: Final = 5
"""Digits that a telephone number has at the least."""
_TELEGRAM: Final = re.compile(r"telegram|\b(?:tg|\u0442\u0433)\b|\u0442\u0435\u043b\u0435\u0433", re.IGNORECASE)
_WHATSAPP: Final = re.compile(
    r"whats ?app|\u0432\u0430\u0442\u0441\u0430\u043f|\u0432\u043e\u0442\u0441\u0430\u043f", re.IGNORECASE
)
_HANDLE: Final = re.compile(r"(?<![\w@./])@([A-Za-z][A-Za-z0-9_]{3,31}+)(?![\w@]|\.\w)")
_NUMBER: Final = re.compile(r"(?<![\w.])\+?\(?[0-9](?:[ ().-]{0,2}+[0-9]){6,14}+(?!\w)")
_NOT_DIGITS: Final = re.compile("[^0-9]")
_TELEGRAMS: Final = frozenset({"t.me", "telegram.me", "telegram.dog"})
_WHATSAPPS: Final = frozenset({"wa.me", "api.whatsapp.com", "web.whatsapp.com"})


def names_whatsapp(text: str) -> bool:
    """Whether a text speaks of WhatsApp, so that a number in it is somebody there."""
    return _WHATSAPP.search(text) is not None


def handles(text: str) -> Iterator[str | None]:
    """Yield who is named by a handle or a number in a text that is about one of the messengers."""
    if "@" in text and _TELEGRAM.search(text):
        yield from (_telegram(found[1]) for found in _HANDLE.finditer(text))
    if _WHATSAPP.search(text):
        yield from (_whatsapp(found[0]) for found in _NUMBER.finditer(text))


def in_app(scheme: str, rest: str) -> str | None:
    """Return where a URI of one of APPS leads; *rest* is what stands behind its scheme."""
    query = rest.partition("?")[2]
    if scheme == "whatsapp":
        return _whatsapp(unquote(_parameter(query, "phone")))
    if invite := _parameter(query, "invite"):
        return _telegram(f"+{invite}")
    return _telegram(unquote(_parameter(query, "domain")))


def is_messenger(host: str) -> bool:
    """Whether URLs on *host* lead to somebody on Telegram or WhatsApp."""
    return host in _TELEGRAMS or host in _WHATSAPPS or host.endswith(".t.me")


def on_web(host: str, path: str, query: str) -> str | None:
    """Return where a URL on the host of a messenger leads."""
    if host in _TELEGRAMS:
        first, _, rest = path.removeprefix("/").removeprefix("s/").partition("/")
        return _telegram(f"+{rest}" if first == "joinchat" and rest else first)
    if host in _WHATSAPPS:
        return _whatsapp(unquote(_parameter(query, "phone")) or path)
    return _telegram(host.removesuffix(".t.me"))


def digits_of(number: str) -> str:
    """Return the digits of a telephone number."""
    return _NOT_DIGITS.sub("", number)


def _parameter(query: str, name: str) -> str:
    """Return the last value of that name in *query*, or an empty string."""
    return f"&{query}".rpartition(f"&{name}=")[2].partition("&")[0] if f"{name}=" in query else ""


def _telegram(name: str) -> str | None:
    name = name.lstrip("@")
    return f"t.me/{name if name.startswith('+') else name.lower()}" if name else None


def _whatsapp(number: str) -> str | None:
    digits = digits_of(number)
    return f"wa.me/{digits}" if len(digits) >= FEWEST_DIGITS else None
