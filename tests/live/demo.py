"""The main job, on a real server: contacts and honest strangers get through, a spam campaign does not.

Starts Prosody and the gateway in a temporary directory on free loopback ports, lets real clients talk, and compares
what each side received with what it should have. `python -m tests.live.demo`; with KEEP=1 in the environment it leaves
everything running until Ctrl-C.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import slixmpp
import yaml
from rich.console import Console
from rich.table import Table

from tests.live.gateway import GatewayProcess
from tests.live.process import ChildFailedError
from tests.live.prosody import PASSWORD, Prosody, shim
from xmppfilter.cli.init import Server, configuration

FILTER: Final = "filter.example.org"
ROOM: Final = "garden@rooms.example.org"
CAMPAIGN: Final = (
    "Make 5000 dollars a week from home with our proven system! No experience needed, no risk, the first hundred "
    "members get a bonus. Write to us today and start earning tomorrow."
)
GREETINGS: Final = ("Hello", "Hi there", "Good morning", "Dear friend", "Hey", "Greetings", "Good evening")
OMEMO: Final = (
    "<encrypted xmlns='eu.siacs.conversations.axolotl'>"
    "<header sid='27183'><key rid='31415' prekey='true'>MwohBQ==</key>"
    "<iv>R2l2ZW4=</iv></header><payload>c2VjcmV0</payload></encrypted>"
    "<encryption xmlns='urn:xmpp:eme:0' name='OMEMO' namespace='eu.siacs.conversations.axolotl'/>"
)
OMEMO_BODY: Final = (
    "I sent you an OMEMO encrypted message but your client doesn\u2019t seem to support that. "
    "Find more information on https://conversations.im/omemo"
)
PATIENCE: Final = 15.0
BOTS: Final = 60
USERS: Final = 30
COPIES_THAT_PASS: Final = 30
"""At most: a text is spam once it has reached twenty strangers, and what is varied most may look new."""
REQUESTS_THAT_PASS: Final = 5


class Client(slixmpp.ClientXMPP):
    """One real client, which notes what it receives."""

    def __init__(self, jid: str, port: int, *, resource: str = "demo", online: bool = True) -> None:
        super().__init__(
            f"{jid}/{resource}", PASSWORD, plugin_config={"feature_mechanisms": {"unencrypted_plain": True}}
        )
        self.enable_direct_tls = self.enable_starttls = False
        self.enable_plaintext = True
        self.auto_authorize = None  # the person decides
        self.auto_subscribe = False
        self.received: list[ET.Element] = []
        self.online = asyncio.Event()
        self._available = online
        self._port = port
        self.add_event_handler("session_start", self._started)
        self.register_handler(
            slixmpp.Callback("everything", slixmpp.xmlstream.matcher.MatchXPath("{jabber:client}message"), self._take)
        )
        self.register_handler(
            slixmpp.Callback(
                "presence too", slixmpp.xmlstream.matcher.MatchXPath("{jabber:client}presence"), self._take
            )
        )

    def _take(self, stanza: Any) -> None:
        self.received.append(stanza.xml)

    async def _started(self, _event: object) -> None:
        if self._available:
            self.send_presence()
            await self.get_roster()
        self.online.set()

    async def login(self) -> "Client":
        self.connect("127.0.0.1", self._port)
        await asyncio.wait_for(self.online.wait(), PATIENCE)
        return self

    def say(self, xml: str) -> None:
        self.send_raw(xml)

    def got(self, marker: str) -> int:
        """Return how many stanzas with *marker* in them were received."""
        return sum(marker in ET.tostring(xml, encoding="unicode") for xml in self.received)


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line of the summary."""

    what: str
    sent: int
    wanted: int
    """How many must arrive: all of what is good, and of spam no more than the limit lets through."""
    count: Callable[[], int]
    fewer: bool = False
    """Fewer may arrive as well."""

    @property
    def is_met(self) -> bool:
        """Whether as many have arrived."""
        return self.count() == self.wanted or (self.fewer and self.count() < self.wanted)


