"""The command `reload`, where there is no configuration's file."""

import pytest

from tests.harness import Harness
from xmppfilter.operators import commands
from xmppfilter.registers.command import CommandError


def test_who_was_started_without_a_file_refuses() -> None:
    with pytest.raises(CommandError, match="not started from a configuration's file"):
        commands.run(Harness().gateway, ("reload",), 0.0)
