"""Functions of bytes, tables and numbers that every stanza or text passes, in Python and in C.

What is meant is said by NAME.py, which is complete. NAME.c does the same; the build makes `_NAME` of it where a
compiler is. The environment's XMPPFILTER_PURE=1 switches that off. A kernel knows nothing of the rest of xmppfilter:
constants are arguments, and what it returns are numbers, text and bytes.
"""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

from xmppfilter.kernels import common, fold, leads, letters, markup, phrases, runs, topics, words
from xmppfilter.kernels.sources import fingerprint

_F = TypeVar("_F", bound=Callable[..., Any])
_PURE: Final = os.environ.get("XMPPFILTER_PURE") == "1"
_compiled: Final[dict[str, bool]] = {}
_stale: Final[dict[str, None]] = {}


def _compiled_form(name: str) -> ModuleType | None:
    """Return the module in C of that name, if it is wanted, compiled, and of the sources that are here, if any are."""
    try:
        module = None if _PURE else import_module(f"{__name__}._{name}")
    except ModuleNotFoundError:
        module = None
    source = Path(__file__).with_name(f"{name}.c")
    if module is not None and source.exists() and getattr(module, "SOURCES", "") != fingerprint(source):
        _stale[name] = None
        module = None
    _compiled[name] = module is not None
    return module


def _best(function: _F) -> _F:
    """Return what stands in C for *function* of one of the kernels, if that is compiled and wanted, else itself."""
    module = _compiled_form(function.__module__.rpartition(".")[2])
    return getattr(module, function.__name__, function)


folding: Final = _best(fold.folding)
lettering: Final = _best(letters.lettering)
most_led: Final = _best(leads.most_led)
lead: Final = _best(leads.lead)
in_common: Final = _best(common.in_common)
cutting: Final = _best(runs.cutting)
marking: Final = _best(words.marking)
phrasing: Final = _best(phrases.phrasing)
topics_of: Final = _best(topics.topics)
telling: Final = _best(topics.telling)
weigh: Final = _best(topics.weigh)
learn: Final = _best(topics.learn)
halve: Final = _best(topics.halve)
is_plain: Final = _best(markup.is_plain)
body_finding: Final = _best(markup.body_finding)
reading: Final = _compiled_form("reading")
"""What `xmppfilter.routes.fast` reads by in C, if that is compiled.

Unlike the kernels it knows the classes of what it makes: to return their parts and have Python put them together adds
a fifth to all that a stanza costs before any filter sees it.
"""


def _in_words() -> str:
    if _PURE:
        return "no: XMPPFILTER_PURE=1"
    if _stale:
        return f"{'partly' if any(_compiled.values()) else 'no'}: built of older sources: {', '.join(_stale)}"
    if not any(_compiled.values()):
        return "no: built without a C compiler"
    missing = [name for name, compiled in _compiled.items() if not compiled]
    return f"partly: without {', '.join(missing)}" if missing else "yes"


in_use: Final = _in_words()
"""Whether the kernels run in C, in words, for the log and the status."""
