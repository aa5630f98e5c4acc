"""The log: an event's name and its fields, for people or for machines, on standard error."""

import json
import logging
import sys
import time
from typing import Any, Final

from xmppfilter.judging.effects import Notice
from xmppfilter.observe.private import veiled

log = logging.getLogger("xmppfilter.events")

_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_BY_STRANGERS: Final = frozenset(
    {"malformed", "too_large", "disbelieved", "filter_failed", "judging_failed", "recording_failed", "chore_failed"}
)
_BY_OPERATORS: Final = frozenset({"bad_line", "list_not_read", "list_read", "status"})
"""Events whose fields quote what operators wrote themselves."""
_WARNINGS: Final = frozenset(
    {
        "filter_failed", "judging_failed", "recording_failed", "chore_failed", "malformed", "too_large", "disbelieved",
        "refused", "not_locked", "account_disabled", "account_suspected", "account_listed", "banned_by_reports",
        "domain_listed", "list_not_fetched", "list_not_read", "list_capped", "odd_pages", "bad_line",
    }
)  # fmt: skip


_VERBOSE: Final = ("slixmpp", "aiosqlite", "asyncio", "aiohttp")
"""Libraries whose debug logs quote every stanza or stored row: bodies, addresses, the key of the hashes."""


class Throttle:
    """Rate limit by event name: so many in a minute, then one line that says that the rest is kept back."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._minute: dict[str, tuple[int, int]] = {}

    def admits(self, name: str, now: float) -> bool:
        """Whether an event called *name* may be written at *now*, in seconds."""
        minute = int(now // 60)
        began, count = self._minute.get(name, (minute, 0))
        count = count + 1 if began == minute else 1
        self._minute[name] = (minute, count)
        if count == self._at_most + 1:
            log.warning("too many of these: no more until the next minute", extra={"fields": {"kept_back": name}})
        return count <= self._at_most


_throttle: Final = Throttle(at_most=60)


def log_event(event: Notice) -> None:
    """Log an event of the core; events that strangers can cause are rate-limited."""
    if event.name in _BY_STRANGERS and not _throttle.admits(event.name, time.monotonic()):
        return
    level = logging.WARNING if event.name in _WARNINGS else logging.INFO
    plain = event.name in _BY_OPERATORS or log.isEnabledFor(logging.DEBUG)
    fields = dict(event.fields) if plain else veiled(event.fields)
    log.log(level, event.name, extra={"fields": fields})


class Steady(logging.StreamHandler[Any]):
    """Handler that survives a full disk: lines that cannot be written are counted, and nothing else happens."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self.lost = 0
        """Lines that could not be written since the last one that could."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*, after a line that says how many could not be written."""
        lost, self.lost = self.lost, 0
        if lost:
            fields = {"lines": lost}
            super().emit(log.makeRecord(log.name, logging.WARNING, "", 0, "log not written", (), None, extra=fields))
            if self.lost:
                self.lost += lost
                return
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's
        """Count what is lost; there is nowhere to say it."""
        self.lost += 1


def configure_logging(form: str, level: str) -> None:
    """Send the log to standard error as *form*, `text` or `json`, from *level* on."""
    handler = Steady(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _VERBOSE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return the structured fields of *record*."""
    given = {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
    nested = given.pop("fields", None)
    return given | (nested if isinstance(nested, dict) else {})


class _Text(logging.Formatter):
    """One line: time, level, message, then key=value."""

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields = "".join(f" {key}={_plain(value)}" for key, value in _fields(record).items())
        line = f"{stamp}Z {record.levelname.lower():7} {_one_line(record.getMessage())}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        row: dict[str, Any] = {"time": record.created, "level": record.levelname.lower(), "event": record.getMessage()}
        row |= _fields(record)
        if record.exc_info:
            row["exception"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False, default=str)


def _plain(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return _one_line(f'"{text}"' if isinstance(value, str) and (" " in text or not text) else text)


def _one_line(text: str) -> str:
    """Let nothing that a stranger wrote begin a line of its own, or colour the terminal."""
    if text.isprintable():  # nearly every text is
        return text
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
