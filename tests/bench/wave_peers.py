"""The same messages against other filters, live: Prosody with mod_firewall, ejabberd with mod_spam_filter.

What came from elsewhere in a wave that was played through our core is sent over s2s, each domain on a stream of its
own, to recipients who are logged in. Each filter is tried as it is shipped, and with what was known of the wave before
it began, in the form in which it takes lists: mod_firewall domains (its shipped script reads them), and JIDs by one
rule more; mod_spam_filter JIDs and URLs. The list that mod_firewall fetches from the network knows nothing of the wave.

Neither counts over time, so both are sent everything as fast as they take it. Requests for subscriptions are left out,
and contacts' messages, which both let pass. What never arrives was blocked.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from tests.bench.day_judged import Heard
from tests.bench.day_world import Group, domain
from tests.bench.running_server import cpu_seconds
from tests.bench.strangers import Authority, Strangers
from tests.bench.variants import FIREWALL_SCRIPTS, HOST, RECIPIENTS, check_packages, with_list_in_file
from tests.bench.wave_judged import Plan, Played
from tests.bench.wave_people import VIRAL
from tests.bench.wave_spam import Known
from tests.live import dns
from tests.live.ejabberd import Ejabberd
from tests.live.ports import free_port
from tests.live.prosody import Prosody
from tests.live.rawclient import RawClient
from tests.live.srv import NameServer

PEERS: Mapping[str, tuple[Literal["prosody", "ejabberd"], bool]] = {
    "mod_firewall as shipped": ("prosody", False),
    "mod_firewall with lists": ("prosody", True),
    "mod_spam_filter as shipped": ("ejabberd", False),
    "mod_spam_filter with lists": ("ejabberd", True),
}
_AT_ONCE = 100
"""Messages that are sent before others have their turn."""
_QUIET = 3
"""Looks, half a second apart, at which nothing may have come and the server must have been idle."""
_START = re.compile(r"""(<message from=(?:"[^"]*"|'[^']*')) to=(?:"[^"]*"|'[^']*')""")
_ID = re.compile(rb" id=['\"]wave-(\d+)['\"]")
_JIDS = """
%LIST spammers: file:{path}

::user/spam_check_custom

CHECK LIST: spammers contains $<@from|bare>
BOUNCE=policy-violation
"""


def compare(plan: Plan) -> dict[str, Any]:
    """Return what passes each filter, ours included; raises RuntimeError where a server is missing."""
    check_packages()
    plain, listed = Played(plan), Played(plan, listed=True)
    rows: dict[str, Any] = {
        name: {
            "spam": {key: played.result["spam"][key] for key in ("sent", "passed", "share")},
            "honest": {
                group: {key: played.result["honest"][group][key] for key in ("judged", "blocked", "share")}
                for group in ("people", "viral", "services", "newsletters")
            },
        }
        for name, played in (("xmppfilter as init writes it", plain), ("xmppfilter with lists", listed))
    }
    for name in PEERS:
        arrived = asyncio.run(_sent_to(name, plain.heard, plain.known))
        rows[name] = counted(plain.heard, arrived)
    return rows


def counted(heard: Iterable[Heard], arrived: set[int]) -> dict[str, Any]:
    """Return what passed of each group, when the messages of these numbers have arrived."""
    sent: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for number, one in enumerate(heard):
        if not _is_message(one):
            continue
        group = "viral" if one.sent.kind.startswith(VIRAL) else one.sent.group.value
        sent[group] += 1
        lost[group] += not one.known and number not in arrived
    spam = sent.pop(Group.SPAM.value, 0)
    passed = spam - lost[Group.SPAM.value]
    return {
        "spam": {"sent": spam, "passed": passed, "share": passed / max(1, spam)},
        "honest": {
            group: {"judged": many, "blocked": lost[group], "share": lost[group] / many}
            for group, many in sorted(sent.items())
        },
    }


def _is_message(one: Heard) -> bool:
    return one.sent.xml.startswith("<message ")


def addressed(number: int, one: Heard) -> bytes:
    """Return a message as it is sent to one of those who are logged in, with its number as id."""
    to = RECIPIENTS[number % len(RECIPIENTS)] + ("/test" if "/" in one.sent.to else "")
    start = _START.match(one.sent.xml)
    if start is None:
        raise ValueError(f"wanted a message with from and to, found {one.sent.xml[:200]}")
    rest = re.sub(r" id='[^']*'", f" id='wave-{number}'", one.sent.xml[start.end() :], count=1)
    return f"{start[1]} to='{to}'{rest}".encode()


async def _sent_to(name: str, heard: list[Heard], known: Known) -> set[int]:
    """Send it all to a server, and return the numbers of what has arrived."""
    kind, with_lists = PEERS[name]
    kept = [(number, one) for number, one in enumerate(heard) if _is_message(one) and not one.known]
    domains = sorted({domain(one.sent.sender) for _, one in kept})
    lists = known if with_lists else Known([], [], [])
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="xmppfilter-peers-")))
        authority = await stack.enter_async_context(Authority())
        places = dict.fromkeys(domains, authority.port)
        server: Prosody | Ejabberd
        if kind == "prosody":
            nameserver = free_port()
            await stack.enter_async_context(dns.responder(nameserver, places))
            server = _prosody(folder, nameserver, lists)
            server.add_users(*RECIPIENTS)
        else:
            server = _ejabberd(folder, stack.enter_context(NameServer(places)).port, lists)
        stack.push_async_callback(server.stopped)
        await asyncio.to_thread(server.start)
        if isinstance(server, Ejabberd):
            await server.add_users(*RECIPIENTS)
        mail = Arrived()
        for jid in RECIPIENTS:
            client = await server.login(jid)
            stack.callback(client.abort)
            mail.take_over(client)
        streams: dict[str, Strangers] = {}
        for where in domains:
            streams[where] = await Strangers.connect(where, HOST, server.s2s_port)
            stack.callback(streams[where].abort)
        for begin in range(0, len(kept), _AT_ONCE):
            pieces: dict[str, list[bytes]] = defaultdict(list)
            for number, one in kept[begin : begin + _AT_ONCE]:
                pieces[domain(one.sent.sender)].append(addressed(number, one))
            for where, data in pieces.items():
                streams[where].send(b"".join(data))
            await asyncio.sleep(0.02)
        await mail.quiet(server.child.pid)
        return mail.numbers


