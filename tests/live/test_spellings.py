"""Domains with other letters than ASCII's, by either of their names: a server knows each by one spelling alone."""

from pathlib import Path

import pytest

from tests.live import ejabberd, prosody
from tests.live.ejabberd import SECRET, Ejabberd
from tests.live.gateway import GatewayProcess
from tests.live.prosody import Prosody
from tests.live.rawclient import LoginRefusedError

pytestmark = pytest.mark.live

HOSTS = ["xn--bcher-kva.example", "bücher.example"]
STRANGERS = ["xn--bse-sna.example", "böse.example"]


def server(kind: str, directory: Path, host: str, filter_: str, strangers: str) -> Prosody | Ejabberd:
    if kind == "prosody":
        components = {filter_: {"component_secret": SECRET}, strangers: {"component_secret": SECRET}}
        return Prosody(directory, hosts={host: prosody.shim(filter_)}, components=components)
    return Ejabberd(directory, hosts={host: ejabberd.shim(filter_)}, components={filter_: {}, strangers: {}})


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("strangers", STRANGERS)
@pytest.mark.parametrize("kind", ["prosody", "ejabberd"])
async def test_hello_bans_and_locks_reach_a_server_in_its_own_spelling(
    tmp_path: Path, kind: str, host: str, strangers: str
) -> None:
    filter_ = f"filter.{host}"
    running = server(kind, tmp_path / "server", host, filter_, strangers)
    alice, robot = f"alice@{host}", f"robot@{host}"
    if isinstance(running, Prosody):
        running.add_users(alice, robot)
    async with running:
        if isinstance(running, Ejabberd):
            await running.add_users(alice, robot)
        port = running.component_port if isinstance(running, Prosody) else running.component_ports[filter_]
        gateway = GatewayProcess(tmp_path / "gateway", jid=filter_, port=port, domains=[host])
        async with gateway:
            evil = await running.attach(strangers)
            client = await running.login(alice)
            sender = f"mallory@{strangers}/x"
            evil.send(f"<message type='error' from='{sender}' to='{client.jid}'><body>spam</body></message>")

            for n in range(200):
                # who is banned gets no further than the gateway, which refuses the request; else it reaches the client
                evil.send(f"<iq type='get' id='v{n}' from='{sender}' to='{client.jid}'><query xmlns='urn:x'/></iq>")
                evil.send(f"<message from='other{n}@{strangers}/x' to='{client.jid}'><body>behind {n}</body></message>")
                await client.message(f"behind {n}")
                if any(stanza.get("id") == f"v{n}" and stanza.get("type") == "error" for stanza in evil.inbox):
                    break
            else:
                pytest.fail("the ban has not reached the server")
            spammer = await running.login(robot)
            spammer.say(alice, "Hello alice")
            await client.message("Hello alice")
            spammer.send(f"<message type='error' to='x@{strangers}'><body>spam</body></message>")
            await spammer.iq("<ping xmlns='urn:xmpp:ping'/>", type_="get")
            # one offence is a suspicion; with the report of somebody to whom it wrote it is sure
            report = "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/>"
            blocked = await client.iq(f"<block xmlns='urn:xmpp:blocking'><item jid='{robot}'>{report}</item></block>")
            assert blocked.get("type") == "result"
            with pytest.raises(ConnectionError):
                await spammer.until(lambda: False, "the end of its stream", 20)
            with pytest.raises(LoginRefusedError):
                await running.login(robot)
