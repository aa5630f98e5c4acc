"""same_long_body: one long text, over and over."""

import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.bench.operators import disguises
from tests.carriers import CARRIERS, HANDED_ON, INVISIBLE
from tests.harness import LONG, Harness, item
from xmppfilter.filters.same_long_body import COUNTED

ALONE = "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'><key rid='2'>AAAA</key></header></encrypted>"
KEYS = ALONE.replace("</header>", "</header><payload>BBBB</payload>")
TWO = "urn:xmpp:omemo:2"
OTHER = "A completely different text, long enough to be counted, for it has more than a hundred characters in it, too."
assert len(OTHER) > 100


def harness(limit: int = 3, **options: object) -> Harness:
    return Harness({"same_long_body": {"number_limit": limit} | options})


def held(played: Harness) -> int:
    """How many texts are counted."""
    return len(played.gateway.state.structures["same_long_body.copies"])


def actions(played: Harness, bodies: list[str], **message: Any) -> list[str]:
    return [played.message(body, **message)["action"] for body in bodies]


def is_counted(more: str = "", body: str | None = LONG, **message: Any) -> bool:
    """Whether the second copy is spam where one may pass."""
    played = harness(1)
    return [played.message(body, more=more, **message)["action"] for _ in range(2)] == ["deliver", "drop"]


def test_the_21st_copy_is_the_first_spam() -> None:
    played = Harness({"same_long_body": {}})
    rows = [played.message(LONG, sender=f"robot{n}@evil.example/x") for n in range(22)]
    assert [row["action"] for row in rows] == ["deliver"] * 20 + ["drop"] * 2
    assert [row["score"] for row in rows] == [0.0] * 20 + [10.0] * 2
    assert rows[20]["decided_by"] == "same_long_body"
    assert [finding["rule"] for finding in rows[20]["findings"]] == ["same_long_body.copies"]
    assert rows[20]["forwarded"] is None


@pytest.mark.parametrize(
    ("body", "counted"),
    [
        ("a" * 100, False),
        ("a" * 101, True),
        ("\u00e9" * 100, False),  # two bytes each
        ("\u00e9" * 101, True),
        ("\U0001f600" * 100, False),  # code points, neither bytes nor UTF-16
        ("\U0001f600" * 101, True),
        ("a\u0301" * 50, False),
        ("&<>'\"" * 20, False),  # five characters, 26 bytes in XML
        ("&<>'\"" * 20 + "x", True),
        (" " * 101, True),
        ("line\n" * 20, False),
        ("line\n" * 20 + "\n", True),
    ],
)
def test_more_than_a_hundred_characters(body: str, counted: bool) -> None:
    assert is_counted(body=body) is counted


def test_one_counter_for_all_senders_recipients_and_types() -> None:
    played = harness(4)
    for n, kind in enumerate(["chat", "normal", "headline", "nonsense"]):
        row = played.message(LONG, sender=f"m{n}@evil{n}.example/x", to=f"user{n}@example.org", type=kind)
        assert row["action"] == "deliver"
    assert played.message(LONG, sender="new@else.example", to="zoe@example.net", type=None)["action"] == "drop"


def test_other_texts_have_counters_of_their_own() -> None:
    assert actions(harness(1), [LONG, OTHER, LONG, OTHER]) == ["deliver", "deliver", "drop", "drop"]


