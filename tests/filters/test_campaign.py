# ruff: noqa: RUF001 - look-alikes are what is tested
"""campaign: one text, or near copies of it, to many strangers."""

import random
import re
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.carriers import CARRIERS, HANDED_ON, INVISIBLE, OMEMO, OMEMO_KEYS, TOKENS
from tests.harness import Harness, item
from tests.harness import settings as configured
from xmppfilter.build import Core
from xmppfilter.filters import campaign
from xmppfilter.judging.case import Case, Rules
from xmppfilter.memory.state import State
from xmppfilter.replay.replay import Row
from xmppfilter.stanza.view import Stanza
from xmppfilter.store.sqlite import SqliteStore

OFFER = (
    "Earn money at home, two hours a day, paid every evening, no experience wanted. Places are few, so write to our "
    "manager right now and ask for the green list: https://green-list.example/start"
)
WARNING = (
    "Attention everybody: the river will flood the lower town tonight. Bring your cars up the hill and stay away from "
    "the bridge. Please pass this on to your neighbours."
)
PGP = "<x xmlns='jabber:x:encrypted'>hQEMA1</x>"
INVITE = "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='bob@b.example'>%s</invite></x>"
DIRECT = "<x xmlns='jabber:x:conference' jid='room@conf.example'/>"
WHOLE_FALLBACK = "<fallback xmlns='urn:xmpp:fallback:0'/>"


def same(text: str, number: int) -> str:  # noqa: ARG001 - as `varied`
    return text


def varied(text: str, number: int) -> str:
    """Do what robots do: greet by name, end in a token, mix scripts, put words in and change their places."""
    dice = random.Random(number)
    words = text.split()
    for _ in range(2):
        at = dice.randrange(len(words) - 1)
        words[at], words[at + 1] = words[at + 1], words[at]
    words = [word for word in words for word in ([word, "really"] if dice.random() < 0.05 else [word])]
    pairs = dict(zip("aeopc", "аеорс", strict=True))
    mixed = "".join(pairs.get(char, char) if dice.random() < 0.2 else char for char in " ".join(words))
    return f"Hello {dice.choice(['Ann', 'Bob', 'Eve'])}! {mixed} [{dice.getrandbits(32):x}]"


def play(
    text: str,
    *,
    strangers: int,
    accounts: int,
    seconds: float,
    vary: Callable[[str, int], str] = same,
    more: str = "",
    on: Harness | None = None,
    **message: str,
) -> list[float]:
    """Send a text to so many strangers by so many accounts, evenly over that time; return each message's score."""
    on = on or Harness({"campaign": {}})
    rows = [
        on.message(
            vary(text, n),
            sender=f"robot{n % accounts}@evil{n % accounts % 7}.example/x",
            to=f"user{n}@example.org",
            more=more,
            at=n * seconds / strangers,
            **message,
        )
        for n in range(strangers)
    ]
    return [row["score"] for row in rows]


@pytest.mark.parametrize(
    ("strangers", "accounts", "seconds", "vary", "sure_from"),
    [
        (60, 17, 130, varied, 25),  # many accounts, one copy every two seconds
        (60, 17, 130, same, 25),
        (60, 60, 130, varied, 25),
        (60, 1, 60, varied, 25),  # one account at a high rate
        (60, 1, 60, same, 25),
        (60, 3, 60, varied, 25),
        (150, 1, 7000, varied, 105),  # so many by one are sure at any rate
        (150, 50, 3500, varied, 110),  # by many too, where the copies are varied
    ],
)
def test_a_campaign_ends_as_spam(
    strangers: int, accounts: int, seconds: float, vary: Callable[[str, int], str], sure_from: int
) -> None:
    scores = play(OFFER, strangers=strangers, accounts=accounts, seconds=seconds, vary=vary)
    assert scores[:5] == [0.0] * 5
    assert 0 < scores[8] < 10
    assert min(scores[sure_from:]) >= 10.0


