"""Finds the filters that are installed, ours and other packages' alike."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from xmppfilter.judging.filter import FilterModule

GROUP: Final = "xmppfilter.filters"


@cache
def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def filter_names() -> list[str]:
    """Return the names of all installed filters, in alphabetical order."""
    return list(_installed())


@cache
def filter_module(name: str) -> FilterModule:
    """Return the module of the filter *name*. Raises KeyError where there is none."""
    return cast("FilterModule", _installed()[name].load())
