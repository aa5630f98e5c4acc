"""Compares parts of a configuration with each other: names that must exist, and what contradicts itself."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from math import nan

from xmppfilter.config.mistakes import Book, PathParts, any_of, did_you_mean, printable
from xmppfilter.config.nodes import Node
from xmppfilter.config.tigase import TIGASE
from xmppfilter.judging.catalogue import filter_module, filter_names
from xmppfilter.judging.options import is_loopback, parse_listen
from xmppfilter.judging.strangers import RULE as STRANGERS
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.whom import Whom


def check(root: Node, book: Book) -> None:
    """Note mistakes that only a look at several sections shows."""
    domains = _addresses(root.find(("domains",))[1])
    rooms = _addresses(root.find(("rooms",))[1])
    _check_places(root, domains, rooms, book)
    _check_trusted(root, domains, rooms, book)
    _check_askers(root, domains, book)
    _check_http(root, book)
    _check_policy(root, ("policy",), book)
    per_domain = root.find(("policy", "per_domain"))[1]
    for domain in per_domain.mapping() if per_domain else ():
        path = ("policy", "per_domain", domain)
        if domains and _normal(domain) not in domains:
            guess = did_you_mean(book.suggest(domain, domains))
            wanted = f"one of the protected domains: {any_of(domains)}{guess}"
            book.mistake(root.find_key(path), path, f"found {printable(domain)}, wanted {wanted}")
        _check_policy(root, path, book)
    _check_recipients(root, domains, book)
    _check_filters(root, book)


def _check_recipients(root: Node, domains: dict[str, Node], book: Book) -> None:
    """Check whose policies there are: each is a user's at a protected domain, named once."""
    recipients = root.find(("policy", "recipients"))[1]
    spelled: dict[str, str] = {}
    for user in recipients.mapping() if recipients else ():
        path = ("policy", "recipients", user)
        key, jid = root.find_key(path), _normal(user)
        local, _, domain = (jid or "").rpartition("@")
        if jid is not None and "/" not in jid and (not local or (domains and domain not in domains)):
            wanted = f"a user at one of the protected domains: user@{any_of(domains or ['example.org'])}"
            book.mistake(key, path, f"found {printable(user)}, wanted {wanted}")
        elif jid is not None and jid in spelled:
            book.mistake(
                key, path, f"found {printable(user)}, which is {printable(spelled[jid])} again, wanted it once"
            )
        spelled.setdefault(jid or "", user)
        _check_policy(root, path, book)


def _check_places(root: Node, domains: dict[str, Node], rooms: dict[str, Node], book: Book) -> None:
    for room, node in rooms.items():
        if room in domains:
            wanted = "a MUC service: the addresses of rooms are no users"
            book.mistake(
                node.position, ("rooms",), f"found {printable(room)}, which stands in domains, wanted {wanted}"
            )
    services = _addresses(root.find(("services",))[1])
    for service, node in services.items():
        for place, others, why in (
            ("domains", domains, "its users are to be judged"),
            ("rooms", rooms, "the occupants of rooms are to be judged"),
        ):
            if service in others:
                what = f"found {printable(service)}, which stands in {place}, wanted it in one of them: {why}"
                book.mistake(node.position, ("services",), what)
    jid = root.find(("component", "jid"))[1]
    address = _normal(jid.value) if jid and isinstance(jid.value, str) else None
    if jid and address in (*domains, *rooms, *services):
        those = {"domains": domains, "rooms": rooms, "services": services}
        place = next(name for name, addresses in those.items() if address in addresses)
        wanted = "an address of its own, such as filter.example.org"
        book.mistake(jid.position, ("component", "jid"), f"found {address}, which stands in {place}, wanted {wanted}")


def _check_trusted(root: Node, domains: dict[str, Node], rooms: dict[str, Node], book: Book) -> None:
    """Note where trust reaches so far that nobody of ours, or no room, is judged any more."""
    for option in ("jids", "domains"):
        path: PathParts = ("trusted", option)
        for whom, node in _whoms(root.find(path)[1]):
            for domain in filter(partial(_means_all, whom), domains):
                what = f"nothing that users of {domain} send is judged, not even if their accounts are abused"
                book.note(node.position, path, what)
            for room in rooms if option == "domains" else ():
                if whom.covers_parts("", room):
                    book.note(node.position, path, f"nobody is judged who speaks in a room at {room}")


def _whoms(listed: Node | None) -> Iterator[tuple[Whom, Node]]:
    """Yield the entries of a list that are patterns of addresses; the loader notes those that are none."""
    for node in listed.value if listed and isinstance(listed.value, list) else ():
        if isinstance(node.value, str):
            with suppress(JidError):
                yield Whom(node.value), node


def _means_all(whom: Whom, domain: str) -> bool:
    """Whether *whom* means every account at *domain*."""
    return whom.covers_parts("a", domain) and whom.covers_parts("b", domain)