class Demo:
    """The people, what they say, and what must come of it."""

    def __init__(self, server: Prosody, gateway: GatewayProcess, console: Console) -> None:
        self._server = server
        self._gateway = gateway
        self._console = console
        self._clients: list[Client] = []
        self._expectations: list[Expectation] = []
        self._shown = 0
        self._judged_before: Counter[str] = Counter()

    async def show(self) -> bool:
        """Show everything, and return whether it came out as it should."""
        self._console.rule("people log in")
        self.alice, self.bob, self.carol = await self._log_in(
            "alice@example.org", "bob@example.org", "carol@example.org"
        )
        self.dave, self.olga = await self._log_in("dave@friendly.example", "olga@friendly.example")
        self.users = await self._log_in(*(f"user{n}@example.org" for n in range(USERS)))
        bots = await self._log_in(*(f"bot{n}@spam.example" for n in range(BOTS)))
        flooder, faker, shouter = await self._log_in(
            "flooder@spam.example", "faker@spam.example", "shouter@spam.example"
        )
        self._console.print(f"{len(self._clients)} clients are online")
        await self._act("honest people", self._honest)
        await self._act(
            f"a campaign: {BOTS} accounts, one text in ever other words around it", lambda: self._campaign(bots)
        )
        await self._act("a flood of subscription requests", lambda: self._flood(flooder))
        await self._act("error messages without an error", lambda: self._errors(faker))
        await self._act("groupchat messages to a user's bare JID", lambda: self._groupchat(shouter))
        return await self._sum_up()

    async def _log_in(self, *jids: str) -> list[Client]:
        clients = [Client(jid, self._server.c2s_port, online=not jid.startswith("bot")) for jid in jids]
        self._clients.extend(clients)
        await asyncio.gather(*(client.login() for client in clients))
        return clients

    async def _act(self, title: str, act: Callable[[], Awaitable[None]]) -> None:
        self._console.rule(title)
        before = await self._delivered()
        await act()
        self._show_verdicts()
        self._console.print(f"{await self._delivered() - before} stanzas of strangers judged good and delivered")

    def _expect(self, what: str, sent: int, wanted: int, count: Callable[[], int], *, fewer: bool = False) -> None:
        self._expectations.append(Expectation(what, sent, wanted, count, fewer))

    # --- the acts

    async def _honest(self) -> None:
        alice, bob, carol, dave, olga = self.alice, self.bob, self.carol, self.dave, self.olga
        for n in range(3):
            bob.say(f"<message to='alice@example.org' type='chat'><body>contact {n}: lunch?</body></message>")
            alice.say(f"<message to='bob@example.org' type='chat'><body>contact {n}: gladly</body></message>")
        self._expect("bob to alice, her contact", 3, 3, lambda: alice.got("lunch?"))
        self._expect("alice to bob, her contact", 3, 3, lambda: bob.got("gladly"))
        dave.say(
            "<message to='alice@example.org' type='chat' id='d1'><body>Hi, we met at the conference</body></message>"
        )
        self._expect("dave, a stranger, to alice", 1, 1, lambda: alice.got("we met at the conference"))
        for n in range(25):
            olga.say(
                f"<message to='alice@example.org' type='chat' id='o{n}'><body>{OMEMO_BODY}</body>{OMEMO}</message>"
            )
        self._expect("olga, a stranger with OMEMO, to alice", 25, 25, lambda: alice.got("c2VjcmV0"))
        for member in (alice, carol, dave):
            await self._join(member)
        dave.say(f"<message to='{ROOM}' type='groupchat'><body>hello room</body></message>")
        dave.say(f"<message to='{ROOM}/alice' type='chat'><body>psst, alice</body></message>")
        self._expect(
            "dave in a room with alice and carol", 2, 2, lambda: alice.got("hello room") + carol.got("hello room")
        )
        self._expect("dave in private to alice's nick", 1, 1, lambda: alice.got("psst, alice"))
        await self._until(self._all_arrived, "what honest people say arrived")
        self._judged_before = Counter((await self._gateway.ctl("status"))["stanzas"])

    async def _join(self, member: Client) -> None:
        member.say(
            f"<presence to='{ROOM}/{member.boundjid.user}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
        )
        await self._until(lambda: member.got('code="110"') > 0, f"{member.boundjid.user} is in the room")

    async def _campaign(self, bots: list[Client]) -> None:
        """Each account writes to another user, and none writes what another has written."""
        for number, bot in enumerate(bots):
            user = self.users[number % USERS]
            body = f"{GREETINGS[number % len(GREETINGS)]}! {CAMPAIGN} {number * 7919 % 9973:04}"
            bot.say(f"<message to='{user.boundjid.bare}' type='chat' id='c'><body>{body}</body></message>")
        arrived = lambda: sum(user.got("5000 dollars") for user in self.users)  # noqa: E731
        self._expect("the campaign to thirty users", BOTS, COPIES_THAT_PASS, arrived, fewer=True)
        await self._judged("message", BOTS)

    async def _flood(self, flooder: Client) -> None:
        for n in range(12):
            flooder.say(f"<presence to='user{n}@example.org' type='subscribe'/>")
        self._expect(
            "requests of one flooder to twelve users",
            12,
            REQUESTS_THAT_PASS,
            lambda: sum(user.got("flooder@spam.example") for user in self.users),
        )
        await self._judged("subscribe", 12)

    async def _errors(self, faker: Client) -> None:
        for n in range(3):
            faker.say(f"<message to='alice@example.org' type='error'><body>fake error {n}</body></message>")
        self._expect("errors without an error to alice", 3, 0, lambda: self.alice.got("fake error"))
        await self._judged("error", 3)

    async def _groupchat(self, shouter: Client) -> None:
        for n in range(3):
            shouter.say(f"<message to='alice@example.org' type='groupchat'><body>shout {n}</body></message>")
        self._expect("groupchat to alice's bare JID", 3, 0, lambda: self.alice.got("shout"))
        await self._judged("groupchat", 3)

    # --- what came of it

    async def _judged(self, kind: str, more: int) -> None:
        """Wait until the gateway has judged that many more stanzas of *kind*, and what it let through has arrived."""
        before = self._judged_before[kind]
        status = await self._gateway.until(
            lambda status: status["stanzas"].get(kind, 0) >= before + more, f"asked about {more} stanzas of kind {kind}"
        )
        self._judged_before = Counter(status["stanzas"])
        # a message from one contact to another goes through the same server after everything that was let through
        token = f"done {time.monotonic_ns()}"
        self.bob.say(f"<message to='alice@example.org' type='chat'><body>{token}</body></message>")
        await self._until(lambda: self.alice.got(token) > 0, "the server delivered everything")

    def _all_arrived(self) -> bool:
        return all(line.fewer or line.count() >= line.wanted for line in self._expectations)

    async def _until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                self._console.print(f"[red]not within {PATIENCE:g} s: {what}[/red]")
                return
            await asyncio.sleep(0.02)

    async def _delivered(self) -> int:
        verdicts: dict[str, int] = (await self._gateway.ctl("status"))["verdicts"]
        return verdicts["deliver"]

    def _show_verdicts(self) -> None:
        """Print the verdicts that the gateway has given since the last time, with their reasons."""
        rows = [row for row in self._gateway.rows if row.get("event") == "verdict"]
        table = Table("from", "to", "kind", "verdict", "reason", box=None, header_style="bold")
        for row in rows[self._shown :]:
            table.add_row(row["from"], row["to"], row["kind"], f"[red]{row['action']}[/red]", row["findings"])
        if len(rows) > self._shown:
            self._console.print(table)
            self._console.print("(of what one rule decides, the first twenty in a minute; the log sums the others up)")
        self._shown = len(rows)

    async def _sum_up(self) -> bool:
        self._console.rule("what each side received")
        table = Table("who to whom", "sent", "may arrive", "arrived", "")
        well = True
        for line in self._expectations:
            arrived = line.count()
            well &= line.is_met
            mark = "[green]as it should be[/green]" if line.is_met else "[red]WRONG[/red]"
            table.add_row(line.what, str(line.sent), f"{'0 to ' * line.fewer}{line.wanted}", str(arrived), mark)
        self._console.print(table)
        status = await self._gateway.ctl("status")
        verdicts = ", ".join(f"{name} {n}" for name, n in status["verdicts"].items())
        asked = sum(server["questions"] for server in status["servers"])
        self._console.print(f"the gateway was asked about {asked} stanzas of strangers: {verdicts}")
        return well

    async def leave(self) -> None:
        for client in self._clients:
            client.abort()
        await asyncio.sleep(0)


