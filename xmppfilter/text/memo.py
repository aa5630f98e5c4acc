"""LRU caches of what was read from texts: floods repeat themselves, and several filters ask the same of one body."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, TypeVar, TypeVarTuple

More = TypeVarTuple("More")
T = TypeVar("T")

SHORT: Final = 1024
"""Characters of a text that is not long."""
SHORT_ONES: Final = 1024
LONG_ONES: Final = 8


def remembered(read: Callable[[str, *More], T]) -> Callable[[str, *More], T]:
    """Return *read* with a memory of the latest texts: a thousand, of which eight are long.

    What *read* returns must depend on its arguments alone and on nothing that changes, for it is kept until it
    is evicted. What is made anew with every reload goes with its filter.
    """
    short, long = lru_cache(maxsize=SHORT_ONES)(read), lru_cache(maxsize=LONG_ONES)(read)

    @wraps(read)
    def once(text: str, /, *more: *More) -> T:
        return short(text, *more) if len(text) <= SHORT else long(text, *more)

    return once
