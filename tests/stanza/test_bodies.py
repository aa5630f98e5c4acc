"""What a person would read in a message."""

import pytest

from xmppfilter.stanza.bodies import is_encrypted, is_otr_query, readable_bodies
from xmppfilter.stanza.view import Stanza

FALLBACK = "<fallback xmlns='urn:xmpp:fallback:0'>{}</fallback>"


def message(inside: str) -> Stanza:
    return Stanza.read(f"<message from='a@b' to='c@d'>{inside}</message>")


def readable(body: str, more: str) -> tuple[str, ...]:
    return readable_bodies(message(f"<body>{body}</body>{more}"))


@pytest.mark.parametrize(
    ("ranges", "rest"),
    [
        ([], "0123456789"),
        ([("0", "3")], "3456789"),
        ([("3", "5")], "0125689"[:3] + "56789"),
        ([("7", None)], "0123456"),
        ([(None, "4")], "456789"),
        ([("0", "3"), ("5", "6")], "346789"),
        ([("5", "6"), ("0", "3")], "346789"),
        ([("0", "5"), ("3", "7")], "789"),
        ([("0", "9"), ("3", "5")], "9"),
        ([("0", "2"), ("2", "4")], "456789"),
        ([("8", "99")], "01234567"),
        ([("10", "12")], "0123456789"),
        ([("99", None)], "0123456789"),
        # ill-formed: such a range exempts nothing
        ([("5", "3")], "0123456789"),
        ([("5", "5")], "0123456789"),
        ([("-1", "5")], "0123456789"),
        ([("a", "5")], "0123456789"),
        ([("1.5", "5")], "0123456789"),
        ([("", "5")], "0123456789"),
        ([("\u0661", "5")], "0123456789"),
        ([("0", "1" + "0" * 5000)], "0123456789"),
        ([("x", "y"), ("0", "3")], "3456789"),
    ],
)
def test_ranges(ranges: list[tuple[str | None, str | None]], rest: str) -> None:
    parts = "".join(
        "<body"
        + (f" start='{start}'" if start is not None else "")
        + (f" end='{end}'" if end is not None else "")
        + "/>"
        for start, end in ranges
    )
    more = FALLBACK.format(parts) if ranges else ""
    assert readable("0123456789", more) == (rest,)


def test_ranges_count_code_points() -> None:
    more = FALLBACK.format("<body start='0' end='2'/>")
    assert readable("\U0001f600\U0001f600rest", more) == ("rest",)
    assert readable("&lt;&amp;rest", more) == ("rest",)
    assert readable("e\u0301rest", more) == ("rest",)


def test_ranges_hold_for_every_body() -> None:
    stanza = message(
        "<body>&gt; a</body><body xml:lang='de'>&gt; b</body>" + FALLBACK.format("<body start='0' end='2'/>")
    )
    assert readable_bodies(stanza) == ("a", "b")


@pytest.mark.parametrize(
    "inside", ["", "<body/>", "<body start='0'/>", "<body start='0' end='99'/>", "<subject/><body/>"]
)
def test_nothing_is_left_of_a_body_that_is_all_fallback(inside: str) -> None:
    assert readable("0123456789", FALLBACK.format(inside)) == ()


def test_several_fallbacks() -> None:
    first, second = FALLBACK.format("<body start='0' end='2'/>"), FALLBACK.format("<body start='8'/>")
    assert readable("0123456789", first + second) == ("234567",)
    assert readable("0123456789", first + FALLBACK.format("")) == ()


def test_a_body_of_another_namespace_in_a_fallback_says_nothing() -> None:
    assert readable("0123456789", FALLBACK.format("<body xmlns='urn:x' start='0' end='5'/>")) == ("0123456789",)


@pytest.mark.parametrize("space", ["eu.siacs.conversations.axolotl", "urn:xmpp:omemo:1", "urn:xmpp:omemo:2"])
@pytest.mark.parametrize(
    ("inside", "encrypted"),
    [
        ("<header sid='1'><key rid='2'>AA</key></header><payload>BB</payload>", True),
        ("<header sid='1'><keys jid='a@b'><key rid='2'>AA</key></keys></header><payload>BB==</payload>", True),
        ("<header sid='1'><key>AA</key></header><payload> B\nB </payload>", True),
        ("<payload>BB</payload><header sid='1'><key>AA</key></header>", True),
        # keys alone, and what is no ciphertext
        ("<header sid='1'><key rid='2'>AA</key></header>", False),
        ("<header sid='1'><keys jid='a@b'><key rid='2'>AA</key></keys></header>", False),
        ("<header sid='1'><key rid='2'>AA</key></header><payload/>", False),
        ("<header sid='1'><key rid='2'>AA</key></header><payload> </payload>", False),
        ("<header sid='1'><key rid='2'>AA</key></header><payload>Buy now!</payload>", False),
        ("<header sid='1'><key rid='2'>AA</key><payload>BB</payload></header>", False),
        ("<header sid='1'><key rid='2'>AA</key></header><payload xmlns='urn:x'>BB</payload>", False),
        ("<header sid='1'><key/></header>", False),
        ("<header sid='1'><keys jid='a@b'/></header>", False),
        ("<header sid=''><key rid='2'>AA</key></header>", False),
        ("<header><key rid='2'>AA</key></header>", False),
        ("<key rid='2'>AA</key>", False),
        ("<payload>BB</payload>", False),
        ("<header xmlns='urn:x' sid='1'><key rid='2'>AA</key></header>", False),
        ("", False),
    ],
)
def test_omemo(space: str, inside: str, encrypted: bool) -> None:
    stanza = message(f"<body>Hi</body><encrypted xmlns='{space}'>{inside}</encrypted>")
    assert is_encrypted(stanza) is encrypted
    assert readable_bodies(stanza) == (() if encrypted else ("Hi",))


def test_one_real_payload_among_empty_ones_is_enough() -> None:
    empty = "<encrypted xmlns='urn:xmpp:omemo:2'/>"
    real = empty.replace("/>", "><header sid='1'><key rid='2'>A</key></header><payload>B</payload></encrypted>")
    assert is_encrypted(message(empty + real))


def test_keys_that_set_up_a_session_are_all_that_a_message_without_a_body_says() -> None:
    """XEP-0384 4.6."""
    keys = "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'><key rid='2'>A</key></header></encrypted>"
    assert is_encrypted(message(keys))
    assert not is_encrypted(message(f"<body>Hi</body>{keys}"))


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("?OTR?", True),
        ("?OTR?v2?", True),
        ("?OTRv23?", True),
        ("?OTRv? and an explanation", True),
        ("?OTR:AAMDJ", False),
        ("?OTR", False),
        (" ?OTR?", False),
        ("", False),
    ],
)
def test_otr_queries(body: str, query: bool) -> None:
    assert is_otr_query(body) is query


def test_many_ranges_and_bodies_take_linear_time() -> None:
    parts = "".join(f"<body start='{2 * n}' end='{2 * n + 1}'/>" for n in range(20_000))
    stanza = message("<body>ab</body>" * 20_000 + FALLBACK.format(parts))
    assert readable_bodies(stanza) == ("b",) * 20_000
