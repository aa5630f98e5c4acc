"""Who is a stranger, and what follows from what was found."""

from typing import Any

import pytest

from tests.harness import Harness, item
from xmppfilter.registers.rosters import RosterItem
from xmppfilter.stanza.view import Stanza

ERRORS: dict[str, dict[str, Any]] = {"error_without_child": {}}
BANS = {"known_spammers": {}, **ERRORS}
PATTERN = {"patterns": {"strings": ["exploit"]}}
ALICE = "alice@example.org"
BOB = "bob@b.example"
CONTACT = [
    # a roster item, who sends, whether that is no stranger
    (item(BOB, "both"), f"{BOB}/phone", True),
    (item(BOB, "to"), BOB, True),
    (item(BOB, "from"), BOB, True),
    (item(BOB, "none", ask="subscribe"), BOB, True),
    (item(BOB, "none", approved=True), BOB, True),
    (item(BOB, "from", ask="subscribe"), BOB, True),
    (item(f"{BOB}/phone", "both"), f"{BOB}/other", True),
    (item("Bob@B.example", "both"), BOB, True),
    (item("bob@xn--bcher-kva.example", "both"), "bob@b\u00fccher.example/x", True),
    (item("gateway.example", "both"), "anybody@gateway.example/x", True),
    (item("gateway.example", "to"), "anybody@gateway.example", True),
    (item("gateway.example/registered", "from"), "anybody@gateway.example", True),
    (item("gateway.example", "both"), "gateway.example", True),
    (item("room@conf.example", "both"), "room@conf.example/nick", True),
    # strangers all the same
    (item(BOB), BOB, False),
    (item(BOB, "none", ask="unsubscribe"), BOB, False),
    (item(BOB, "remove"), BOB, False),
    (item("gateway.example", "none", ask="subscribe"), "anybody@gateway.example", False),
    (item("gateway.example", "none", approved=True), "anybody@gateway.example", False),
    (item("gateway.example"), "anybody@gateway.example", False),
    (item("b.example", "both"), "bob@sub.b.example", False),
    (item("sub.b.example", "both"), BOB, False),
    (item("b.example", "both"), "bob@evilb.example", False),
    (item(BOB, "both"), "bobby@b.example", False),
    (item(BOB, "both"), "b.example", False),
    (item("carol@b.example", "both"), BOB, False),
]


def exempt(played: Harness, sender: str, to: str = ALICE, **peer: Any) -> str | None:
    """Why what everybody else would be blocked for is not judged."""
    row = played.message("Hi", sender=sender, to=to, type="error", **peer)
    assert row["action"] == ("drop" if row["exempt"] is None else "deliver")
    assert (row["findings"] == []) is (row["exempt"] is not None)
    reason: str | None = row["exempt"]
    return reason


@pytest.mark.parametrize(("known", "sender", "is_contact"), CONTACT)
def test_the_relation_in_every_state_of_the_roster(known: RosterItem, sender: str, is_contact: bool) -> None:
    played = Harness(ERRORS)
    played.roster(ALICE, known)
    assert exempt(played, sender) == ("contact" if is_contact else None)


def test_another_user_s_roster_says_nothing() -> None:
    played = Harness(ERRORS)
    played.roster("carol@example.org", item(BOB, "both"))
    played.roster("alice@example.net", item(BOB, "both"))
    assert exempt(played, BOB) is None
    assert exempt(played, BOB, "carol@example.org/phone") == "contact"


def test_a_roster_replaces_the_former() -> None:
    played = Harness(ERRORS)
    played.roster(ALICE, item(BOB, "both"))
    played.roster(ALICE, item("carol@c.example", "both"))
    assert exempt(played, BOB) is None
    assert exempt(played, "carol@c.example") == "contact"


@pytest.mark.parametrize(
    ("sender", "to", "reason"),
    [
        (f"{ALICE}/phone", ALICE, "self"),
        (f"{ALICE}/phone", f"{ALICE}/desk", "self"),
        ("ALICE@Example.ORG/phone", ALICE, "self"),
        ("example.org", ALICE, "server"),
        ("example.net", ALICE, "server"),
        ("example.org/announce", ALICE, "server"),
        (f"{ALICE}/phone", "example.org", "server"),
        ("evil.example", ALICE, None),
        ("sub.example.org", ALICE, None),
        ("conference.example.org", ALICE, None),
        ("alice@evil.example", ALICE, None),
        ("alice@example.net", ALICE, None),
        ("carol@example.org/x", ALICE, None),
        ("mallory@evil.example", "example.org", None),
        (f"{ALICE}/phone", "example.com", None),
    ],
)
def test_the_own_account_and_server(sender: str, to: str, reason: str | None) -> None:
    assert exempt(Harness(ERRORS), sender, to) == reason