def test_bodies_compare_to_the_letter() -> None:
    assert actions(harness(1), [LONG, LONG.upper(), LONG + " ", LONG]) == ["deliver", "deliver", "deliver", "drop"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"<body>{LONG} &amp;</body>", f"<body><![CDATA[{LONG} &]]></body>"),
        (f"<body>{LONG} &amp;</body>", f"<body>{LONG} &#38;</body>"),
        (f"<body>{LONG}</body>", f"<body xml:lang='de'>{LONG}</body>"),
        (f"<body>{LONG}</body>", f"<subject>Hi</subject><body>{LONG}</body>"),
        (f"<body>{LONG}</body>", f"<body>{LONG}</body><body xml:lang='de'>short</body>"),
        (f"<body>{LONG}</body>", f"<body>short</body><body xml:lang='de'>{LONG}</body>"),
    ],
)
def test_every_body_however_it_is_written(first: str, second: str) -> None:
    played = harness(1)
    assert played.message(None, more=first)["action"] == "deliver"
    assert played.message(None, more=second)["action"] == "drop"


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("body", [None, "Hi"])
def test_a_text_counts_wherever_a_client_shows_it(carrier: str, body: str | None) -> None:
    assert is_counted(carrier % LONG, body=body)


@pytest.mark.parametrize("quiet", (INVISIBLE | HANDED_ON).values(), ids=INVISIBLE | HANDED_ON)
def test_what_clients_do_not_show_is_no_text(quiet: str) -> None:
    assert not is_counted(quiet % LONG, body="Hi")


def test_of_many_texts_few_are_counted_and_those_first_that_are_copied() -> None:
    """One stanza may push out no more than a few texts, and cannot hide one among others."""
    played = harness(20)
    for n in range(20):
        assert played.message(f"{LONG} {n % 2}")["action"] == "deliver"
    heap = "".join(f"<body xml:lang='x{n}'>{n} {OTHER}</body>" for n in range(300))
    for _ in range(11):
        before = held(played)
        played.message(None, more=f"{heap}<body>{LONG} 0</body>")
        assert held(played) <= before + COUNTED
    assert played.message(f"{LONG} 0")["action"] == "drop"


@pytest.mark.parametrize("window", ["1h", "off"])
def test_stanzas_of_thousands_of_bodies_push_out_nothing_that_is_counted(window: str) -> None:
    played = harness(20, window=window, counter_size_limit=1000)
    rows = []
    for n in range(40):
        rows.append(played.message(LONG, sender=f"robot{n}@evil.example/x", at=float(n)))
        for m in range(3):
            heap = "".join(f"<body xml:lang='x{k}'>{n} {m} {k} {OTHER}</body>" for k in range(1500))
            played.message(None, more=heap, sender=f"pusher{n}@evil.example/x", at=float(n))
    assert [row["action"] for row in rows] == ["deliver"] * 20 + ["drop"] * 20


def test_a_text_hidden_among_others_is_counted_in_the_end() -> None:
    played = harness(20)
    rows = []
    for n in range(120):
        dice = "".join(f"<body xml:lang='x{m}'>{n} {m} {OTHER}</body>" for m in range(16))
        rows.append(played.message(None, more=f"{dice}<body>{LONG}</body>", sender=f"m{n}@evil.example/x"))
    assert [row["action"] for row in rows[-40:]] == ["drop"] * 40


@pytest.mark.parametrize("kind", ["groupchat", "error"])
def test_types_that_are_not_counted(kind: str) -> None:
    assert not is_counted("<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", type=kind)


