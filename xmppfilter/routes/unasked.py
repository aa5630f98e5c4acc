"""What servers may do with a banned sender's stanzas on which they get no verdict (deploy/PROTOCOL.md, section 4)."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

import idna

from xmppfilter.judging.catalogue import filter_module
from xmppfilter.judging.mount import Mount
from xmppfilter.judging.policy import Policy

EXCEPTIONS_AT_MOST: Final = 10_000
"""As many as servers remember."""

Exceptions = tuple[str, ...]
"""Accounts and domains whose stanzas, in either direction, are never dropped unasked."""


def exceptions(policy: Policy, bans: Collection[Mount]) -> Exceptions | None:
    """Return whom *policy* and the mounted filters *bans*, which find the banned, spare; domains in both spellings.

    None: nothing may be dropped unasked, because a ban alone decides nothing, or because those whom it spares are
    too many, or cannot be named.
    """
    rules = [f"{mount.name}.{rule}" for mount in bans for rule in filter_module(mount.name).RULES]
    named: set[str] = set().union(*(mount.but.texts for mount in bans))
    for spared in map(policy.spared_by, rules):
        if spared is None:
            return None
        named |= spared
    if not bans or any(_decides_not_alone(mount) for mount in bans):
        return None
    if len(named) > EXCEPTIONS_AT_MOST // 2 or any("*" in name for name in named):
        return None
    return tuple(sorted(set(_spellings(named))))


def _decides_not_alone(mount: Mount) -> bool:
    return bool(mount.monitor or mount.only or mount.score is not None or mount.scores)


def _spellings(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield name
        if not name.isascii():
            local, at, domain = name.rpartition("@")
            try:
                yield f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
            except idna.IDNAError:
                """A name that IDNA refuses has no other spelling."""
