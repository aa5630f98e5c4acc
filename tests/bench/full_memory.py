"""Puts many senders and bodies into the memory of a gateway that runs, and finds how long it stood still for it.

They are noted by the methods that the filters use, in the structures that are about senders and bodies, up to what each
of them holds, and at times that are spread over all that it remembers: so that from then on some expire all the time.
What is measured is processor time of the thread, for each few notes of one structure: what a dict takes to grow.
Nothing of it goes to the store, as nothing does of what comes out of it when a gateway starts.
"""

import asyncio
import time
from collections.abc import Callable, Iterator

from xmppfilter.memory.bans import Bans
from xmppfilter.memory.contract import Structure
from xmppfilter.memory.counter import Counter
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import State
from xmppfilter.memory.window import Window

AT_ONCE = 20
LONG_NAMES = 3
"""Of 256 senders."""
STRUCTURES = (
    "presence_subscribe_rate.senders",
    "stranger_rate.senders",
    "first_contact.seen",
    "first_contact.contacts",
    "same_long_body.copies",
    "known_spammers.senders",
    "known_spammers.reached",
    "policy.heard",
)

Note = Callable[[bytes, float], object]


async def join(state: State, size: int) -> dict[str, float]:
    """Let *size* of them come in; return the milliseconds that each structure took at most for `AT_ONCE` of them."""
    now = time.time()
    longest: dict[str, float] = {}
    for name in STRUCTURES:
        structure = state.structures[name]
        count = min(size, structure.capacity)
        stores, structure._dirty = structure._dirty, ()
        note, remembered = _how(structure)
        for numbers in _portions(count):
            before = time.thread_time()
            for number in numbers:
                note(state.key(f"sender{number}@example.com"), now - remembered * (1 - number / count))
            longest[name] = max(longest.get(name, 0.0), time.thread_time() - before)
            await asyncio.sleep(0)
        structure._dirty = stores
    return {name: round(1e3 * seconds, 2) for name, seconds in longest.items()}


def _portions(count: int) -> Iterator[range]:
    for begin in range(0, count, AT_ONCE):
        yield range(begin, min(begin + AT_ONCE, count))


def _name(key: bytes) -> str:
    """Return the address of a sender: one of a hundred is the longest that there can be, an occupant's."""
    name = key.hex()
    return f"{name:x<1023}@{'y' * 63}.example.com/{name:z<1023}" if key[0] < LONG_NAMES else f"{name}@a.example.com"


def _how(structure: Structure) -> tuple[Note, float]:
    """Return how one is noted in *structure*, and for how many seconds it is remembered."""
    match structure:
        case Bans():

            def offend(key: bytes, when: float) -> object:
                return structure.offend(key, _name(key), when=when, ban_time=900.0, weight=0)

            return offend, structure.seconds
        case Counter():
            return (lambda key, _: structure.note(key)), 0.0
        case Window():
            return structure.note, structure.seconds
        case Rates():
            return (lambda key, when: structure.note(key, key, when)), 3 * structure.seconds
        case Set():
            return structure.add, structure.seconds
    raise TypeError(f"{structure.name} is a {structure.kind}, which nobody has told how to fill")
