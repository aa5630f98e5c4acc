"""test: the line by which an admin tries the way."""

import pytest

from tests.harness import Harness, item
from xmppfilter.filters.test import GTUBE
from xmppfilter.judging.catalogue import filter_names

REFERENCES = "".join(f"&#{ord(char)};" for char in GTUBE)


def rules(body: str, type_: str = "chat") -> list[str]:
    row = Harness({"test": {}}).message(body, type=type_)
    assert (row["action"] == "drop") is bool(row["findings"])
    return [finding["rule"] for finding in row["findings"]]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (GTUBE, True),
        (f" \n\t{GTUBE}\r\n", True),
        (f"{GTUBE}.", False),
        (f"Try {GTUBE}", False),
        (f"{GTUBE}{GTUBE}", False),
        (GTUBE.lower(), False),
        ("GTUBE", False),
        ("Hello", False),
    ],
)
def test_a_body_that_is_the_line_and_nothing_else(body: str, found: bool) -> None:
    assert rules(body) == (["test.gtube"] if found else [])


@pytest.mark.parametrize("inside", [f"<body>{REFERENCES}</body>", f"<body><![CDATA[{GTUBE}]]></body>"])
def test_however_it_is_written_in_xml(inside: str) -> None:
    assert Harness({"test": {}}).message(None, more=inside)["score"] == 10.0


def test_one_body_of_several_is_enough() -> None:
    row = Harness({"test": {}}).message("Hello", more=f"<body xml:lang='de'>{GTUBE}</body>")
    assert row["action"] == "drop"


@pytest.mark.parametrize("type_", ["chat", "normal", "headline"])
def test_every_type_of_message(type_: str) -> None:
    assert rules(GTUBE, type_) == ["test.gtube"]


@pytest.mark.parametrize("kind", ["groupchat", "error"])
def test_not_groupchat_and_no_errors(kind: str) -> None:
    assert rules(GTUBE, kind) == []


def test_it_can_be_tried_from_an_account_of_ours_and_not_by_a_contact() -> None:
    on = Harness({"test": {}})
    assert on.message(GTUBE, sender="bob@example.org/x")["action"] == "drop"
    on.roster("alice@example.org", item("tom@b.example", "both"))
    assert on.message(GTUBE, sender="tom@b.example/x")["exempt"] == "contact"


@pytest.mark.parametrize("sender", ["tom@b.example/x", "bob@example.org/x"])
def test_nobody_is_banned_or_disabled_for_trying(sender: str) -> None:
    on = Harness(dict.fromkeys(filter_names()))
    for n in range(5):
        assert on.message(GTUBE, sender=sender, at=n * 100.0)["decided_by"] == "test"
    assert on.command("spammers", "list")["spammers"] == []
    assert on.message("Hello", sender=sender, to="carol@example.org", at=600.0)["action"] == "deliver"


def test_in_monitor_mode_it_tells_what_would_be_done() -> None:
    row = Harness({"test": {}}, policy={"mode": "monitor"}).message(GTUBE)
    assert (row["action"], row["would"]) == ("deliver", "drop")