def test_a_banned_user_still_reaches_the_own_server_and_account() -> None:
    played = Harness(BANS)
    played.offend(sender=f"{ALICE}/x", to="u@far.example")
    assert played.message("Hi", sender=f"{ALICE}/x", to="u@far.example")["action"] == "drop"
    for to in ("example.org", ALICE, "example.net"):
        assert played.iq("set", sender=f"{ALICE}/x", to=to)["action"] == "deliver"


def test_the_direction_that_the_server_names_holds() -> None:
    played = Harness(ERRORS)
    played.roster(ALICE, item("carol@example.org", "both"))
    assert exempt(played, f"{ALICE}/x", "carol@example.org", direction="out") == "contact"
    assert exempt(played, f"{ALICE}/x", "carol@example.org", direction="in") is None
    assert exempt(played, f"{ALICE}/x", "carol@example.org") is None


# --- unfiltered recipients


def test_unfiltered_recipients_receive_everything() -> None:
    played = Harness(BANS, policy={"unfiltered_recipients": ["abuse@example.org"]})
    assert exempt(played, "mallory@evil.example", "abuse@example.org") == "unfiltered_recipient"
    assert played.message("Hi", sender="mallory@evil.example")["action"] == "deliver"  # it was no offence
    played.offend(sender="mallory@evil.example")
    assert played.message("Hi", to="Abuse@example.org/desk")["action"] == "deliver"
    assert played.iq(to="abuse@example.org/desk")["action"] == "deliver"
    assert played.message("Hi", to="abuse@example.net")["action"] == "drop"


# --- correspondents


def test_whom_a_user_has_written_to_is_no_stranger() -> None:
    played = Harness(ERRORS, policy={"correspondents": True})
    assert exempt(played, BOB) is None
    played.message("Hi", sender=f"{ALICE}/phone", to=f"{BOB}/x")
    assert exempt(played, f"{BOB}/other") == "correspondent"
    assert exempt(played, BOB, "carol@example.org") is None
    assert exempt(played, "carol@b.example") is None


@pytest.mark.parametrize(
    ("sent", "learnt"),
    [
        ({"body": "Hi"}, True),
        ({"body": None, "more": "<encrypted xmlns='urn:xmpp:omemo:2'><payload>x</payload></encrypted>"}, True),
        ({"body": None, "more": "<openpgp xmlns='urn:xmpp:openpgp:0'>x</openpgp>"}, True),
        ({"body": None, "more": "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/></encrypted>"}, False),
        ({"body": None, "more": "<encrypted xmlns='urn:x'><payload>x</payload></encrypted>"}, False),
        ({"body": None, "more": "<openpgp xmlns='urn:xmpp:openpgp:0'/>"}, False),
        ({"body": " "}, False),
        ({"body": None, "more": "<received xmlns='urn:xmpp:receipts' id='m'/>"}, False),
        ({"body": None, "more": "<composing xmlns='http://jabber.org/protocol/chatstates'/>"}, False),
        ({"body": "Hi", "type": "groupchat"}, False),
        ({"body": "Hi", "type": "error"}, False),
    ],
)
def test_only_what_a_person_wrote_makes_a_correspondent(sent: dict[str, Any], learnt: bool) -> None:
    played = Harness({"known_spammers": {}} | ERRORS, policy={"correspondents": True})
    played.message(sender=f"{ALICE}/phone", to=BOB, **sent)
    assert exempt(played, BOB) == ("correspondent" if learnt else None)


def test_what_was_blocked_makes_no_correspondent() -> None:
    for mode in ("enforce", "monitor"):
        played = Harness(PATTERN, policy={"correspondents": True, "mode": mode})
        played.message("exploit", sender=f"{ALICE}/phone", to=BOB)
        assert played.message("exploit", sender=BOB)["exempt"] is None


def test_without_the_option_nobody_is_a_correspondent() -> None:
    played = Harness(ERRORS)
    played.message("Hi", sender=f"{ALICE}/phone", to=BOB)
    assert exempt(played, BOB, contacted="true") is None


def test_the_server_may_know_of_a_correspondent() -> None:
    played = Harness(ERRORS, policy={"correspondents": True})
    assert exempt(played, BOB, contacted="true") == "correspondent"
    assert exempt(played, BOB, contacted="false") is None


