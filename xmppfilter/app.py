"""The running gateway: puts the parts together, keeps them going, and takes them apart again."""

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

from xmppfilter import __version__, kernels
from xmppfilter.build import Core, Draft
from xmppfilter.config.loader import ConfigError, Loaded, Mistake, load
from xmppfilter.gateway.setup import Listeners
from xmppfilter.gateway.status import status
from xmppfilter.judging.effects import Effect, Notice
from xmppfilter.lists.library import ListRead
from xmppfilter.lists.lists import ListFile
from xmppfilter.memory.state import State
from xmppfilter.observe.clock import Clock
from xmppfilter.observe.log import log_event
from xmppfilter.observe.metrics import Vitals
from xmppfilter.observe.reloads import LastReload
from xmppfilter.observe.tasks import Supervisor, spawn
from xmppfilter.observe.verdicts import Journal
from xmppfilter.operators import commands
from xmppfilter.operators.control import Control
from xmppfilter.operators.http import Http
from xmppfilter.operators.registry import read
from xmppfilter.operators.reload import reload
from xmppfilter.operators.sockets import control_paths, first_free
from xmppfilter.replay.recorder import Recorder
from xmppfilter.store.listfiles import Watcher
from xmppfilter.store.sqlite import SqliteStore
from xmppfilter.xmpp.component import FilterComponent

log = logging.getLogger(__name__)

FLUSH_EVERY: Final = 0.2
"""Seconds between two writes of what has been learnt."""
NEEDS_RESTART: Final = ("component", "store", "control", "http", "log", "max_stanza_size")
"""Sections that a reload does not exchange: they keep their value everywhere until a restart."""


