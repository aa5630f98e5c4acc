"""ejabberd's macros, access rules and ACLs (`define_macro`, `access_rules`, `acl`): what they name."""

from collections.abc import Iterator
from typing import Final

from xmppfilter.config.mistakes import printable
from xmppfilter.config.nodes import Node

OFF: Final = (None, False, "none")
MOST: Final = 10
"""Rules that are followed, each named by the one before."""


class Rules:
    """What an ejabberd.yml says of access."""

    def __init__(self, root: Node) -> None:
        self._root = root
        macros = [root.mapping().get(name) for name in ("define_macro", "define_keyword")]
        self._macros = {name: node for macro in macros if macro for name, node in macro.mapping().items()}

    def meant(self, node: Node) -> Node:
        """Return what stands for *node*: itself, or what its macro says."""
        macro = self._macros.get(node.value) if isinstance(node.value, str) else None
        return Node(macro.value, node.position, raw=macro.raw, keys=macro.keys) if macro else node

    def entries(self, node: Node | None) -> list[Node]:
        """Return the entries of a list, or the one value that may stand in its place."""
        if node is None:
            return []
        meant = self.meant(node)
        return [self.meant(entry) for entry in meant.value] if isinstance(meant.value, list) else [meant]

    def accounts(self, node: Node) -> tuple[list[str], str]:
        """Return the accounts that *node*, an access rule, an ACL or the name of one, allows, and what else it has."""
        found = list(self._allowed(node, 0))
        users = [text for is_user, text in found if is_user]
        return users, ", ".join(dict.fromkeys(printable(text) for is_user, text in found if not is_user))

    def denied_servers(self, node: Node | None) -> list[tuple[int, str]]:
        """Return the servers that *node*, an access rule or its name, denies, each with the line that says so."""
        found: list[tuple[int, str]] = []
        for entry in self.entries(self._named("access_rules", node)):
            denied = entry.mapping().get("deny")
            if denied is not None:
                found += [(entry.position[0], server) for server in self._servers(denied, 0)]
        return found

    def _named(self, section: str, node: Node | None) -> Node | None:
        if node is None or not isinstance(self.meant(node).value, str):
            return node
        return self._root.find((section, str(self.meant(node).value)))[1]

    def _allowed(self, node: Node, depth: int) -> Iterator[tuple[bool, str]]:
        """Yield accounts, each with True, and all else that decides, with False."""
        meant = self.meant(node)
        if depth > MOST:
            yield False, "rules within rules"
        elif isinstance(meant.value, str) and meant.value != "none":
            named = self._named("access_rules", meant) or self._named("acl", meant)
            if named is None:
                yield False, meant.value
            else:
                yield from self._allowed(named, depth + 1)
        elif meant.value not in OFF:
            for entry in self.entries(meant):
                yield from self._allowed_by(entry, depth)

    def _allowed_by(self, entry: Node, depth: int) -> Iterator[tuple[bool, str]]:
        if not entry.mapping():
            yield False, str(entry.value)
        for name, value in entry.mapping().items():
            if name in ("allow", "acl"):
                yield from self._allowed(value, depth + 1)
            elif name == "user":
                for user in self.entries(value):
                    pairs = [f"{local}@{host.value}" for local, host in user.mapping().items()]
                    yield from ((True, text) for text in pairs or [str(user.value)])
            else:
                yield False, name

    def _servers(self, node: Node, depth: int) -> Iterator[str]:
        named = self._named("acl", node)
        if named is None or depth > MOST:
            return
        for entry in self.entries(named):
            if isinstance(entry.value, str):
                yield from self._servers(entry, depth + 1)
            for name, value in entry.mapping().items():
                if name == "server":
                    yield from (str(server.value) for server in self.entries(value))
                elif name == "acl":
                    yield from self._servers(value, depth + 1)