def test_a_user_who_writes_to_an_occupant_knows_that_occupant_alone() -> None:
    played = Harness(PATTERN, policy={"correspondents": True})
    mark = "<x xmlns='http://jabber.org/protocol/muc#user'/>"
    for room, more in (("room@conference.example.org", ""), ("room@conf.far.example", mark)):
        played.message("Hi", sender=f"{ALICE}/phone", to=f"{room}/good", more=more)
        assert played.message("exploit", sender=f"{room}/good", more=more)["exempt"] == "correspondent"
        assert played.message("exploit", sender=f"{room}/bad", more=more)["exempt"] is None


def test_a_word_to_a_marked_occupant_does_not_free_the_room() -> None:
    played = Harness(PATTERN, policy={"correspondents": True})
    room, mark = "room@conf.far.example", "<x xmlns='http://jabber.org/protocol/muc#user'/>"
    played.message("Hi", sender=f"{ALICE}/phone", to=f"{room}/good", more=mark)
    assert played.message("exploit", sender=f"{room}/bad")["exempt"] is None


@pytest.mark.parametrize("told", ["true", None])
def test_who_writes_first_frees_nothing_of_its_own(told: str | None) -> None:
    played = Harness(PATTERN, policy={"correspondents": True})
    meta: dict[str, Any] = {"direction": "out"} | ({"contacted": told} if told else {})
    for _ in range(2):
        played.message("Hi", sender=f"{ALICE}/phone", to=BOB, **meta)
    assert played.message("exploit", sender=f"{ALICE}/phone", to=BOB, **meta)["action"] == "drop"


@pytest.mark.parametrize(
    ("listed", "subscription", "more", "incoming", "outgoing"),
    [
        (BOB, "both", {}, True, True),
        (BOB, "to", {}, True, True),
        (BOB, "from", {}, True, True),
        (BOB, "none", {"ask": "subscribe"}, True, False),
        (BOB, "none", {"approved": True}, True, False),
        ("b.example", "both", {}, True, True),
        ("b.example", "from", {}, True, True),
        ("b.example", "to", {}, True, False),
    ],
)
def test_what_a_user_has_done_alone_frees_only_what_comes_in(
    listed: str, subscription: str, more: dict[str, Any], incoming: bool, outgoing: bool
) -> None:
    played = Harness(ERRORS)
    played.roster(ALICE, item(listed, subscription, **more))
    assert (exempt(played, BOB) == "contact") is incoming
    assert (exempt(played, f"{ALICE}/x", BOB, direction="out") == "contact") is outgoing
    again = played.presence("subscribe", sender=ALICE, to=BOB)["exempt"]
    assert (again == "contact") is incoming  # servers send unanswered requests again


def test_a_stranger_makes_no_correspondent_of_itself() -> None:
    played = Harness(ERRORS, policy={"correspondents": True})
    for _ in range(3):
        played.message("Hi", sender=BOB)
    assert exempt(played, BOB) is None


# --- contacted: whoever our user wrote to may answer

SOFT = {
    "campaign": {"strangers": 4},
    "first_contact": {"contacts_per_hour": 1},
    "presence_subscribe_rate": {"recipient_limit_per_hour": 1, "repeats_per_day": 1},
    "stranger_rate": {"recipients_per_minute": 1, "messages_per_minute": 1},
}
TEXT = "Dear friends, this is what I have to tell all of you at once: the harvest festival is on Sunday at ten"
RECEIPT = "<received xmlns='urn:xmpp:receipts' id='m'/>"
OTR = "?OTR%s: who begins a session makes the other's client write this"


def judged_softly(played: Harness, *, to: str = ALICE, **peer: Any) -> bool:
    """Whether any of the soft filters finds something about what BOB sends."""
    stanzas = [played.message(TEXT, sender=f"{BOB}/x", to=to, **peer) for _ in range(3)]
    stanzas += [played.subscribe(sender=BOB, to=to, **peer) for _ in range(2)]
    return any(row["findings"] for row in stanzas)


def a_sender_of_many() -> Harness:
    """Return a gateway that BOB has sent the same to several users, some hours after that."""
    played = Harness(SOFT)
    for n in range(4):
        played.message(TEXT, sender=f"{BOB}/x", to=f"u{n}@example.org", at=n * 1000.0)
    return played


