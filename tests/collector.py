"""Keeps the garbage collector out of what is timed: a full collection walks over all that other tests have left."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Let nothing be collected meanwhile."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
