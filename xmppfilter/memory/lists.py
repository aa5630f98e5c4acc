"""The lists that filters share: who lists what, how many must agree, and what is allowed all the same."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

from xmppfilter.jid import Jid

from .copies import Copies, Feed
from .listed import Address, Entry, Source, What, address_of, stored_entry
from .sets import Set

MOST_EDITS: Final = 100_000
MOST_ENTRIES: Final = 1_000_000
"""Entries of all feeds together."""


class ListFile(NamedTuple):
    """A file with an entry a line."""

    kind: str
    """What it lists: domains, jids, ips, urls."""
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the configuration says of lists."""

    feeds: tuple[Feed, ...] = ()
    files: tuple[ListFile, ...] = ()
    mentions_files: tuple[ListFile, ...] = ()
    """Those that only what is mentioned is compared with."""
    agree: int = 1
    """How many services must list the same; a file or an operator needs nobody's agreement."""
    allow: tuple[Entry, ...] = ()
    max_growth: int = 50_000
    refresh: float = 43_200.0


_Sets = tuple[tuple[Source, set[str]], ...]


class Listing:
    """Several sources looked up as one. Each look-up returns who lists it, in words, if enough do."""

    __slots__ = (
        "_agree",
        "_any_hashes",
        "_domains",
        "_jid_hashes",
        "_jids",
        "_networks",
        "_parents",
        "_urls",
        "sources",
    )

    def __init__(self) -> None:
        self.compile((), 1)

    def compile(self, sources: Iterable[Source], agree: int) -> None:
        """Look up in *sources*. To be called again when one of them has changed: empty sets are not looked at."""
        self.sources = tuple(sources)
        self._agree = agree

        def sets(what: What) -> _Sets:
            return tuple((source, found) for source in self.sources if (found := source.entries.sets[what]))

        self._domains = sets(What.DOMAIN)
        self._parents = sets(What.SUBDOMAINS)
        self._jids = sets(What.JID)
        self._jid_hashes = sets(What.JID_HASH)
        self._any_hashes = sets(What.HASH)
        self._urls = sets(What.URL)
        self._networks = tuple(source for source in self.sources if source.entries.networks)

    def domain(self, domain: str) -> str | None:
        """Look up a domain, itself and as one below another."""
        hits = [source for source, domains in self._domains if domain in domains]
        if self._parents:
            at = domain.find(".")
            while at >= 0:
                parent = domain[at + 1 :]
                hits += [source for source, parents in self._parents if parent in parents]
                at = domain.find(".", at + 1)
        if self._any_hashes:
            digest = hash_of(domain)
            hits += [source for source, hashes in self._any_hashes if digest in hashes]
        return self._enough(hits) if hits else None

    def jid(self, jid: Jid) -> str | None:
        """Look up an address, itself and without its resource; not its domain."""
        bare = jid.bare
        hits = [source for source, jids in self._jids if bare in jids or (jid.resource and jid.full in jids)]
        if self._jid_hashes or self._any_hashes:
            digest = hash_of(bare)
            hits += [source for source, hashes in self._jid_hashes if digest in hashes]
            if jid.local:
                hits += [source for source, hashes in self._any_hashes if digest in hashes]
        return self._enough(hits) if hits else None

    def ip(self, text: str) -> str | None:
        """Look up an IP address; what is none is not listed."""
        if not self._networks or (address := address_of(text)) is None:
            return None
        return self._address(address)

    def url(self, key: str) -> str | None:
        """Look up a URL in the form in which `text.links` compares them."""
        hits = [source for source, urls in self._urls if key in urls]
        return self._enough(hits) if hits else None

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
        """Return the sources that list exactly *entry*."""
        return [source for source in self.sources if entry in source.entries]

    def _address(self, address: Address) -> str | None:
        hits = [source for source in self._networks if source.entries.has_address(address)]
        return self._enough(hits) if hits else None

    def _enough(self, hits: list[Source]) -> str | None:
        if not hits:
            return None
        if self._agree > 1:
            voices = {source.voice for source in hits}
            if "" not in voices and len(voices) < self._agree:
                return None
        return ", ".join(dict.fromkeys(source.name for source in hits))


class Edits:
    """What operators have listed, as a source that follows a set which is stored and shared."""

    __slots__ = ("_kept", "_seen", "source")

    def __init__(self, kept: Set, name: str) -> None:
        self._kept = kept
        self._seen = -1
        self.source = Source(name)

    def is_on(self, kept: Set) -> bool:
        """Whether it follows that set."""
        return self._kept is kept

    def add(self, entry: Entry, now: float) -> bool:
        """List *entry*; whether it was not."""
        known = entry in self.source.entries
        self._kept.add(_key(entry), now)
        self.follow()
        return not known

    def remove(self, entry: Entry, now: float) -> bool:
        """List *entry* no more; whether it was listed."""
        removed = self._kept.remove(_key(entry), now)
        self.follow()
        return removed

    def follow(self) -> bool:
        """Take over what has happened to the set; whether anything has."""
        if self._seen == self._kept.revision:
            return False
        self._seen = self._kept.revision
        self.source.entries.replace(entry for key in self._kept.current() if (entry := _entry(key)) is not None)
        return True


class Names(NamedTuple):
    """What the structures behind the lists are called."""

    edits: str
    allowed: str
    copies: str