ENCRYPTED = [
    (KEYS, False),
    (
        (
            f"<encrypted xmlns='{TWO}'><header sid='1'><keys jid='a@b'><key rid='2'>AA</key></keys></header>"
            "<payload>BB</payload></encrypted>"
        ),
        False,
    ),
    (
        (
            "<encrypted xmlns='urn:xmpp:omemo:1'><header sid='1'><key rid='2'>AA</key></header><payload>B</payload>"
            "</encrypted>"
        ),
        False,
    ),
    (
        (
            "<o:encrypted xmlns:o='urn:xmpp:omemo:1'><o:header sid='1'><o:key rid='2'>A</o:key></o:header>"
            "<o:payload>B</o:payload></o:encrypted>"
        ),
        False,
    ),
    ("<openpgp xmlns='urn:xmpp:openpgp:0'>BASE64</openpgp>", False),
    # what nobody could decrypt buys nothing
    (ALONE, True),
    (ALONE.replace("</header>", "</header><payload/>"), True),
    (ALONE.replace("</header>", "</header><payload>!</payload>"), True),
    (ALONE.replace("</header>", "<payload>BBBB</payload></header>"), True),
    ("<encrypted xmlns='eu.siacs.conversations.axolotl'/>", True),
    ("<encrypted xmlns='eu.siacs.conversations.axolotl'><payload>AAAA</payload></encrypted>", True),
    ("<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>", True),
    ("<encrypted xmlns='eu.siacs.conversations.axolotl'><header><key rid='2'>A</key></header></encrypted>", True),
    ("<encrypted xmlns='urn:example:other'><header sid='1'><key rid='2'>A</key></header></encrypted>", True),
    ("<openpgp xmlns='urn:xmpp:openpgp:0'/>", True),
    ("<openpgp xmlns='urn:xmpp:openpgp:0'>  </openpgp>", True),
    # nor does what is not the message's own child
    (f"<x xmlns='urn:example:x'>{KEYS}</x>", True),
    (f"<forwarded xmlns='urn:xmpp:forward:0'><message>{KEYS}</message></forwarded>", True),
    # nor a hint that says encrypted (XEP-0380) without the payload
    ("<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/>", True),
]


@pytest.mark.parametrize(("more", "counted"), ENCRYPTED)
def test_the_fallback_of_an_encrypted_message(more: str, counted: bool) -> None:
    assert is_counted(more) is counted


@pytest.mark.parametrize(
    ("body", "counted"),
    [
        (f"?OTR? {LONG}", False),
        (f"?OTRv2? {LONG}", False),
        (f"?OTRv23?\n{LONG}", False),
        (f"Look: ?OTR? {LONG}", True),
        (f" ?OTR? {LONG}", True),
        (f"?otr? {LONG}", True),
    ],
)
def test_otr_queries(body: str, counted: bool) -> None:
    assert is_counted(body=body) is counted


def fallback(inside: str) -> str:
    return f"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>{inside}</fallback>"


@pytest.mark.parametrize(
    ("more", "counted"),
    [
        ("<fallback xmlns='urn:xmpp:fallback:0'/>", False),
        (fallback(""), False),
        (fallback("<body/>"), False),
        (fallback(f"<body start='0' end='{len(LONG)}'/>"), False),
        (fallback(f"<body start='0' end='{len(LONG) - 100}'/>"), False),  # a hundred characters are left
        (fallback(f"<body start='0' end='{len(LONG) - 101}'/>"), True),
        (fallback("<body start='100'/>"), False),
        (fallback("<body start='101'/>"), True),
        (fallback("<body start='0' end='60'/><body start='50' end='80'/>"), False),
        (fallback("<subject/>"), True),
        (fallback("<body start='5' end='5'/>"), True),
        (fallback("<body start='60' end='0'/>"), True),
        (fallback("<body start='-1' end='90'/>"), True),
        (fallback("<body start='x' end='90'/>"), True),
        (f"<x xmlns='urn:example:x'>{fallback('')}</x>", True),
        ("<fallback xmlns='urn:example:other'/>", True),
    ],
)
def test_what_is_fallback_is_not_counted(more: str, counted: bool) -> None:
    assert is_counted(more) is counted


def test_only_the_rest_of_a_range_is_counted() -> None:
    """Two quotations before one text are two copies of that text."""
    played = harness(1)
    for quoted, action in [("> Hi there\n", "deliver"), ("> \U0001f600 quite another quotation\n", "drop")]:
        more = fallback(f"<body start='0' end='{len(quoted)}'/>")
        assert played.message(quoted + LONG, more=more)["action"] == action


def test_ranges_that_are_ill_formed_do_not_vary_the_text() -> None:
    played = harness(1)
    assert played.message(LONG, more=fallback("<body start='3' end='1'/>"))["action"] == "deliver"
    assert played.message(LONG)["action"] == "drop"


