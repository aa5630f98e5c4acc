"""deploy/prosody/README.md tells the truth: its examples work as they stand, its table is that of the module."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.live.admin import ProsodyAtHome
from tests.live.printed import Block, fenced, printed_blocks, section
from tests.live.prosody import SHIM_FOLDER, Prosody
from tests.live.rawcomponent import RawComponent
from xmppfilter.cli.main import app

pytestmark = pytest.mark.live

README = (SHIM_FOLDER / "README.md").read_text()
SIZE, *EXAMPLES = fenced(README, "lua")
INSTALL = fenced(section(README, "Install"), "sh")
(UPGRADE,) = fenced(section(README, "Upgrade"), "sh")
(UNLOCK,) = fenced(section(README, "Locked accounts"), "sh")
(UNINSTALL,) = fenced(section(README, "Uninstall"), "sh")
INIT = "xmppfilter init --server prosody --domain example.org"


@pytest.fixture
async def prosody(tmp_path: Path) -> AsyncIterator[ProsodyAtHome]:
    server = ProsodyAtHome(tmp_path)
    await asyncio.to_thread(server.prosody.start)
    yield server
    await server.desk.stop_gateway()
    await server.prosody.stopped()


def carry_out(prosody: ProsodyAtHome, step: Block) -> None:
    """Do what a step says: it is to be run, pasted at the end, or put at the top of the configuration."""
    if "Paste this" in step.before:
        prosody.paste(step.text)
    elif "above the first VirtualHost" in step.before:
        config = prosody.prosody.config
        config.write_text(f"{prosody.desk.placed(step.text)}\n{config.read_text()}")
    else:
        prosody.desk.run(step.text)


@pytest.mark.parametrize("route", ["verdict", "inline"])
async def test_what_init_prints_installs_it_and_the_readme_upgrades_and_uninstalls_it(
    prosody: ProsodyAtHome, route: str
) -> None:
    desk, port = prosody.desk, prosody.prosody.c2s_port
    *steps, run = printed_blocks(desk.run(f"{INIT} --route {route}"))
    for step in steps:
        await asyncio.to_thread(carry_out, prosody, step)
    check, start = run.text.splitlines()
    assert "note" not in desk.run(check)
    desk.start_gateway(start)
    await desk.filters(port)

    prosody.prosody.add_users("robot@example.org")
    printed = await asyncio.to_thread(desk.run, UNLOCK)
    assert "locked accounts: 0" in printed
    assert "robot@example.org is unlocked" in printed
    await desk.pardoned("robot@example.org")

    await asyncio.to_thread(desk.run, UPGRADE)
    await desk.filters(port)

    prosody.take_out()
    await asyncio.to_thread(desk.run, UNINSTALL)
    await desk.stop_gateway()
    await desk.passes(port)
    await prosody.prosody.restart()
    await desk.passes(port)
    assert "xmppfilter" not in prosody.prosody.log.rpartition("Prosody is")[2]


def test_the_readme_says_what_init_prints(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, [*INIT.split()[1:], "--output-dir", str(tmp_path)]).stdout
    secret = (tmp_path / "secret").read_text().strip()
    copy, _, size, paste, restart, _ = printed_blocks(printed)
    assert [copy.text, restart.text] == INSTALL
    assert size.text == SIZE
    without_comments = [re.sub(r" +--.*", "", text) for text in (paste.text.replace(secret, "change me"), EXAMPLES[0])]
    assert without_comments[0] == without_comments[1]


@pytest.mark.parametrize(("example", "route"), list(zip(EXAMPLES, ("verdict", "inline"), strict=True)))
async def test_an_example_can_be_pasted(tmp_path: Path, example: str, route: str) -> None:
    prosody = Prosody(tmp_path, hosts={})
    with prosody.config.open("a") as config:
        config.write(example)
    async with prosody:
        component = await RawComponent.attach("filter.example.org", "change me", prosody.component_port)
        assert (await component.hello()).element[0].get("route") == route
    assert "error" not in re.findall(r"xmppfilter\t(\w+)\t", prosody.log)


def test_the_table_lists_every_option_with_its_default() -> None:
    source = (SHIM_FOLDER / "mod_xmppfilter" / "options.lib.lua").read_text()
    read = r'(?:get_option_\w+|renamed_number)\("(xmppfilter_\w+)",(?: "\w+",)? (.*?)\)[;,]'
    in_the_module = dict(re.findall(read, source))
    in_the_table = dict(
        re.findall(r"^\| `(xmppfilter_\w+)` \| `?([^|`]+?)`? \|", README.partition("## Verdict")[0], re.MULTILINE)
    )
    assert in_the_table.pop("xmppfilter_component") == "none"
    in_the_module.pop("xmppfilter_component")
    assert in_the_table == in_the_module
