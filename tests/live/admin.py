"""A server as an administrator has it: its own folders under a root of the test, commands typed into a shell."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.live.process import Child
from tests.live.prosody import Prosody
from tests.live.rawclient import RawClient
from xmppfilter.operators.control import ControlError, ask

REPOSITORY = Path(__file__).parents[2]
ALICE = "alice@example.org"  # protected
MALLORY = "mallory@other.example"  # of a host that is not filtered: a stranger to alice
DAVE = "dave@other.example"  # another
PASSWORD = "secret"
SPAM = f"<message to='{ALICE}/test' type='error' id='spam'><body>x</body></message>"  # an error that carries no error
GOOD = f"<message to='{ALICE}/test' type='chat' id='good'><body>good</body></message>"


class Desk:
    """A shell in the folder that xmppfilter was installed from.

    What a command or a file names is put where the test has it, by the table *places* and nothing else: `/etc/prosody`
    stands for a folder of the test, 5347 for a free port. Commands that only a whole system has are in *instead*.
    """

    def __init__(
        self,
        root: Path,
        places: Mapping[str, str],
        *,
        environment: Mapping[str, str] | None = None,
        instead: Mapping[str, Callable[[], object]] | None = None,
    ) -> None:
        self.root = root
        self.places = dict(places)
        self.folder = root / "xmppfilter"
        self.folder.mkdir(parents=True)
        (self.folder / "deploy").symlink_to(REPOSITORY / "deploy")
        commands = root / "commands"
        commands.mkdir()
        for name in ("chown", "chgrp"):  # the server runs as whoever runs the test
            (commands / name).write_text('#!/bin/sh\nexec test -e "$2" -o -e "$3"\n')
            (commands / name).chmod(0o755)
        self.commands = commands
        path = os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, **(environment or {})}
        self._instead = dict(instead or {})
        self._gateway: Child | None = None

    def placed(self, text: str) -> str:
        """Return *text* with every place that the table names put where the test has it."""
        for there, here in self.places.items():
            text = text.replace(there, here)
        return text

    def run(self, commands: str, *, fails: bool = False) -> str:
        """Type *commands*, line by line, in a shell that stops at the first that fails; return what they printed."""
        printed = ""
        for line in commands.strip("\n").split("\n"):
            if (done := self._instead.get(line.strip())) is not None:
                done()
                continue
            result = subprocess.run(
                ["bash", "-c", self.placed(line)],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            printed += result.stdout + result.stderr
            assert (result.returncode != 0) == fails, f"$ {line}\n{printed}"
        return printed

    # --- the filter, by the configuration that init wrote

    def start_gateway(self, command: str) -> None:
        """Run what was printed to start it, and go on."""
        config = self.folder / "config.yaml"
        config.write_text(self.placed(config.read_text()))
        self._gateway = Child(
            ["bash", "-c", f"exec {self.placed(command)}"],
            output=self.root / "gateway.log",
            cwd=self.folder,
            env={"PATH": self.environment["PATH"]},
        )

    async def stop_gateway(self) -> None:
        if self._gateway is not None:
            await asyncio.to_thread(self._gateway.stop)
            self._gateway = None

    async def status(self, holds: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """Wait until the gateway's status is such that *holds*, and return it."""
        assert self._gateway is not None
        status: dict[str, Any] = {}
        try:
            async with asyncio.timeout(90):  # a back-off of the gateway is within it
                while not (status and holds(status)):
                    assert self._gateway.running, self._gateway.output
                    try:
                        status = await ask(self.folder / "control.sock", ["status"])
                    except ControlError:
                        status = {}
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"not {what}: {status}\n{self._gateway.output[-3000:]}") from None
        return status

    async def filters(self, c2s_port: int) -> None:
        """Prove it: a stranger's spam is asked about and kept away, what comes behind it arrives."""
        server = "example.org"
        await self.status(
            lambda status: (
                status["connected"] and any(row["jid"] == server and row["software"] for row in status["servers"])
            ),
            "greeted by the server",
        )
        before = _dropped(await self.status(bool, "there"))
        self.run("xmppfilter ctl --config config.yaml mode enforce")
        async with _people(c2s_port) as (alice, mallory, dave):
            mallory.send(SPAM)
            await self.status(lambda status: _dropped(status) == before + 1, "asked about spam")
            dave.send(GOOD)
            assert await _next_message(alice) == "good"

    async def pardoned(self, account: str) -> None:
        """Prove that the gateway has been told that an account was unlocked."""
        assert self._gateway is not None
        gateway = self._gateway
        said = re.compile(rf"account_unlocked\b.*{re.escape(account)}")
        await asyncio.to_thread(gateway.wait_until, lambda: bool(said.search(gateway.output)), "pardoning")

    async def passes(self, c2s_port: int) -> None:
        """Prove that the server runs without: everything arrives."""
        async with _people(c2s_port) as (alice, mallory, dave):
            mallory.send(SPAM)
            assert await _next_message(alice) == "spam"
            dave.send(GOOD)
            assert await _next_message(alice) == "good"


def _dropped(status: dict[str, Any]) -> int:
    return int(status["verdicts"].get("drop", 0))