class Arrived:
    """What has arrived of all recipients."""

    def __init__(self) -> None:
        self.numbers: set[int] = set()

    def take_over(self, client: RawClient) -> None:
        """Take the stream over from *client*, who is logged in."""
        assert client._transport is not None
        client._transport.set_protocol(_Mailbox(self.numbers))

    async def quiet(self, pid: int) -> None:
        """Wait until nothing more comes, and the server of this process has nothing to do."""
        still, count, used = 0, -1, 0.0
        while still < _QUIET:
            await asyncio.sleep(0.5)
            now = cpu_seconds(pid)
            still = still + 1 if len(self.numbers) == count and now - used < 0.1 else 0
            count, used = len(self.numbers), now


class _Mailbox(asyncio.Protocol):
    """One recipient's stream after the login."""

    def __init__(self, numbers: set[int]) -> None:
        self._numbers = numbers
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        self._numbers.update(map(int, _ID.findall(data)))
        self._rest = data[-40:]  # an id may come in two pieces


def _prosody(folder: Path, nameserver: int, lists: Known) -> Prosody:
    """Return a Prosody with mod_firewall's rules against spam; not started."""
    folder.mkdir(parents=True, exist_ok=True)
    blocklist, script = folder / "blocklist.txt", folder / "spam-blocklists.pfw"
    blocklist.write_text("".join(f"{one}\n" for one in lists.domains))
    script.write_text(with_list_in_file((FIREWALL_SCRIPTS / script.name).read_text(), blocklist))
    scripts = ["module:scripts/spam-blocking.pfw", str(script)]
    if lists.jids:
        jids, rule = folder / "jids.txt", folder / "jids.pfw"
        jids.write_text("".join(f"{one}\n" for one in lists.jids))
        rule.write_text(_JIDS.format(path=jids))
        scripts.append(str(rule))
    return Prosody(
        folder,
        hosts={HOST: {"modules_enabled": ["firewall"], "firewall_scripts": scripts}},
        options={"unbound": dns.resolver_options(nameserver)},
        s2s=True,
    )


def _ejabberd(folder: Path, nameserver: int, lists: Known) -> Ejabberd:
    """Return an ejabberd with mod_spam_filter; not started."""
    folder.mkdir(parents=True, exist_ok=True)
    jids, urls = folder / "jids.txt", folder / "urls.txt"
    jids.write_text("".join(f"{one}\n" for one in lists.jids))
    urls.write_text("".join(f"{one}\n" for one in lists.urls))
    return Ejabberd(
        folder,
        hosts={HOST: {"mod_spam_filter": {"spam_jids_file": str(jids), "spam_urls_file": str(urls)}}},
        components={},
        modules={"mod_s2s_dialback": {}},
        nameserver=nameserver,
        preloaded=False,
    )


def show(pace: str, rows: Mapping[str, Any]) -> None:
    """Print it for people."""
    print(f"{pace}: the same messages, by who filters")
    for name, row in rows.items():
        lost = ", ".join(f"{one['blocked']} of {one['judged']} of {group}" for group, one in row["honest"].items())
        print(f"    {row['spam']['share']:7.1%} of spam passes {name}; blocked: {lost}")
