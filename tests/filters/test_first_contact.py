# ruff: noqa: RUF001 - look-alikes and Russian are what is tested
"""first_contact: what is odd about somebody's first message."""

import time
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness import Harness, item
from xmppfilter.filters import first_contact
from xmppfilter.judging.case import Case, Rules
from xmppfilter.memory.state import State
from xmppfilter.replay.replay import Row
from xmppfilter.stanza.view import Stanza
from xmppfilter.text.fold import skeleton

OMEMO = (
    "<encrypted xmlns='urn:xmpp:omemo:1'><header sid='1'><key rid='2'>A</key></header><payload>B</payload></encrypted>"
)
COMPOSING = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
MARK = "<x xmlns='http://jabber.org/protocol/muc#user'/>"
NICK = "<nick xmlns='http://jabber.org/protocol/nick'>%s</nick>"


def harness(**options: object) -> Harness:
    return Harness({"first_contact": options})


def found(row: Row) -> dict[str, float]:
    return {finding["rule"].removeprefix("first_contact."): finding["score"] for finding in row["findings"]}


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("Hi, it's Tom from the climbing club. Do you still have my rope?", {}),
        ("Привет, это Том из клуба. Моя верёвка ещё у тебя?", {}),
        ("See you at 20:15 on 2026-11-21, room 12.3, price 19.99, version 1.2.3", {}),
        ("My mail is tom@example.com, mine at work tom.smith@work.example", {}),
        ("И SMSка, и PDFка, и IP-адрес, и Wi-Fi, 5 μm, 10 kΩ", {}),
        ("I use telegram too, and e.g. i.e. whatever", {}),
        ("Look: https://example.com/x", {"link": 1.5}),
        ("Look: HTTP://EXAMPLE.COM", {"link": 1.5}),
        ("Look: www.example.com", {"link": 1.5}),
        ("Write to t.me/tom", {"handle": 1.5}),
        ("Write to @tom_the_seller", {"handle": 1.5}),
        ("Telegram: tom", {"handle": 1.5}),
        ("WhatsApp +4915112345678", {"handle": 1.5, "phone": 1.0}),
        ("Call +49 (151) 1234-5678 now", {"phone": 1.0}),
        ("Call 8 (912) 345-67-89", {"phone": 1.0}),
        ("Cheap p\u0430yments", {"mixed": 2.0}),
        ("\u0420\u0430bo\u0442a", {"mixed": 2.0}),
        ("https://t.me/x +4915112345678 p\u0430y", {"link": 1.5, "handle": 1.5, "phone": 1.0, "mixed": 2.0}),
    ],
)
def test_what_a_first_message_says(body: str, rules: dict[str, float]) -> None:
    row = harness().message(body)
    assert found(row) == rules
    assert row["action"] == "deliver"


def test_only_the_first_that_arrives_is_one() -> None:
    on = harness()
    body = "Look: https://example.com/x"
    assert found(on.message(body)) == {"link": 1.5}
    assert found(on.message(body)) == {}
    assert found(on.message(body, sender="mallory@evil.example/other")) == {}
    assert found(on.message(body, to="bob@example.org")) == {"link": 1.5}
    assert found(on.message(body, at=31 * 86400.0)) == {"link": 1.5}


def test_what_was_stopped_has_reached_nobody() -> None:
    on = Harness({"first_contact": {}, "patterns": {"strings": ["pills"]}})
    assert on.message("Cheap pills")["action"] == "drop"
    assert "link" in found(on.message("https://example.com"))


@pytest.mark.parametrize("more", [COMPOSING, "<received xmlns='urn:xmpp:receipts' id='1'/>"])
def test_a_chat_state_is_no_message(more: str) -> None:
    on = harness()
    on.message(None, more=more)
    assert found(on.message("https://example.com")) == {"link": 1.5}


def test_a_request_is_no_message() -> None:
    on = harness()
    on.subscribe()
    assert found(on.message("https://example.com")) == {"link": 1.5}


def test_an_encrypted_message_is_one() -> None:
    on = harness()
    assert (
        found(on.message("I sent you an OMEMO message: https://conversations.im/omemo", more=OMEMO, type="normal"))
        == {}
    )
    assert found(on.message("https://example.com")) == {}