@pytest.mark.parametrize(
    ("sent", "contacted"),
    [
        ({"body": "Hi"}, True),
        ({"body": "Hi", "to": f"{BOB}/phone"}, True),
        ({"body": None, "more": "<encrypted xmlns='urn:xmpp:omemo:2'><payload>x</payload></encrypted>"}, True),
        ({"body": "?OTR:AAMDxxxx."}, True),
        ({"body": OTR % "v23?"}, False),
        ({"body": "?OTR:AAMCxxxx."}, False),
        ({"body": OTR % " Error"}, False),
        ({"body": None, "more": RECEIPT}, False),
        ({"body": "Hi", "type": "error"}, False),
        ({"body": "Hi", "type": "groupchat"}, False),
        ({"body": "Hi", "to": "carol@b.example"}, False),
        ({"body": "Hi", "sender": "carol@example.org"}, False),
        ({"body": "Hi", "sender": "alice@far.example"}, False),
        ({}, False),
    ],
)
def test_the_soft_filters_spare_whom_our_user_wrote_to(sent: dict[str, Any], contacted: bool) -> None:
    played = a_sender_of_many()
    if sent:
        played.message(**({"sender": f"{ALICE}/phone", "to": BOB} | sent))
    assert judged_softly(played, to="dave@example.org")
    assert judged_softly(played) is not contacted


@pytest.mark.parametrize(("kind", "contacted"), [("subscribe", True), ("subscribed", False), (None, False)])
def test_a_request_by_our_user_is_a_word_to_the_other(kind: str | None, contacted: bool) -> None:
    played = a_sender_of_many()
    played.presence(kind, sender=ALICE, to=BOB)
    assert judged_softly(played) is not contacted


@pytest.mark.parametrize(("told", "direction", "contacted"), [("true", "in", True), ("false", "in", False)])
def test_the_server_s_word_is_enough(told: str, direction: str, contacted: bool) -> None:
    assert judged_softly(a_sender_of_many(), contacted=told, direction=direction) is not contacted


def test_what_was_stopped_is_no_word() -> None:
    played = Harness(SOFT | PATTERN)
    played.message("exploit", sender=f"{ALICE}/phone", to=BOB)
    for n in range(4):
        played.message(TEXT, sender=f"{BOB}/x", to=f"u{n}@example.org")
    assert judged_softly(played)


def test_answers_do_not_count_towards_any_rate() -> None:
    played = Harness({"stranger_rate": {"recipients_per_minute": 2}, "first_contact": {"contacts_per_hour": 2}})
    for n in range(20):
        played.message(f"Hi {n}", sender=f"u{n}@example.org/x", to=BOB)
    answers = [played.message(f"Yes {n}", sender=f"{BOB}/x", to=f"u{n}@example.org") for n in range(20)]
    assert [row["findings"] for row in answers] == [[]] * 20
    assert played.message("Hello", sender=f"{BOB}/x", to=ALICE)["findings"] == []


def test_what_is_certain_is_found_in_answers_too() -> None:
    played = Harness(PATTERN | {"campaign": {"strangers": 4}})
    played.message("Hi", sender=f"{ALICE}/phone", to=BOB)
    assert played.message("exploit", sender=BOB)["action"] == "drop"
    for n in range(100):
        row = played.message(TEXT, sender=f"m{n}@far{n}.example", to=f"u{n}@example.org", at=n / 10)
    assert row["score"] == 10.0
    assert played.message(TEXT, sender=BOB)["score"] == 10.0


SUPPORT = "support@example.org"
ANSWER = (
    "Thank you for your message! We look after it as soon as we can, on weekdays within a day. If it is urgent, "
    "call us: +49 30 901820. Your ticket is #{}."
)


@pytest.mark.parametrize(
    ("question", "spared"), [({"body": "Where is it?"}, True), ({"body": None, "more": RECEIPT}, False)]
)
@pytest.mark.parametrize("resource", ["", "/phone"])
def test_a_user_of_ours_who_answers_strangers_is_no_spammer(
    question: dict[str, Any], spared: bool, resource: str
) -> None:
    played = Harness({"known_spammers": {}, "campaign": {}, "first_contact": {}, "stranger_rate": {}})
    for n in range(60):
        asker = f"q{n}@a{n}.example"
        played.message(**question, sender=f"{asker}/phone", to=SUPPORT, at=n * 10.0)
        row = played.message(ANSWER.format(n), sender=f"{SUPPORT}/bot", to=f"{asker}{resource}", at=n * 10.0 + 1)
    assert (row["findings"] == []) is spared


def test_who_only_wrote_to_us_is_a_stranger_to_all_others_and_to_the_filters_that_are_sure() -> None:
    played = Harness(PATTERN, policy={"correspondents": True})
    played.message("Hi", sender=BOB)
    assert played.message("exploit", sender=f"{ALICE}/x", to=BOB)["action"] == "drop"
    assert played.message("exploit", sender=BOB)["action"] == "drop"


# --- colleagues

