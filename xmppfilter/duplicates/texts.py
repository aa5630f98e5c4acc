"""What a text must tell of itself to be found again; see `Clusters`."""

from collections.abc import Iterable, Sequence
from typing import Protocol


class Stretch(Protocol):
    """A part of a text, or all of it; `Part` and `Sketch` of `xmppfilter.duplicates.sketch` are such."""

    @property
    def letters(self) -> bytes:
        """What it is compared by."""

    @property
    def slots(self) -> Sequence[int]:
        """Where it is looked up, from its beginning to its end."""

    def holds(self, excerpt: bytes, found: float) -> bool:
        """Whether a near copy of the text that `excerpt` is of is here; `found` is the share of its slots that are."""


class Text(Protocol):
    """A text; `Sketch` and `Exact` of `xmppfilter.duplicates.sketch` are such."""

    @property
    def key(self) -> bytes:
        """Equal for equal texts."""

    def windows(self, mask: int) -> Iterable[Stretch]:
        """Give the stretches of the text that are looked up one by one; their slots are within `mask`."""

    def excerpts(self, mask: int) -> Sequence[Stretch]:
        """Give the stretches to remember the text by; none when only an equal text is a copy."""

    def slots_of(self, letters: bytes, mask: int) -> Sequence[int]:
        """Give the slots of such a stretch."""