@pytest.mark.parametrize(
    ("type_", "more", "rules"),
    [
        ("chat", "", {}),
        ("normal", "", {"type": 1.0}),
        (None, "", {"type": 1.0}),
        ("headline", "", {"type": 1.0}),
        ("normal", "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@b.example'/></x>", {}),
        (None, "<x xmlns='jabber:x:conference' jid='r@c.example'/>", {}),
    ],
)
def test_how_it_is_sent(type_: str | None, more: str, rules: dict[str, float]) -> None:
    assert found(harness().message("Hello", type=type_, more=more)) == rules


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ("", {}),
        (NICK % "Juliet", {}),
        ("<status>I would like to add you to my contact list.</status>", {}),
        (NICK % "Cheap pills t.me/pills", {"request": 3.0}),
        ("<status>Look at https://pills.example</status>", {"request": 3.0}),
        ("<status>Call +4915112345678</status>", {"request": 3.0}),
    ],
)
def test_what_a_request_says(more: str, rules: dict[str, float]) -> None:
    assert found(harness().subscribe(more=more)) == rules


@pytest.mark.parametrize(
    ("sender", "rules"),
    [
        ("alice@evil.example", {}),
        ("\u0430lice@example.org", {"user": 4.0}),
        ("a1ice@example.org", {"user": 4.0}),
        ("alice@examp1e.org", {"user": 4.0, "domain": 3.0}),
        ("alice@ex\u0430mple.org", {"user": 4.0, "domain": 3.0}),
        ("mallory@examp1e.org", {"domain": 3.0}),
        ("examp1e.org", {"domain": 3.0}),
        ("alice@example.net", {}),
        ("alice@sub.example.org", {}),
    ],
)
def test_who_it_pretends_to_be(sender: str, rules: dict[str, float]) -> None:
    on = harness()
    on.message("Hello", sender="tom@b.example", to="alice@example.org")
    assert found(on.message("Hello", sender=sender, to="bob@example.org")) == rules


def test_a_user_of_ours_is_not_like_itself() -> None:
    on = harness()
    for _ in range(2):
        on.message("Hello", to="alice@example.org", sender="tom@b.example")
        assert found(on.message("Hello", sender="alice@example.org/x", to="bob@example.org")) == {}


def test_who_does_not_exist_is_nobody_to_look_like() -> None:
    on = harness()
    on.message("Hello", to="a1ice@example.org", exists="false")
    assert found(on.message("Hello", sender="alice@example.org/x", to="bob@example.org")) == {}


@pytest.mark.parametrize(
    ("sender", "rules"),
    [
        ("tom@b.example", {}),
        ("t0m@b.example", {"contact": 4.0}),
        ("t\u043em@b.example", {"contact": 4.0}),
        ("tom@\u044c.example", {"contact": 4.0}),
        ("tim@b.example", {}),
        ("eve@b.example", {}),
    ],
)
def test_a_look_alike_of_a_contact(sender: str, rules: dict[str, float]) -> None:
    on = harness()
    on.roster("alice@example.org", item("tom@b.example", "both"), item("eve@b.example"))
    assert found(on.message("Hello", sender=sender)) == rules
    assert found(on.message("Hello", sender=sender, to="bob@example.org")) == {}


@pytest.mark.parametrize(
    ("nick", "rules"),
    [
        ("Tom", {"nick": 2.0}),
        ("tom", {"nick": 2.0}),
        (" T\u043em ", {"nick": 2.0}),
        ("Tommy", {}),
        ("Eve", {}),
        ("", {}),
        ("t0m@b.example", {"nick": 4.0}),
        ("bob@example.org", {"nick": 4.0}),
        ("b\u043eb@examp1e.org", {"nick": 4.0}),
        ("carol@example.org", {}),
        ("bob", {}),
        ("mallory@evil.example", {}),
    ],
)
@pytest.mark.parametrize("request_", [False, True])
def test_somebody_elses_name(nick: str, rules: dict[str, float], request_: bool) -> None:
    on = harness()
    on.roster("alice@example.org", item("tom@b.example", "both", name="Tom"), item("eve@c.example", name="Eve"))
    on.message("Hello", sender="friend@b.example", to="bob@example.org")
    row = on.subscribe(more=NICK % nick) if request_ else on.message("Hello", more=NICK % nick)
    assert found(row) == rules


