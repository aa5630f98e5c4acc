"""Whom an operator or the configuration means: one JID, all of a domain, or whatever fits `spam*@evil.example`."""

from collections.abc import Iterable

from xmppfilter.stanza.jid import Jid, JidError

WANTED = "wanted a bare JID, a domain, or a pattern: spam*@evil.example, *@evil.example, *.evil.example"


class Whom:
    """One pattern of addresses; a * stands for any characters of a localpart, or for all domains below one.

    A domain alone means itself and everybody there.
    """

    __slots__ = ("_local", "below", "domain", "text")

    def __init__(self, text: str) -> None:
        """Read *text*. Raises JidError."""
        local, at, domain = text.rpartition("@")
        self.below = domain.startswith("*.")
        """Whether all domains below `domain` are meant, and not that one."""
        parsed = Jid.parse(domain[2:] if self.below else domain)
        if parsed.full != parsed.domain or "*" in parsed.domain or (at and not local):
            raise JidError(f"found {text[:200]!r}; {WANTED}")
        self.domain = parsed.domain
        # each part is what stands between two stars
        self._local = (
            tuple(Jid.parse(f"{part}@a.example").local if part else "" for part in local.split("*")) if at else None
        )
        self.text = f"{'*'.join(self._local) + '@' if self._local is not None else ''}{'*.' * self.below}{self.domain}"

    @property
    def is_one(self) -> bool:
        """Whether it means one bare JID alone."""
        return self._local is not None and len(self._local) == 1 and not self.below

    @property
    def is_domain(self) -> bool:
        """Whether it means a domain as such."""
        return self._local is None and not self.below

    def covers(self, jid: Jid) -> bool:
        """Whether *jid*, with whatever resource, is meant."""
        return self.covers_parts(jid.local, jid.domain)

    def covers_parts(self, local: str, domain: str) -> bool:
        """Whether who has this localpart and this domain, both normalised, is meant."""
        if domain != self.domain and not (self.below and domain.endswith(f".{self.domain}")):
            return False
        return (domain != self.domain or not self.below) and (self._local is None or _fits(local, self._local))

    def covers_text(self, address: str) -> bool:
        """Whether *address*, normalised, is meant."""
        local, _, domain = address.partition("/")[0].rpartition("@")
        return self.covers_parts(local, domain)


def _fits(text: str, parts: tuple[str, ...]) -> bool:
    """Say whether *text* consists of *parts* with anything between them: in linear time, for each is found once."""
    first, *between = parts
    if not between:
        return text == first
    last = between.pop()
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in between:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


class Whoms:
    """Several of them: those without a * are found by their text, however many there are."""

    __slots__ = ("_plain", "_starred", "texts")

    def __init__(self, texts: Iterable[str]) -> None:
        """Read *texts*. Raises JidError."""
        read = [Whom(text) for text in texts]
        self.texts = frozenset(one.text for one in read)
        self._plain = frozenset(one.text for one in read if one.is_one or one.is_domain)
        self._starred = tuple(one for one in read if not (one.is_one or one.is_domain))

    def __bool__(self) -> bool:
        return bool(self._plain or self._starred)

    def cover(self, jid: Jid) -> bool:
        """Whether one of them means *jid*."""
        if jid.bare in self._plain or jid.domain in self._plain:
            return True
        return bool(self._starred) and any(one.covers(jid) for one in self._starred)


class Sides:
    """Whom a stanza may be from, or to."""

    __slots__ = ("_recipients", "_senders", "texts")

    def __init__(self, senders: Iterable[str] = (), recipients: Iterable[str] = ()) -> None:
        """Read both. Raises JidError."""
        self._senders, self._recipients = Whoms(senders), Whoms(recipients)
        self.texts = self._senders.texts | self._recipients.texts

    def __bool__(self) -> bool:
        return bool(self.texts)

    def cover(self, sender: Jid, recipient: Jid) -> bool:
        """Whether one of them means the *sender*, or the *recipient*, of a stanza."""
        return self._senders.cover(sender) or self._recipients.cover(recipient)