@asynccontextmanager
async def _people(port: int) -> AsyncIterator[list[RawClient]]:
    people = [await RawClient.login(jid, PASSWORD, port) for jid in (ALICE, MALLORY, DAVE)]
    yield people
    for somebody in people:
        somebody.abort()


async def _next_message(client: RawClient) -> str | None:
    return (await client.take(lambda stanza: stanza.name == "message", "message")).get("id")


class EjabberdAtHome:
    """ejabberd as Debian installs it: ejabberdctl, /etc/ejabberd and /var/lib/ejabberd under a root of the test."""

    def __init__(self, root: Path, ports: list[int]) -> None:
        c2s, component, distribution = ports
        self.c2s_port = c2s
        self.etc = root / "etc" / "ejabberd"
        self.home = root / "var" / "lib" / "ejabberd"
        self.log_path = root / "log" / "ejabberd.log"
        for folder in (self.etc / "modules.d", self.home, self.log_path.parent, root / "run" / "ejabberd"):
            folder.mkdir(parents=True)
        self.config = self.etc / "ejabberd.yml"
        self.config.write_text(
            "hosts: [example.org, other.example]\n"
            f"listen:\n  - {{port: {c2s}, ip: 127.0.0.1, module: ejabberd_c2s}}\n"
            "append_host_config:\n  example.org:\n    modules:\n      mod_version: {}\n"
            "certfiles: []\n"
            "modules: {mod_roster: {}, mod_disco: {}, mod_ping: {}, mod_offline: {}, mod_admin_extra: {}}\n"
        )
        (self.etc / "inetrc").write_text('{lookup, [file]}.\n{host, {127,0,0,1}, ["localhost"]}.\n')
        places = {
            "/etc/ejabberd": str(self.etc),
            "/var/lib/ejabberd": str(self.home),
            "/run/ejabberd": str(root / "run" / "ejabberd"),
            "5347": str(component),
        }
        self.desk = Desk(
            root,
            places,
            environment={
                "CONFIG_DIR": str(self.etc),
                "LOGS_DIR": str(self.log_path.parent),
                "SPOOL_DIR": str(self.home),
                "HOME": str(self.home),
                "ERL_DIST_PORT": str(distribution),
            },
        )
        settings = self.desk.placed(Path("/etc/default/ejabberd").read_text())
        (self.etc / "ejabberdctl.cfg").write_text(f"{settings}\nERLANG_NODE=ejabberd{component}@localhost\n")
        # Debian's own, but for the user that it becomes
        program = shutil.which("ejabberdctl")
        assert program is not None, "wanted ejabberdctl, of Debian's package ejabberd"
        script = self.desk.commands / "ejabberdctl"
        script.write_text(Path(program).read_text().replace("INSTALLUSER=ejabberd\n", "INSTALLUSER=\n"))
        script.chmod(0o755)
        self._child: Child | None = None

    async def start(self) -> None:
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        began = len(self.log)
        self._child = Child(
            ["ejabberdctl", "foreground"],
            output=self.desk.root / "ejabberd.out",
            cwd=self.desk.folder,
            env=self.desk.environment,
        )
        self._child.wait_until(lambda: "is started in the node" in self.log[began:], "started", 60)

    async def stop(self) -> None:
        if self._child is not None:
            await asyncio.to_thread(self._child.stop, 60)
            self._child = None

    async def restart(self) -> None:
        """Prove that it starts with the configuration that it has."""
        await self.stop()
        await self.start()

    def register(self) -> None:
        self.desk.run(f"ejabberdctl register alice example.org {PASSWORD}")
        self.desk.run(f"ejabberdctl register mallory other.example {PASSWORD}")
        self.desk.run(f"ejabberdctl register dave other.example {PASSWORD}")

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""


class ProsodyAtHome:
    """Prosody with /etc/prosody/prosody.cfg.lua and /usr/local/lib/prosody/modules under a root of the test."""

    def __init__(self, root: Path) -> None:
        modules = root / "usr" / "local" / "lib" / "prosody" / "modules"
        self.prosody = Prosody(
            root / "prosody",
            hosts={"example.org": {}, "other.example": {}},
            plugin_paths=(modules,),
            modules=("offline",),
        )
        # whether the line is there already differs between distributions: the test puts it there as it is told to
        config = self.prosody.config
        config.write_text(re.sub("^plugin_paths.*\n", "", config.read_text(), flags=re.MULTILINE))
        self.prosody.add_users(ALICE, MALLORY, DAVE)
        self.desk = Desk(
            root,
            {
                "/etc/prosody/prosody.cfg.lua": str(self.prosody.config),
                "/usr/local/lib/prosody/modules": str(modules),
                "5347": str(self.prosody.component_port),
                "prosodyctl ": f"prosodyctl --config {self.prosody.config} ",
            },
            instead={"systemctl restart prosody": self._restart},
        )
        self._unpasted = self.prosody.config.read_text()

    def paste(self, text: str) -> None:
        """Paste *text* at the end of the configuration."""
        with self.prosody.config.open("a") as config:
            config.write(self.desk.placed(text) + "\n")

    def take_out(self) -> None:
        """Take what was pasted out of the configuration."""
        self.prosody.config.write_text(self._unpasted)

    def _restart(self) -> None:
        self.prosody.stop()
        self.prosody.start()