# --- who passes for somebody in charge


@pytest.mark.parametrize(
    ("sender", "more", "role"),
    [
        ("admin@other.test/x", "", True),
        ("support-team@other.test/x", "", True),
        ("tom@admin-example.org/x", "", True),
        ("tom@example-org.support.test/x", "", True),
        ("admin-example.org", "", True),
        ("tom@other.test/x", NICK % "Admin", True),
        ("tom@other.test/x", NICK % "Служба поддержки", True),
        ("tom@other.test/x", "<nick xmlns='&#104;ttp://jabber.org/protocol/nick'>Admin</nick>", True),
        ("room@conference.other.test/Admin", MARK, True),
        ("room@conference.example.org/Admin", "", True),
        ("support@conference.example.org/tom", "", False),
        ("admin@other.test/x", MARK, True),  # a mark can be forged
        ("adminton@other.test/x", "", False),
        ("tom@other.test/admin", "", False),  # nobody sees a resource
        ("tom@support.other.test/x", "", False),
        ("tom@sub.example.org/x", "", False),
        ("tom@other.test/x", NICK % "Modernator", False),
        ("admin@example.org/x", "", False),  # an account of ours
        ("root@friends.test/x", NICK % "Admin", False),  # of `admins`
    ],
)
@pytest.mark.parametrize("request_", [False, True])
def test_who_passes_for_somebody_in_charge(sender: str, more: str, role: bool, request_: bool) -> None:
    on = Harness({"first_contact": {}}, admins=["root@friends.test"])
    row = on.subscribe(sender=sender, more=more) if request_ else on.message("Hello", sender=sender, more=more)
    assert found(row) == ({"role": 3.0} if role else {})


def test_an_operator_of_another_server_is_heard() -> None:
    on = Harness({"first_contact": {}, "stranger_rate": {}, "campaign": {}, "known_spammers": {}})
    body = "One of your users floods our rooms, see https://other.test/log. Could you look into it?"
    row = on.message(body, sender="admin@other.test/x", to="admin@example.org", type="normal", more=NICK % "Support")
    assert found(row) == {"link": 1.5, "type": 1.0, "role": 3.0}
    assert row["action"] == "deliver"


# --- the same text again


ADVERT = "Buy cheap followers at the best price in town"
CHAT, NOTE, POPUP = {"type": "chat"}, {"type": "normal"}, {"type": "headline"}


def named(nick: str) -> dict[str, str]:
    return {"more": NICK % nick}


def occupant(nick: str) -> dict[str, str]:
    return {"sender": f"room@rooms.evil.example/{nick}", "more": MARK}


def repeats(copies: list[dict[str, str]], body: str = ADVERT, every: float = 600.0, **told: str) -> list[float]:
    on = Harness({"first_contact": {}})
    return [
        found(on.message(body, at=number * every, **copy, **told)).get("repeat", 0.0)
        for number, copy in enumerate(copies)
    ]


@pytest.mark.parametrize(
    ("copies", "scores"),
    [
        ([CHAT, NOTE, POPUP, CHAT], [0.0, 3.0, 10.0, 10.0]),
        ([POPUP, CHAT], [0.0, 3.0]),
        ([named("Ann"), named("Bob"), named("Eve")], [0.0, 3.0, 10.0]),
        ([named("Ann"), named("Bob") | NOTE], [0.0, 3.0]),
        ([occupant("ann"), occupant("bob"), occupant("eve")], [0.0, 3.0, 10.0]),
        ([CHAT] * 5, [0.0] * 5),
        ([named("Ann")] * 5, [0.0] * 5),
        ([occupant("ann")] * 5, [0.0] * 5),
        # a client that has lost its connection, and gets another resource
        ([{"sender": f"mallory@evil.example/{n}"} for n in range(5)], [0.0] * 5),
        ([{"sender": "tom@b.example/x"}, NOTE], [0.0, 0.0]),
        ([{"to": "bob@example.org"}, NOTE], [0.0, 0.0]),
        # an account of ours, say one that watches the server
        ([{"sender": "bot@example.org/x"} | kind for kind in (CHAT, NOTE, POPUP)], [0.0] * 3),
    ],
)
def test_the_same_text_in_another_way(copies: list[dict[str, str]], scores: list[float]) -> None:
    assert repeats(copies) == scores
    assert repeats(copies, contacted="true") == [0.0] * len(copies)
    assert repeats(copies, every=86401.0) == [0.0] * len(copies)


