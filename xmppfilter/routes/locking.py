"""Which accounts of ours are to be locked or unlocked, until the server of each has said that it is done."""

from collections.abc import Collection
from typing import Final

from xmppfilter.memory.sets import Set

MOST: Final = 10_000
"""Orders that are kept; the newest are."""
KEPT: Final = 30 * 86400.0
"""Seconds after which an order that no server has taken is forgotten."""
AGAIN_AFTER: Final = 60.0
"""Seconds after which what a server could not do is asked of it again."""
FINAL: Final = frozenset(
    {"bad-request", "feature-not-implemented", "item-not-found", "jid-malformed", "not-acceptable", "not-allowed"}
)
"""Errors (RFC 6120 8.3.3) of a server that will say no again."""
_LOCK: Final = b"lock "
_UNLOCK: Final = b"unlock "


class LockOrders:
    """Orders, one for each account, kept in a set that is stored.

    An order is done when the IQ that told it last is answered by the server that was told: what is answered to an
    earlier one says nothing, for the account may have been ordered otherwise since.
    """

    def __init__(self) -> None:
        self._kept = Set(capacity=MOST, seconds=KEPT)
        self._told: dict[str, tuple[str, tuple[str, ...]]] = {}
        """Whom each IQ that is not answered yet was sent to, and of which accounts; the oldest first."""
        self._last: dict[str, str] = {}
        """The id of the IQ that told each account's order last."""
        self.again = float("inf")
        """When what is owed is to be told again, though nobody has greeted us anew."""

    def keep_in(self, kept: Set) -> None:
        """Keep the orders in *kept* from now on."""
        self._kept = kept

    def give(self, account: str, now: float, *, locked: bool) -> None:
        """Owe the order to lock *account*, or to unlock it, in place of any other."""
        self.withdraw(account, now)
        self._kept.add(_key(account, locked=locked), now)

    def withdraw(self, account: str, now: float) -> None:
        """Owe no order about *account*."""
        self._last.pop(account, None)
        for locked in (True, False):
            if self._kept.has(key := _key(account, locked=locked), now):
                self._kept.remove(key, now)

    def is_owed(self, account: str, now: float) -> bool:
        """Whether there is an order about *account* that is not done."""
        return any(self._kept.has(_key(account, locked=locked), now) for locked in (True, False))

    def owed(self, domain: str, now: float) -> list[tuple[str, bool]]:
        """Return the orders that are not done about accounts of *domain*: each account, and whether to lock it."""
        orders = [_read(key) for key in self._kept.current() if self._kept.has(key, now)]
        return [(account, locked) for account, locked in orders if account.rpartition("@")[2] == domain]

    def telling(self, name: str, server: str, accounts: Collection[str]) -> None:
        """Note that *server* is told the orders about *accounts* by the IQ *name*."""
        self._told[name] = (server, tuple(accounts))
        self._last.update(dict.fromkeys(accounts, name))
        while len(self._told) > MOST:
            self._close(next(iter(self._told)))

    def lost(self) -> None:
        """Note that no answer comes any more: the connection is gone."""
        self._told.clear()
        self._last.clear()
        self.again = float("inf")

    def answered(self, name: str, server: str, error: str, now: float) -> None:
        """Take *server*'s answer to the IQ *name*: its *error*, or empty where there is none."""
        told, accounts = self._told.get(name, ("", ()))
        if told != server:
            return
        current = self._close(name)
        if error and error not in FINAL:
            self.again = min(self.again, now + AGAIN_AFTER)
            return
        for account in accounts:
            if account in current:
                self.withdraw(account, now)

    def _close(self, name: str) -> set[str]:
        """Await no answer to the IQ *name*; return the accounts of which nothing else was told since."""
        _, accounts = self._told.pop(name)
        current = {account for account in accounts if self._last.get(account) == name}
        for account in current:
            del self._last[account]
        return current


def _key(account: str, *, locked: bool) -> bytes:
    return (_LOCK if locked else _UNLOCK) + account.encode()


def _read(key: bytes) -> tuple[str, bool]:
    locked = key.startswith(_LOCK)
    return key.removeprefix(_LOCK if locked else _UNLOCK).decode(), locked