PASSING = {
    "few copies": {"strangers": 19, "accounts": 6, "seconds": 10},
    "a warning that neighbours pass on": {"text": WARNING, "strangers": 60, "accounts": 25, "seconds": 1800},
    "a popular warning": {"text": WARNING, "strangers": 300, "accounts": 200, "seconds": 3000},
    "a new address, told to friends": {
        "text": f"This is Tom's new address. {WARNING}", "strangers": 15, "accounts": 1, "seconds": 5,
    },
    "a greeting": {"text": "Hi, how are you?", "strangers": 400, "accounts": 300, "seconds": 100},
    "one word": {"text": "Hi", "strangers": 1000, "accounts": 600, "seconds": 100},
    "a wish for the new year": {
        "text": "Happy new year to you and yours!", "strangers": 300, "accounts": 60, "seconds": 60,
    },
    "a popular link": {
        "text": "https://video.example/watch?v=the-song-that-everybody-listens-to-this-summer",
        "strangers": 300, "accounts": 200, "seconds": 300,
    },
    "the fallback of OMEMO": {
        "text": "Diese Nachricht ist mit OMEMO verschlüsselt, aber dein Programm scheint das nicht zu unterstützen.",
        "more": OMEMO, "strangers": 300, "accounts": 200, "seconds": 100,
    },
    "the fallback of PGP": {
        "text": "Diese Nachricht ist verschlüsselt, aber dein Programm scheint das leider nicht zu unterstützen.",
        "more": PGP, "strangers": 300, "accounts": 200, "seconds": 100,
    },
    "the fallback of OMEMO, its payload lost": {
        "text": "I sent you an OMEMO encrypted message but your client doesn’t seem to support that. Find more "
        "information on https://conversations.im/omemo",
        "strangers": 300, "accounts": 200, "seconds": 100,
    },
    "an OTR query with its explanation": {
        "text": "?OTRv23?\nI would like to start an Off-the-Record private conversation. However, you do not have a "
        "plugin to support that. See https://otr.cypherpunks.ca/ for more information.",
        "strangers": 300, "accounts": 200, "seconds": 100,
    },
    "what servers write in an invitation": {
        "text": "romeo@example.net invites you to the room garden@conference.example.net",
        "more": INVITE % "", "strangers": 300, "accounts": 200, "seconds": 100,
    },
    "invitations to a popular room": {"text": "", "more": DIRECT, "strangers": 300, "accounts": 200, "seconds": 6000},
}  # fmt: skip


PROSE = OFFER.replace("&", "and")


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("vary", [same, varied])
def test_a_campaign_is_found_wherever_a_client_shows_it(carrier: str, vary: Callable[[str, int], str]) -> None:
    """120 accounts, a copy a second, beside a body that says another thing each time."""
    on = Harness({"campaign": {}})
    scores = []
    for n in range(120):
        row = on.message(
            f"{n * n} {n:x}",
            sender=f"robot{n}@evil{n % 7}.example/x",
            to=f"user{n}@example.org",
            more=carrier % escape(vary(PROSE, n)),
            at=float(n),
        )
        scores.append(row["score"])
    assert min(scores[40:]) >= 10.0


@pytest.mark.parametrize(
    "forged", [OMEMO_KEYS.format(""), OMEMO_KEYS.format("<payload/>"), "<openpgp xmlns='urn:xmpp:openpgp:0'/>"]
)
def test_an_element_that_nobody_could_decrypt_hides_no_body(forged: str) -> None:
    scores = play(OFFER, strangers=120, accounts=120, seconds=120, more=forged)
    assert min(scores[40:]) >= 10.0


def test_a_campaign_in_requests_is_found_in_the_name() -> None:
    on = Harness({"campaign": {}})
    nick = f"<nick xmlns='http://jabber.org/protocol/nick'>{PROSE}</nick>"
    scores = [
        on.subscribe(sender=f"robot{n}@evil.example", to=f"user{n}@example.org", more=nick, at=float(n))["score"]
        for n in range(120)
    ]
    assert min(scores[40:]) >= 10.0


@pytest.mark.parametrize("quiet", (INVISIBLE | HANDED_ON).values(), ids=INVISIBLE | HANDED_ON)
def test_what_everybody_s_client_sends_alike_is_no_campaign(quiet: str) -> None:
    on = Harness({"campaign": {}, "same_long_body": {}, "first_contact": {"contacts_per_hour": None}})
    rows = [
        on.message(None, sender=f"a{n}@b{n % 7}.example/x", to=f"user{n}@example.org", more=quiet % PROSE, at=float(n))
        for n in range(120)
    ]
    assert max(row["score"] for row in rows) == 0


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_ids_and_hashes_are_no_campaign(token: str) -> None:
    on = Harness({"campaign": {}, "same_long_body": {"body_size": 10}})
    rows = [
        on.message(f"{n}", sender=f"a{n}@b{n % 7}.example/x", to=f"user{n}@example.org", more=token, at=float(n))
        for n in range(120)
    ]
    assert max(row["score"] for row in rows) == 0


def test_a_text_in_two_places_is_one_copy() -> None:
    html = CARRIERS["XHTML-IM (XEP-0071)"]
    alone = play(OFFER, strangers=60, accounts=17, seconds=130)
    twice = play(OFFER, strangers=60, accounts=17, seconds=130, more=html % f"{escape(OFFER)}<br/>")
    assert twice == alone


@pytest.mark.parametrize("case", PASSING.values(), ids=PASSING)
def test_what_people_and_their_clients_do_is_never_spam(case: dict[str, object]) -> None:
    scores = play(**({"text": OFFER} | case))  # type: ignore[arg-type]
    assert max(scores) <= 6.0