NOTICE = (
    "Dear colleagues, the canteen is closed on Friday because of the works on the kitchen; please bring your own lunch."
)
HR = "hr@example.org/pc"


def scores(sender: str, to: str, name: str, options: dict[str, Any], many: int) -> float:
    """What *name* scores the last of *many* notices of *sender*, one every half second."""
    played = Harness({name: options})
    rows = [played.message(f"{NOTICE}", sender=sender, to=to.format(n), at=n / 2) for n in range(many)]
    score: float = rows[-1]["score"]
    return score


@pytest.mark.parametrize(
    ("name", "options", "many", "share"),
    [
        ("stranger_rate", {}, 40, 0.5),
        ("first_contact", {}, 25, 0.5),
        ("campaign", {"rate": 900.0}, 15, 0.5),
        ("same_long_body", {}, 25, 0.5),
        # what is certain is so between colleagues as well, only later
        ("campaign", {"service_strangers": None}, 150, 1.0),
    ],
)
def test_what_is_soft_weighs_half_between_colleagues(
    name: str, options: dict[str, Any], many: int, share: float
) -> None:
    full = scores("hr@far.example/pc", "u{}@example.org", name, options, many)
    assert full > 0
    assert scores(HR, "u{}@example.org", name, options, many) == pytest.approx(full * share, abs=0.4)
    assert scores(HR, "u{}@example.net", name, options, many) == pytest.approx(full * share, abs=0.4)
    assert scores(HR, "u{}@far.example", name, options, many) == pytest.approx(full, abs=0.5)


# --- mediated invitations


def invite(*inviters: str) -> str:
    invites = "".join(f"<invite from='{inviter}'><reason>exploit</reason></invite>" for inviter in inviters)
    return f"<x xmlns='http://jabber.org/protocol/muc#user'>{invites}</x>"


@pytest.mark.parametrize(
    ("more", "peer", "judged"),
    [
        (invite(f"{BOB}/phone"), {}, False),
        (invite(BOB), {}, False),
        (invite("carol@c.example"), {}, True),
        (invite(BOB, "carol@c.example"), {}, True),
        (invite(""), {}, True),
        (invite("@@"), {}, True),
        ("<x xmlns='http://jabber.org/protocol/muc#user'><invite/></x>", {}, True),
        ("<x xmlns='http://jabber.org/protocol/muc#user'/>", {}, True),
        (f"<y xmlns='urn:example:y'>{invite(BOB)}</y>", {}, True),
        (invite(BOB).replace("muc#user", "muc"), {}, True),
        (invite("carol@c.example"), {"inviter": "contact"}, False),
        ("", {"inviter": "contact"}, True),
    ],
)
def test_an_invitation_by_a_contact(more: str, peer: dict[str, Any], judged: bool) -> None:
    played = Harness({"patterns": {"strings": ["exploit"], "scan": ["reason", "body"]}})
    played.roster(ALICE, item(BOB, "both"))
    row = played.message("exploit", sender="room@conf.example", type=None, more=more, **peer)
    assert row["action"] == ("drop" if judged else "deliver")
    assert row["exempt"] is None


VISIBLE = [
    # What a stranger sends, in two worlds that differ by what only the recipient or its server knows
    pytest.param({"more": invite(BOB)}, item(BOB, "both"), {}, id="the inviter is a contact"),
    pytest.param({"more": invite(BOB)}, None, {"inviter": "contact"}, id="the inviter is a contact, says the server"),
    pytest.param({"sender": "b0b@b.example"}, item("bob@b.example", "both"), {}, id="looks like a contact"),
    pytest.param(
        {"more": "<nick xmlns='http://jabber.org/protocol/nick'>Bobby</nick>"},
        item(BOB, "both", name="Bobby"),
        {},
        id="calls itself as a contact is called",
    ),
    pytest.param({"sender": "a1ice@example.net"}, None, {"exists": "true"}, id="the account exists"),
    pytest.param({}, None, {"online": "true"}, id="the recipient is online"),
    pytest.param({}, None, {"contacted": "true"}, id="the recipient has written to somebody else before"),
]