def test_contacts_are_neither_blocked_nor_counted() -> None:
    played = harness(1)
    played.roster("alice@example.org", item("bob@b.example", "both"))
    assert actions(played, [LONG] * 3, sender="bob@b.example/x") == ["deliver"] * 3
    assert actions(played, [LONG] * 2) == ["deliver", "drop"]


def test_copies_that_are_blocked_count_too() -> None:
    played = harness(2, window="1h")
    times = [0, 1000, 2000, 4000, 4001]
    assert [played.message(LONG, at=at)["action"] for at in times] == ["deliver", "deliver", "drop", "drop", "drop"]


def test_without_a_window_nothing_is_forgotten() -> None:
    played = harness(1)
    year = 365 * 86400.0
    assert [played.message(LONG, at=at)["action"] for at in (0, year)] == ["deliver", "drop"]


@pytest.mark.parametrize(("later", "action"), [(3599, "drop"), (3600, "deliver"), (3601, "deliver")])
def test_with_a_window_only_the_copies_within_it_count(later: float, action: str) -> None:
    played = harness(1, window="1h")
    assert played.message(LONG, at=0)["action"] == "deliver"
    assert played.message(LONG, at=later)["action"] == action


def test_a_flood_of_single_bodies_does_not_evict_the_campaign_at_its_limit() -> None:
    played = harness(3, counter_size_limit=10)
    assert actions(played, [LONG] * 4) == ["deliver"] * 3 + ["drop"]
    assert set(actions(played, [f"{n} {OTHER}" for n in range(100)])) == {"deliver"}
    assert actions(played, [LONG]) == ["drop"]


def test_no_more_bodies_are_held_than_the_limit_says() -> None:
    played = harness(1, counter_size_limit=5)
    for _ in range(2):
        actions(played, [f"{n} {OTHER}" for n in range(50)])
    assert played.command("status")["state"]["same_long_body.copies"] <= 5


@pytest.mark.parametrize(
    "variant",
    [
        LONG.upper(),
        LONG.replace(" ", "  \n"),
        LONG.replace("followers", "fol\u200blow\u00aders"),
        LONG.replace("p", "\u0440"),  # Cyrillic
        "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in LONG),  # full width
    ],
)
def test_normalize_takes_variants_for_one_text(variant: str) -> None:
    assert actions(harness(1, normalize=True), [LONG, variant]) == ["deliver", "drop"]
    assert actions(harness(1), [LONG, variant]) == ["deliver", "deliver"]


def test_normalize_cannot_be_made_to_count_a_text_of_invisible_characters() -> None:
    assert actions(harness(1, normalize=True), ["\u200b" * 500] * 2) == ["deliver"] * 2


def test_an_invitation_by_a_contact_is_neither_judged_nor_counted() -> None:
    played = harness(1)
    played.roster("alice@example.org", item("bob@b.example", "both"))
    invite = "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='bob@b.example/x'/></x>"
    room = "room@conf.example"
    assert [played.message(LONG, sender=room, more=invite)["action"] for _ in range(3)] == ["deliver"] * 3
    assert actions(played, [LONG, LONG], sender=room) == ["deliver", "drop"]


def test_many_bodies_and_many_ranges_take_linear_time() -> None:
    ranges = "".join(f"<body start='{2 * n}' end='{2 * n + 1}'/>" for n in range(10_000))
    bodies = "".join(f"<body xml:lang='x{n}'>{n}</body>" for n in range(10_000))
    played = harness(1)
    assert played.message(None, more=bodies + fallback(ranges))["action"] == "deliver"


def offences(played: Harness, sender: str) -> int:
    """How many offences an address has on record."""
    rows = played.command("spammers", "list")["spammers"]
    return sum(row["offences"] for row in rows if row["jid"] == sender.partition("/")[0])