QUIET = {
    "a greeting": ("Are you there?", ""),
    "the fallback of OMEMO": (
        "I sent you an OMEMO encrypted message but your client doesn't seem to support that.",
        OMEMO,
    ),
    "an invitation": ("romeo@example.net invites you to the room garden@conference.example.net", INVITE % ""),
    "a link": ("https://video.example/v?q=1", ""),
}


@pytest.mark.parametrize(("text", "more"), QUIET.values(), ids=QUIET)
def test_and_at_a_usual_rate_nothing_is_said(text: str, more: str) -> None:
    assert set(play(text, more=more, strangers=15, accounts=12, seconds=600)) == {0.0}


COVERS = {
    "an encrypted payload that is empty": ("%s", "<encrypted xmlns='eu.siacs.conversations.axolotl'/>"),
    "a whole fallback": ("%s", WHOLE_FALLBACK),
    "an OTR query": ("?OTRv23? %s", ""),
    "an OTR query, the long way": ("?OTR?v2? %s", ""),
    "an invitation": ("%s", DIRECT),
    "a standard sentence before it": (
        "I sent you an OMEMO encrypted message but your client doesn't seem to support that. %s",
        "",
    ),
    "a second body": ("Hi", f"<body xml:lang='de'>{OFFER}</body>"),
    "a reason": ("You are invited", INVITE % f"<reason>{OFFER}</reason>"),
    "addresses": ("a@b.example %s c@d.example", ""),
}


@pytest.mark.parametrize(("text", "more"), COVERS.values(), ids=COVERS)
def test_a_campaign_under_cover(text: str, more: str) -> None:
    text = text % OFFER if "%s" in text else text
    assert play(text, more=more, strangers=40, accounts=10, seconds=60)[-1] == 10.0


@pytest.mark.parametrize(("more", "strangers"), [(OMEMO, 40), (PGP, 40), (INVITE % "", 100)])
def test_what_nobody_can_read_counts_by_its_sender(more: str, strangers: int) -> None:
    dice = random.Random(1)
    rows = play(
        "x",
        more=more,
        strangers=strangers,
        accounts=1,
        seconds=60,
        vary=lambda *_: f"room{dice.random()}@c.example",
    )
    assert rows[-1] == 10.0


@pytest.mark.parametrize("seconds", [0, 2, 20])
@pytest.mark.parametrize(
    ("sender", "more"),
    [
        ("eve@b.example/x", f"<x xmlns='jabber:x:conference' jid='talks@conf.example' reason='{WARNING}'/>"),
        ("eve@b.example/x", "<x xmlns='jabber:x:conference' jid='talks@conf.example'/>"),
        ("talks@conf.example", INVITE % f"<reason>{WARNING}</reason>"),
        ("talks@conf.example", INVITE % ""),
    ],
)
def test_an_organiser_invites_sixty(sender: str, more: str, seconds: float) -> None:
    on = Harness({"campaign": {}})
    body = "bob@b.example invited you to the room talks@conf.example"
    rows = [
        on.message(body, sender=sender, to=f"user{n}@example.org", more=more, at=n * seconds, type=None)
        for n in range(60)
    ]
    assert max(row["score"] for row in rows) <= 6.0


