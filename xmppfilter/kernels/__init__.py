"""The one place that knows whether parts of us run as machine code: as the extension `xmppfilter-fast` (deploy/fast).

Whatever has a twin there says so with `twin`. It stays complete in Python, is what the twin must equal, and is what
runs without the extension or with XMPPFILTER_PURE=1 in the environment.
"""

import os
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, Final, TypeVar

FACE: Final = 2
"""Goes up whenever a twin comes, goes, or takes or returns something else; only that extension is used."""

_F = TypeVar("_F", bound=Callable[..., Any])


def _load() -> tuple[ModuleType | None, str]:
    if os.environ.get("XMPPFILTER_PURE") == "1":
        return None, "no: XMPPFILTER_PURE=1"
    try:
        extension = import_module("xmppfilter_fast")
    except ModuleNotFoundError:
        return None, "no: xmppfilter-fast is not installed"
    if extension.FACE != FACE:
        return None, f"no: xmppfilter-fast has face {extension.FACE}, wanted {FACE}"
    return extension, "yes"


_extension, in_use = _load()
"""The module, if it is used; and whether it is, in words, for the log and the status."""
pure: Final[dict[str, Callable[..., Any]]] = {}
"""What has a twin, by name, as it is in Python: what the twins are held against."""


def twin(function: _F) -> _F:
    """Return the compiled twin of *function*, if the extension is in use, else *function* itself."""
    pure[function.__name__] = function
    return getattr(_extension, function.__name__) if _extension is not None else function
