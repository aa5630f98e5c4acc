"""How a command ends that cannot go on: with a sentence."""

import os
from pathlib import Path
from traceback import extract_tb
from typing import Final

_PLACES: Final = 4


def told(wrong: OSError) -> str:
    """Return in words what the system refused, and about which file."""
    if wrong.filename is not None and wrong.strerror:
        return f"{os.fsdecode(wrong.filename)}: {wrong.strerror}"
    return wrong.strerror or str(wrong)


def told_of_a_bug(wrong: Exception) -> str:
    """Return in one line what a report of a mistake of ours needs: what it was, and where."""
    places = [f"{Path(at.filename).name}:{at.lineno}" for at in extract_tb(wrong.__traceback__)[-_PLACES:]]
    return f"a mistake of xmppfilter's own, please report it: {wrong!r} in {' > '.join(places)}"