LINKS = {
    "a film": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "an article": "https://www.news.example/politics/2024/11/what-everybody-is-talking-about-in-the-capital-today",
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_one_link_in_everybody_s_own_words_is_no_text(link: str) -> None:
    """110 people in 100 minutes, six words each."""
    dice, vocabulary = random.Random(7), OFFER.split()
    on = Harness({"campaign": {}})
    rows = [
        on.message(
            f"{' '.join(dice.sample(vocabulary, 6))} {link}",
            sender=f"a{n}@b{n % 9}.example/x",
            to=f"user{n}@example.org",
            at=55.0 * n,
        )
        for n in range(110)
    ]
    assert max(row["score"] for row in rows) <= 6.0


CAROL, DAVE, EVE = "carol@a.example/x", "room@conf.example/dave", "room@conf.example/eve"
MARK = "<x xmlns='http://jabber.org/protocol/muc#user'/>"


@pytest.mark.parametrize("accounts", [1, 17])
@pytest.mark.parametrize(
    ("senders", "offender"),
    [
        ([CAROL], None),
        ([CAROL, CAROL], "carol@a.example"),
        ([CAROL, "bob@a.example/x"], None),
        ([EVE, DAVE], None),  # a room's occupants are not each other
        ([DAVE, DAVE], DAVE),
    ],
)
def test_who_hands_on_a_text_once_is_no_offender(accounts: int, senders: list[str], offender: str | None) -> None:
    on = Harness({"known_spammers": {}, "campaign": {}})
    play(OFFER, on=on, strangers=60, accounts=accounts, seconds=100)
    for n, sender in enumerate(senders):
        mark = MARK if sender.startswith("room") else ""
        row = on.message(OFFER, sender=sender, to=f"zoe{n}@example.org", more=mark, at=101.0 + n)
        assert (row["action"], row["decided_by"]) == ("drop", "campaign")
    offenders = {row["jid"]: row["offences"] for row in on.command("spammers", "list")["spammers"]}
    asked = {who: offenders.get(who, 0) for who in ("carol@a.example", "bob@a.example", DAVE, EVE)}
    assert asked == {who: int(who == offender) for who in asked}


def test_the_finding_says_how_much() -> None:
    on = Harness({"campaign": {}})
    play(OFFER, on=on, strangers=41, accounts=17, seconds=90, vary=varied)
    (finding,) = on.message(OFFER, at=90.0)["findings"]
    assert finding["rule"] == "campaign.copies"
    wanted = r"the text of this message was sent to 4\d strangers by 17 accounts in 90 s \(0\.35 copies a second\); "
    wanted += "of 17 accounts looked at 6 write to several strangers and talk with nobody, 0 talk with somebody"
    assert re.fullmatch(wanted, finding["detail"])
    on = Harness({"campaign": {}})
    play(OFFER, on=on, strangers=30, accounts=1, seconds=60)
    (finding,) = on.message(OFFER, sender="robot0@evil0.example", to="zoe@example.org", at=1200.0)["findings"]
    assert finding["rule"] == "campaign.rate"
    assert "by 1 account in 20 min" in finding["detail"]


def test_more_of_anything_never_scores_less() -> None:
    assert play(OFFER, strangers=60, accounts=30, seconds=300) == sorted(
        play(OFFER, strangers=60, accounts=30, seconds=300)
    )
    slow, quick = (play(OFFER, strangers=12, accounts=3, seconds=seconds)[-1] for seconds in (3000, 10))
    few, many = (play(OFFER, strangers=12, accounts=accounts, seconds=600)[-1] for accounts in (4, 12))
    assert (slow < quick, few < many) == (True, True)


def test_one_stranger_who_gets_it_often_is_one() -> None:
    on = Harness({"campaign": {}})
    assert {on.message(OFFER, at=float(n))["score"] for n in range(100)} == {0.0}


def test_contacts_are_neither_blocked_nor_counted() -> None:
    on = Harness({"campaign": {}})
    for n in range(50):
        on.roster(f"user{n}@example.org", item("club@b.example", "both"))
    for n in range(50):
        assert on.message(OFFER, sender="club@b.example/x", to=f"user{n}@example.org")["exempt"] == "contact"
    assert on.message(OFFER)["score"] == 0.0


@pytest.mark.parametrize("kind", ["groupchat", "error"])
def test_types_that_are_not_looked_at(kind: str) -> None:
    assert set(play(OFFER, strangers=40, accounts=10, seconds=20, type=kind)) == {0.0}


@pytest.mark.parametrize("kind", ["chat", "normal", "headline", "nonsense"])
def test_types_that_are(kind: str) -> None:
    assert play(OFFER, strangers=40, accounts=10, seconds=20, type=kind)[-1] == 10.0


def test_the_status_of_a_request_is_a_text_too() -> None:
    on = Harness({"campaign": {}})

    def ask(n: int, status: str) -> float:
        more = f"<status>{status}</status>"
        score: float = on.subscribe(sender=f"m{n}@evil.example", to=f"user{n}@example.org", more=more, at=float(n))[
            "score"
        ]
        return score

    assert [ask(n, OFFER) for n in range(40)][-1] == 10.0
    assert {ask(n, "I would like to add you to my contact list.") for n in range(40, 90)} == {0.0}


@pytest.mark.parametrize(
    ("allow", "ip", "passes"),
    [
        ("news@evil0.example", "", True),
        ("NEWS@evil0.example", "", True),
        ("evil0.example", "", True),
        ("other@evil0.example", "", False),
        ("example", "", False),  # no sub-domains
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.0/24", "192.0.2.7", True),
        ("192.0.2.0/24", "::ffff:192.0.2.7", True),
        ("192.0.3.0/24", "192.0.2.7", False),
        ("2001:db8::/32", "2001:db8::7", True),
        ("192.0.2.0/24", "2001:db8::7", False),
        ("192.0.2.0/24", "", False),
        ("192.0.2.0/24", "no address", False),
    ],
)
def test_who_is_allowed_to_broadcast(allow: str, ip: str, passes: bool) -> None:
    on = Harness({"campaign": {"allow": [allow]}})
    rows = [
        on.message(OFFER, sender="news@evil0.example/x", to=f"user{n}@example.org", at=float(n), ip=ip)
        for n in range(40)
    ]
    assert (rows[-1]["score"] == 0.0) is passes
    assert (on.message(OFFER)["score"] == 0.0) is passes, "what may be sent to all is not counted either"


@pytest.mark.parametrize("wrong", ["192.0.2.1/24", "192.0.2.0/99", "a b@c", "", "@", 7, "user@example.org/resource"])
def test_what_is_no_sender_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"wanted|no JID"):
        campaign.Config.model_validate({"allow": [wrong]})


