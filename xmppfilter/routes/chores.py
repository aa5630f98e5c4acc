"""Work that concerns all that is remembered, done bit by bit at the clock's ticks, with stanzas judged in between."""

from collections import deque
from typing import Final

from xmppfilter.judging.effects import Effect, Work

STEPS: Final = 100
"""How much is done at once: a millisecond or so."""
EFFECT_COSTS: Final = 50
"""Steps that an effect counts for: most are IQs with some hundreds of entries."""


class Chores:
    """Pieces of work, each of which gets its turn."""

    def __init__(self) -> None:
        self._waiting: deque[Work] = deque()

    @property
    def busy(self) -> bool:
        """Whether there is something to do."""
        return bool(self._waiting)

    def add(self, work: Work) -> None:
        """Take *work* on."""
        self._waiting.append(work)

    def work(self) -> list[Effect]:
        """Do `STEPS` of work, or a few more; return what came of it."""
        effects: list[Effect] = []
        steps = STEPS
        share = max(1, steps // max(1, len(self._waiting)))
        for _ in range(len(self._waiting)):
            work = self._waiting.popleft()
            left = share
            for step in work:
                if step is not None:
                    effects.append(step)
                left -= 1 if step is None else EFFECT_COSTS
                if left <= 0:
                    self._waiting.append(work)
                    break
            steps -= share - left
            if steps <= 0:
                break
        return effects
