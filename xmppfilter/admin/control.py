"""The socket by which `xmppfilter status` and `xmppfilter ctl` talk to the running gateway.

HTTP with JSON on a Unix socket that only its owner may open: whoever may open it may give any command.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web

from xmppfilter.admin.sockets import LONGEST_PATH, first_free
from xmppfilter.commands import CommandError

log = logging.getLogger(__name__)

LARGEST: Final = 4 << 20
"""Bytes that a command may have: some carry a stanza."""
LOOK_EVERY: Final = 5.0
"""Seconds between two looks at whether the socket is still there."""
FAREWELL: Final = 5.0
"""Seconds that commands under way get when we leave."""
PATIENCE: Final = 10.0
"""Seconds to wait for an answer."""

Perform = Callable[[Sequence[str]], Awaitable[dict[str, Any]]]


class ControlError(Exception):
    """The gateway did not do what was asked; the message says why."""


class NobodyAnswersError(ControlError):
    """No gateway answers on the socket, or another one than was meant."""


class Control:
    """Listens for commands and hands them to *perform*: those that are meant for the gateway of the component *jid*."""

    def __init__(self, path: Path, perform: Perform, jid: str | None = None) -> None:
        self.path = path
        self._perform = perform
        self._jid = jid
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

    async def _command(self, request: web.Request) -> web.Response:
        try:
            words, jid = await _asked(request)
            if jid is not None and self._jid is not None and jid != self._jid:
                said = f"this is the gateway of {self._jid}, and not that of {jid}"
                return web.json_response({"error": said, "component": self._jid}, status=409)
            return web.json_response(await self._perform(words))
        except CommandError as wrong:
            return web.json_response({"error": str(wrong)}, status=400)


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
    """Give the command *words* to the gateway that listens on *path*, and return its result.

    With *jid* only the gateway of that component carries it out. Raises ControlError.
    """
    asked: dict[str, Any] = {"command": list(words)}
    if jid is not None:
        asked["component"] = jid
    try:
        async with (
            ClientSession(connector=UnixConnector(str(path)), timeout=ClientTimeout(total=PATIENCE)) as session,
            session.post("http://gateway/command", json=asked) as response,
        ):
            result: dict[str, Any] = await response.json()
    except (OSError, ClientError, TimeoutError, ValueError) as wrong:
        raise NobodyAnswersError(f"nobody answers on {path}: is xmppfilter running? ({wrong})") from wrong
    if response.status == web.HTTPConflict.status_code:
        raise NobodyAnswersError(f"{path}: {result['error']}")
    if "error" in result:
        raise ControlError(result["error"])
    return result
