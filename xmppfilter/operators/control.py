"""The socket by which `xmppfilter status` and `xmppfilter ctl` talk to the running gateway.

HTTP with JSON on a Unix socket that only its owner may open: whoever may open it may give any command.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from itertools import islice
from pathlib import Path
from pwd import getpwuid
from struct import Struct
from typing import Any, Final, TypeVar

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web

from xmppfilter.observe.tasks import spawn
from xmppfilter.operators.answers import Perform, end_of, pieces
from xmppfilter.operators.registry import only_reads
from xmppfilter.operators.sockets import LONGEST_PATH, first_free
from xmppfilter.registers.command import CommandError, Result

log = logging.getLogger(__name__)

_Waited = TypeVar("_Waited")

LARGEST: Final = 4 << 20
"""Bytes that a command may have: some carry a stanza."""
LOGGED: Final = 1000
"""Characters of a command, and of what came of it, that the log shows."""
_CREDENTIALS: Final = Struct("3i")
LOOK_EVERY: Final = 5.0
"""Seconds between two looks at whether the socket is still there."""
FAREWELL: Final = 5.0
"""Seconds that commands under way get when we leave."""
PATIENCE: Final = 10.0
"""Seconds to wait for an answer."""

AT_ONCE: Final = 100
"""Pieces of an answer that are worked out before stanzas have their turn: a millisecond or so."""
HEARTBEAT: Final = 1.0
"""Seconds after which one who waits gets a space, while there is nothing else to say."""

Carry = Callable[[Sequence[str]], Awaitable[Result]]
Stored = Callable[[], Coroutine[Any, Any, str | None]]
"""Stores what has been learnt and ordered so far; returns why that failed."""


class ControlError(Exception):
    """The gateway did not do what was asked; the message says why."""


class NobodyAnswersError(ControlError):
    """No gateway answers on the socket, or another one than was meant."""


class Control:
    """Listens for commands: those that are meant for the gateway of the component *jid*."""

    def __init__(
        self,
        path: Path,
        carry_out: Carry,
        perform: Perform = lambda _: None,
        jid: str | None = None,
        stored: Stored | None = None,
    ) -> None:
        """Let *carry_out* do what a command says, and *perform* what comes of it while its answer is worked out.

        Answers to commands that change something end when *stored* is done; None: there is no store.
        """
        self.path = path
        self._carry_out = carry_out
        self._perform = perform
        self._jid = jid
        self._stored = stored
        self._inode: int | None = None
        """Of the socket that we have made, so that we never take away somebody else's."""
        application = web.Application(client_max_size=LARGEST)
        application.router.add_post("/command", self._command)
        self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=FAREWELL, keepalive_timeout=FAREWELL
        )

    async def start(self) -> None:
        """Begin to listen. Raises OSError where the socket cannot be made, or somebody listens on it."""
        if len(bytes(self.path)) > LONGEST_PATH:
            raise OSError(
                f"{self.path}: the path of a socket has {LONGEST_PATH} bytes at most; set control to a shorter one"
            )
        if self.path.is_socket():
            await first_free([self.path])
            self.path.unlink()  # left behind by a process that was killed
        elif self.path.is_symlink() or self.path.exists():
            raise OSError(f"{self.path}: there is something that is no socket; set control to another path")
        if self._runner.server is None:
            await self._runner.setup()
        with socket.socket(socket.AF_UNIX) as unbound:
            # before it has a name, so that at no moment others may open it
            os.fchmod(unbound.fileno(), 0o600)
            unbound.bind(bytes(self.path))
            self._inode = self._found()
            listening = unbound.dup()
        await web.SockSite(self._runner, listening).start()

    async def stop(self) -> None:
        """Stop listening, and remove the socket."""
        await self._runner.cleanup()
        if self._inode is not None and self._found() == self._inode:
            self.path.unlink(missing_ok=True)

    async def keep(self) -> None:
        """Go on listening. Raises OSError where the socket was taken away and cannot be made anew."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Listen anew if the socket was taken away. Raises OSError where it cannot be made."""
        if self._inode is None or self._found() != self._inode:
            for site in tuple(self._runner.sites):
                await site.stop()
            await self.start()

    def _found(self) -> int | None:
        """Return the inode of what is at the path."""
        try:
            return self.path.lstat().st_ino
        except OSError:
            return None

    async def _command(self, request: web.Request) -> web.StreamResponse:
        words: list[str] = []
        try:
            words, jid = await _asked(request)
            if jid is not None and self._jid is not None and jid != self._jid:
                said = f"this is the gateway of {self._jid}, and not that of {jid}"
                return web.json_response({"error": said, "component": self._jid}, status=409)
            result = await self._carry_out(words)
        except CommandError as wrong:
            _log(words, request, {"refused": str(wrong)})
            return web.json_response({"error": str(wrong)}, status=400)
        response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
        await response.prepare(request)
        known: Result = {}
        listener = _Listener(response)
        await listener.read(pieces(result, self._perform, known))
        more: Result = {}
        if self._stored is not None and _changes(words):
            trouble = await listener.wait(spawn(self._stored(), name="storing"))
            more = {"not_stored": trouble} if trouble is not None else {}
        await listener.read(iter([end_of(result, more)]))
        await listener.end()
        _log(words, request, {"result": known | more})
        return response


