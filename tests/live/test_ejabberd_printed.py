"""What `init` prints and deploy/ejabberd/README.md says for ejabberd is run as it stands, and works."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from tests.live.admin import PASSWORD, REPOSITORY, EjabberdAtHome
from tests.live.ports import free_ports
from tests.live.printed import fenced, printed_blocks, section
from xmppfilter.cli.main import app

pytestmark = pytest.mark.live

README = (REPOSITORY / "deploy" / "ejabberd" / "README.md").read_text()
UPGRADE = fenced(section(README, "Upgrade"), "sh")
(UNLOCK,) = fenced(section(README, "Commands"), "sh")
UNINSTALL = fenced(section(README, "Uninstall"), "sh")
INIT = "xmppfilter init --server ejabberd --domain example.org"


@pytest.fixture
async def ejabberd(tmp_path: Path) -> AsyncIterator[EjabberdAtHome]:
    server = EjabberdAtHome(tmp_path, free_ports(3))
    await server.start()
    server.register()
    yield server
    await server.desk.stop_gateway()
    await server.stop()


@pytest.mark.parametrize("route", ["verdict", "inline"])
async def test_what_init_prints_installs_it_and_the_readme_upgrades_and_uninstalls_it(
    ejabberd: EjabberdAtHome, route: str
) -> None:
    desk = ejabberd.desk
    *steps, run = printed_blocks(desk.run(f"{INIT} --route {route}"))
    settings = desk.folder / "mod_xmppfilter.yml"
    settings.write_text(desk.placed(settings.read_text()))
    for step in steps:
        desk.run(step.text)
    check, start = run.text.splitlines()
    assert "note" not in desk.run(check)
    desk.start_gateway(start)
    await desk.filters(ejabberd.c2s_port)
    await ejabberd.restart()
    await desk.filters(ejabberd.c2s_port)
    desk.run(f"ejabberdctl register robot example.org {PASSWORD}")
    desk.run(UNLOCK)
    await desk.pardoned("robot@example.org")

    for commands in UPGRADE[:1] * 2:
        desk.run(commands)
        await desk.filters(ejabberd.c2s_port)
    await ejabberd.restart()
    await desk.filters(ejabberd.c2s_port)

    (commands,) = UNINSTALL
    desk.run(commands)
    await desk.stop_gateway()
    await desk.passes(ejabberd.c2s_port)
    await ejabberd.restart()
    await desk.passes(ejabberd.c2s_port)
    assert "Hook" not in ejabberd.log  # as it begins to say of one that crashed


OLD = "modules:\n  mod_xmppfilter:\n    component: {}\n"
"""What earlier versions left in the module's own folder, for the admin to change or to move to ejabberd.yml."""
LISTENER = """\
  - port: 5347
    ip: "127.0.0.1"
    module: ejabberd_service
    hosts:
      spam.example.org:
        password: "{}"
"""


@pytest.mark.parametrize("kept_in", ["the module's folder", "ejabberd.yml"])
async def test_an_installation_of_an_earlier_version_is_upgraded(ejabberd: EjabberdAtHome, kept_in: str) -> None:
    desk = ejabberd.desk
    desk.run(INIT + " --jid spam.example.org")
    sources = ejabberd.home / ".ejabberd-modules" / "sources" / "mod_xmppfilter"
    shutil.copytree(REPOSITORY / "deploy" / "ejabberd" / "mod_xmppfilter", sources)
    (sources / "conf").mkdir()
    (sources / "conf" / "mod_xmppfilter.yml").write_text(OLD.format("filter.example.org"))
    desk.run("ejabberdctl module_install mod_xmppfilter")
    own = ejabberd.home / ".ejabberd-modules" / "mod_xmppfilter" / "conf" / "mod_xmppfilter.yml"
    listener = desk.placed(LISTENER.format((desk.folder / "secret").read_text().strip()))
    text = ejabberd.config.read_text().replace("listen:\n", f"listen:\n{listener}")
    if kept_in == "ejabberd.yml":
        own.unlink()
        text = text.replace(
            "modules: {mod_roster", "modules: {mod_xmppfilter: {component: spam.example.org}, mod_roster"
        )
    else:
        own.write_text(OLD.format("spam.example.org"))
    ejabberd.config.write_text(text)
    desk.run("ejabberdctl reload_config")
    desk.start_gateway("xmppfilter run --config config.yaml")
    await desk.filters(ejabberd.c2s_port)

    upgrade, move = UPGRADE
    if kept_in == "the module's folder":
        desk.run(move)
    desk.run(upgrade)
    await desk.filters(ejabberd.c2s_port)
    await ejabberd.restart()
    await desk.filters(ejabberd.c2s_port)


async def test_it_refuses_to_be_uninstalled_while_the_configuration_names_it(ejabberd: EjabberdAtHome) -> None:
    desk = ejabberd.desk
    *steps, _ = printed_blocks(desk.run(INIT))
    for step in steps:
        desk.run(step.text)
    (commands,) = UNINSTALL
    told = desk.run("ejabberdctl module_uninstall mod_xmppfilter", fails=True)
    assert "the configuration has mod_xmppfilter for example.org" in told
    await ejabberd.restart()
    assert "component: filter.example.org" in desk.run("ejabberdctl xmppfilter_status example.org").replace("\t", ": ")
    desk.run(commands)
    await ejabberd.restart()


def test_the_readme_says_what_init_prints(tmp_path: Path) -> None:
    folder = str(tmp_path)
    printed = CliRunner().invoke(app, [*INIT.split()[1:], "--output-dir", folder]).stdout
    *steps, _ = printed_blocks(printed)
    (commands,) = fenced(section(README, "Install"), "sh")
    assert "\n".join(step.text for step in steps).replace(f"{folder}/", "") == commands
    (settings,) = fenced(section(README, "Settings: `mod_xmppfilter.yml`"), "yaml")
    written = yaml.safe_load((tmp_path / "mod_xmppfilter.yml").read_text())
    written["listen"][0]["hosts"]["filter.example.org"]["password"] = "change me"
    assert written == yaml.safe_load(settings)
