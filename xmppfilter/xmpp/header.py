"""Finds the header of a stream, on bytes, however it is cut into segments."""

import re
from typing import Final

from xmppfilter.xmpp.splitter import StreamBroken

HEADER_AT_MOST: Final = 16384
"""Bytes within which a header has ended."""
_HEADER: Final = re.compile(rb"""\s*+(?:<\?[^>]*+>\s*+)?<[^!?/>'"][^>'"]*+(?:(?:'[^']*+'|"[^"]*+")[^>'"]*+)*>""")


class Header:
    """The beginning of one stream: an XML declaration, maybe, and the start tag of its root."""

    __slots__ = ("_carry",)

    def __init__(self) -> None:
        """Begin with nothing."""
        self._carry = b""

    def complete(self, data: bytes) -> tuple[bytes, bytes] | None:
        """Return the header, and what stands behind it in *data*; None: it goes on.

        Raises StreamBroken where it has no end within `HEADER_AT_MOST`.
        """
        self._carry += data
        found = _HEADER.match(self._carry)
        if found is not None:
            return found[0], self._carry[found.end() :]
        if len(self._carry) > HEADER_AT_MOST:
            raise StreamBroken("no header of a stream")
        return None
