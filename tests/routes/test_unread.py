"""What is still seen of a question that cannot be read."""

import pytest

from xmppfilter.routes.unread import broken, start_of, without_content

CHECK = "urn:xmppfilter:check:0"
META = f"<meta xmlns='{CHECK}' direction='in' ip='192.0.2.1'/>"
STANZA = "<message xmlns='jabber:client' from='mallory@evil.example/x' to='alice@example.org' type='chat'>"
VERDICT = f"<iq type='set' id='c1' from='example.org'><check xmlns='{CHECK}'>{{}}</check></iq>"
INLINE = "<message id='w1' from='example.org'>{}</message>"
FORWARDED = "<forwarded xmlns='urn:xmpp:forward:0'>{}</forwarded>"


@pytest.mark.parametrize("around", [VERDICT, INLINE])
def test_the_start_tag_of_what_is_too_large_is_enough(around: str) -> None:
    whole = around.format(META + FORWARDED.format(STANZA + "<body>" + "a" * 1000))
    stanza = without_content(whole.encode()[:600], 5000)
    assert stanza is not None
    assert (stanza.sender.full, stanza.recipient.full) == ("mallory@evil.example/x", "alice@example.org")
    assert dict(stanza.meta) == {"direction": "in", "ip": "192.0.2.1", "size": "5000"}
    assert stanza.bodies == ()


@pytest.mark.parametrize("around", [VERDICT, INLINE])
def test_what_is_not_well_formed_is_judged_as_it_is(around: str) -> None:
    raw = STANZA + "<body>Hi</body><b:x/></message>"
    stanza = broken(around.format(META + FORWARDED.format(raw)).encode())
    assert stanza is not None
    assert stanza.raw == raw.encode()
    assert stanza.sender.bare == "mallory@evil.example"


@pytest.mark.parametrize(
    "inside",
    [
        "",
        META,
        FORWARDED.format("<x><message from='a@b'/></x>"),
        "<forwarded xmlns='urn:other'><message from='a@b'/></forwarded>",
        f"<spam-report xmlns='{CHECK}'/>" + FORWARDED.format(STANZA),
        FORWARDED.format(STANZA[:-20]),
    ],
    ids=["nothing", "meta", "deeper", "foreign", "report", "cut"],
)
def test_where_no_stanza_is_asked_about_there_is_none(inside: str) -> None:
    assert without_content(INLINE.format(inside).encode().removesuffix(b"</message>"), 5000) is None


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        (b"<message from='a@b.example' to='c@d.example'><body>", "a@b.example"),
        (b"<iq from='a@b.example' type='get'/>", "a@b.example"),
        (b"<message from='a@b.exa", None),
        (b"<stream from='a@b.example'>", None),
    ],
)
def test_the_outer_stanza_is_seen_by_its_start(head: bytes, sender: str | None) -> None:
    stanza = start_of(head)
    assert (stanza.attributes["from"] if stanza is not None else None) == sender
