"""Strangers on another server: what ejabberd knows of an s2s connection, and room invitations over it."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.live.ejabberd import Ejabberd, shim
from tests.live.ports import free_port
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import RawComponent
from tests.live.srv import NameServer

pytestmark = pytest.mark.live

HERE = "here.example"
THERE = "there.example"
FILTER = "filter.here.example"


def _openssl(*arguments: str | Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        raise RuntimeError("the live tests of s2s need openssl: install the Debian package 'openssl'")
    subprocess.run([program, *map(str, arguments)], check=True, capture_output=True)


def certificates(folder: Path) -> tuple[Path, dict[str, Path]]:
    """Make an authority and a certificate for each of the two servers."""
    authority, key = folder / "ca.pem", folder / "ca.key"
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    _openssl(*new, "-subj", "/CN=Test CA", "-keyout", key, "-out", authority)
    bundles = {}
    for domain in (HERE, THERE):
        cert, own_key, bundle = folder / f"{domain}.crt", folder / f"{domain}.key", folder / f"{domain}.pem"
        name = ("-subj", f"/CN={domain}", "-addext", f"subjectAltName=DNS:{domain}")
        _openssl(*new, *name, "-CA", authority, "-CAkey", key, "-keyout", own_key, "-out", cert)
        bundle.write_text(cert.read_text() + own_key.read_text())
        bundles[domain] = bundle
    return authority, bundles


@pytest.fixture(scope="module", params=["dialback", "cert"])
def neighbours(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Two servers that find each other by name, and prove themselves by dialback or by certificate."""
    folder = tmp_path_factory.mktemp(str(request.param))
    ports = {HERE: free_port(), THERE: free_port()}
    options: dict[str, dict[str, Any]] = {HERE: {}, THERE: {}}
    if request.param == "cert":
        authority, bundles = certificates(folder)
        for domain in options:
            options[domain] = {
                "certfiles": [str(bundles[domain])],
                "ca_file": str(authority),
                "s2s_use_starttls": "required",
            }
        modules: dict[str, Any] = {}
    else:
        modules = {"mod_s2s_dialback": {}}
    with ExitStack() as stack:
        names = stack.enter_context(NameServer(ports))
        servers = {}
        for domain in (HERE, THERE):
            servers[domain] = stack.enter_context(
                Ejabberd(
                    folder / domain,
                    hosts={domain: shim(FILTER) if domain == HERE else {}},
                    components={FILTER: {}} if domain == HERE else {},
                    modules=modules,
                    options=options[domain],
                    nameserver=names.port,
                    s2s_port=ports[domain],
                )
            )
        yield {"auth": request.param, **servers}


@pytest.fixture
async def people(neighbours: dict[str, Any]) -> AsyncIterator[tuple[RawClient, RawClient, RawComponent]]:
    here, there = neighbours[HERE], neighbours[THERE]
    await here.add_users(f"alice@{HERE}")
    await there.add_users(f"mallory@{THERE}")
    component = await here.attach(FILTER)
    alice = await here.login(f"alice@{HERE}")
    mallory = await there.login(f"mallory@{THERE}")
    yield alice, mallory, component
    for stream in (alice, mallory, component):
        stream.abort()


async def test_the_peer_and_its_proof_are_said(
    neighbours: dict[str, Any], people: tuple[RawClient, RawClient, RawComponent]
) -> None:
    alice, mallory, component = people
    mallory.say(alice.jid, "from afar")
    await alice.message("from afar", timeout=20)
    [asked] = component.asked
    assert asked.meta["via"] == "s2s"
    assert asked.meta["peer"] == THERE
    assert asked.meta["ip"] == "127.0.0.1"
    assert asked.meta["auth"] == neighbours["auth"]
    assert asked.meta["tls"] == ("true" if neighbours["auth"] == "cert" else "false")
    alice.say(mallory.jid, "and back")
    await mallory.message("and back", timeout=20)
    assert component.asked[1].meta["direction"] == "out"
