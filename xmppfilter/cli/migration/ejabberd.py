"""ejabberd's own means against spam, as ejabberd.yml has them.

mod_antispam (mod_spam_filter, which it was before), mod_pres_counter, mod_muc_rtbl, mod_block_strangers, and servers
that s2s_access denies.
"""

import re
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path
from typing import Final

from xmppfilter.cli.migration.acl import OFF, Rules
from xmppfilter.cli.migration.draft import Draft, MigrationError
from xmppfilter.cli.migration.lists import lines_of
from xmppfilter.config.mistakes import Book, printable, quoted
from xmppfilter.config.nodes import Node
from xmppfilter.config.yaml_text import UnreadableError, parse

MODULES: Final = ("mod_antispam", "mod_spam_filter", "mod_pres_counter", "mod_muc_rtbl", "mod_block_strangers")
NODE: Final = "spam_source_domains"
"""The node that is asked where none is named; whatever is named in its place holds domains too."""
TRUSTED: Final = "trusted.jids"
BANNED_FROM_ROOMS: Final = "muc_bans_sha256"
_SECONDS: Final = re.compile(r"(\d{1,9}) ?(s|m|h|seconds?|minutes?|hours?)", re.IGNORECASE)
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}
_MOST: Final = 1_000_000
FILES: Final = {
    "spam_domains_file": (("blocklist", "domains"),),
    "spam_jids_file": (("blocklist", "jids"), ("mentions", "jids")),  # senders, and addresses in what they write
    "spam_urls_file": (("mentions", "urls"),),
}
ELSEWHERE: Final = {
    "spam_dump_file": "the log names every verdict, and `xmppfilter run --record` keeps what was judged",
}


def read_ejabberd(text: str, folder: Path) -> Draft:
    """Draft a configuration from an ejabberd.yml, whose own folder is *folder*. Raises MigrationError."""
    try:
        root = parse(text, Book(""))
    except UnreadableError as wrong:
        raise MigrationError(f"line {wrong.position[0]}: {wrong}") from wrong
    return _Reading(root or Node(None, (1, 1)), folder).read()