class _Listener:
    """Who waits for an answer. What the answer stands for is done even if nobody does any more."""

    def __init__(self, response: web.StreamResponse) -> None:
        self._response = response
        self._clock = asyncio.get_running_loop().time
        self._due = self._clock() + HEARTBEAT
        self._gone = False

    async def read(self, document: Iterator[str]) -> None:
        """Write *document*, with stanzas judged in between."""
        while portion := list(islice(document, AT_ONCE)):
            await self._write("".join(portion))
            await asyncio.sleep(0)

    async def wait(self, task: asyncio.Task[_Waited]) -> _Waited:
        """Return what comes of *task*."""
        while not task.done():
            await asyncio.wait({task}, timeout=HEARTBEAT)
            await self._write("")
        return task.result()

    async def end(self) -> None:
        """Say that this was all."""
        try:
            await self._response.write_eof()
        except ConnectionError:
            self._gone = True
        if self._gone:
            log.info("an operator did not wait for the end of the answer")

    async def _write(self, text: str) -> None:
        """Write *text*, or where there is none, once in a while a space."""
        text = text or (" " if self._clock() >= self._due else "")
        if not text or self._gone:
            return
        self._due = self._clock() + HEARTBEAT
        try:
            await self._response.write(text.encode("utf-8", "backslashreplace"))
        except ConnectionError:
            self._gone = True


def _changes(words: Sequence[str]) -> bool:
    return bool(words) and not only_reads(words)


def _log(words: Sequence[str], request: web.Request, outcome: dict[str, Any]) -> None:
    """Log an operator's command that changes something: who gave it, in which words, and what came of it."""
    if _changes(words):
        told = {name: json.dumps(value, ensure_ascii=False, default=str)[:LOGGED] for name, value in outcome.items()}
        log.info("command", extra={"fields": {"by": _peer(request), "command": " ".join(words)[:LOGGED], **told}})


def _peer(request: web.Request) -> str:
    """Return the user whose process asks, as the kernel knows it (unix(7), SO_PEERCRED)."""
    end = request.transport.get_extra_info("socket") if request.transport is not None else None
    if end is None:
        return "unknown"
    credentials = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    process, user, _ = _CREDENTIALS.unpack(credentials)
    try:
        name = getpwuid(user).pw_name
    except KeyError:
        name = str(user)
    return f"{name} (process {process})"


async def _asked(request: web.Request) -> tuple[list[str], str | None]:
    """Return the words of a command, and the component that it is meant for, if it says so. Raises CommandError."""
    try:
        asked = await request.json()
    except web.HTTPRequestEntityTooLarge as wrong:
        raise CommandError(f"found more than {LARGEST >> 20} MiB, wanted a command") from wrong
    except (ValueError, LookupError, RecursionError) as wrong:
        raise CommandError(f"found no JSON: {wrong}") from wrong
    words = asked.get("command") if isinstance(asked, dict) else None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise CommandError('wanted {"command": [...]} with a list of words in it')
    jid = asked.get("component")
    return words, jid if isinstance(jid, str) else None


async def ask(path: Path, words: Sequence[str], jid: str | None = None) -> dict[str, Any]:
    """Send the command *words* to the gateway that listens on *path*, and return its result.

    With *jid* only the gateway of that component carries it out. Raises ControlError.
    """
    return json.loads(b"".join([piece async for piece in ask_for_pieces(path, words, jid)]))  # type: ignore[no-any-return]


async def ask_for_pieces(path: Path, words: Sequence[str], jid: str | None = None) -> AsyncIterator[bytes]:
    """Do as `ask` does, but yield the result as JSON, indented, as it comes."""
    timeout = ClientTimeout(total=None, sock_connect=PATIENCE, sock_read=PATIENCE)
    asked: dict[str, Any] = {"command": list(words)}
    if jid is not None:
        asked["component"] = jid
    try:
        async with (
            ClientSession(connector=UnixConnector(str(path)), timeout=timeout) as session,
            session.post("http://gateway/command", json=asked) as response,
        ):
            if response.status == web.HTTPConflict.status_code:
                raise NobodyAnswersError(f"{path}: {(await response.json())['error']}")
            if response.status != web.HTTPOk.status_code:
                raise ControlError((await response.json())["error"])
            async for piece in response.content.iter_any():
                yield piece
    except (OSError, ClientError, TimeoutError, ValueError, LookupError) as wrong:
        raise NobodyAnswersError(f"nobody answers on {path}: is xmppfilter running? ({wrong})") from wrong