def _check_askers(root: Node, domains: dict[str, Node], book: Book) -> None:
    """Note protected domains whose own servers would not be believed: a server's module asks by its host's name."""
    servers = root.find(("servers",))[1]
    named = _addresses(servers)
    for domain in domains if servers and named else ():
        if domain not in named:
            why = f"{domain} is not among them: what a server asks by that name is not believed"
            book.note(servers.position if servers else (1, 1), ("servers",), why)


def _check_unfiltered(root: Node, path: PathParts, book: Book) -> None:
    """Note unfiltered recipients whose stanzas never reach this filter."""
    domains = _addresses(root.find(("domains",))[1])
    for jid, node in _addresses(root.find((*path, "unfiltered_recipients"))[1]).items():
        if domains and jid.rpartition("@")[2] not in domains:
            book.note(node.position, (*path, "unfiltered_recipients"), f"{jid} is at none of the protected domains")


def _check_http(root: Node, book: Book) -> None:
    http = root.find(("http",))[1]
    listen = http.mapping().get("listen") if http else None
    if http is None or listen is None or {"token", "token_file"} & http.mapping().keys():
        return
    try:
        host, _ = parse_listen(listen.value)
    except ValueError:
        return  # noted with the option itself
    if not is_loopback(host):
        wanted = "a token beside it, as token or token_file, or an address that only this machine has: 127.0.0.1"
        book.mistake(listen.position, ("http", "listen"), f"found {listen.value}, open to others, wanted {wanted}")


def _check_policy(root: Node, path: PathParts, book: Book) -> None:
    """Check the filters and rules that `actions` names, and the thresholds."""
    on = _filters_on(root)
    _check_unfiltered(root, path, book)
    actions = root.find((*path, "actions"))[1]
    for name in actions.mapping() if actions else ():
        here = (*path, "actions", name)
        known = [*_filters_and_rules(), STRANGERS]
        is_known = name == STRANGERS or _known(name, root.find_key(here), here, known, book)
        if is_known and name != STRANGERS and name.partition(".")[0] not in on:
            book.note(root.find_key(here), here, f"{name.partition('.')[0]} is not among the filters that are on")
    spam, tag = (root.find((*path, "thresholds", name))[1] for name in ("spam", "tag"))
    if spam and (spam.value is False or spam.value in ("off", "no", "false")):
        book.note(spam.position, (*path, "thresholds", "spam"), "nothing is ever judged spam")
    elif spam and tag and _number(tag) >= _number(spam):
        book.note(tag.position, (*path, "thresholds", "tag"), "spam begins no higher, so nothing is ever tagged")


def _number(node: Node) -> float:
    return node.value if isinstance(node.value, int | float) and not isinstance(node.value, bool) else nan


def _check_filters(root: Node, book: Book) -> None:
    if not _filters_on(root):
        book.note(root.find_key(("filters",)), ("filters",), "no filter is on")
    filters = root.find(("filters",))[1]
    for written, section in filters.mapping().items() if filters else ():
        name = TIGASE[written].ours if written in TIGASE else written
        if name not in filter_names():
            continue
        path: PathParts = ("filters", name)
        for whom, node in _whoms(section.find(("except",))[1]):
            for domain in filter(partial(_means_all, whom), _addresses(root.find(("domains",))[1])):
                what = f"it turns the filter off for everything from or to {domain}, since a plain list covers both "
                book.note(
                    node.position, (*path, "except"), f"{what}directions: {{from: ...}} or {{to: ...}} says which"
                )
        module = filter_module(name)
        rules = list(module.RULES)
        _check_names(section, path, "scores", [*rules, *(f"{name}.{rule}" for rule in rules)], book)
        for option, others in module.Config.by_rule.items():
            _check_names(section, path, option, [*_filters_and_rules(), *others], book)


def _check_names(section: Node, path: PathParts, option: str, known: list[str], book: Book) -> None:
    named = section.find((option,))[1]
    for name in named.mapping() if named else ():
        _known(name, section.find_key((option, name)), (*path, option, name), known, book)


def _known(name: str, position: tuple[int, int], path: PathParts, known: list[str], book: Book) -> bool:
    if name in known:
        return True
    short = [word for word in known if "." not in word] or known
    guess = did_you_mean(book.suggest(name, known))
    rule = ", or one of their rules" if len(short) < len(known) and set(short) >= set(filter_names()) else ""
    book.mistake(position, path, f"found {printable(name)}, wanted {any_of(short)}{rule}{guess}")
    return False


def _filters_on(root: Node) -> set[str]:
    filters = root.find(("filters",))[1]
    return {TIGASE[name].ours if name in TIGASE else name for name in (filters.mapping() if filters else ())}


def _filters_and_rules() -> list[str]:
    names = filter_names()
    return [*names, *(f"{name}.{rule}" for name in names for rule in filter_module(name).RULES)]


def _addresses(node: Node | None) -> dict[str, Node]:
    """Return the entries of a list of addresses in their normal form; the loader notes those that are none."""
    entries = node.value if node and isinstance(node.value, list) else []
    normal = ((_normal(entry.value), entry) for entry in entries if isinstance(entry.value, str))
    return {address: entry for address, entry in normal if address is not None}


def _normal(address: str) -> str | None:
    try:
        return Jid.parse(address).full
    except JidError:
        return None