class Lists:
    """Every source, and the three ways in which filters look at them. One object as long as the process lives."""

    __slots__ = ("_allowed", "_edits", "_given", "allow", "blocked", "copies", "files", "mentioned", "wanted")

    NAMES: Final = Names("lists.edits", "lists.allowed", "lists.copies")

    def __init__(self, edits: Set, allowed: Set, copies: Copies) -> None:
        self._edits = Edits(edits, "the operator")
        self._allowed = Edits(allowed, "the operator")
        self._given = Source("the configuration")
        self.copies = copies
        self.files: dict[ListFile, Source] = {}
        self.wanted = Wanted()
        self.blocked = Listing()
        """What senders and rooms are looked up in."""
        self.mentioned = Listing()
        """What stands in a text is looked up in: the same, and the files of `mentions`."""
        self.allow = Listing()

    def are_on(self, edits: Set, allowed: Set, copies: Copies) -> bool:
        """Whether these are the structures behind the lists."""
        return self._edits.is_on(edits) and self._allowed.is_on(allowed) and self.copies is copies

    def configure(self, wanted: Wanted) -> None:
        """Go on by *wanted*. What operators took out of sources that stay comes back."""
        self.wanted = wanted
        self.copies.retain(wanted.feeds)
        for feed in wanted.feeds:
            self.copies.source(feed).restore_withheld()
        files = dict.fromkeys((*wanted.files, *wanted.mentions_files))
        self.files = {file: self.files.get(file) or Source(f"the file {file.path}") for file in files}
        for source in self.files.values():
            source.restore_withheld()
        self._given.withheld.clear()
        self._given.entries.replace(wanted.allow)
        self._edits.follow()
        self._allowed.follow()
        self.compile()

    def compile(self) -> None:
        """Look at what has changed."""
        wanted = self.wanted
        feeds = [self.copies.source(feed) for feed in wanted.feeds]
        shared = [*feeds, *(self.files[file] for file in wanted.files), self._edits.source]
        own = [self.files[file] for file in wanted.mentions_files if file not in wanted.files]
        self.blocked.compile(shared, wanted.agree)
        self.mentioned.compile([*shared, *own], wanted.agree)
        self.allow.compile([self._given, self._allowed.source], 1)

    def follow(self) -> None:
        """Take over what operators did elsewhere."""
        changed = self._edits.follow()
        if self._allowed.follow() or changed:
            self.compile()

    def allows(self, jid: Jid, ip: str = "") -> bool:
        """Whether *jid* is allowed, itself or its domain, or its server's address *ip*: that goes before every list."""
        allow = self.allow
        return bool(allow.domain(jid.domain) or allow.jid(jid) or (ip and allow.ip(ip)))

    # --- the operators' words

    def add(self, entry: Entry, now: float) -> bool:
        """List *entry*; whether no operator had listed it before."""
        return self._edited(self._edits.add, entry, now)

    def remove(self, entry: Entry, now: float) -> list[str]:
        """Take *entry* out wherever it came from; return who listed it."""
        sources = [source for source in self.mentioned.sources if source is not self._edits.source]
        return self._taken_out(entry, sources, self._edits, now)

    def add_allowed(self, entry: Entry, now: float) -> bool:
        """Allow *entry*; whether no operator had allowed it before."""
        return self._edited(self._allowed.add, entry, now)

    def remove_allowed(self, entry: Entry, now: float) -> list[str]:
        """Allow *entry* no more; return who allowed it. What the configuration allows comes back with a reload."""
        return self._taken_out(entry, [self._given], self._allowed, now)

    def _taken_out(self, entry: Entry, sources: Iterable[Source], edits: Edits, now: float) -> list[str]:
        same = forms(entry)
        # every form is taken out of every source: a list may have an address and its hash
        names = [source.name for source in sources if sum(map(source.withhold, same))]
        if sum(edits.remove(form, now) for form in same):
            names.append(edits.source.name)
        self.compile()
        return names

    def _edited(self, edit: Callable[[Entry, float], bool], entry: Entry, now: float) -> bool:
        changed = edit(entry, now)
        self.compile()
        return changed


def forms(entry: Entry) -> tuple[Entry, ...]:
    """Return *entry* in every form in which a list may have it."""
    match entry.what:
        case What.DOMAIN:
            digest = hash_of(entry.value)
            return entry, Entry(What.JID, entry.value), Entry(What.HASH, digest), Entry(What.JID_HASH, digest)
        case What.JID:
            digest = hash_of(entry.value.partition("/")[0])
            return entry, Entry(What.HASH, digest), Entry(What.JID_HASH, digest)
        case What.HASH:
            return entry, Entry(What.JID_HASH, entry.value)
        case _:
            return (entry,)


def hash_of(address: str) -> str:
    """Return what blocklists publish in place of *address* (normalised, U-labels): its SHA-256, in hex."""
    return sha256(address.encode("utf-8", "surrogatepass")).hexdigest()


def _key(entry: Entry) -> bytes:
    return f"{entry.what} {entry.value}".encode("utf-8", "surrogatepass")


def _entry(key: bytes) -> Entry | None:
    """Return the entry under *key*; None: it is of a version that lists more than this one knows of."""
    try:
        what, _, value = key.decode("utf-8", "surrogatepass").partition(" ")
        return stored_entry(what, value)
    except ValueError:
        return None