@pytest.mark.parametrize(("sent", "known", "peer"), VISIBLE)
@pytest.mark.parametrize("body", ["exploit", "hello"])
def test_what_a_stranger_sees_depends_on_nothing_that_only_the_recipient_knows(
    sent: dict[str, Any], known: RosterItem | None, peer: dict[str, Any], body: str
) -> None:
    filters = BANS | {
        "patterns": {"strings": ["exploit"], "scan": ["reason", "body"]},
        "first_contact": {},
    }
    seen = []
    for roster, told in (((known,) if known else (), peer), ((), {})):
        played = Harness(filters, policy={"action": "bounce", "thresholds": {"spam": 2.0}})
        played.roster(ALICE, *roster)
        stanza = {"sender": "room@conf.example", "type": None} | sent | told
        answers = [played.message(body, **stanza)["action"] == "bounce"]
        answers.append(played.iq(sender=f"{stanza['sender']}/x")["action"] == "bounce")  # a ban is seen by this
        seen.append(answers)
    assert seen[0] == seen[1]


def test_a_ban_judges_the_room_whoever_invites() -> None:
    played = Harness(BANS)
    played.roster(ALICE, item(BOB, "both"))
    played.offend(sender="room@conf.example")
    row = played.message(None, sender="room@conf.example", type=None, more=invite(BOB))
    assert (row["action"], row["decided_by"]) == ("drop", "known_spammers")


# --- actions


@pytest.mark.parametrize(
    ("policy", "action"),
    [
        ({}, "drop"),
        ({"action": "drop"}, "drop"),
        ({"action": "bounce"}, "bounce"),
        ({"action": "tag"}, "tag"),
        ({"actions": {"patterns": "bounce"}}, "bounce"),
        ({"actions": {"patterns.string": "tag"}}, "tag"),
        ({"actions": {"patterns": "bounce", "patterns.string": "tag"}}, "tag"),
        ({"actions": {"patterns.regex": "tag", "same_long_body": "bounce"}}, "drop"),
        ({"action": "bounce", "actions": {"patterns": "drop"}}, "drop"),
    ],
)
def test_the_action_by_filter_and_by_rule(policy: dict[str, Any], action: str) -> None:
    row = Harness(PATTERN, policy=policy).message("exploit")
    assert (row["action"], row["decided_by"], row["score"]) == (action, "patterns", 10.0)


def test_a_tag() -> None:
    played = Harness(PATTERN, policy={"action": "tag"})
    sent = "<message from='m@evil.example/x' to='alice@example.org'><body>an &#101;xploit</body></message>"
    row = played.send(sent)
    tag = "<spam xmlns='urn:xmppfilter:tag:0' score='10' filter='patterns'/>"
    assert row["forwarded"] == sent.replace("</message>", f"{tag}</message>")
    assert row["replies"] == []


def test_a_bounce_says_nothing_of_what_was_sent() -> None:
    played = Harness(PATTERN, policy={"action": "bounce"})
    row = played.send(
        "<message id='a&lt;1' from='m@evil.example/x' to='alice@example.org'><body>exploit</body></message>"
    )
    assert row["forwarded"] is None
    (reply,) = row["replies"]
    assert reply.startswith("<message type='error' id='a&lt;1' from='alice@example.org' to='m@evil.example/x'>")
    assert reply.count("<error type='cancel'>") == 1
    for word in ("exploit", "patterns", "body", "spam"):
        assert word not in reply
    tree = Stanza.read(reply).tree
    assert [child.tag for child in tree] == ["error"]
    names = {child.tag.rpartition("}")[2] for child in tree[0]}
    assert names == {"policy-violation", "text"}


def test_a_bounce_of_a_stanza_without_an_id_has_none() -> None:
    played = Harness(PATTERN, policy={"action": "bounce"})
    (reply,) = played.send("<message from='m@evil.example' to='alice@example.org'><body>exploit</body></message>")[
        "replies"
    ]
    assert " id=" not in reply


ANSWERED = [
    # what a banned sender sends, what becomes of it where the action is drop, bounce, tag
    ("<message type='chat' {}/>", "drop", "bounce", "tag"),
    ("<message {}/>", "drop", "bounce", "tag"),
    ("<message type='headline' {}/>", "drop", "bounce", "tag"),
    ("<message type='groupchat' {}/>", "drop", "bounce", "tag"),
    ("<message type='error' {}/>", "drop", "drop", "tag"),
    ("<presence type='subscribe' {}/>", "drop", "bounce", "tag"),
    ("<presence {}/>", "drop", "drop", "tag"),
    ("<presence type='subscribed' {}/>", "drop", "drop", "tag"),
    ("<presence type='error' {}/>", "drop", "drop", "tag"),
    ("<iq id='i' type='get' {}/>", "bounce", "bounce", "deliver"),
    ("<iq id='i' type='set' {}/>", "bounce", "bounce", "deliver"),
    ("<iq type='get' {}/>", "drop", "drop", "deliver"),
    ("<iq id='i' type='result' {}/>", "drop", "drop", "deliver"),
    ("<iq id='i' type='error' {}/>", "drop", "drop", "deliver"),
    ("<iq id='i' type='nonsense' {}/>", "drop", "drop", "deliver"),
    ("<iq id='i' {}/>", "drop", "drop", "deliver"),
]