def test_short_texts_are_compared_by_type_alone() -> None:
    assert repeats([occupant("ann"), occupant("bob"), occupant("eve")], body="hello?") == [0.0] * 3
    assert repeats([CHAT, NOTE, POPUP], body="hello?") == [0.0, 3.0, 10.0]


@pytest.mark.parametrize("other", [f" {ADVERT.upper()} ", ADVERT.replace("e", "\u0435"), ADVERT.replace(" ", "\n ")])
def test_a_text_is_what_it_looks_like(other: str) -> None:
    on = harness()
    on.message(ADVERT)
    assert found(on.message(other, type="headline"))["repeat"] == 3.0


def test_a_text_is_the_same_wherever_it_stands() -> None:
    on = harness()
    on.message(ADVERT)
    assert found(on.message(None, more=f"<subject>{ADVERT}</subject>", type="normal"))["repeat"] == 3.0


def test_whoever_varies_the_type_is_banned_and_no_occupant_for_what_others_say() -> None:
    for copies, banned in (([CHAT, NOTE, POPUP], 1), ([occupant(nick) for nick in "abc"], 0)):
        on = Harness({"first_contact": {}, "known_spammers": {}})
        rows = [on.message(ADVERT, at=float(n), **copy) for n, copy in enumerate(copies)]
        assert [row["action"] for row in rows] == ["deliver", "deliver", "drop"]
        assert len(on.command("spammers", "list")["spammers"]) == banned


def test_a_flood_of_other_texts_costs_the_finding_and_nobody_else() -> None:
    on = harness(max_pairs=100)
    on.message(ADVERT)
    for n in range(500):
        assert "repeat" not in found(on.message(f"{n}", sender=f"m{n}@evil{n}.example", type="normal"))
    assert "repeat" not in found(on.message(ADVERT, type="headline"))


def test_many_first_contacts_of_one_sender() -> None:
    on = harness()
    scores = [
        found(on.message("Hello", to=f"user{n}@example.org", at=n * 10.0)).get("contacts", 0.0) for n in range(60)
    ]
    assert set(scores[:10]) == {0.0}
    assert scores[12] >= 1.0
    assert scores[59] == pytest.approx(4.0, abs=0.5)
    assert found(on.message("Hello again", to="user1@example.org", at=700.0)) == {}
    assert found(on.message("Hello", to="zoe@example.org", at=20_000.0)) == {}


def test_many_first_contacts_of_one_domain() -> None:
    on = harness()
    scores = [found(on.message("Hello", sender=f"m{n}@evil.example", at=float(n))) for n in range(250)]
    assert scores[99] == {}
    assert 1.0 <= scores[120]["domain_contacts"] <= scores[249]["domain_contacts"] <= 2.0
    assert found(on.message("Hello", sender="m@other.example", at=250.0)) == {}


def test_our_own_users_are_no_flood_of_our_domain() -> None:
    on = harness()
    assert all(found(on.message("Hello", sender=f"u{n}@example.org", to="x@far.example")) == {} for n in range(200))


def test_trying_out_names() -> None:
    on = harness()
    scores = [
        found(on.message("Hello", to=f"user{n}@example.org", at=float(n), exists="false")).get("nonexistent", 0.0)
        for n in range(30)
    ]
    assert scores[:3] == [0.0] * 3
    assert scores[3] == pytest.approx(2.5, abs=0.5)
    assert scores == sorted(scores)
    assert scores[29] == 6.0
    assert found(on.message("Hello", to="alice@example.org", at=30.0, exists="true"))["nonexistent"] == 6.0
    assert found(on.message("Hello", sender="tom@b.example", at=31.0, exists="true")) == {}