def test_thresholds_can_be_set() -> None:
    strict = Harness({"campaign": {"strangers": 8, "accounts": 2, "rate": 0.1}})
    assert play(OFFER, on=strict, strangers=12, accounts=3, seconds=30)[-1] == 10.0


def test_a_window_without_copies_ends_it() -> None:
    on = Harness({"campaign": {"window": "10m"}})
    play(OFFER, on=on, strangers=40, accounts=10, seconds=40)
    assert on.message(OFFER, at=180.0)["score"] > 0
    assert on.message(OFFER, at=800.0)["score"] == 0.0


def test_a_campaign_counts_for_days() -> None:
    day = 86400.0
    on = Harness({"campaign": {}})
    slow = play(OFFER, on=on, strangers=150, accounts=50, seconds=3 * day, vary=varied)
    assert slow[:5] == [0.0] * 5
    assert min(slow[110:]) >= 10.0
    assert 0 < on.message(OFFER, at=13.5 * day)["score"] < 10.0
    assert on.message(OFFER, at=40 * day)["score"] == 0.0


async def test_a_campaign_and_who_sent_it_survive_a_crash(tmp_path: Path) -> None:
    """The process ends after a flush, with nothing said; and the next finds what is left on disk."""
    now, scores = 1_700_000_000.0, []
    for run in range(4):
        path, left = tmp_path / f"{run}.sqlite", tmp_path / f"{run + 1}.sqlite"
        store = await SqliteStore.open(path, partial(float, now))
        try:
            core = Core(configured({"campaign": {}}), State(store.secret))
            await store.load(core.state, now)
            core.begin(now)
            for n in range(run * 40, run * 40 + 40):
                now += 900
                sender, to = f"robot{n % 50}@evil{n % 50 % 7}.example/x", f"user{n}@example.org"
                said = f"<body>{escape(varied(OFFER, n))}</body>"
                stanza = Stanza.read(f"<message from='{sender}' to='{to}' type='chat'>{said}</message>")
                verdict = core.gateway.judge.judge(stanza, now).verdict
                scores.append((verdict.score, verdict.offence is not None))
                core.state.expire(now)
            await store.flush()
            for end in ("", "-wal"):
                shutil.copy(f"{path}{end}", f"{left}{end}")
        finally:
            await store.close()
    assert [score for score, _ in scores[:4]] == [0.0] * 4
    assert min(score for score, _ in scores[125:]) >= 10.0
    assert scores[-1] == (scores[-1][0], True), "who has sent it before the restart"


def test_what_is_learnt_survives_a_reload() -> None:
    state = State()
    built = [campaign.Filter(campaign.Config(max_texts=size), state.scoped("campaign")) for size in (1000, 500)]
    own = [name for name in state.structures if name.startswith("campaign.")]
    assert own == [f"campaign.{name}" for name in ("texts", "targets", "accounts", "own", "advertisers")]
    assert built[0]._clusters is built[1]._clusters
    assert state.structures["campaign.texts"].capacity == 500


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["", OMEMO, PGP, DIRECT, INVITE % "", WHOLE_FALLBACK, "<body/>"]))
def test_no_text_whatever_breaks_it(text: str, more: str) -> None:
    on = Harness({"campaign": {}})
    clean = "".join(char for char in text if char >= " " and not "\ud800" <= char <= "\udfff" and char < "\ufffe")
    for n in range(2):
        assert on.message(clean, to=f"u{n}@example.org", more=more)["action"] == "deliver"
    assert on.gateway.setup.pipeline.health["campaign"].failures == 0


