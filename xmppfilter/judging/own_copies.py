"""What a sender has sent itself of what others send: who hands on a text once is no spammer, whatever others do."""

from collections.abc import Iterable
from typing import Final

from xmppfilter.duplicates.finding import Known
from xmppfilter.duplicates.form import Form
from xmppfilter.duplicates.forms import against
from xmppfilter.duplicates.tally import Cluster
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.window import Window

SEVERAL: Final = 3
"""Strangers to whom one forwards no spam that is quoted."""


class OwnCopies:
    """Remembers the texts that a sender has sent as they are, and to how many it sent others that hold them."""

    def __init__(self, whole: Window, others: Rates) -> None:
        self._whole = whole
        self._others = others

    def note(self, sender: bytes, clusters: Iterable[Known], recipient: bytes, now: float) -> None:
        """Note a copy of each of *clusters*."""
        for known in clusters:
            if known.form.whole:
                self._whole.note(sender + known.cluster.stamp, now)
            else:
                self._others.note(sender + known.cluster.stamp, recipient, now)

    def has(self, sender: bytes, known: Known, now: float) -> bool:
        """Whether the sender has done as those who send it to many."""
        key = sender + known.cluster.stamp
        if self._whole.count(key, now):
            return True
        return not known.form.whole and self._others.distinct(key, now) >= SEVERAL

    def tally(self, sender: bytes, known: Known, now: float) -> Cluster | None:
        """Return what is to be held against a copy: of a part, where the sender has sent all of it, that of all."""
        if not known.form.part or not self._whole.count(sender + known.cluster.stamp, now):
            return known.tally
        return against(known.cluster, Form(links=known.form.links), now)
