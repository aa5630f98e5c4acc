"""The real gateway process, `xmppfilter run`, in a directory of its own."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests.live.process import Child
from xmppfilter.operators.control import ControlError, ask

FIVE: Mapping[str, Any] = {
    "known_spammers": None,
    "error_without_child": None,
    "groupchat_to_bare_jid": None,
    "presence_subscribe_rate": None,
    "same_long_body": None,
}


class GatewayProcess:
    """One `xmppfilter run`; an async context manager that ends it."""

    def __init__(
        self,
        directory: Path,
        *,
        jid: str,
        port: int,
        domains: list[str],
        secret: str = "component-secret",
        filters: Mapping[str, Any] = FIVE,
        arguments: tuple[str, ...] = (),
        **sections: Any,
    ) -> None:
        """Write the configuration; *sections* go into it as they are."""
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.config = directory / "config.yaml"
        self.log_path = directory / "gateway.log"
        self.control = directory / "control.sock"
        self._arguments = arguments
        self._child: Child | None = None
        (directory / "secret").write_text(secret)
        (directory / "secret").chmod(0o600)
        self.settings: dict[str, Any] = {
            "component": {"jid": jid, "secret_file": str(directory / "secret"), "host": "127.0.0.1", "port": port},
            "domains": domains,
            "filters": dict(filters),
            "store": {"sqlite": str(directory / "state.db")},
            "log": {"format": "json", "level": "info"},
            **sections,
        }
        self.write()

    def write(self) -> None:
        """Write the settings to the configuration file."""
        self.config.write_text(yaml.safe_dump(self.settings, sort_keys=False, allow_unicode=True))

    def start(self) -> None:
        """Start the process, without waiting for anything."""
        command = [sys.executable, "-m", "xmppfilter", "run", "--config", str(self.config), *self._arguments]
        self._child = Child(command, output=self.log_path, cwd=self.directory)

    @property
    def child(self) -> Child:
        assert self._child is not None, "the gateway is not running"
        return self._child

    async def __aenter__(self) -> Self:
        self.start()
        await self.ready()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> int:
        """End it as an administrator would (TERM); returns its exit status."""
        return await asyncio.to_thread(self.child.stop)

    async def ready(self) -> None:
        """Wait until it is connected and every server has said hello."""
        await self.until(
            lambda status: status["connected"] and all(server["software"] for server in status["servers"]), "greeted"
        )

    async def until(self, holds: Callable[[dict[str, Any]], bool], what: str, seconds: float = 20) -> dict[str, Any]:
        """Wait until the status is such that *holds*, and return it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        status: dict[str, Any] = {}
        while loop.time() < deadline and self.child.running:
            try:
                status = await self.ctl("status")
            except ControlError:
                status = {}
            if status and holds(status):
                return status
            await asyncio.sleep(0.02)
        raise RuntimeError(f"the gateway was not {what} in time; status {status}; its log:\n{self.log[-3000:]}")

    async def ctl(self, *words: str) -> dict[str, Any]:
        """Give an operator's command."""
        return await ask(self.control, words)

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every line of the log, read."""
        return [json.loads(line) for line in self.log.split("\n") if line.startswith("{") and line.endswith("}")]
