"""What came of it when the configuration was last read again, for the status and for whoever ordered it."""

from collections.abc import Sequence
from typing import Any

from xmppfilter.config.mistakes import ConfigError
from xmppfilter.stanza.timestamps import timestamp


class LastReload:
    """The last reload of a process; of one that was refused, what it would have needed is what the one before did."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._mistakes: list[str] = []
        self.needs_restart: list[str] = []
        """What the configuration says otherwise than this process runs by."""

    def applied(self, needs_restart: Sequence[str], at: float) -> None:
        """Take down that a configuration is in use since *at* (Unix time), but for what *needs_restart*."""
        self._at, self._mistakes, self.needs_restart = at, [], list(needs_restart)

    def refused(self, wrong: Exception, at: float) -> list[str]:
        """Take down that a configuration was refused at *at*, and return why, in words for an admin."""
        self._at, self._mistakes = at, _mistakes(wrong)
        return self._mistakes

    @property
    def row(self) -> dict[str, Any]:
        """Return it in plain data, for `status`."""
        return {
            "reload": None
            if self._at is None
            else {"at": timestamp(self._at), "ok": not self._mistakes, "mistakes": self._mistakes},
            "needs_restart": self.needs_restart,
        }


def _mistakes(wrong: Exception) -> list[str]:
    if isinstance(wrong, ConfigError):
        return [str(mistake) for mistake in wrong.mistakes]
    return [str(wrong) if isinstance(wrong, ValueError) else f"{type(wrong).__name__}: {wrong}"]
