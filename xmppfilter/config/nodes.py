"""A configuration as it was written: plain values, and where each of them stood."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from xmppfilter.config.mistakes import PathParts

Value = str | int | float | bool | list["Node"] | dict[str, "Node"] | None


@dataclass(slots=True, eq=False)
class Node:
    """One value, and where it stood."""

    value: Value
    position: tuple[int, int]
    """Line and column, from 1."""
    raw: str = ""
    """A scalar as it was written."""
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Where the keys of a mapping stood."""
    size: int = 1
    """How much there is in it, aliases counted in full."""
    variable: str | None = None
    """The environment variable that the text came from."""

    def plain(self) -> Any:
        """Return the value as plain Python data."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def only(self, *names: str) -> "Node":
        """Return this mapping with the keys of these names alone."""
        return self._picked(lambda key: key in names)

    def without(self, *names: str) -> "Node":
        """Return this mapping without the keys of these names."""
        return self._picked(lambda key: key not in names)

    def _picked(self, wanted: Callable[[str], bool]) -> "Node":
        kept = {key: node for key, node in self.mapping().items() if wanted(key)}
        return Node(kept, self.position, keys=self.keys, size=self.size)

    def mapping(self) -> dict[str, "Node"]:
        """Return the value where it is a mapping, else an empty one."""
        return self.value if isinstance(self.value, dict) else {}

    def find(self, path: PathParts) -> tuple[tuple[int, int], "Node | None"]:
        """Return where *path* stands (else the nearest thing above it that does), and the value there."""
        node, position = self, self.position
        for part in path:
            below: Node | None = None
            if isinstance(part, str) and isinstance(node.value, dict):
                below = node.value.get(part)
                position = node.keys.get(part, position)
            elif isinstance(part, int) and isinstance(node.value, list) and part < len(node.value):
                below = node.value[part]
            if below is None:
                return position, None
            node = below
            # a section or list is reported at its key
            position = position if isinstance(part, str) and isinstance(node.value, dict | list) else node.position
        return position, node

    def find_key(self, path: PathParts) -> tuple[int, int]:
        """Return where the last name of *path* stands, else the nearest thing above it that does."""
        position, above = self.find(path[:-1])
        return above.keys.get(str(path[-1]), position) if above is not None and path else position