class _Reading:
    def __init__(self, root: Node, folder: Path) -> None:
        self._draft = Draft(action="bounce")  # what both modules do
        self._root = root
        self._folder = folder
        self._rules = Rules(root)

    def read(self) -> Draft:
        self._places()
        found = False
        for host, modules in self._modules():
            for name in MODULES:
                section = modules.mapping().get(name)
                if section is None:
                    continue
                found = True
                if host:
                    line = modules.keys[name][0]
                    self._draft.tell(line, f"{name}: holds for {printable(host)} alone, here for all domains")
                self._take(name, section, modules.keys[name][0])
        if not self._s2s() and not found:
            raise MigrationError(f"found none of {', '.join(MODULES)}: there is nothing to take over")
        return self._draft

    def _modules(self) -> Iterator[tuple[str, Node]]:
        """Yield every section `modules`, with the host that it is for."""
        top = self._root.mapping()
        if "modules" in top:
            yield "", top["modules"]
        for name in ("host_config", "append_host_config"):
            for host, section in top[name].mapping().items() if name in top else ():
                if "modules" in section.mapping():
                    yield host, section.mapping()["modules"]

    def _places(self) -> None:
        draft, top = self._draft, self._root.mapping()
        for named in self._rules.entries(top.get("hosts")):
            draft.add_domain(named.position[0], named.value)
        for jid in self._rules.entries(self._root.find(("acl", "admin", "user"))[1]):
            # `- admin: example.org` is the older form of `- admin@example.org`
            pairs: list[object] = [f"{local}@{node.value}" for local, node in jid.mapping().items()]
            for address in pairs or [jid.value]:
                draft.add_admin(jid.position[0], address)
        for listener in self._rules.entries(top.get("listen")):
            module, port = (listener.mapping().get(key) for key in ("module", "port"))
            if module and port and module.value == "ejabberd_service" and isinstance(port.value, int):
                draft.port = port.value
        for host, modules in self._modules():
            muc = modules.mapping().get("mod_muc")
            if muc is not None:
                self._rooms(muc, modules.keys["mod_muc"][0], [host] if host else self._ordinary_hosts())

    def _ordinary_hosts(self) -> list[str]:
        """Return the domains with the room service of all: `host_config` replaces modules, `append_host_config` one."""
        others: set[str] = set()
        for name in ("host_config", "append_host_config"):
            own = self._root.mapping().get(name)
            for host, section in own.mapping().items() if own else ():
                modules = section.mapping().get("modules")
                if modules is not None and (name == "host_config" or "mod_muc" in modules.mapping()):
                    others.add(host)
        return [domain for domain in self._draft.domains if domain not in others]

    def _rooms(self, muc: Node, line: int, hosts: list[str]) -> None:
        given = [entry for key in ("host", "hosts") for entry in self._rules.entries(muc.mapping().get(key))]
        names = [str(entry.value) for entry in given] or ["conference.@HOST@"]
        for name in names:
            for domain in hosts if "@HOST@" in name else [""]:
                self._draft.add_room(line, name.replace("@HOST@", domain))

    def _take(self, name: str, section: Node, line: int) -> None:
        match name:
            case "mod_pres_counter":
                self._requests(section, line)
            case "mod_muc_rtbl":
                self._rtbl_of_rooms(section, line)
            case "mod_block_strangers":
                self._strangers(section, line)
            case _:
                self._module(section)

    def _requests(self, section: Node, line: int) -> None:
        """Take over how many presence subscriptions a user may send or get within how many seconds."""
        count, seconds = (self._number(section, name, value) for name, value in (("count", 5), ("interval", 60)))
        if count is None or seconds is None:
            self._draft.tell(line, "mod_pres_counter: set presence_subscribe_rate.limit_per_minute yourself")
            return
        a_minute = max(1, ceil(count * 60 / seconds))
        self._draft.set(line, "presence_subscribe_rate", "limit_per_minute", a_minute)
        if seconds != 60:  # noqa: PLR2004 - a minute
            self._draft.tell(line, f"mod_pres_counter: {count} in {seconds:g}s are {a_minute} a minute here")

    def _number(self, section: Node, name: str, default: float) -> float | None:
        node = section.mapping().get(name)
        value = default if node is None else self._rules.meant(node).value
        if isinstance(value, str) and (spelled := _SECONDS.fullmatch(value)):
            value = int(spelled[1]) * _UNITS[spelled[2][:1].lower()]
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MOST else None

    def _rtbl_of_rooms(self, section: Node, line: int) -> None:
        given = {name: self._rules.meant(node).value for name, node in section.mapping().items()}
        node = str(given.get("rtbl_node", BANNED_FROM_ROOMS))
        own = node if node == BANNED_FROM_ROOMS else {"name": node, "holds": "jids_or_domains_sha256"}
        service = {"jid": str(given.get("rtbl_server", "xmppbl.org")), "nodes": [own]}
        self._draft.add(line, "blocklist", ("services",), [service])
        self._draft.tell(line, "mod_muc_rtbl: keeps the listed out of rooms; blocklist stops their messages: keep both")

    def _strangers(self, section: Node, line: int) -> None:
        given = {name: self._rules.meant(node) for name, node in section.mapping().items()}
        if "drop" in given and given["drop"].value is False:
            self._draft.tell(line, "mod_block_strangers: drops nothing as it stands, and is not taken over")
            return
        self._draft.strangers = "requests"  # it lets subscription requests pass
        self._draft.tell(line, "mod_block_strangers: lets users of the same server write, strangers: requests does not")
        for name, node in given.items():
            where = section.keys[name][0]
            if name == "access":
                self._spared(where, node, name, TRUSTED, self._draft.add_trusted)
            elif (name, node.value) in (("captcha", True), ("allow_transports", False)):
                self._draft.no_counterpart(where, name)

    def _spared(self, line: int, node: Node, option: str, ours: str, add: Callable[[int, object], None]) -> None:
        """Hand the accounts that a rule allows to *add*; what else it says is told."""
        users, others = self._rules.accounts(node)
        for user in users:
            for domain in [""] if "@" in user else self._draft.domains:
                add(line, user if not domain else f"{user}@{domain}")
        if users and ours == TRUSTED:
            self._draft.tell(line, f"{option}: whom it lets write is judged by no filter here")
        if others:
            self._draft.tell(line, f"{option}: is not taken over whole; {ours} has JIDs, this one goes by {others}")

    def _s2s(self) -> bool:
        """Tell of the servers that no stream is opened with; whether there are any."""
        denied = self._rules.denied_servers(self._root.mapping().get("s2s_access"))
        for line, server in denied:
            name = printable(server)
            self._draft.tell(line, f"s2s_access: denies {name}; `lists add domain {name}` stops it here, too")
        return bool(denied)

    def _module(self, section: Node) -> None:
        services: dict[str, str] = {}
        for name, written in section.mapping().items():
            node, line = self._rules.meant(written), section.keys[name][0]
            if name in ("rtbl_host", "rtbl_domains_node"):
                services[name] = str(node.value)
            elif not self._taken(name, node, line) and node.value not in OFF:
                self._draft.no_counterpart(line, name, ELSEWHERE.get(name, ""))
        if services.get("rtbl_host", "none") != "none":
            line = section.keys["rtbl_host"][0]
            self._service(line, services["rtbl_host"], services.get("rtbl_domains_node", NODE))

    def _taken(self, name: str, node: Node, line: int) -> bool:
        """Take over an option of mod_antispam; whether there is anything like it."""
        if name in FILES:
            self._file(name, node, line)
        elif name == "whitelist_domains_file":
            if (path := self._path(name, node, line)) is not None:
                self._draft.add(line, "blocklist", ("allow", "domains"), lines_of(path, line, name, self._draft))
        elif name == "rtbl_services":
            self._services(node, line)
        elif name == "cache_size" and isinstance(node.value, int) and not isinstance(node.value, bool):
            self._draft.set(line, "mentions", "cache_size", node.value)
        elif name == "access_spam":
            self._spared(line, node, name, "policy.unfiltered_recipients", self._draft.add_unfiltered)
        else:
            return False
        return True

    def _file(self, name: str, node: Node, line: int) -> None:
        path = self._path(name, node, line)
        for filter_, kind in FILES[name] if path is not None else ():
            self._draft.add(line, filter_, ("files", kind), [str(path)])

    def _services(self, node: Node, line: int) -> None:
        if node.value is True:
            self._draft.tell(line, "rtbl_services: names no service; put one into blocklist.services")
        for entry in self._rules.entries(node):
            given = entry.mapping()
            if not given:
                self._service(entry.position[0], entry.value, NODE)
            elif set(given) <= {"host", "node"}:
                values = {key: child.value for key, child in given.items()}
                self._service(entry.position[0], values.get("host"), values.get("node") or NODE)
            else:
                for host, options in given.items():
                    named = options.mapping().get("spam_source_domains_node")
                    self._service(entry.position[0], host, named.value if named else NODE)

    def _service(self, line: int, host: object, node: object) -> None:
        own = node if node == NODE else {"name": str(node), "holds": "domains"}
        self._draft.add(line, "blocklist", ("services",), [{"jid": str(host), "nodes": [own]}])

    def _path(self, name: str, node: Node, line: int) -> Path | None:
        """Return the file that an option names, or None where it names none that can be told from here."""
        if node.value in OFF:
            return None
        text = str(node.value).replace("@CONFIG_PATH@", str(self._folder))
        if not isinstance(node.value, str) or "@" in text:
            self._draft.tell(line, f"{name}: {quoted(text, 200)} is no path that can be told from here")
            return None
        return self._folder / text