def people() -> Iterable[str]:
    yield from ("alice@example.org", "bob@example.org", "carol@example.org")
    yield from ("dave@friendly.example", "olga@friendly.example")
    yield from (f"bot{n}@spam.example" for n in range(BOTS))
    yield from ("flooder@spam.example", "faker@spam.example", "shouter@spam.example")
    yield from (f"user{n}@example.org" for n in range(USERS))


def filters() -> dict[str, Any]:
    """Return the filters that `xmppfilter init` switches on.

    But for lists from the network, and the hundred requests that it lets somebody ask at once who moves house.
    """
    written: dict[str, Any] = yaml.safe_load(configuration(FILTER, ["example.org"], Server.PROSODY))["filters"]
    return written | {"blocklist": None, "presence_subscribe_rate": None}


async def demo(directory: Path, console: Console, *, keep: bool) -> bool:
    """Start everything in *directory*, show what is to be seen, and end everything (with *keep*, when interrupted)."""
    server = Prosody(
        directory / "prosody",
        hosts={"example.org": shim(FILTER), "friendly.example": {}, "spam.example": {}},
        components={
            FILTER: {"component_secret": "component-secret"},
            "rooms.example.org": {
                "component_module": "muc",
                "restrict_room_creation": False,
                "muc_room_locking": False,
            },
        },
    )
    server.add_users(*people())
    server.add_contact("alice@example.org", "bob@example.org")
    server.add_contact("bob@example.org", "alice@example.org")
    async with server:
        gateway = GatewayProcess(
            directory / "gateway",
            jid=FILTER,
            port=server.component_port,
            domains=["example.org"],
            rooms=["rooms.example.org"],
            filters=filters(),
        )
        async with gateway:
            hello = (await gateway.ctl("status"))["servers"][0]["software"]
            console.print(f"Prosody on port {server.c2s_port} ({hello}) asks {FILTER}; everything is in {directory}")
            shown = Demo(server, gateway, console)
            try:
                well = await shown.show()
                if keep:
                    console.print(
                        f"left running: log in as alice@example.org, password {PASSWORD!r}, port {server.c2s_port};"
                    )
                    console.print(f"xmppfilter status --config {gateway.config}; Ctrl-C ends it")
                    await asyncio.Event().wait()
            finally:
                await shown.leave()
    return well


def main() -> int:
    console = Console(highlight=False, width=max(120, shutil.get_terminal_size().columns))
    keep = os.environ.get("KEEP", "") not in ("", "0")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="xmppfilter-demo-") as name:
        try:
            well = asyncio.run(demo(Path(name), console, keep=keep))
        except KeyboardInterrupt:
            console.print("interrupted; everything is ended")
            return 130
        except (ChildFailedError, RuntimeError) as wrong:
            console.print(f"the demo could not run: {wrong}", markup=False)
            return 1
    console.print(f"{'[green]passed' if well else '[red]FAILED'}[/] in {time.monotonic() - began:.0f} s")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
