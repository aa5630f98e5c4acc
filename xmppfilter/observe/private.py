"""What the log may say of people at info and above: no text of theirs, no nick, no resource, no contact.

With debug on it says all. Whatever is not known to be harmless counts as private.
"""

import re
import secrets
import traceback
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import PurePath
from typing import Any, Final

from xmppfilter.judging.verdict import Finding

_KEY: Final = secrets.token_bytes(32)
"""Key of this process: within one log equal resources have equal hashes, and a hash tells nothing of its resource."""
_SPOKEN_OF: Final = frozenset(
    {"known_spammers", "error_without_child", "groupchat_to_bare_jid", "presence_subscribe_rate", "stranger_rate"}
    | {"campaign", "same_long_body", "blocklist", "patterns"}
)
"""Filters whose details say how often, or what an admin or a list has said: nothing that stands in a stanza alone."""
_RULES_SPOKEN_OF: Final = frozenset(
    {"first_contact.contacts", "first_contact.domain_contacts", "first_contact.nonexistent", "unreadable.size"}
)
_ADDRESSES: Final = frozenset({"jid", "from", "to"})
_PROBLEMS: Final = frozenset({"problem", "failure"})
_QUOTED: Final = re.compile(r"""b?(?:'[^'\\]*+(?:\\.[^'\\]*+)*(?:'|$)|"[^"\\]*+(?:\\.[^"\\]*+)*(?:"|$))""", re.DOTALL)
_FRAMES: Final = 6


def findings_in_words(findings: Iterable[Finding]) -> str:
    """Return the rules that found something with their scores, and with details that say nothing of anybody."""
    return "; ".join(
        f"{finding.rule} ({finding.score:+g})" + (f": {finding.detail}" if _may_be_told(finding) else "")
        for finding in findings
    )


def _may_be_told(finding: Finding) -> bool:
    return finding.filter in _SPOKEN_OF or finding.rule in _RULES_SPOKEN_OF


def without_resource(address: str) -> str:
    """Return *address* with a hash in place of its resource: in a room that is somebody's nick."""
    bare, slash, resource = address.partition("/")
    if not slash:
        return address
    return f"{bare}/#{blake2b(resource.encode('utf-8', 'surrogatepass'), key=_KEY, digest_size=4).hexdigest()}"


def without_quotes(problem: str) -> str:
    """Return *problem* without what it quotes."""
    return _QUOTED.sub("(hidden)", problem)


def kind_of(failure: str) -> str:
    """Return the class of an exception out of `Class: message`: a message may have anything in it."""
    return failure.partition(":")[0]


def veiled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the *fields* of an event as the log may show them."""
    return {name: _veiled(name, value) for name, value in fields.items()}


def _veiled(name: str, value: Any) -> Any:
    if isinstance(value, str):
        if name in _ADDRESSES:
            return without_resource(value)
        if name == "failure":
            return kind_of(value)
        return without_quotes(value) if name in _PROBLEMS else value
    if isinstance(value, list):
        return [veiled(row) if isinstance(row, dict) else row for row in value]
    return value


def where(failure: BaseException) -> dict[str, str]:
    """Return what failed and where, without the message, which may quote private data."""
    frames = traceback.extract_tb(failure.__traceback__)[-_FRAMES:]
    way = " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return {"failure": type(failure).__name__, "at": way}
