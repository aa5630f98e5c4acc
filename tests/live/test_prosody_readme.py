"""deploy/prosody/README.md tells the truth: its examples work as they stand, its table is that of the module."""

import re
from pathlib import Path

import pytest

from tests.live.prosody import SHIM_FOLDER, Prosody
from tests.live.rawcomponent import RawComponent

pytestmark = pytest.mark.live

README = (SHIM_FOLDER / "README.md").read_text()
EXAMPLES = re.findall(r"^ *```lua\n(.*?)^ *```", README, re.DOTALL | re.MULTILINE)


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
    source = (SHIM_FOLDER / "mod_xmppfilter" / "mod_xmppfilter.lua").read_text()
    in_the_module = dict(re.findall(r'get_option_\w+\("(xmppfilter_\w+)", (.*?)\)[;,]', source))
    in_the_table = dict(
        re.findall(r"^\| `(xmppfilter_\w+)` \| `?([^|`]+?)`? \|", README.partition("## Verdict")[0], re.MULTILINE)
    )
    assert in_the_table.pop("xmppfilter_component") == "none"
    in_the_module.pop("xmppfilter_component")
    assert in_the_table == in_the_module