@pytest.mark.parametrize(("xml", "dropped", "bounced", "tagged"), ANSWERED)
def test_who_is_never_answered(xml: str, dropped: str, bounced: str, tagged: str) -> None:
    for action, becomes in (("drop", dropped), ("bounce", bounced), ("tag", tagged)):
        played = Harness({"known_spammers": {}}, policy={"action": action})
        played.command("spammers", "ban", "mallory@evil.example")
        row = played.send(xml.format("from='mallory@evil.example' to='alice@example.org'"))
        assert row["action"] == becomes
        assert len(row["replies"]) == (1 if becomes == "bounce" else 0)
        assert (row["forwarded"] is not None) is (becomes in {"deliver", "tag"})


# --- scores


@pytest.mark.parametrize(
    ("scores", "thresholds", "action", "decided_by", "total"),
    [
        ((10, 10), {}, "drop", "groupchat_to_bare_jid", 20),
        ((4, 5), {}, "deliver", None, 9),
        ((5, 5), {}, "drop", "groupchat_to_bare_jid", 10),
        ((4, 6), {}, "drop", "patterns", 10),
        ((10, -1), {}, "deliver", None, 9),
        ((12, -1), {}, "drop", "groupchat_to_bare_jid", 11),
        ((3.3, 6.7), {}, "drop", "patterns", 10),
        ((4, 5), {"tag": 9}, "tag", "patterns", 9),
        ((4, 5), {"tag": 9.5}, "deliver", None, 9),
        ((5, 5), {"tag": 3}, "drop", "groupchat_to_bare_jid", 10),
        ((10, 10), {"spam": "off"}, "deliver", None, 20),
        ((10, 10), {"spam": "off", "tag": 5}, "tag", "groupchat_to_bare_jid", 20),
        ((2, 3), {"spam": 5}, "drop", "patterns", 5),
        ((10, 10), {"spam": 21}, "deliver", None, 20),
    ],
)
def test_findings_are_summed(
    scores: tuple[float, float], thresholds: dict[str, Any], action: str, decided_by: str | None, total: float
) -> None:
    played = Harness(
        {"groupchat_to_bare_jid": {}, **PATTERN},
        policy={"thresholds": thresholds},
        common={"groupchat_to_bare_jid": {"score": scores[0]}, "patterns": {"score": scores[1]}},
    )
    row = played.message("exploit", type="groupchat", sender="m@evil.example")
    assert (row["action"], row["decided_by"], row["score"]) == (action, decided_by, total)
    assert [finding["score"] for finding in row["findings"]] == list(scores)


def test_at_the_same_height_the_order_of_the_pipeline_decides() -> None:
    """The stage goes first, whatever the order in the configuration."""
    played = Harness({**PATTERN, "groupchat_to_bare_jid": {}})
    row = played.message("exploit", type="groupchat", sender="m@evil.example")
    assert row["decided_by"] == "groupchat_to_bare_jid"
    assert [finding["filter"] for finding in row["findings"]] == ["groupchat_to_bare_jid", "patterns"]


def test_a_ban_goes_before_everything() -> None:
    played = Harness(
        BANS,
        policy={"action": "drop", "actions": {"known_spammers": "tag", "error_without_child": "drop"}},
        common={"error_without_child": {"score": 100}},
    )
    assert played.offend()["decided_by"] == "error_without_child"
    row = played.offend()
    assert (row["action"], row["decided_by"], row["score"]) == ("tag", "known_spammers", 110.0)


def test_a_ban_blocks_whatever_the_threshold() -> None:
    played = Harness({"known_spammers": {}}, policy={"thresholds": {"spam": "off"}})
    played.command("spammers", "ban", "mallory@evil.example")
    assert played.message("Hi")["action"] == "drop"


def test_a_threshold_below_zero_is_no_trap_for_findings_that_weigh_nothing() -> None:
    played = Harness(
        ERRORS, policy={"thresholds": {"spam": "off", "tag": 0}}, common={"error_without_child": {"mode": "monitor"}}
    )
    row = played.offend()
    assert (row["action"], row["events"]) == ("deliver", [])


# --- monitor mode


