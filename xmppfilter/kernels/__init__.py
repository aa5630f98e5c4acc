"""Functions of bytes, tables and numbers that every stanza or text passes, in Python and in C.

What is meant is said by NAME.py, which is complete. NAME.c does the same; the build makes `_NAME` of it where a
compiler is. The environment's XMPPFILTER_PURE=1 switches that off. A kernel knows nothing of the rest of xmppfilter:
constants are arguments, and what it returns are numbers, text, bytes and tuples of those.
"""

import os
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, Final, TypeVar

from xmppfilter.kernels import fold, letters, runs

FACE: Final = 2
"""Of `xmppfilter_fast`, which still has what is no kernel yet."""

_F = TypeVar("_F", bound=Callable[..., Any])
_PURE: Final = os.environ.get("XMPPFILTER_PURE") == "1"
_every: Final[list[str]] = []
_compiled: Final[list[str]] = []


def _best(function: _F) -> _F:
    """Return *function* of the module in C that stands for that of *function*, if there is one, else itself."""
    name = function.__module__.rpartition(".")[2]
    _every.append(name)
    if _PURE:
        return function
    try:
        module = import_module(f"{__name__}._{name}")
    except ModuleNotFoundError:
        return function
    _compiled.append(name)
    found: _F = getattr(module, function.__name__)
    return found


folding: Final = _best(fold.folding)
lettering: Final = _best(letters.lettering)
cutting: Final = _best(runs.cutting)


def _load() -> ModuleType | None:
    if _PURE:
        return None
    try:
        extension = import_module("xmppfilter_fast")
    except ModuleNotFoundError:
        return None
    return extension if extension.FACE == FACE else None


_extension = _load()
if _extension is not None:
    _compiled.append("the rest")
pure: Final[dict[str, Callable[..., Any]]] = {}
"""What has a twin in that, by name, as it is in Python."""


def twin(function: _F) -> _F:
    """Return the compiled twin of *function*, if the extension is in use, else *function* itself."""
    pure[function.__name__] = function
    return getattr(_extension, function.__name__) if _extension is not None else function


def _in_words() -> str:
    if _PURE:
        return "no: XMPPFILTER_PURE=1"
    if not _compiled:
        return "no: built without a C compiler"
    missing = [name for name in _every if name not in _compiled]
    return f"partly: without {', '.join(missing)}" if missing and _extension is None else "yes"


in_use: Final = _in_words()
"""Whether the kernels run in C, in words, for the log and the status."""
