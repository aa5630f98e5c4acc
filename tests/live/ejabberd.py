"""A real ejabberd in a directory of its own, on free loopback ports, with the module of deploy/ejabberd."""

import asyncio
import atexit
import functools
import json
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests.live.ports import free_ports
from tests.live.process import Child
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import ACCEPT, Asked, RawComponent

Options = Mapping[str, Any]  # a section of ejabberd.yml

MODULE_FOLDER = Path(__file__).parents[2] / "deploy" / "ejabberd" / "mod_xmppfilter"
PASSWORD = "secret"
SECRET = "component-secret"

_MODULES = (
    "roster",
    "privacy",
    "blocking",
    "disco",
    "ping",
    "offline",
    "carboncopy",
    "stream_mgmt",
    "admin_extra",
    "last",
)
_START_SECONDS = 60
_CALL_SECONDS = 30
_NOBODY = 9  # the discard port, where no name server answers


def shim(component: str, **options: Any) -> dict[str, Any]:
    """Return the modules of a host that is filtered by *component*: `shim("f.example", timeout="1 second")`."""
    return {"mod_xmppfilter": {"component": component, **options}}


class Ejabberd:
    """One server; a context manager, plain or async, that ends it."""

    def __init__(
        self,
        directory: Path,
        *,
        hosts: Mapping[str, Options],
        components: Mapping[str, Options],
        modules: Options | None = None,
        options: Options | None = None,
        nameserver: int = _NOBODY,
        s2s_port: int | None = None,
        preloaded: bool = True,
    ) -> None:
        """Write the configuration.

        *hosts* maps each virtual host to the modules that it has beyond the common ones and *modules*; *components*
        maps each external component to the options of its listener (`check_from`, say). Other servers are looked up
        at the *nameserver* on this local UDP port, and nowhere else. Unless *preloaded*, the server does without the
        module.
        """
        self._erl = _program("erl", "erlang-base")
        self._erl_call = _program("erl_call", "erlang-base")
        self._ebin = _ejabberd_library() / "ebin"
        self.directory = directory
        self.log_path = directory / "ejabberd.log"
        self._preloaded = preloaded
        self._cookie = secrets.token_hex(16)
        self._child: Child | None = None
        self._calls = 0
        self.c2s_port, free_s2s_port, self._distribution_port, *component_ports = free_ports(3 + len(components))
        self.s2s_port = s2s_port or free_s2s_port
        self.component_ports = dict(zip(components, component_ports, strict=True))
        directory.mkdir(parents=True, exist_ok=True)
        common = {f"mod_{name}": {} for name in _MODULES} | dict(modules or {})
        listen: list[dict[str, Any]] = [
            {"port": self.c2s_port, "ip": "127.0.0.1", "module": "ejabberd_c2s"},
            {"port": self.s2s_port, "ip": "127.0.0.1", "module": "ejabberd_s2s_in"},
        ]
        listen += [
            {
                "port": self.component_ports[jid],
                "ip": "127.0.0.1",
                "module": "ejabberd_service",
                "hosts": {jid: {"password": SECRET}},
                **listener,
            }
            for jid, listener in components.items()
        ]
        settings: dict[str, Any] = {
            "hosts": list(hosts),
            "loglevel": "info",
            "listen": listen,
            "modules": common,
            "append_host_config": {host: {"modules": dict(own)} for host, own in hosts.items() if own},
            "access_rules": {"everything": {"allow": "all"}},
            "certfiles": [],
            "outgoing_s2s_families": ["ipv4"],
            **(options or {}),
        }
        self.config = directory / "ejabberd.yml"
        self.config.write_text(yaml.safe_dump(json.loads(json.dumps(settings))))  # ejabberd reads no YAML aliases
        self._inetrc = directory / "inetrc"
        self._inetrc.write_text(_inetrc(nameserver))

    # --- life

    def start(self) -> None:
        """Start, and return when clients and components can connect; raises ChildFailedError with the log's end."""
        self._child = Child(
            [
                *(self._erl, "-noinput", "-name", f"ejabberd-{self._cookie[:8]}@127.0.0.1", "-setcookie", self._cookie),
                # Its own port instead of a shared epmd.
                *("-start_epmd", "false", "-erl_epmd_port", str(self._distribution_port)),
                *("-kernel", "inet_dist_use_interface", "{127,0,0,1}", "-kernel", "inetrc", f'"{self._inetrc}"'),
                *(("-pa", compiled_module()) if self._preloaded else ()),
                *("-pa", self._ebin),
                *("-mnesia", "dir", f'"{self.directory / "spool"}"'),
                *("-ejabberd", "quiet", "true", "-s", "ejabberd"),
            ],
            output=self.directory / "ejabberd.out",
            cwd=self.directory,
            env={
                "EJABBERD_CONFIG_PATH": str(self.config),
                "EJABBERD_LOG_PATH": str(self.log_path),
                "CONTRIB_MODULES_PATH": str(self.directory / "contrib"),
                "ERL_LIBS": str(self._ebin.parent.parent),
                "ERL_CRASH_DUMP_SECONDS": "0",
                "HOME": str(self.directory),
            },
        )
        started = len(self.log)
        ports = (self.c2s_port, *self.component_ports.values())
        self._child.wait_until(
            lambda: "is started in the node" in self.log[started:] and all(map(_listens, ports)),
            "listening",
            _START_SECONDS,
        )

    def stop(self) -> int | None:
        """End it as an administrator would (TERM, which is init:stop()), and return its exit status."""
        if self._child is None:
            return None
        child, self._child = self._child, None
        return child.stop(_START_SECONDS)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None

    @property
    def child(self) -> Child:
        assert self._child is not None, "ejabberd is not running"
        return self._child

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

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

    async def stopped(self) -> int | None:
        """Stop while this event loop goes on."""
        return await asyncio.to_thread(self.stop)

    async def restart(self) -> None:
        await self.stopped()
        await asyncio.to_thread(self.start)

    # --- people and components

    async def add_users(self, *jids: str) -> None:
        """Create accounts with the password PASSWORD."""
        for jid in jids:
            user, _, host = jid.partition("@")
            result = await self.call(
                f"ejabberd_auth:try_register({_binary(user)}, {_binary(host)}, {_binary(PASSWORD)})"
            )
            assert result == "ok", result

    async def add_contact(self, owner: str, contact: str, *, subscription: str = "both", ask: str = "none") -> None:
        """Write an item into a roster. *ask* is ejabberd's: `out` is what RFC 6121 calls ask='subscribe'."""
        (user, _, host), item = owner.partition("@"), _ljid(contact)
        us = f"{{{_binary(user)}, {_binary(host)}}}"
        key = f"{{{_binary(user)}, {_binary(host)}, {item}}}"
        row = f"{{roster, {key}, {us}, {item}, <<>>, {subscription}, {ask}, [], <<>>, []}}"
        result = await self.call(f"mod_roster:set_roster({row})")
        assert result == "{atomic, ok}", result

    async def login(self, jid: str, *, resource: str = "test", available: bool = True) -> RawClient:
        return await RawClient.login(jid, PASSWORD, self.c2s_port, resource=resource, available=available)

    async def attach(self, jid: str, judge: Callable[[Asked], str | None] = lambda _: ACCEPT) -> RawComponent:
        """Connect an external component of this server."""
        return await RawComponent.attach(jid, SECRET, self.component_ports[jid], judge=judge)

    # --- looking inside

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    async def logged(self, pattern: str) -> str:
        """Wait until a line of the log matches *pattern* and return it."""
        found: list[str] = []

        def look() -> bool:
            found[:] = [line for line in self.log.split("\n") if re.search(pattern, line)]
            return bool(found)

        await asyncio.to_thread(self.child.wait_until, look, f"logging {pattern!r}")
        return found[0]

    async def call(self, expression: str) -> str:
        """Evaluate an Erlang expression in the server and return its value as Erlang writes it."""
        return await asyncio.to_thread(self._call, expression)

    async def unlock(self, jid: str) -> None:
        """Unlock an account: what `ejabberdctl xmppfilter_unlock` does."""
        user, _, host = jid.partition("@")
        assert await self.call(f"mod_xmppfilter_commands:unlock({_binary(user)}, {_binary(host)})") == "ok"

    async def status(self, host: str) -> dict[str, str]:
        """What `ejabberdctl xmppfilter_status` prints."""
        rows = await self.call(f"mod_xmppfilter_commands:status({_binary(host)})")
        return dict(re.findall(r'\{"([^"]*)",\s*"([^"]*)"\}', rows))

    async def counted(self, host: str, name: str, at_least: int) -> None:
        """Wait until a counter of xmppfilter_status has reached a number."""
        async with asyncio.timeout(10):
            while int((await self.status(host))[name]) < at_least:
                pass

    async def offline(self, jid: str) -> int:
        """How many messages wait in the offline storage for an account."""
        user, _, host = jid.partition("@")
        return int(await self.call(f"mod_offline:count_offline_messages({_binary(user)}, {_binary(host)})"))

    def _call(self, expression: str) -> str:
        self._calls += 1
        # A name for each call: the server may not have let go of the last connection.
        name = f"test-{self._calls}"
        address = f"127.0.0.1:{self._distribution_port}"
        done = subprocess.run(
            [
                *(self._erl_call, "-h", name, "-c", self._cookie),
                "-address",
                address,
                "-timeout",
                str(_CALL_SECONDS),
                "-e",
            ],
            input=f"{expression}.\n",
            capture_output=True,
            text=True,
            timeout=2 * _CALL_SECONDS,
            check=False,
        )
        found = re.fullmatch(r"\{ok, (.*)\}", done.stdout.strip(), re.DOTALL)
        if found is None:
            raise RuntimeError(f"{expression}: {done.stdout}{done.stderr}")
        return found[1]