def test_monitor_mode_delivers_and_says_what_enforce_would_have_done() -> None:
    played = Harness(PATTERN, policy={"mode": "monitor", "action": "bounce"})
    row = played.message("exploit")
    assert (row["action"], row["would"], row["decided_by"], row["replies"]) == ("deliver", "bounce", "patterns", [])
    assert row["forwarded"] == (
        '<message from="mallory@evil.example/x" to="alice@example.org" type="chat" id=\'m1\'>'
        "<body>exploit</body></message>"
    )
    assert played.message("Hello")["would"] == "deliver"


def test_in_monitor_mode_nothing_is_tagged() -> None:
    row = Harness(PATTERN, policy={"mode": "monitor", "action": "tag"}).message("exploit")
    assert (row["action"], row["would"]) == ("deliver", "tag")
    assert "urn:xmppfilter:tag" not in row["forwarded"]


def test_enforce_says_nothing_of_what_would_be() -> None:
    played = Harness(PATTERN)
    assert played.message("exploit")["would"] is None
    assert played.message("Hi")["would"] is None


def test_one_domain_may_be_monitored() -> None:
    played = Harness(BANS, policy={"per_domain": {"example.net": {"mode": "monitor"}}})
    row = played.offend(to="carol@example.net")
    assert (row["action"], row["would"]) == ("deliver", "drop")
    assert played.message("Hi", to="carol@example.net")["would"] == "drop"
    assert played.message("Hi")["action"] == "deliver"  # the offence of a monitored domain bans nobody elsewhere
    played.offend()
    assert played.message("Hi")["action"] == "drop"
    assert played.message("Hi", to="carol@example.net")["would"] == "drop"


def test_one_domain_alone_may_be_enforced() -> None:
    played = Harness(ERRORS, policy={"mode": "monitor", "per_domain": {"example.net": {"mode": "enforce"}}})
    assert played.offend()["action"] == "deliver"
    assert played.offend(to="carol@example.net")["action"] == "drop"


def test_what_else_a_domain_may_have_of_its_own() -> None:
    own = {"action": "tag", "unfiltered_recipients": ["abuse@example.net"], "thresholds": {"spam": 20}}
    played = Harness(PATTERN, policy={"action": "bounce", "per_domain": {"example.net": own}})
    assert played.message("exploit")["action"] == "bounce"
    assert played.message("exploit", to="carol@example.net")["action"] == "deliver"
    assert played.message("exploit", to="abuse@example.net")["exempt"] == "unfiltered_recipient"
    assert played.message("exploit", sender="carol@example.net/x", to="u@far.example")["action"] == "deliver"
    assert played.message("exploit", sender="carol@example.net/x", to=ALICE)["action"] == "bounce"


def test_the_mode_that_an_operator_chooses_is_of_every_domain_without_its_own() -> None:
    per_domain = {"example.net": {"action": "bounce"}}
    played = Harness(PATTERN, policy={"mode": "monitor", "per_domain": per_domain})
    assert played.message("exploit", to="carol@example.net")["action"] == "deliver"
    played.command("mode", "enforce")
    assert played.message("exploit", to="carol@example.net")["action"] == "bounce"
    played = Harness(PATTERN, policy={"per_domain": {"example.net": {"mode": "enforce"}}})
    played.command("mode", "monitor")
    assert played.message("exploit")["action"] == "deliver"
    assert played.message("exploit", to="carol@example.net")["action"] == "drop"


# --- addresses


@pytest.mark.parametrize(
    "addresses",
    [
        "to='alice@example.org'",
        "from='m@evil.example'",
        "",
        "from='' to='alice@example.org'",
        "from='@evil.example' to='alice@example.org'",
        "from='m@' to='alice@example.org'",
        "from='m@evil.example/' to='alice@example.org'",
        "from='a@b@c' to='alice@example.org'",
        "from='m m@evil.example' to='alice@example.org'",
        "from='m@evil.example' to='al&lt;ice@example.org'",
        "from='m@evil.example' to='@'",
        f"from='{'m' * 1024}@evil.example' to='alice@example.org'",
        f"from='m@evil.example/{'m' * 1024}' to='alice@example.org'",
        f"from='{'m' * 100_000}' to='alice@example.org'",
    ],
)
@pytest.mark.parametrize("name", ["message", "presence", "iq"])
def test_a_stanza_with_a_bad_address_is_dropped_that_one_alone(addresses: str, name: str) -> None:
    played = Harness(BANS)
    row = played.send(f"<{name} {addresses} type='get' id='i'/>")
    assert (row["action"], row["decided_by"], row["forwarded"], row["replies"]) == ("drop", None, None, [])
    assert (row["findings"], row["exempt"], row["score"]) == ([], None, 0.0)
    assert played.message("Hi", sender="m@evil.example")["action"] == "deliver"
