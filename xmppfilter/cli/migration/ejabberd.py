"""ejabberd's mod_antispam, and mod_spam_filter, which it was before: their sections in ejabberd.yml."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xmppfilter.cli.migration.draft import Draft, MigrationError
from xmppfilter.cli.migration.lists import lines_of
from xmppfilter.config.mistakes import Book, printable, quoted
from xmppfilter.config.nodes import Node
from xmppfilter.config.yaml_text import UnreadableError, parse

MODULES: Final = ("mod_antispam", "mod_spam_filter")
NODE: Final = "spam_source_domains"
"""The node that is asked where none is named; whatever is named in its place holds domains too."""
FILES: Final = {
    "spam_domains_file": (("blocklist", "domains"),),
    "spam_jids_file": (("blocklist", "jids"), ("mentions", "jids")),  # senders, and addresses in what they write
    "spam_urls_file": (("mentions", "urls"),),
}
ELSEWHERE: Final = {
    "access_spam": "who is to receive everything stands in policy.unfiltered_recipients, by bare JID",
    "spam_dump_file": "the log names every verdict, and `xmppfilter run --record` keeps what was judged",
}
OFF: Final = (None, False, "none")


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
        macros = [self._root.mapping().get(name) for name in ("define_macro", "define_keyword")]
        self._macros = {name: node for macro in macros if macro for name, node in macro.mapping().items()}

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
                self._module(section)
        if not found:
            raise MigrationError("found neither mod_antispam nor mod_spam_filter, so there is nothing to take over")
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
        for host in self._entries(top.get("hosts")):
            draft.add_domain(host.position[0], host.value)
        for jid in self._entries(self._root.find(("acl", "admin", "user"))[1]):
            # `- admin: example.org` is the older form of `- admin@example.org`
            pairs: list[object] = [f"{local}@{node.value}" for local, node in jid.mapping().items()]
            for address in pairs or [jid.value]:
                draft.add_admin(jid.position[0], address)
        for listener in self._entries(top.get("listen")):
            module, port = (listener.mapping().get(key) for key in ("module", "port"))
            if module and port and module.value == "ejabberd_service" and isinstance(port.value, int):
                draft.port = port.value
        for _, modules in self._modules():
            muc = modules.mapping().get("mod_muc")
            if muc is not None:
                self._rooms(muc, modules.keys["mod_muc"][0])

    def _rooms(self, muc: Node, line: int) -> None:
        given = [entry for key in ("host", "hosts") for entry in self._entries(muc.mapping().get(key))]
        names = [str(entry.value) for entry in given] or ["conference.@HOST@"]
        for name in names:
            for domain in self._draft.domains if "@HOST@" in name else [""]:
                self._draft.add_room(line, name.replace("@HOST@", domain))

    def _module(self, section: Node) -> None:
        services: dict[str, str] = {}
        for name, written in section.mapping().items():
            node, line = self._meant(written), section.keys[name][0]
            if name in FILES:
                self._file(name, node, line)
            elif name == "whitelist_domains_file":
                if (path := self._path(name, node, line)) is not None:
                    entries = lines_of(path, line, name, self._draft)
                    self._draft.add(line, "blocklist", ("allow", "domains"), entries)
            elif name == "rtbl_services":
                self._services(node, line)
            elif name in ("rtbl_host", "rtbl_domains_node"):
                services[name] = str(node.value)
            elif name == "cache_size" and isinstance(node.value, int) and not isinstance(node.value, bool):
                self._draft.set(line, "mentions", "cache_size", node.value)
            elif node.value not in OFF:
                self._draft.no_counterpart(line, name, ELSEWHERE.get(name, ""))
        if services.get("rtbl_host", "none") != "none":
            line = section.keys["rtbl_host"][0]
            self._service(line, services["rtbl_host"], services.get("rtbl_domains_node", NODE))

    def _file(self, name: str, node: Node, line: int) -> None:
        path = self._path(name, node, line)
        for filter_, kind in FILES[name] if path is not None else ():
            self._draft.add(line, filter_, ("files", kind), [str(path)])

    def _services(self, node: Node, line: int) -> None:
        if node.value is True:
            self._draft.tell(line, "rtbl_services: names no service; put one into blocklist.services")
        for entry in self._entries(node):
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

    def _entries(self, node: Node | None) -> list[Node]:
        """Return the entries of a list, or the one value that may stand in its place."""
        if node is None:
            return []
        meant = self._meant(node)
        return [self._meant(entry) for entry in meant.value] if isinstance(meant.value, list) else [meant]

    def _meant(self, node: Node) -> Node:
        macro = self._macros.get(node.value) if isinstance(node.value, str) else None
        return Node(macro.value, node.position, raw=macro.raw, keys=macro.keys) if macro else node