class App:
    """One gateway process."""

    def __init__(self, path: Path, loaded: Loaded, recorder: Recorder | None = None) -> None:
        """Prepare to run by what *path* said when it was *loaded*, and to record what is judged."""
        self._path = path
        self._recorder = recorder
        self._settings = loaded.settings
        self._secret = loaded.secret
        self._token = loaded.token
        self._tasks = Supervisor()
        self._journal = Journal()
        self._stop = asyncio.Event()
        self._clock = Clock()
        self._reloading = asyncio.Lock()
        self._last_reload = LastReload()
        self._store: SqliteStore | None = None
        self._hung_up = False
        """Whether SIGHUP came while we started: the configuration may be another by now."""

    async def run(self) -> None:
        """Run until told to stop by SIGTERM or SIGINT.

        Raises ConfigError where the filters cannot be built; OSError where the store, the control socket or the HTTP
        listener cannot be opened.
        """
        async with AsyncExitStack() as parts:
            await self._start(parts)
            await self._component.run_until(self._stop)
        log.info("xmppfilter stopped")

    async def _start(self, parts: AsyncExitStack) -> None:
        """Put everything together; *parts* takes it apart again, the last first."""
        settings = self._settings
        self._outlive_signals()
        parts.push_async_callback(self._tasks.stop)
        if self._recorder is not None:
            parts.callback(self._end_recording, self._recorder)
        if settings.store is not None:
            self._store = await SqliteStore.open(settings.store.sqlite, self._clock)
            parts.push_async_callback(self._store.close)
        self._vitals = Vitals(store=self._store, tasks=self._tasks.tasks)
        state = State(self._store.secret if self._store else b"")
        try:
            self._core = Core(settings, state, self._listeners())
        except ValueError as wrong:  # options can each be fine and still not fit together
            raise ConfigError([Mistake(str(self._path), 1, 1, "filters", f"cannot be built: {wrong}")]) from wrong
        if self._store is not None:
            restored = await self._store.load(state, self._clock())
            log.info("store opened", extra={"restored": restored})
        self._core.begin(self._clock())
        self._core.gateway.judge.time_by(self._vitals.judging)
        self._component = FilterComponent(
            settings.component,
            self._secret,
            self._core.gateway,
            self._journal,
            clock=self._clock,
            max_stanza_size=settings.max_stanza_size,
            stored=self._flushed,
        )
        self._component.add_event_handler("session_start", self._count_session)
        self._files = Watcher(self._list_files, self._list_read)
        await self._files.look()
        if paths := control_paths(settings):
            await self._listen_for_commands(paths, parts)
        if settings.http is not None:
            http = Http(settings.http.listen, self._token, self._core.gateway, self._status, self._vitals, self._clock)
            await http.start()
            parts.push_async_callback(http.stop)
        self._run_tasks(parts)
        self._listen_for_signals()
        gc.collect()
        gc.freeze()  # what is here now stays: no collection need walk over it again
        log.info(
            "xmppfilter started",
            extra={"version": __version__, "route": settings.route, "compiled": kernels.in_use},
        )

    def _listeners(self) -> Listeners:
        recorder, on_verdict = self._recorder, (self._journal.verdict,)
        if recorder is None:
            return Listeners(on_verdict=on_verdict)
        return Listeners(on_stanza=(recorder.stanza,), on_verdict=on_verdict, on_fetched=(recorder.fetched,))

    async def _listen_for_commands(self, paths: Sequence[Path], parts: AsyncExitStack) -> None:
        path = await first_free(paths)
        if path != paths[0]:
            log.warning("another gateway listens on the control socket", extra={"at": str(paths[0]), "ours": str(path)})
        control = Control(path, self._perform, self._perform_effect, self._settings.component.jid, self._flushed)
        await control.start()
        parts.push_async_callback(control.stop)
        self._tasks.run("control", control.keep)

    def _run_tasks(self, parts: AsyncExitStack) -> None:
        """Begin what goes on beside the stanzas, each for itself; see `Supervisor`."""
        self._tasks.tasks["ticks"] = self._component.ticks
        parts.push_async_callback(self._tasks.stop)
        self._tasks.run("loop lag", self._watch_lag)
        self._tasks.run("files", self._files.run)
        if self._store is not None:
            self._tasks.run("store", partial(_again_and_again, self._store.flush))
        if self._recorder is not None:
            self._tasks.run("recorder", partial(_again_and_again, self._record))

    async def _flushed(self) -> str | None:
        """Store what has been learnt and ordered so far; return why that failed."""
        if self._store is None:
            return None
        await self._store.flush()
        return self._store.trouble

    def _count_session(self, _: object) -> None:
        self._vitals.sessions += 1

    def _outlive_signals(self) -> None:
        """Let no signal that means something to a running gateway end one that starts: it may wait for its store."""

        def hang_up() -> None:
            self._hung_up = True

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, hang_up)
        loop.add_signal_handler(signal.SIGUSR1, lambda: log.info("xmppfilter is starting"))

    def _listen_for_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: spawn(self.reload(anew=False), name="reload"))
        loop.add_signal_handler(signal.SIGUSR1, self._log_status)
        if self._hung_up:
            spawn(self.reload(anew=False), name="reload")

    async def _watch_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + FLUSH_EVERY
            await asyncio.sleep(FLUSH_EVERY)
            self._vitals.lag.add(loop.time() - due)

    async def _record(self) -> None:
        assert self._recorder is not None  # noqa: S101 - else this does not run
        await asyncio.to_thread(self._recorder.write, self._recorder.take())
        self._tasks.watch("recorder").worked()

    async def reload(self, *, anew: bool = True) -> list[str]:
        """Read the configuration again, and fetch all lists *anew*; a bad one changes nothing. Returns its mistakes."""
        async with self._reloading:
            try:
                draft, needs_restart = await asyncio.to_thread(self._drafted)  # what runs goes on meanwhile
            except Exception as wrong:  # noqa: BLE001 - whatever is wrong with it, what runs goes on
                mistakes = self._last_reload.refused(wrong, self._clock())
                for mistake in mistakes:
                    log.error("configuration not reloaded", extra={"mistake": mistake})  # noqa: TRY400 - it says all
                self._vitals.reloaded = False
                return mistakes
            if needs_restart:
                log.warning("changed, but only a restart applies it", extra={"sections": ", ".join(needs_restart)})
            if self._store is not None:  # what filters new to this process had learnt, before they are asked
                await self._store.fill(draft.opened.structures.values(), self._clock())
            now = self._clock()
            self._component.perform(self._core.exchange(draft, now, anew=anew))
            self._last_reload.applied(needs_restart, now)
            self._vitals.reloaded = True
            await self._files.look(anew=True)
            log.info("configuration reloaded", extra={"filters": len(draft.settings.filters)})
            return []

    def _drafted(self) -> tuple[Draft, list[str]]:
        """Build all that the configuration says, and return it with the names of what only a restart applies.

        Raises ConfigError, ValueError, or whatever building raises; nothing is in use by then.
        """
        loaded = load(self._path)
        running = {name: getattr(self._settings, name) for name in NEEDS_RESTART}
        needs_restart = [name for name, value in running.items() if getattr(loaded.settings, name) != value]
        if loaded.secret != self._secret:
            needs_restart.append("the secret")
        if loaded.token != self._token:
            needs_restart.append("the token")
        settings = loaded.settings.model_copy(update=running)
        own = settings.component.jid
        for section in ("domains", "rooms"):
            if own in getattr(settings, section):
                raise ValueError(f"{section}: found {own}, which is our own address until a restart")
        return self._core.draft(settings), needs_restart

    def _process_status(self) -> dict[str, Any]:
        """Return what the process adds to the gateway's status."""
        said = self._last_reload.row
        said["tasks"] = {
            name: {"trouble": task.trouble, "failures": task.failures} for name, task in self._tasks.tasks.items()
        }
        if (store := self._store) is not None:
            said["store"] = {
                "errors": store.errors,
                "unwritten": store.unwritten,
                "unread": store.unread,
                "trouble": store.trouble,
            }
        if (recorder := self._recorder) is not None:
            said["recorder"] = {"full": recorder.full, "skipped": recorder.skipped, "left_out": recorder.left_out}
        return said

    @staticmethod
    def _end_recording(recorder: Recorder) -> None:
        try:
            recorder.close()
        except OSError as wrong:
            log.error("the end of the recording is missing", extra={"why": str(wrong)})  # noqa: TRY400 - it says all

    async def _status(self) -> dict[str, Any]:
        return await self._perform(["status"])

    def _list_files(self) -> Iterable[ListFile]:
        lists = self._core.gateway.library.lists
        return tuple(lists.files) if lists is not None else ()

    def _list_read(self, read: ListRead) -> None:
        self._component.perform(self._core.gateway.handle(read, self._clock()))

    def _log_status(self) -> None:
        result, _ = commands.run(self._core.gateway, ["status"], self._clock())
        log_event(Notice("status", result))

    def _perform_effect(self, effect: Effect) -> None:
        """Do what comes of a command while its answer is worked out."""
        self._component.perform(self._core.gateway.command((effect,)))

    async def _perform(self, words: Sequence[str]) -> dict[str, Any]:
        """Carry out an operator's command. Raises CommandError."""
        call = read(words)
        if call.command.run is reload:
            mistakes = await self.reload()
            if mistakes:
                raise commands.CommandError("; ".join(mistakes))
            return {"reloaded": str(self._path), "needs_restart": self._last_reload.needs_restart}
        now = self._clock()
        result, effects = commands.begin(self._core.gateway, call, now)
        if self._recorder is not None and call.command.changes:
            self._recorder.command(words, now)
        self._component.perform(effects)
        if call.command.run is status:
            result |= self._process_status()
        return result


async def _again_and_again(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(FLUSH_EVERY)
        await work()
