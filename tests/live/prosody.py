"""A real Prosody in a directory of its own, on free loopback ports."""
# ruff: noqa: ASYNC109 -- how long a test waits is a parameter; `asyncio.timeout` does the waiting

import asyncio
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.live.ports import free_ports
from tests.live.process import Child
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import ACCEPT, Asked, RawComponent

Options = Mapping[str, Any]  # a section of the configuration; values are what `lua()` can write

SHIM_FOLDER = Path(__file__).parents[2] / "deploy" / "prosody"
PASSWORD = "secret"

_MODULES = ("disco", "roster", "saslauth", "ping", "blocklist", "carbons", "smacks", "admin_shell")


def shim(component: str | Sequence[str], *modules: str, **options: Any) -> dict[str, Any]:
    """Return the options of a VirtualHost that is filtered by *component*: `shim("f.example", timeout=1)`."""
    ours = {f"xmppfilter_{name}": value for name, value in options.items()}
    return {"modules_enabled": ["xmppfilter", *modules], "xmppfilter_component": component, **ours}


class Prosody:
    """One server; a context manager, plain or async, that ends it."""

    def __init__(
        self,
        directory: Path,
        *,
        hosts: Mapping[str, Options],
        components: Mapping[str, Options] | None = None,
        options: Options | None = None,
        modules: Sequence[str] = (),
        plugin_paths: Sequence[Path] = (SHIM_FOLDER,),
        log_level: str = "info",
        s2s: bool = False,
    ) -> None:
        """Write the configuration.

        A component with a `component_module` (`muc`, say) is one of Prosody's own; the others are external
        ones (XEP-0114) and need a `component_secret`.
        """
        self._program = shutil.which("prosody")
        if self._program is None:
            raise RuntimeError("the live tests need Prosody 0.12: install the Debian package 'prosody'")
        self.directory = directory
        self.data = directory / "data"
        self.config = directory / "prosody.cfg.lua"
        self.log_path = directory / "prosody.log"
        self.c2s_port, self.component_port, self.s2s_port = free_ports(3)
        self._components = dict(components or {})
        self._child: Child | None = None
        self._rosters: dict[str, dict[str, Any]] = {}
        self.data.mkdir(parents=True, exist_ok=True)
        settings: dict[str, Any] = {
            "run_as_root": os.geteuid() == 0,
            "daemonize": False,
            "pidfile": str(directory / "prosody.pid"),
            "data_path": str(self.data),
            "admin_socket": str(directory / "admin.sock"),
            "log": {log_level: str(self.log_path)},
            "plugin_paths": [str(path) for path in plugin_paths],
            "interfaces": ["127.0.0.1"],
            "c2s_ports": [self.c2s_port],
            "component_ports": [self.component_port],
            "component_interfaces": ["127.0.0.1"],
            "s2s_ports": [self.s2s_port] if s2s else [],
            "modules_enabled": [*_MODULES, *(["dialback"] if s2s else []), *modules],
            "modules_disabled": ["tls", *([] if s2s else ["s2s"])],
            "authentication": "internal_plain",
            "allow_unencrypted_plain_auth": True,
            "c2s_require_encryption": False,
            "s2s_require_encryption": False,
            **(options or {}),
        }
        self.config.write_text(_configuration(settings, hosts, self._components))

    # --- life

    def start(self) -> None:
        """Start, and return when clients and components can connect; raises ChildFailedError with the log's end."""
        assert self._program is not None
        self._child = Child(
            [self._program, "--config", self.config, "-F"],
            output=self.directory / "prosody.out",
            cwd=self.directory,
        )
        external = "component_secret" in self.config.read_text()
        ports = (self.c2s_port, self.component_port) if external else (self.c2s_port,)
        self._child.wait_until(lambda: all(map(_listens, ports)), "listening")

    def stop(self) -> None:
        """End it as an administrator would (TERM)."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None

    @property
    def child(self) -> Child:
        assert self._child is not None, "Prosody is not running"
        return self._child

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stopped()

    async def stopped(self) -> None:
        """Stop while this event loop goes on: Prosody waits for its clients to close their streams."""
        await asyncio.to_thread(self.stop)

    async def restart(self) -> None:
        await self.stopped()
        await asyncio.to_thread(self.start)

    # --- people and components

    def add_users(self, *jids: str) -> None:
        """Create accounts with the password PASSWORD; works before the start and while the server runs."""
        for jid in jids:
            path = self.stored_path(jid, "accounts", "dat")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'return {{ ["password"] = "{PASSWORD}" }};\n')

    def add_contact(self, owner: str, contact: str, *, subscription: str = "both", **item: str) -> None:
        """Add an item to the roster of *owner*, who has not logged in yet; `ask="subscribe"` and such go into it."""
        roster = self._rosters.setdefault(owner, {})
        roster[contact] = {"groups": {}, "subscription": subscription, **item}
        path = self.stored_path(owner, "roster", "dat")
        path.parent.mkdir(parents=True, exist_ok=True)
        entries = [f"[{lua(jid)}] = {lua(entry)}" for jid, entry in roster.items()]
        path.write_text("return { " + ", ".join(["[false] = { version = 1, pending = {} }", *entries]) + " };\n")

    async def login(self, jid: str, **options: Any) -> RawClient:
        """Log in with PASSWORD; the options are those of RawClient.login()."""
        return await RawClient.login(jid, PASSWORD, self.c2s_port, **options)

    async def attach(self, jid: str, judge: Callable[[Asked], str | None] = lambda _: ACCEPT) -> RawComponent:
        """Connect an external component of this server."""
        secret = self._components[jid]["component_secret"]
        return await RawComponent.attach(jid, secret, self.component_port, judge=judge)

    # --- looking inside

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    async def logged(self, pattern: str, timeout: float = 10) -> str:
        """Wait until a line of the log matches *pattern* and return it."""
        found: list[str] = []

        def look() -> bool:
            found[:] = [line for line in self.log.split("\n") if re.search(pattern, line)]
            return bool(found)

        await asyncio.to_thread(self.child.wait_until, look, f"logging {pattern!r}", timeout)
        return found[0]

    def stored(self, jid: str, store: str, kind: str = "dat") -> str:
        """Return the text of a user's data file (`kind="list"` for archives such as `offline`), or ''."""
        path = self.stored_path(jid, store, kind)
        return path.read_text() if path.exists() else ""

    async def shell(self, command: str) -> str:
        """Run a command of `prosodyctl shell` and return what it printed."""
        return await asyncio.to_thread(self._shell, command)

    async def unlock(self, jid: str) -> None:
        """Unlock an account as an administrator would."""
        assert "is unlocked" in await self.shell(f'xmppfilter:unlock("{jid}")')

    def _shell(self, command: str) -> str:
        program = shutil.which("prosodyctl")
        assert program is not None
        done = subprocess.run(
            [program, "--config", str(self.config), "shell", command],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"prosodyctl shell {command!r}: {done.stdout}{done.stderr}")
        return done.stdout

    def stored_path(self, jid: str, store: str, kind: str = "dat") -> Path:
        user, _, host = jid.rpartition("@")
        return self.data / _encode(host) / store / f"{_encode(user)}.{kind}"


