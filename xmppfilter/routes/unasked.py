"""What servers may do with a banned sender's stanzas on which they get no verdict (deploy/PROTOCOL.md, section 4)."""

from collections.abc import Iterable, Iterator
from typing import Final

import idna

from xmppfilter.judging.mount import Mount
from xmppfilter.judging.policy import Policy
from xmppfilter.registers.bans import BANNED

EXCEPTIONS_AT_MOST: Final = 10_000
"""As many as servers remember."""

Exceptions = tuple[str, ...]
"""Accounts and domains whose stanzas, in either direction, are never dropped unasked."""


def exceptions(policy: Policy, bans: Mount | None) -> Exceptions | None:
    """Return whom *policy* and the mounted ban list *bans* spare, in both spellings of a domain.

    None: nothing may be dropped unasked, because a ban alone decides nothing, or because those whom it spares are
    too many, or cannot be named.
    """
    spared = policy.spared_by(BANNED)
    if bans is None or spared is None or bans.monitor or bans.only or bans.score is not None or bans.scores:
        return None
    named = spared | bans.but.texts
    if len(named) > EXCEPTIONS_AT_MOST // 2 or any("*" in name for name in named):
        return None
    return tuple(sorted(set(_spellings(named))))


def _spellings(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield name
        if not name.isascii():
            local, at, domain = name.rpartition("@")
            try:
                yield f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
            except idna.IDNAError:
                """A name that IDNA refuses has no other spelling."""