NEXT: list[tuple[dict[str, Any], list[tuple[str, str, float]], int]] = [
    # options; who sends what at what time, once the limit is reached; how many of these are offences of bob's
    ({}, [("bob@a.example/x", LONG, 10)], 0),
    ({}, [("bob@a.example/x", LONG, 10), ("bob@a.example/y", LONG, 11)], 1),
    ({}, [("bob@a.example/x", LONG, 10), ("ann@a.example/x", LONG, 11), ("bob@a.example/x", OTHER, 12)], 0),
    ({}, [("bob@a.example/x", LONG, 10), ("bob@a.example/x", LONG, 11), ("bob@a.example/x", LONG, 12)], 2),
    ({"offence_from": 1}, [("bob@a.example/x", LONG, 10)], 1),
    ({"offence_from": 3}, [("bob@a.example/x", LONG, 10), ("bob@a.example/x", LONG, 11)], 0),
    ({"offence_from": 3}, [("bob@a.example/x", LONG, 10 + n) for n in range(4)], 2),
    ({"window": "1h"}, [("bob@a.example/x", LONG, 10), ("bob@a.example/x", LONG, 3000)], 1),
    ({"window": "off"}, [("bob@a.example/x", LONG, 10), ("bob@a.example/x", LONG, 80_000)], 1),
    ({"window": "off"}, [("bob@a.example/x", LONG, 10), ("bob@a.example/x", LONG, 90_000)], 0),
    ({"fuzzy": True}, [("bob@a.example/x", f"Hello Ann! {LONG}", 10)], 0),
    ({"fuzzy": True}, [("bob@a.example/x", f"Hello {who}! {LONG}", 10) for who in ("Ann", "Bob", "Eve")], 2),
]


@pytest.mark.parametrize(("options", "sent", "wanted"), NEXT)
def test_a_copy_is_an_offence_from_its_senders_second_on(
    options: dict[str, Any], sent: list[tuple[str, str, float]], wanted: int
) -> None:
    """Whoever hands on a text once is stopped, and not banned."""
    played = Harness({"known_spammers": {}, "same_long_body": {"number_limit": 3} | options})
    for n in range(5):
        played.message(LONG, sender=f"robot{n}@evil.example/x", at=float(n))
        played.message(OTHER, sender=f"robot{n}@evil.example/x", at=float(n))
    rows = [played.message(body, sender=sender, at=at) for sender, body, at in sent]
    assert {row["action"] for row in rows} == {"drop"}
    assert offences(played, "bob@a.example") == wanted


def test_own_copies_below_the_limit_count_towards_the_offence() -> None:
    played = Harness({"known_spammers": {}, "same_long_body": {"number_limit": 3}})
    assert actions(played, [LONG] * 4) == ["deliver"] * 3 + ["drop"]
    assert offences(played, "mallory@evil.example") == 1


def test_of_two_texts_the_one_is_judged_that_is_an_offence() -> None:
    played = Harness({"known_spammers": {}, "same_long_body": {"number_limit": 1}})
    for body in (LONG, OTHER):
        played.message(body, sender="robot@evil.example/x")
    played.message(OTHER, sender="bob@a.example/x")
    both = f"<body>{LONG}</body><body xml:lang='de'>{OTHER}</body>"
    assert played.message(None, more=both, sender="bob@a.example/x")["action"] == "drop"
    assert offences(played, "bob@a.example") == 1


def test_one_text_in_two_places_of_a_stanza_is_one_copy_of_its_sender() -> None:
    played = Harness({"known_spammers": {}, "same_long_body": {"number_limit": 1, "fuzzy": True}})
    played.message(LONG, sender="robot@evil.example/x")
    twice = f"<body>Hello Ann! {LONG}</body><body xml:lang='de'>Hello Bob! {LONG}</body>"
    assert played.message(None, more=twice, sender="bob@a.example/x")["action"] == "drop"
    assert offences(played, "bob@a.example") == 0


