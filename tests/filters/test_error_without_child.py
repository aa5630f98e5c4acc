"""error_without_child: errors that carry no error."""

import pytest

from tests.harness import Harness, item

GONE = "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"


def harness() -> Harness:
    return Harness({"error_without_child": {}})


CASES = [
    # what is in it, whether it is spam
    ("", True),
    ("<body>Look at this</body>", True),
    ("<subject>Error</subject><body>Error</body>", True),
    (f"<error type='cancel'>{GONE}</error>", False),
    (f"<body>what was sent</body><error type='cancel'>{GONE}</error>", False),
    ("<error/>", False),
    ("<error code='404'>Not Found</error>", False),
    ("<error\n  type='wait'></error>", False),
    ("<error xmlns='jabber:client' type='cancel'/>", False),
    ("<error xmlns='urn:example:other' type='cancel'/>", True),
    ("<e:error xmlns:e='urn:example:other'/>", True),
    (f"<x xmlns='urn:example:x'><error xmlns='jabber:client'>{GONE}</error></x>", True),
    ("<x><error type='cancel'/></x>", True),
    ("<body>&lt;error type='cancel'/&gt;</body>", True),
    ("<body><![CDATA[<error/>]]></body>", True),
    ("<errors/>", True),
    (GONE, True),
]


@pytest.mark.parametrize(("inside", "spam"), CASES)
def test_what_counts_as_the_child(inside: str, spam: bool) -> None:
    for space in ("", " xmlns='jabber:client'"):
        row = harness().send(
            f"<message{space} from='m@evil.example' to='alice@example.org' type='error'>{inside}</message>"
        )
        assert (row["action"], row["decided_by"]) == (("drop", "error_without_child") if spam else ("deliver", None))


def test_the_child_may_have_a_prefix_of_the_stanza_s_namespace() -> None:
    start = "<c:message xmlns:c='jabber:client' from='m@evil.example' to='alice@example.org' type='error'>"
    assert harness().send(f"{start}<c:error/></c:message>")["action"] == "deliver"


def test_the_child_is_of_the_stanza_s_own_namespace() -> None:
    xml = "<message xmlns='jabber:server' from='m@evil.example' to='alice@example.org' type='error'>{}</message>"
    assert harness().send(xml.format("<error/>"))["action"] == "deliver"
    assert harness().send(xml.format("<error xmlns='jabber:client'/>"))["action"] == "drop"


@pytest.mark.parametrize("kind", ["chat", "normal", "groupchat", "headline", "ERROR", None])
def test_only_messages_of_type_error(kind: str | None) -> None:
    assert harness().message("Hi", type=kind)["action"] == "deliver"


def test_messages_only() -> None:
    played = harness()
    assert played.presence("error")["action"] == "deliver"
    assert played.iq("error")["action"] == "deliver"


def test_an_error_is_never_answered() -> None:
    played = Harness({"error_without_child": {}}, policy={"action": "bounce"})
    row = played.message("Look", type="error")
    assert (row["action"], row["replies"]) == ("drop", [])


def test_a_contact_s_error_passes() -> None:
    played = harness()
    played.roster("alice@example.org", item("bob@b.example", "from"))
    assert played.message("Hi", type="error", sender="bob@b.example/x")["action"] == "deliver"
