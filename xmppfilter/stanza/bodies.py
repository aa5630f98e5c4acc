"""What a person would read in a message: its bodies without what only stands in for something else.

Encrypted messages carry the same fallback body for everybody, and XEP-0428 marks text that only old clients show.
Neither is what the sender wrote. But an empty `<encrypted/>` buys nothing: only a payload that somebody could decrypt
makes the body a fallback.
"""

import re
from typing import Final
from xml.etree.ElementTree import Element

from xmppfilter import kernels
from xmppfilter.stanza.namespaces import FALLBACK, OMEMO, OPENPGP, PGP
from xmppfilter.stanza.proofs import child_pattern
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import all_text

# what nearly every client sends
_USUAL_OMEMO: Final = child_pattern(
    "encrypted",
    rf"<encrypted xmlns='(?:{'|'.join(map(re.escape, OMEMO))})'>\s*<header sid='[^'<]+'>\s*"
    r"<key(?: prekey='[^'<]*')? rid='[^'<]+'(?: prekey='[^'<]*')?>(?:[^<]*+<(?![!?]|/?header[\s/>]))*[^<]*+</header>\s*"
    r"<payload>\s*[A-Za-z0-9+/=_-][A-Za-z0-9+/=_\s-]*+",
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=_\s-]+", re.ASCII)
_END: Final = 999_999_999
"""Behind the end of any body."""
_OTR_QUERIES: Final = ("?OTR?", "?OTRv")
_MARKS: Final = (b"<encrypted", b"<openpgp", b"<fallback")
_NOTHING_ELSE: Final = kernels.body_finding((b"body", b"encrypted", b"openpgp", b"fallback"))
"""Finds a body that is all that matters."""


def readable_bodies(stanza: Stanza) -> tuple[str, ...]:
    """Return the bodies of *stanza* less what is fallback; none where the real content is encrypted."""
    return stanza.lone_body(_NOTHING_ELSE) or _readable(stanza, stanza.bodies)


def _readable(stanza: Stanza, bodies: tuple[str, ...]) -> tuple[str, ...]:
    if not bodies or all(map(stanza.lacks, _MARKS)):
        return bodies
    if stanza.broken and not any(mark in stanza.raw for mark in _MARKS):
        return bodies
    return () if is_encrypted(stanza) else _without_fallback(stanza, bodies)


def is_otr_query(body: str) -> bool:
    """Whether *body* asks for an OTR session: the query, whatever explanation follows it."""
    return body.startswith(_OTR_QUERIES)


def is_encrypted(stanza: Stanza) -> bool:
    """Whether *stanza* says what it says encrypted, so that its bodies only stand in for that (XEP-0384, XEP-0373).

    Keys without a payload (XEP-0384 4.6: they only set up a session) are all that a message without a body says; a
    body beside them is shown, for nothing else is there to be.
    """
    if stanza.shows(_USUAL_OMEMO):
        return True
    for space in OMEMO:
        for encrypted in stanza.children("encrypted", space):
            if _has_omemo_keys(encrypted, space) and (_has_payload(encrypted, space) or not stanza.bodies):
                return True
    return any(_may_be_a_payload(all_text(payload)) for payload in stanza.children("openpgp", OPENPGP))


def is_encrypted_anyhow(stanza: Stanza) -> bool:
    """Whether `is_encrypted`, or encrypted the old way (XEP-0027)."""
    if stanza.lacks(b"encrypted") and stanza.lacks(b"openpgp"):
        return False
    return is_encrypted(stanza) or any(_may_be_a_payload(all_text(x)) for x in stanza.children("x", PGP))


def _may_be_a_payload(text: str) -> bool:
    """Whether *text* is in base64, as all ciphertext is."""
    return _BASE64.fullmatch(text) is not None and not text.isspace()


def _has_payload(encrypted: Element, space: str) -> bool:
    return any(_may_be_a_payload(all_text(payload)) for payload in encrypted.iterfind(f"{{{space}}}payload"))


def _has_omemo_keys(encrypted: Element, space: str) -> bool:
    return any(
        header.get("sid") and any(key.get("rid") or key.text for key in header.iter(f"{{{space}}}key"))
        for header in encrypted.iterfind(f"{{{space}}}header")
    )


def _without_fallback(stanza: Stanza, bodies: tuple[str, ...]) -> tuple[str, ...]:
    """Cut the ranges that XEP-0428 marks out of every body."""
    ranges: list[tuple[int, int]] = []
    for fallback in stanza.children("fallback", FALLBACK):
        parts = list(fallback.iterfind(f"{{{FALLBACK}}}body"))
        if not parts and not len(fallback):
            return ()  # nothing is named: all of the message is fallback
        ranges.extend(span for part in parts if (span := _span(part)) is not None)
    if not ranges:
        return bodies
    ranges = _joined(ranges)
    return tuple(rest for body in bodies if (rest := _cut(body, ranges)))


def _span(part: Element) -> tuple[int, int] | None:
    """Return start and end of the range in code points (XEP-0426; end exclusive), or None if ill-formed or empty."""
    start, end = part.get("start", "0"), part.get("end", str(_END))
    if not _is_number(start) or not _is_number(end) or int(start) >= int(end):
        return None
    return int(start), int(end)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9  # noqa: PLR2004 - as many digits as _END has


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return *ranges* in order, with those that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _cut(body: str, ranges: list[tuple[int, int]]) -> str:
    kept: list[str] = []
    at = 0
    for start, end in ranges:
        if start >= len(body):
            break  # a stanza may have many bodies and many ranges: only those within this body cost anything
        kept.append(body[at:start])
        at = end
    kept.append(body[at:])
    return "".join(kept)
