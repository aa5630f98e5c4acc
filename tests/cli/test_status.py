"""`xmppfilter status` says in words what its record makes of the result."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.operators.shapes import misfits
from xmppfilter.cli import status
from xmppfilter.cli.main import app
from xmppfilter.gateway.status_record import STATUS

SAID: list[dict[str, Any]] = json.loads(Path(__file__).with_name("status.json").read_text(encoding="utf-8"))
"""Results, and the lines that admins have always seen for them."""


@pytest.mark.parametrize("case", SAID, ids=lambda case: case["name"])
def test_a_status_is_said_in_words(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "ask_or_exit", lambda *_: case["result"])
    printed = CliRunner().invoke(app, ["status"])
    assert printed.exit_code == 0, printed.output
    assert printed.output.split("\n") == case["said"]
    as_json = CliRunner().invoke(app, ["status", "--json"])
    assert json.loads(as_json.output) == case["result"]


@pytest.mark.parametrize("case", SAID, ids=lambda case: case["name"])
def test_a_status_is_what_its_record_says(case: dict[str, Any]) -> None:
    assert list(misfits(case["result"], STATUS)) == []