def test_limits_can_be_off() -> None:
    on = harness(contacts_per_hour="off", domain_contacts_per_hour="off", nonexistent_per_hour="off")
    assert all(found(on.message("Hello", to=f"u{n}@example.org", exists="false")) == {} for n in range(200))


def test_contacts_and_rooms_are_not_looked_at() -> None:
    on = harness()
    on.roster("alice@example.org", item("tom@b.example", "both"))
    assert on.message("https://example.com", sender="tom@b.example/x")["exempt"] == "contact"
    assert found(on.message("https://example.com", type="groupchat", to="alice@example.org/x")) == {}


def test_scores_are_small_and_add_up() -> None:
    on = harness()
    on.message("Hello", sender="tom@b.example", to="alice@example.org")
    row = on.message("Look: https://x.example, write to t.me/x", sender="alice@examp1e.org", to="bob@example.org")
    assert (row["score"], row["action"]) == (10.0, "drop")
    (one,) = harness().message("Look: https://x.example")["findings"]
    assert one["detail"] == "a link in a first message"


def test_honest_strangers_come_nowhere_near() -> None:
    bodies = [
        "I would like to start a private conversation, see https://otr.cypherpunks.ca/ for more information.",
        "https://upload.example.com/4a771ac1-f0b2/photo.jpg",
        "You are invited to join 'Meeting' at https://meet.jit.si/OpenStandards",
        "My new number is +49 151 12345678, Tom",
    ]
    assert all(harness().message(body)["score"] <= 3.0 for body in bodies)


def test_what_is_learnt_survives_a_reload_and_is_bounded() -> None:
    state = State()
    for size in (1000, 100):
        first_contact.Filter(first_contact.Config(max_pairs=size), state.scoped("first_contact"))
    assert {structure.capacity for structure in state.structures.values()} == {100}
    on = harness(max_pairs=100)
    for n in range(300):
        on.message("Hello", sender=f"m{n}@evil{n}.example", to=f"u{n}@example.org")
    sizes = on.command("status")["state"]
    assert all(size <= 100 for name, size in sizes.items() if name.startswith("first_contact."))


@given(st.text(st.characters(min_codepoint=33, exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_skeleton_looks_like_itself(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


@given(st.text(max_size=200), st.text(max_size=30), st.sampled_from(["chat", "normal", "headline", ""]))
def test_nothing_whatever_breaks_it(body: str, nick: str, type_: str) -> None:
    on = harness()
    clean = [
        "".join(char for char in text if " " <= char < "\ufffe" and not "\ud800" <= char <= "\udfff")
        for text in (body, nick)
    ]
    on.message(clean[0], type=type_)
    on.subscribe(more=NICK % escape(clean[1]))
    assert on.gateway.setup.pipeline.health["first_contact"].failures == 0


@pytest.mark.parametrize(
    "unit", ["a", "@a", "http", "www.", "+1 ", "8 9", "tel:", "aжa", "aж", "ж", "telegram ", "0", "\u0301", "rn"]
)
def test_a_hostile_body_is_judged_in_linear_time(unit: str) -> None:
    body = unit * (65_536 // len(unit.encode()))
    filtering = first_contact.Filter(first_contact.Config(), State().scoped("first_contact"))

    def spent() -> float:
        raw = f"<message from={quoteattr('m@evil.example/x')} to='a@example.org'><body>{escape(body)}</body></message>"
        case = Case(Stanza.read(raw), Rules(), State().key)
        start = time.process_time()
        case.prepare()
        filtering.check(case, 1e9)
        return time.process_time() - start

    assert min(spent() for _ in range(3)) < 0.2  # some 10 ms; a busy machine may take many times that


def test_it_is_documented_in_the_configuration() -> None:
    example = (Path(__file__).parents[2] / "config.example.yaml").read_text(encoding="utf-8")
    assert all(f"  {name}:\n" in example for name in ("campaign", "stranger_rate", "first_contact"))