def test_when_a_senders_copy_was_pushed_out_the_next_one_counts_as_the_first() -> None:
    played = Harness({"known_spammers": {}, "same_long_body": {"number_limit": 3, "counter_size_limit": 10}})
    for sender in (*["robot@evil.example/x"] * 4, "bob@a.example/x"):
        played.message(LONG, sender=sender)
    for n in range(40):
        played.message(f"{n} {OTHER}", sender="pusher@evil.example/x")
    assert played.message(LONG, sender="bob@a.example/x")["action"] == "drop"
    assert offences(played, "bob@a.example") == 0


VARIED = {
    "another head": lambda n: f"Hello number {n}! {LONG}",
    "another tail": lambda n: f"{LONG} [{n * 7919:x}]",
    "another middle": lambda n: f"{LONG[:60]} {n * 7919:x} {LONG[60:]}",
    "words in another order": lambda n: " ".join(LONG.split()[3 * n :] + LONG.split()[: 3 * n]),
    "look-alikes": lambda n: LONG.replace("eoap"[n % 4], "\u0435\u043e\u0430\u0440"[n % 4]),
    "none at all": lambda _: LONG,
} | {
    name: lambda n, name=name: disguises()[name](LONG, random.Random(n))
    for name in ("every second vowel wrong", "inner letters scrambled", "one stray letter in five")
}


@pytest.mark.parametrize("vary", VARIED.values(), ids=VARIED)
def test_fuzzy_counts_varied_copies_together(vary: Callable[[int], str]) -> None:
    assert actions(harness(4, fuzzy=True), [vary(n) for n in range(5)]) == ["deliver"] * 4 + ["drop"]


def test_fuzzy_says_so_and_is_off_by_default() -> None:
    bodies = [f"Hello number {n}! {LONG}" for n in range(3)]
    played = harness(2, fuzzy=True)
    (finding,) = [played.message(body) for body in bodies][-1]["findings"]
    assert (finding["rule"], finding["score"]) == ("same_long_body.near_copies", 10.0)
    assert set(actions(harness(2), bodies)) == {"deliver"}


def test_fuzzy_leaves_the_counters_as_they_are() -> None:
    played = harness(2, fuzzy=True)
    assert [played.message(LONG)["findings"] for _ in range(2)] == [[], []]
    assert [finding["rule"] for finding in played.message(LONG)["findings"]] == ["same_long_body.copies"]


def test_fuzzy_takes_no_other_text_for_a_copy() -> None:
    assert set(actions(harness(1, fuzzy=True), [LONG, OTHER])) == {"deliver"}


@pytest.mark.parametrize("more", [KEYS, "<fallback xmlns='urn:xmpp:fallback:0'/>"])
def test_fuzzy_exempts_the_same_messages(more: str) -> None:
    played = harness(1, fuzzy=True)
    assert {played.message(f"{n} {LONG}", more=more)["action"] for n in range(3)} == {"deliver"}


@pytest.mark.parametrize(
    ("window", "later", "action"), [("1h", 3599, "drop"), ("1h", 7200, "deliver"), ("off", 80_000, "drop")]
)
def test_near_copies_count_for_the_window(window: str, later: float, action: str) -> None:
    played = harness(1, fuzzy=True, window=window)
    assert played.message(f"Hello Ann! {LONG}", at=0)["action"] == "deliver"
    assert played.message(f"Hello Bob! {LONG}", at=later)["action"] == action


def test_fuzzy_and_many_long_bodies_take_no_long_time() -> None:
    bodies = "".join(f"<body xml:lang='x{n}'>{n} {OTHER}</body>" for n in range(2_000))
    played = harness(1, fuzzy=True)
    start = time.process_time()
    played.message(None, more=bodies)
    assert time.process_time() - start < 1.0  # some 30 ms, nearly all of it for the XML
