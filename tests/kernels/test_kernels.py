import os
import subprocess
import sys

import pytest

from tests import harness
from xmppfilter import kernels
from xmppfilter.build import Core
from xmppfilter.memory.state import State
from xmppfilter.operators import commands


def in_use(**environment: str) -> str:
    code = "from xmppfilter import kernels; print(kernels.in_use)"
    given = {name: value for name, value in os.environ.items() if name != "XMPPFILTER_PURE"} | environment
    return subprocess.run(
        [sys.executable, "-c", code], env=given, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_environment_switches_c_off() -> None:
    assert in_use(XMPPFILTER_PURE="1") == "no: XMPPFILTER_PURE=1"


def test_what_is_compiled_is_used() -> None:
    pytest.importorskip("xmppfilter.kernels._fold")
    assert in_use() == "yes"


def test_the_status_tells_which_is_used() -> None:
    result, _ = commands.run(Core(harness.settings(), State()).gateway, ["status"], 0.0)
    assert result["compiled"] == kernels.in_use
