"""Readers of a structure's changes: a store in a dict, and whoever wants all at once."""

from xmppfilter.memory.changes import Batch, Deltas
from xmppfilter.memory.contract import Row, Structure

MANY = 1 << 20


class Store:
    """Keeps the rows of a structure as the real one does, in a dict."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.changes = structure.dirty()
        self.rows: dict[bytes, Row] = {}

    def flush(self, most: int = MANY) -> int:
        """Write up to so many rows; return how many keys were read."""
        if self.changes.begin():
            held = {row.key for row in self.structure.snapshot(self.rows)}
            self.rows = {key: row for key, row in self.rows.items() if key in held}
        keys = self.changes.take(most)
        for key in keys:
            self.rows.pop(key, None)
        self.rows |= {row.key: row for row in self.structure.snapshot(keys)}
        return len(keys)

    def settle(self) -> None:
        """Write everything."""
        while self.flush() or self.changes.waiting or self.changes.behind:
            pass


def read(changes: Deltas) -> Batch:
    """Return what has changed, which must be something."""
    batch = changes.take(MANY)
    assert batch is not None
    return batch