def lua(value: Any) -> str:
    """Write a value as Lua; raises TypeError for what has no Lua form."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{escaped}"'
        case Mapping():
            return "{ " + ", ".join(f"[{lua(key)}] = {lua(item)}" for key, item in value.items()) + " }"
        case Sequence():
            return "{ " + ", ".join(map(lua, value)) + " }"
        case _:
            raise TypeError(f"wanted a bool, number, string, list or mapping, found {value!r}")


def _configuration(settings: Options, hosts: Mapping[str, Options], components: Mapping[str, Options]) -> str:
    lines = [*_section(settings)]
    for name, options in hosts.items():
        lines += [f"VirtualHost {lua(name)}", *_section(options)]
    for name, options in components.items():
        rest = dict(options)
        module = rest.pop("component_module", None)
        lines += [f"Component {lua(name)}" + (f" {lua(module)}" if module else ""), *_section(rest)]
    return "\n".join([*lines, ""])


def _section(options: Options) -> list[str]:
    return [f"{name} = {lua(value)}" for name, value in options.items()]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _encode(name: str) -> str:
    """Escape as Prosody's data manager does: every byte that is no ASCII letter or digit."""
    return re.sub(rb"[^A-Za-z0-9]", lambda found: b"%%%02x" % found.group()[0], name.encode()).decode()
