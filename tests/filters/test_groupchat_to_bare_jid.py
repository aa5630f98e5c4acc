"""groupchat_to_bare_jid: groupchat that no room sent."""

import pytest

from tests.harness import Harness, item

CASES = [
    # from, to, spam
    ("mallory@evil.example/x", "alice@example.org", True),
    ("mallory@evil.example", "alice@example.org", True),
    ("room@conf.example/nick", "alice@example.org", True),
    ("room@conference.example.org/nick", "alice@example.org", True),
    ("mallory@evil.example/x", "alice@example.net", True),
    ("mallory@evil.example/x", "ALICE@Example.ORG", True),
    ("room@conf.example/nick", "alice@example.org/phone", False),
    ("mallory@evil.example/x", "room@conference.example.org", False),
    ("mallory@evil.example/x", "example.org", False),
    ("mallory@evil.example/x", "bob@elsewhere.example", False),
    ("alice@example.org/phone", "room@conf.example", False),
    ("alice@example.org/phone", "room@conference.example.org", False),
    ("alice@example.org/phone", "carol@example.org", True),
]


@pytest.mark.parametrize(("sender", "to", "spam"), CASES)
@pytest.mark.parametrize("body", ["Hi", None])
def test_to_whom(sender: str, to: str, spam: bool, body: str | None) -> None:
    row = Harness({"groupchat_to_bare_jid": {}}).message(body, sender=sender, to=to, type="groupchat")
    assert (row["action"], row["decided_by"]) == (("drop", "groupchat_to_bare_jid") if spam else ("deliver", None))


@pytest.mark.parametrize("kind", ["chat", "normal", "headline", "error", None])
def test_other_types_pass(kind: str | None) -> None:
    assert Harness({"groupchat_to_bare_jid": {}}).message("Hi", type=kind)["action"] == "deliver"


def test_a_mix_channel_in_the_roster_passes() -> None:
    played = Harness({"groupchat_to_bare_jid": {}})
    played.roster("alice@example.org", item("channel@mix.example", "both"))
    row = played.message("Hi", sender="channel@mix.example/1", type="groupchat")
    assert (row["action"], row["exempt"]) == ("deliver", "contact")


def test_it_is_bounced_where_that_is_the_action() -> None:
    played = Harness({"groupchat_to_bare_jid": {}}, policy={"action": "bounce"})
    row = played.message("Hi", type="groupchat")
    assert row["action"] == "bounce"
    assert len(row["replies"]) == 1
