"""One sender's record as it is kept: packed, and read here no further than a look needs."""

from math import inf
from struct import Struct
from typing import Final, NamedTuple

# Newest offences (and, apart from them, reports) that are kept one by one. Older ones are folded into a base, where the
# order of arrival begins to matter. Folding happens every `_SPARE` offences, for it costs a hundred times what
# appending does.
KEPT: Final = 64
_SPARE: Final = 128

HEAD: Final = Struct("<dddQqBBBH")  # until, last, imposed until, offences, sureness, flags, kept, reports, JID's length
_FLAGS: Final = 40  # where the flags are in it
ENDS: Final = Struct("<ddd")  # its first three
RANKED: Final = Struct("<dQ")  # its third and fourth, which are at 16
EDITS: Final = Struct("<ddd")  # imposed at, pardoned at, disabled at
BASE: Final = Struct("<dddQq")  # fold, shift, first, offences, sureness
OFFENCE: Final = Struct("<ddi")  # when, ban time, weight
REPORT: Final = Struct("<di8s")  # when, weight, reporter
HAS_EDITS: Final = 1
HAS_BASE: Final = 2

Offence = tuple[float, float, int]
"""When, the ban time in seconds, and the weight in thousandths."""


def first_offence(jid: bytes, offence: Offence) -> bytes:
    """Return the packed record of a sender of whom nothing else is known."""
    when, ban_time, weight = offence
    return HEAD.pack(when + ban_time, when, -inf, 1, weight, 0, 1, 0, len(jid)) + jid + OFFENCE.pack(*offence)


def offended(data: bytes, offence: Offence, seconds: float) -> bytes | None:
    """Return a packed record with one more offence, None where that takes a merge.

    A flood is judged spam stanza by stanza, so the ordinary case, an offence that is later than all before and than any
    edit, is only appended, with the result that a merge would have.
    """
    end, last, imposed, offences, sureness, flags, kept, reports, width = HEAD.unpack_from(data)
    when, ban_time, weight = offence
    if kept >= KEPT + _SPARE or last + seconds <= when or (flags & HAS_EDITS and when <= max(edits(data))):
        return None
    if when > last:
        last = when
    elif kept and OFFENCE.unpack_from(data, len(data) - OFFENCE.size) > offence:
        return None
    head = HEAD.pack(
        max(when, end) + ban_time,
        last,
        imposed,
        offences + 1,
        sureness + weight,
        flags,
        kept + 1,
        reports,
        width,
    )
    return b"".join((head, data[HEAD.size :], OFFENCE.pack(when, ban_time, weight)))


def lone_offence(data: bytes) -> Offence | None:
    """Return the offence of a packed record of which nothing else is known; None: there is more in it."""
    *_, flags, kept, reports, width = HEAD.unpack_from(data)
    if flags or reports or kept != 1:
        return None
    when, ban_time, weight = OFFENCE.unpack_from(data, HEAD.size + width)
    return when, ban_time, weight


def until(data: bytes, seconds: float) -> float:
    """Return the end of the ban in a packed record, which is forgotten `seconds` after its last event."""
    end, last, imposed = ENDS.unpack_from(data)
    latest: float = max(min(end, last + seconds), imposed)
    return latest


class Glance(NamedTuple):
    """What is seen of a record without reading it. Times are Unix seconds, -inf where there is none."""

    until: float
    """End of the ban, which may be over."""
    last: float
    imposed_until: float
    sureness: int
    edited: bool
    """There may be an operator's word in it, or that the account was disabled."""


def glance(data: bytes, seconds: float) -> Glance:
    """Return what is seen of a packed record, which is forgotten `seconds` after its last event."""
    end, last, imposed, _, sureness, flags, *_ = HEAD.unpack_from(data)
    return Glance(max(min(end, last + seconds), imposed), last, imposed, sureness, bool(flags & HAS_EDITS))


def edits(data: bytes) -> tuple[float, float, float]:
    """Return when a packed record was imposed, pardoned and disabled."""
    if not data[_FLAGS] & HAS_EDITS:
        return (-inf, -inf, -inf)
    imposed, pardoned, disabled = EDITS.unpack_from(data, HEAD.size + HEAD.unpack_from(data)[-1])
    return imposed, pardoned, disabled


def expires(data: bytes, seconds: float) -> float:
    """Return when nothing of a packed record matters any more."""
    _, last, imposed = ENDS.unpack_from(data)
    latest: float = max(max(last, edits(data)[1]) + seconds, imposed)
    return latest


def encoded(jid: str) -> bytes:
    """Return a JID as records keep it."""
    return jid.encode("utf-8", "surrogatepass")