@functools.cache
def compiled_module() -> Path:
    """Compile mod_xmppfilter, warnings being errors, once in a test run; return the folder of the beams."""
    erlc = _program("erlc", "erlang-base")
    target = Path(tempfile.mkdtemp(prefix="mod_xmppfilter-"))
    atexit.register(shutil.rmtree, target, ignore_errors=True)
    library = _ejabberd_library()
    includes = [MODULE_FOLDER / "include", library / "include", _codec_headers()]
    sources = sorted((MODULE_FOLDER / "src").glob("*.erl"))
    command: Sequence[str | Path] = [
        *(erlc, "-Wall", "-Werror", "+debug_info"),
        *(part for folder in includes for part in ("-I", folder)),
        *("-pa", library / "ebin", "-o", target),
        *sources,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"mod_xmppfilter does not compile:\n{done.stdout}{done.stderr}")
    return target


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"the live tests of ejabberd need {name}: install the Debian package '{package}'")
    return found


def _ejabberd_library() -> Path:
    for root in ("/usr/lib", "/usr/lib/erlang/lib"):
        for found in sorted(Path(root).glob("*/ejabberd-*/ebin/ejabberd.app")) + sorted(
            Path(root).glob("ejabberd-*/ebin/ejabberd.app")
        ):
            return found.parents[1]
    raise RuntimeError("the live tests of ejabberd need ejabberd 23.01: install the Debian package 'ejabberd'")


def _codec_headers() -> Path:
    for found in sorted(Path("/usr/lib/erlang/lib").glob("*xmpp-*/include/xmpp.hrl")):
        return found.parent
    raise RuntimeError("the live tests of ejabberd need xmpp.hrl: install the Debian package 'erlang-p1-xmpp'")


def _inetrc(nameserver: int) -> str:
    # Without the empty resolv_conf the machine's own name servers would be asked first.
    return (
        '{resolv_conf, ""}.\n{hosts_file, ""}.\n{lookup, [file]}.\n'
        f"{{nameserver, {{127,0,0,1}}, {nameserver}}}.\n{{retry, 1}}.\n{{timeout, 500}}.\n"
    )


def _ljid(jid: str) -> str:
    user, at, host = jid.rpartition("@")
    return f"{{{_binary(user if at else '')}, {_binary(host)}, <<>>}}"


def _binary(text: str) -> str:
    """Write a string as Erlang's UTF-8 binary."""
    return f"<<{','.join(map(str, text.encode()))}>>"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
