"""Looks several sources up as one: who lists it, and whether enough of them do."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Final

from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.globs import Globs, is_glob
from xmppfilter.lists.source import Entries, Source
from xmppfilter.memory.kept import kept
from xmppfilter.stanza.ip import Address, address_of
from xmppfilter.stanza.jid import Jid

_Texts = tuple[tuple[Source, dict[str, None]], ...]
_Out = dict[str, None]
"""Texts that an operator has taken out."""
_KEPT: Final = 16_384
"""Domains, and addresses of servers: as many as there are in all of the network."""
DEEPEST: Final = 32
"""Parts of a path that are looked up one by one: no URL in a list may have more."""


class Listing:
    """Several sources looked up as one. Each look-up returns who lists it, in words, if enough do.

    What an operator has taken out counts as listed by nobody, whatever its source says from then on.
    """

    __slots__ = (
        "_agree",
        "_any_hashes",
        "_domains",
        "_globs",
        "_jid_hashes",
        "_jids",
        "_networks",
        "_parents",
        "_urls",
        "domain",
        "ip",
        "out",
        "sources",
    )

    domain: Callable[[str], str | None]
    """Look up a domain, itself and as one below another; the same ones come again and again."""
    ip: Callable[[str], str | None]
    """Look up an IP address; what is none is not listed."""

    def __init__(self) -> None:
        self.compile((), 1)

    def compile(self, sources: Iterable[Source], agree: int, out: Entries | None = None) -> None:
        """Look up in *sources*, but for what was taken *out*.

        To be called again when one of them has changed: empty dicts are not looked at.
        """
        self.sources = tuple(sources)
        self.out = out if out is not None else Entries()
        self._agree = agree

        def texts(what: What) -> _Texts:
            return tuple((source, found) for source in self.sources if (found := source.entries.texts[what]))

        self._domains = texts(What.DOMAIN)
        self._parents = texts(What.SUBDOMAINS)
        self._jids = texts(What.JID)
        self._jid_hashes = texts(What.JID_HASH)
        self._any_hashes = texts(What.HASH)
        self._urls = texts(What.URL)
        self._networks = tuple(source for source in self.sources if source.entries.networks)
        self._globs = tuple(source for source in self.sources if source.entries.globs)
        self.domain = kept(self._domain, _KEPT)
        self.ip = kept(self._ip, _KEPT)

    def _domain(self, domain: str) -> str | None:
        out = self.out.texts
        hits = _holding(self._domains, domain, out[What.DOMAIN])
        if self._parents:
            at = domain.find(".")
            while at >= 0:
                hits += _holding(self._parents, domain[at + 1 :], out[What.SUBDOMAINS])
                at = domain.find(".", at + 1)
        if self._any_hashes:
            hits += _holding(self._any_hashes, hash_of(domain), out[What.HASH])
        return self._enough(hits)

    def domains_among(self, names: frozenset[str]) -> frozenset[str]:
        """Return those of very many that some source lists in clear, themselves, what is below them, or their URLs."""
        out = self.out.texts
        domains = [(names & listed.keys()) - out[What.DOMAIN].keys() for _, listed in self._domains]
        parents = [(names & listed.keys()) - out[What.SUBDOMAINS].keys() for _, listed in self._parents]
        urls = [(names & listed.keys()) - out[What.URL].keys() for _, listed in self._urls]
        return frozenset().union(*domains, *parents, *urls)

    def jid(self, jid: Jid) -> str | None:
        """Look up an address, itself and without its resource; not its domain."""
        bare, full = jid.bare, jid.full
        out = self.out.texts
        hits = []
        for source, jids in self._jids:
            if bare in jids or full in jids:
                hits.append(source)
        if hits and (jids := out[What.JID]):
            hits = [source for source, listed in self._jids if _any_but(listed, jids, (bare, full))]
        for source in self._globs:
            if source.entries.globs.cover(jid.local, jid.domain, out[What.JID]):
                hits.append(source)
        if self._jid_hashes or self._any_hashes:
            digest = hash_of(bare)
            hits += _holding(self._jid_hashes, digest, out[What.JID_HASH])
            if jid.local:
                hits += _holding(self._any_hashes, digest, out[What.HASH])
        return self._enough(hits)

    @property
    def has_networks(self) -> bool:
        """Whether any IP address is listed."""
        return bool(self._networks)

    def _ip(self, text: str) -> str | None:
        if not self._networks or (address := address_of(text)) is None:
            return None
        return self._address(address)

    def url(self, key: str) -> str | None:
        """Look up a URL in the form in which `text.links` compares them, and whatever it lies below."""
        if not self._urls:
            return None
        out = self.out.texts[What.URL]
        hits = []
        for covering in _covering(key):
            hits += _holding(self._urls, covering, out)
        return self._enough(hits)

    def by(self, entry: Entry) -> str | None:
        """Look up what *entry* names, as it would be if a stanza named it."""
        match entry.what:
            case What.DOMAIN:
                return self.domain(entry.value)
            case What.JID:
                return self.jid(Jid.parse(entry.value))
            case What.IP:
                address, _, length = entry.value.partition("/")
                whole = "128" if ":" in address else "32"
                return self.ip(address) if length == whole else self._enough(self.entry(entry))
            case What.URL:
                return self.url(entry.value)
            case _:
                return self._enough([source for form in forms(entry) for source in self.entry(form)])

    def entry(self, entry: Entry) -> list[Source]:
        """Return the sources that list exactly *entry*, if it was not taken out."""
        return [] if entry in self.out else [source for source in self.sources if entry in source.entries]

    def taken_out(self, entry: Entry) -> list[Source]:
        """Return the sources that list *entry* in some form that was taken out of them."""
        out = [form for form in forms(entry) if form in self.out]
        return [source for source in self.sources if any(form in source.entries for form in out)]

    def _address(self, address: Address) -> str | None:
        return self._enough(
            [source for source in self._networks if source.entries.networks.has(address, self.out.networks)]
        )

    def _enough(self, hits: list[Source]) -> str | None:
        if not hits:
            return None
        if self._agree > 1:
            voices = {source.voice for source in hits}
            if "" not in voices and len(voices) < self._agree:
                return None
        return ", ".join(dict.fromkeys(source.name for source in hits))


def _covering(key: str) -> Iterator[str]:
    """Yield the URLs that *key* is at or below: itself, without its query, and each path above it, to the host."""
    path, query, _ = key.partition("?")
    if query:
        yield key
    yield path
    at = path.find("/")
    for _ in range(DEEPEST):
        if at < 0:
            return
        yield path[:at]
        at = path.find("/", at + 1)


def _holding(listed: _Texts, text: str, out: _Out) -> list[Source]:
    """Return the sources that have *text*; in a loop, which is quicker than a comprehension where nearly none has."""
    hits = []
    for source, texts in listed:
        if text in texts:
            hits.append(source)
    return [] if hits and text in out else hits


def _any_but(listed: dict[str, None], out: _Out, texts: Iterable[str]) -> bool:
    return any(text in listed and text not in out for text in texts)


def forms(entry: Entry) -> tuple[Entry, ...]:
    """Return *entry* in every form in which a list may have it."""
    match entry.what:
        case What.DOMAIN:
            digest = hash_of(entry.value)
            return entry, Entry(What.JID, entry.value), Entry(What.HASH, digest), Entry(What.JID_HASH, digest)
        case What.JID if is_glob(entry.value):
            return (entry,)
        case What.JID:
            digest = hash_of(entry.value.partition("/")[0])
            return entry, Entry(What.HASH, digest), Entry(What.JID_HASH, digest)
        case What.HASH:
            return entry, Entry(What.JID_HASH, entry.value)
        case _:
            return (entry,)


def names(entry: Entry, address: str) -> bool:
    """Whether *address*, a normalised JID, is what *entry* names, or is at what it names."""
    bare = address.partition("/")[0]
    domain = bare.rpartition("@")[2]
    match entry.what:
        case What.DOMAIN:
            return domain == entry.value
        case What.SUBDOMAINS:
            return domain.endswith(f".{entry.value}")
        case What.JID if is_glob(entry.value):
            globs = Globs()
            globs.add(entry.value)
            return globs.cover(bare.rpartition("@")[0], domain)
        case What.JID:
            return entry.value in (bare, address)
        case What.HASH | What.JID_HASH:
            return hash_of(bare) == entry.value
        case _:
            return False


def hash_of(address: str) -> str:
    """Return what blocklists publish in place of *address* (normalised, U-labels): its SHA-256, in hex."""
    return sha256(address.encode("utf-8", "surrogatepass")).hexdigest()
