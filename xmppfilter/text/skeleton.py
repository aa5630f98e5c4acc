"""What an address looks like: two with the same skeleton can hardly be told apart by eye (UTS 39, and ASCII's own)."""

from typing import Final

from xmppfilter.text.fold import fold_characters

_FIGURES: Final = str.maketrans("01", "ol")


def skeleton(address: str) -> str:
    """Return what *address*, in its normal form, looks like. Idempotent."""
    alike = fold_characters(address).translate(_FIGURES)
    while "rn" in alike or "vv" in alike:
        alike = alike.replace("rn", "m").replace("vv", "w")
    return alike
