"""Installing the module the way its README says, into a server that runs."""

import shutil
from pathlib import Path

import pytest

from tests.live.ejabberd import MODULE_FOLDER, Ejabberd
from tests.live.rawcomponent import RawComponent

pytestmark = pytest.mark.live

HOST = "example.org"
FILTER = "filter.example.org"  # what conf/mod_xmppfilter.yml names
EVIL = "evil.example"


async def asks(server: Ejabberd, filter_: RawComponent, evil: RawComponent, body: str) -> None:
    evil.send(f"<message from='m@{EVIL}' to='alice@{HOST}'><body>{body}</body></message>")
    await filter_.until(lambda: any(asked.body == body for asked in filter_.asked), f"question about {body}")
    assert "compile" not in server.log.lower() or "error" not in server.log.lower()


async def test_module_install_upgrade_and_uninstall(tmp_path: Path) -> None:
    async with Ejabberd(tmp_path, hosts={HOST: {}}, components={FILTER: {}, EVIL: {}}, preloaded=False) as server:
        shutil.copytree(MODULE_FOLDER, server.contrib / "sources" / "mod_xmppfilter")
        await server.add_users(f"alice@{HOST}")
        filter_ = await server.attach(FILTER)
        evil = await server.attach(EVIL)
        assert await server.call("ext_mod:install(mod_xmppfilter)") == "ok"
        await filter_.hello()
        await asks(server, filter_, evil, "installed")
        for step in ("upgraded", "upgraded again"):
            assert await server.call("ext_mod:upgrade(mod_xmppfilter)") == "ok"
            await filter_.hello()
            await asks(server, filter_, evil, step)
        assert await server.call("ext_mod:uninstall(mod_xmppfilter)") == "ok"
        assert await server.call(f'ejabberd_hooks:run_fold(sm_receive_packet, <<"{HOST}">>, drop, [])') == "drop"
        assert "Hook" not in server.log
        filter_.abort()
        evil.abort()
