"""The Prosody module's own clocks: a step of the wall clock neither ends nor prolongs anything."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.live.prosody import SHIM_FOLDER

pytestmark = pytest.mark.live

# The libraries are Prosody's own, but for the clock; prints what covers() says, in the order of the steps.
SCRIPT = r"""
package.path = "/usr/lib/prosody/?.lua;" .. package.path
package.cpath = "/usr/lib/prosody/?.so;" .. package.cpath
local wall, steady = 1800000000, 5000
local function monotonic () return steady end
package.loaded["util.time"] = { now = function () return wall end, monotonic = MONOTONIC and monotonic }
local st = require "util.stanza"
local datetime = require "util.datetime"
local bans = assert(loadfile(FOLDER .. "/bans.lib.lua"))().new()
local push = st.stanza("bans", { full = "true", unasked = "drop" })
    :tag("ban", { jid = "mallory@evil.example", ["until"] = datetime.datetime(wall + 600) }):up()
    :tag("ban", { jid = "forever@evil.example" }):up()
assert(bans.apply(push) == 0)
for _, step in ipairs { STEPS } do
    wall, steady = wall + step[1], steady + step[2]
    local jid = "mallory@evil.example"
    print(bans.covers(jid, jid), bans.covers("forever@evil.example", "forever@evil.example"))
end
"""


@pytest.mark.parametrize(
    ("monotonic", "steps", "wanted"),
    [
        (True, [(1, 1), (-7200, 1), (7200, 590), (0, 20)], "true true true false"),
        (True, [(86400, 1), (-86400, 590), (0, 10)], "true true false"),
        (False, [(1, 0), (598, 0), (2, 0)], "true true false"),  # a Prosody that has no other clock
    ],
)
def test_a_ban_lasts_as_long_as_it_was_said_to(monotonic: bool, steps: list[tuple[int, int]], wanted: str) -> None:
    lua = shutil.which("lua5.4")
    assert lua is not None, "Prosody 0.12 on Debian 12 brings lua5.4"
    script = (
        f"MONOTONIC = {str(monotonic).lower()}\nFOLDER = '{Path(SHIM_FOLDER, 'mod_xmppfilter')}'\n"
        + SCRIPT.replace("STEPS", ", ".join(f"{{{wall}, {steady}}}" for wall, steady in steps))
    )
    done = subprocess.run([lua, "-e", script], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == wanted.split()
    assert {row[1] for row in rows} == {"true"}


def test_the_module_asks_the_wall_clock_only_for_what_is_kept_on_disk_or_told_to_others() -> None:
    allowed = {"contacted.lib.lua", "kept.lib.lua", "locks.lib.lua", "meta.lib.lua"}
    found = {
        path.name
        for path in Path(SHIM_FOLDER, "mod_xmppfilter").glob("*.lua")
        if "os.time()" in path.read_text() or '"util.time".now' in path.read_text()
    }
    assert found <= allowed