HOSTILE = ["a", "a:", "a@", "?OTRv", "abcdefg ", "https://a.example/ ", "ﷺ", "你", "\u0301", "ж", "x\u202e", "<"]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_body_is_judged_in_linear_time(unit: str) -> None:
    body = escape(unit * (65_536 // len(unit.encode())))
    filtering = campaign.Filter(campaign.Config(), State().scoped("campaign"))

    def spent(more: str) -> float:
        raw = f"<message from='m@evil.example/x' to='a@example.org'><body>{body}</body>{more}</message>"
        case = Case(Stanza.read(raw), Rules(), State().key)
        start = time.process_time()
        case.prepare()
        filtering.check(case, 1e9)
        return time.process_time() - start

    assert min(spent(more) for more in ("", DIRECT, DIRECT)) < 0.2  # some 20 ms; a busy machine may take ten times that


def wordings(link: str) -> Callable[[str, int], str]:
    """Return what says *link* in other words each time."""
    words = OFFER.split()[:-1]

    def worded(text: str, n: int) -> str:  # noqa: ARG001 - as `varied`
        dice = random.Random(n)
        return f"{' '.join(dice.sample(words, 7))} {link.format(n=n)} {' '.join(dice.sample(words, 5))}"

    return worded


ADVERTISED = {
    "a link": "https://offers.example/start",
    "a link, another path for everybody": "https://offers.example/{n}/a",
    "a link, another query for everybody": "https://offers.example/?to=u{n}",
    "another host of one site for everybody": "https://x{n}.offers.example/",
    "a link in disguise": "hxxps://offers[.]example/start",
    "a host in words": "offers dot example",
    "a film": "https://youtu.be/dQw4w9WgXcQ?si=x{n}",
    "a film of youtube": "https://www.youtube.com/watch?x={n}&v=dQw4w9WgXcQ",
    "a channel of telegram": "https://t.me/fast_money?start={n}",
    "a handle": "@fast_money",
    "a phone number": "+7 (999) 123-45-67",
    "a phone number on whatsapp": "https://wa.me/79991234567?text=hi{n}",
    "a mail address": "manager@offers.example",
    "a room": "xmpp:lounge@rooms.offers.example?join",
}


@pytest.mark.parametrize("accounts", [1, 17, 200])
@pytest.mark.parametrize("link", ADVERTISED.values(), ids=ADVERTISED)
def test_one_thing_in_ever_other_words_is_a_campaign(link: str, accounts: int) -> None:
    """200 messages, one every two seconds."""
    on = Harness({"campaign": {}})
    scores = play("", on=on, strangers=200, accounts=accounts, seconds=400, vary=wordings(link))
    assert min(scores[60:]) == 10.0
    assert scores[:5] == [0.0] * 5


ALIKE = (
    "https://spam-offers.example/a",
    "https://sp\u0430m-offers.example/b",
    "spam-\uff4fffers.example",
    "SPAM-0FFERS.EXAMPLE",
)


def test_hosts_that_look_alike_are_one() -> None:
    scores = play("", strangers=80, accounts=40, seconds=160, vary=lambda _, n: wordings(ALIKE[n % 4])("", n))
    assert min(scores[40:]) == 10.0


LOUNGE = "lounge@rooms.offers.example"
INVITER = "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='a{n}@srv{n}.example/x'/></x>"
INVITATIONS = {
    "direct": ("a{n}@srv{n}.example/x", f"<x xmlns='jabber:x:conference' jid='{LOUNGE}'/>"),
    "mediated": (LOUNGE, INVITER),
    "through occupants": (LOUNGE + "/nick{n}", INVITER),
    "through occupants, by nobody": (
        LOUNGE + "/nick{n}",
        "<x xmlns='http://jabber.org/protocol/muc#user'><invite/></x>",
    ),
    "as a link": ("a{n}@srv{n}.example/x", f"<body>{{n}} xmpp:{LOUNGE}?join;x={{n}}</body>"),
}


def invite(on: Harness, kind: str, n: int, at: float, *, to: str = "user{n}@example.org") -> Row:
    sender, more = (text.replace("{n}", str(n)) for text in INVITATIONS[kind])
    return on.message(None, sender=sender, to=to.replace("{n}", str(n)), more=more, at=at, type=None)


@pytest.mark.parametrize("kind", INVITATIONS)
def test_one_room_advertised_by_two_hundred(kind: str) -> None:
    on = Harness({"campaign": {}})
    rows = [invite(on, kind, n, 2.0 * n) for n in range(200)]
    assert sum(row["action"] == "deliver" for row in rows) <= 85
    assert rows[-1]["action"] == "drop"


def test_an_open_room_that_people_invite_to() -> None:
    on = Harness({"campaign": {}})
    scores = [invite(on, kind, n, 40.0 * n)["score"] for n in range(150) for kind in ("direct", "mediated")]
    assert max(scores) <= 4.0


def test_our_own_rooms_and_domains_are_no_target() -> None:
    on = Harness({"campaign": {}}, services=["upload.example.com"])
    texts = ("https://www.example.org/join", "xmpp:garden@conference.example.org?join", "https://upload.example.com/a")
    for n in range(120):
        row = on.message(
            f"{n * n} {n}\n{texts[n % 3]}",
            sender=f"a{n}@b{n % 9}.example/x",
            to=f"user{n}@example.org",
            more="<x xmlns='jabber:x:conference' jid='garden@conference.example.org'/>" if n % 2 else "",
            at=float(n),
        )
        assert "campaign.target" not in {finding["rule"] for finding in row["findings"]}


HANDED_ON_BY_PEOPLE = {
    "an article": ("https://www.paper.example/politics/2026/what-happened", 300, 250, 7000.0),
    "an article of a paper that everybody reads": ("https://www.nytimes.com/2026/a", 300, 250, 7000.0),
    "a registration page": ("https://talks.example/register", 150, 60, 3600.0),
    "a page that friends tell friends of": ("https://talks.example/register", 60, 25, 1200.0),
    "other articles each time": ("https://www.nytimes.com/2026/{n}", 300, 250, 300.0),
    "a file on the sender's own server": ("https://upload.evil0.example/{n}/a.jpg", 300, 250, 300.0),
    "a search": ("https://www.google.com/", 300, 250, 300.0),
    "a router": ("http://192.168.178.1/", 300, 250, 300.0),
    "a word behind a dot": ("thing.And", 300, 250, 300.0),
    "the date": ("01.02.2027 10:30", 300, 250, 300.0),
    "somebody's number, told to friends": ("+49 171 1234567", 15, 1, 60.0),
}


@pytest.mark.parametrize(
    ("link", "strangers", "accounts", "seconds"), HANDED_ON_BY_PEOPLE.values(), ids=HANDED_ON_BY_PEOPLE
)
def test_what_people_hand_on_is_not_sure(link: str, strangers: int, accounts: int, seconds: float) -> None:
    link = link.replace("evil0", "evil{home}") if "evil0" in link else link
    worded = [wordings(link.replace("{home}", str(n % accounts % 7)))("", n) for n in range(strangers)]
    scores = play("", strangers=strangers, accounts=accounts, seconds=seconds, vary=lambda _, n: worded[n])
    assert max(scores) <= 6.0


def test_hosts_that_everybody_links_may_be_named_and_taken_out() -> None:
    worded = wordings("https://www.paper.example/{n}")
    named, taken = ({"common_hosts": hosts} for hosts in (["paper.example"], ["-nytimes.com"]))
    assert play("", on=Harness({"campaign": named}), strangers=60, accounts=60, seconds=60, vary=worded)[-1] == 0.0
    worded = wordings("https://www.nytimes.com/{n}")
    assert play("", on=Harness({"campaign": taken}), strangers=60, accounts=60, seconds=60, vary=worded)[-1] == 10.0


@pytest.mark.parametrize("wrong", ["", "a b c d!", "http://x.example/", "-", "x y", "a@b"])
def test_what_is_no_host_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="wanted a host"):
        campaign.Config.model_validate({"common_hosts": [wrong]})


def test_nobody_is_banned_for_what_others_advertise() -> None:
    """Somebody advertises an honest shop to have it blocked: its friends are not offenders, nor is its owner."""
    on = Harness({"known_spammers": {}, "campaign": {}})
    worded = wordings("https://shop.example/start")
    play("", on=on, strangers=80, accounts=20, seconds=160, vary=worded)
    for n in range(4):
        row = on.message(worded("", 100 + n), sender="owner@b.example/x", to=f"zoe{n}@example.org", at=161.0)
        assert row["decided_by"] == "campaign"
        row = on.message(worded("", 100 + n), sender="owner@shop.example/x", to=f"zoe{n}@example.org", at=161.0)
        assert row["action"] == "deliver", "on its own domain only that very page is advertised"
        row = on.message(worded("", 200 + n), sender=f"friend{n}@b.example/x", to="zoe@example.org", at=161.0)
        assert row["decided_by"] == "campaign"
    banned = {row["jid"] for row in on.command("spammers", "list")["spammers"]}
    assert not {jid for jid in banned if not jid.startswith("robot")}


def test_who_advertises_to_many_is_an_offender() -> None:
    on = Harness({"known_spammers": {}, "campaign": {}})
    play("", on=on, strangers=200, accounts=10, seconds=400, vary=wordings("https://offers.example/start"))
    banned = {row["jid"] for row in on.command("spammers", "list")["spammers"]}
    assert banned == {f"robot{n}@evil{n % 7}.example" for n in range(10)}


def test_who_answers_advertises_nothing() -> None:
    on = Harness({"campaign": {}})
    worded = wordings("https://shop.example/start")
    rows = [
        on.message(worded("", n), sender="shop@a.example/x", to=f"user{n}@example.org", at=float(n), contacted="true")
        for n in range(100)
    ]
    assert max(row["score"] for row in rows) == 0.0


def test_decoys_hide_no_target() -> None:
    def decoys(_: str, n: int) -> str:
        return " ".join(f"https://d{n}x{k}.example/" for k in range(20)) + " https://offers.example/ " + "look there"

    assert play("", strangers=80, accounts=40, seconds=160, vary=decoys)[-1] == 10.0


# --- who sends it

DAY = 86400.0


def spread(
    text: str,
    *,
    strangers: int,
    each: int,
    gap: float,
    days: float = 14.0,
    answered: float = 0.0,
    on: Harness | None = None,
    vary: Callable[[str, int], str] = same,
    seed: int = 1,
    **facts: str,
) -> list[float]:
    """Let accounts write to *each* so many strangers, *gap* seconds apart, all over so many days; return the scores.

    Of those who get it a part has *answered* a minute later.
    """
    on, dice = on or Harness({"campaign": {}}), random.Random(seed)
    sent = []
    for account in range(-(-strangers // each)):
        begin = dice.uniform(0, days * DAY - each * gap)
        sent += [(begin + n * gap, account, account * each + n, dice.random()) for n in range(each)]
    happens = [(at, True, account, user) for at, account, user, _ in sent]
    happens += [(at + 60, False, account, user) for at, account, user, chance in sent if chance < answered]
    scores = []
    for at, asked, account, user in sorted(happens):
        sender, to = f"sender{account}@elsewhere{account % 60}.example", f"user{user}@example.org"
        if asked:
            scores.append(on.message(vary(text, user), sender=f"{sender}/x", to=to, at=at, **facts)["score"])
        else:
            on.message(f"who are you, {account}? I am user number {user}", sender=f"{to}/y", to=sender, at=at)
    return scores


@pytest.mark.parametrize(
    ("text", "each", "gap", "sure_from"),
    [
        (WARNING, 4, DAY / 2, 100),  # to the letter
        (WARNING, 20, DAY / 4, 160),
        ("Are you there?", 4, DAY / 2, 100),
        ("I have a nice offer for you, write me!", 8, 7200.0, 60),
    ],
)
@pytest.mark.parametrize("answered", [0.0, 0.03])
def test_what_robots_send_is_sure_however_slow_and_short(
    text: str, each: int, gap: float, sure_from: int, answered: float
) -> None:
    scores = spread(text, strangers=400, each=each, gap=gap, answered=answered)
    # what has fewer than 20 letters anybody may begin with
    beginning = [score for score in scores[sure_from:] if score < 10.0]
    assert len(beginning) <= (400 // each if len(text) < 20 else 0)
    assert {*beginning} <= {2.0}
    assert max(scores[:19]) < 10.0


@pytest.mark.parametrize("text", [WARNING, "Good morning everybody, have a nice day!", "Are you there?"])
@pytest.mark.parametrize(
    ("each", "gap", "answered"),
    [
        (1, 0.0, 0.0),  # handed on once each, by accounts that are silent otherwise
        (2, 30.0, 0.0),
        (2, DAY, 0.0),
        (5, 10.0, 0.0),  # to all friends at once
        (12, 10.0, 0.0),
        (4, 3 * DAY, 0.4),  # now and then, and some answer
        (20, 3600.0, 0.4),
    ],
)
def test_what_people_hand_on_is_never_sure(text: str, each: int, gap: float, answered: float) -> None:
    assert max(spread(text, strangers=1200, each=each, gap=gap, answered=answered)) <= 6.0


def test_a_chain_goes_from_one_to_the_next() -> None:
    """Who has got it hands it on to three others, an hour after each other."""
    on, scores = Harness({"campaign": {}}), []
    for n in range(80):
        for copy in range(3):
            sender, to = f"user{n}@example.org/x", f"user{3 * n + copy + 1}@example.org"
            scores.append(on.message(WARNING, sender=sender, to=to, at=3600.0 * (3 * n + copy))["score"])
    assert max(scores) <= 6.0


def test_somebody_who_talks_may_show_spam_to_another() -> None:
    on = Harness({"campaign": {}})
    spread(WARNING, strangers=400, each=4, gap=DAY / 2, on=on)
    now = 14.1 * DAY
    assert on.message(WARNING, sender="new@else.example/x", to="user1@example.org", at=now)["score"] == 10.0
    for friend in ("user5@example.org", "user6@example.org"):
        on.message("Hello Romeo!", sender=f"{friend}/x", to="romeo@else.example", at=now + 1)
        on.message("Hello, what is new here?", sender="romeo@else.example/x", to=friend, at=now + 1)
    assert on.message(WARNING, sender="romeo@else.example/x", to="user9@example.org", at=now + 3)["score"] == 2.0


def test_who_has_got_it_may_complain_once() -> None:
    on = Harness({"campaign": {}})
    spread(WARNING, strangers=400, each=4, gap=DAY / 2, on=on)
    now, said = 14.1 * DAY, f"Is this spam? {WARNING}"
    complaints = [("user7@example.org", "admin@example.org"), ("user8@example.org", "tom@else.example")]
    for sender, to in complaints:
        assert on.message(said, sender=f"{sender}/x", to=to, at=now)["score"] == 2.0
    assert on.message(said, sender="nobody@else.example/x", to="admin@example.org", at=now)["score"] == 10.0
    assert on.message(said, sender="user8@example.org/x", to="tim@else.example", at=now + 60)["score"] == 10.0


def test_somebody_may_begin_with_what_robots_say_in_a_few_words() -> None:
    on = Harness({"campaign": {}})
    spread("Are you there?", strangers=400, each=4, gap=DAY / 2, on=on)
    now = 14.1 * DAY

    def score(to: str, at: float) -> object:
        return on.message("Are you there?", sender="new@else.example/x", to=f"{to}@example.org", at=now + at)["score"]

    assert score("user1", 0.0) == 2.0
    assert score("user9", 3600.0) == 10.0
