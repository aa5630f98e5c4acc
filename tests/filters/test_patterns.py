"""patterns: words that the admin names."""

import time
from typing import Any

import pytest
from pydantic import ValidationError

from tests.carriers import CARRIERS, INVISIBLE, LINKS
from tests.harness import Harness, item
from xmppfilter.filters import patterns
from xmppfilter.stanza.fields import FIELDS

KEYS = (
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'><key rid='2'>AAAA</key></header>"
    "<payload>BBBB</payload></encrypted>"
)


def harness(**options: Any) -> Harness:
    return Harness({"patterns": options})


def finds(options: dict[str, Any], body: str | None = "Hello", **message: Any) -> bool:
    action: str = harness(**options).message(body, **message)["action"]
    return action == "drop"


@pytest.mark.parametrize(
    ("options", "body", "found"),
    [
        ({"strings": ["exploit"]}, "exploit", True),
        ({"strings": ["exploit"]}, "unexploited", True),
        ({"strings": ["exploit"]}, "Exploit", False),
        ({"strings": ["exploit"], "case_sensitive": False}, "EXPLOIT", True),
        ({"strings": ["a.c"]}, "abc", False),
        ({"strings": ["a.c"]}, "xa.cx", True),
        ({"strings": [r"\d"]}, r"\d", True),
        ({"strings": ["two words"]}, "two  words", False),
        ({"strings": ["<script>"]}, "<script>", True),
        ({"strings": ["caf\u00e9 \U0001f600"]}, "un caf\u00e9 \U0001f600!", True),
        ({"regexes": [r"win \d+ coins"]}, "you win 500 coins now", True),
        ({"regexes": [r"win \d+ coins"]}, "you win many coins", False),
        ({"regexes": [r"^\?OTRv2?3?\?"]}, "?OTRv23? let us talk", True),
        ({"regexes": [r"^\?OTRv2?3?\?"]}, "so: ?OTRv23?", False),
        ({"regexes": ["^spam$"]}, "no spam here", False),
        ({"regexes": ["(?i)spam"]}, "SPAM", True),
        ({"regexes": ["spam"], "case_sensitive": False}, "SPAM", True),
        ({"strings": ["one", "two"], "regexes": ["three"]}, "three", True),
        ({}, "anything", False),
    ],
)
def test_what_matches(options: dict[str, Any], body: str, found: bool) -> None:
    assert finds(options, body) is found


def test_the_finding() -> None:
    row = harness(strings=["buy", "exploit"], regexes=["cheap"]).message("an exploit, cheap")
    assert row["findings"] == [
        {
            "filter": "patterns",
            "rule": "patterns.string",
            "score": 10.0,
            "detail": "the string 'exploit' is in the body",
        }
    ]
    row = harness(regexes=["che+p"]).message("an exploit, cheep")
    assert row["findings"][0]["rule"] == "patterns.regex"
    assert row["decided_by"] == "patterns"


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ("<body>exploit</body>", True),
        ("<body>expl&#111;it</body>", True),
        ("<body>expl&#x6f;it</body>", True),
        ("<body><![CDATA[exploit]]></body>", True),
        ("<body>exp<![CDATA[lo]]>it</body>", True),
        ("<body>Hi</body><body xml:lang='de'>exploit</body>", True),
        ("<body/><body xml:lang='de'>exploit</body>", True),
        ("<subject>x</subject>\n<body>exploit</body>", True),
        ("<b:body xmlns:b='jabber:client'>exploit</b:body>", True),
        ("<body>ex<b xmlns='urn:example:b'>plo</b>it</body>", True),
        ("<subject>exploit</subject>", True),
        ("<body xmlns='urn:example:b'>exploit</body>", True),
        ("<thread>exploit</thread><body>Hi</body>", False),
        ("<body>Hi</body><x xmlns='urn:example:x' y='exploit'/>", False),
    ],
)
def test_every_body_decoded(inside: str, found: bool) -> None:
    assert finds({"strings": ["exploit"]}, None, more=inside) is found


PLACES = [
    ("body", "<body>exploit</body>"),
    ("subject", "<subject>exploit</subject>"),
    ("subject", "<subject>a</subject><subject xml:lang='de'>exploit</subject>"),
    ("nick", "<nick xmlns='http://jabber.org/protocol/nick'>exploit</nick>"),
    ("xhtml", ("<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>"
              "<p>exp<b>lo</b><i>it</i></p></body></html>")),
    ("reason", "<x xmlns='http://jabber.org/protocol/muc#user'><invite><reason>exploit</reason></invite></x>"),
    ("reason", "<x xmlns='jabber:x:conference' jid='room@conf.example' reason='exploit'/>"),
    ("oob", "<x xmlns='jabber:x:oob'><url>https://exploit.example</url></x>"),
    ("oob", "<x xmlns='jabber:x:oob'><url>https://a.example</url><desc>exploit</desc></x>"),
    ("forwarded", ("<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>exploit</body></message>"
                  "</forwarded>")),
    ("forwarded", ("<x xmlns='urn:example:x'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>"
                  "<body>a</body><body xml:lang='x'>exploit</body></message></forwarded></x>")),
]  # fmt: skip


@pytest.mark.parametrize(("place", "inside"), PLACES)
def test_scan_names_what_is_looked_at(place: str, inside: str) -> None:
    every = {"body", "subject", "status", "nick", "xhtml", "reason", "oob", "forwarded"}
    assert finds({"strings": ["exploit"], "scan": [place]}, None, more=inside)
    assert not finds({"strings": ["exploit"], "scan": sorted(every - {place})}, None, more=inside)
    row = harness(strings=["exploit"], scan=[place]).message(None, more=inside)
    assert row["findings"][0]["detail"].endswith(f"is in the {place}")


def test_all_that_a_client_may_show_is_scanned_by_default() -> None:
    assert patterns.Config().scan == list(FIELDS)
    assert all(finds({"strings": ["exploit"]}, None, more=inside) for _, inside in PLACES)


@pytest.mark.parametrize("carrier", (CARRIERS | LINKS).values(), ids=CARRIERS | LINKS)
def test_a_string_is_found_wherever_a_client_shows_it(carrier: str) -> None:
    assert finds({"strings": ["exploit"]}, "Hi", more=carrier % "an exploit.")
    assert not finds({"strings": ["exploit"], "scan": ["body"]}, "Hi", more=carrier % "an exploit.")


@pytest.mark.parametrize("quiet", INVISIBLE.values(), ids=INVISIBLE)
def test_what_clients_do_not_show_is_not_looked_at(quiet: str) -> None:
    assert not finds({"strings": ["exploit"]}, "Hi", more=quiet % "an exploit.")


@pytest.mark.parametrize("place", ["status", "nick"])
def test_subscription_requests_are_looked_at(place: str) -> None:
    inside = {
        "status": "<status>exploit</status>",
        "nick": "<nick xmlns='http://jabber.org/protocol/nick'>exploit</nick>",
    }
    played = harness(strings=["exploit"], scan=[place])
    assert played.subscribe(more=inside[place])["action"] == "drop"
    presence = f"<presence from='m@evil.example' to='alice@example.org'>{inside[place]}</presence>"
    assert played.send(presence)["action"] == "deliver"


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"type": "chat"}, True),
        ({"type": "normal"}, True),
        ({"type": "headline"}, True),
        ({"type": None}, True),
        ({"type": "error"}, False),
        ({"type": "groupchat", "sender": "room@conf.example/x"}, True),
        ({"type": "groupchat", "sender": "room@conf.example/x", "to": "alice@example.org/phone"}, False),
        ({"more": KEYS}, False),
        ({"more": KEYS.replace("<key rid='2'>AAAA</key>", "")}, True),
        ({"more": KEYS.replace("<payload>BBBB</payload>", "")}, True),
        ({"more": "<fallback xmlns='urn:xmpp:fallback:0'/>"}, False),
        ({"more": "<fallback xmlns='urn:xmpp:fallback:0'><body start='0' end='7'/></fallback>"}, False),
        ({"more": "<fallback xmlns='urn:xmpp:fallback:0'><body start='0' end='6'/></fallback>"}, False),
        ({"more": "<fallback xmlns='urn:xmpp:fallback:0'><body start='7'/></fallback>"}, True),
    ],
)
def test_what_is_not_looked_at(message: dict[str, Any], found: bool) -> None:
    assert finds({"strings": ["exploit"]}, "exploit", **message) is found


@pytest.mark.parametrize(
    ("string", "body"),
    [
        ("exploit", "EXPLOIT"),
        ("EXPLOIT", "exploit"),
        ("two words", "two \u200b\n  words"),
        ("exploit", "ex\u200bplo\u00adit"),
        ("exploit", "\uff45\uff58\uff50\uff4c\uff4f\uff49\uff54"),
        ("exploit", "\u0435\u0445\u0440loit"),  # three of them Cyrillic
        ("\u0435\u0445\u0440loit", "exploit"),
    ],
)
def test_normalize_folds_both_sides(string: str, body: str) -> None:
    assert finds({"strings": [string], "normalize": True}, body)
    assert not finds({"strings": [string]}, body)


def test_an_invitation_by_a_contact_is_not_judged() -> None:
    played = harness(strings=["exploit"], scan=["body", "reason"])
    played.roster("alice@example.org", item("bob@b.example", "both"))
    invite = "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='{}'><reason>exploit</reason></invite></x>"
    room = "room@conf.example"
    assert played.message("exploit", sender=room, more=invite.format("bob@b.example/x"))["action"] == "deliver"
    assert played.message("exploit", sender=room, more=invite.format("carol@b.example"))["action"] == "drop"


@pytest.mark.parametrize(
    "options",
    [
        {"strings": [""]},
        {"strings": ["  "]},
        {"strings": ["\u200b"], "normalize": True},
        {"strings": ["\u200b"], "normalize": "light"},
        {"strings": ["a"], "normalize": "deep"},
        {"regexes": ["x*"]},
        {"regexes": ["^$"]},
        {"regexes": [r"\b"]},
        {"regexes": ["a|"]},
        {"regexes": ["(?m)^"]},
        {"regexes": [""]},
        {"regexes": [".*"]},
        {"regexes": ["("]},
        {"regexes": ["(?=a)b"]},
        {"regexes": [r"(a)\1"]},
        {"scan": []},
        {"scan": ["everything"]},
        {"strings": "exploit"},
        {"unknown": 1},
    ],
)
def test_mistakes_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        patterns.Config.model_validate(options)


def test_nested_repetition_takes_linear_time() -> None:
    played = harness(regexes=["(a+)+$", "(a|aa)+b", "(.*a){12}$"])
    began = time.process_time()
    played.message("a" * 50_000 + "!")
    assert time.process_time() - began < 5


@pytest.mark.parametrize("where", [0, 63, 64, 65, 998, 999])
def test_of_very_many_texts_each_is_searched(where: int) -> None:
    harness = Harness({"patterns": {"strings": ["buy followers"], "scan": ["subject"]}})
    subjects = ["a"] * 1000
    subjects[where] = "now buy followers here"
    more = "".join(f"<subject>{subject}</subject>" for subject in subjects)
    assert [found["rule"] for found in harness.message(None, more=more)["findings"]] == ["patterns.string"]


def test_of_very_many_texts_no_two_are_taken_for_one() -> None:
    harness = Harness({"patterns": {"regexes": [r"buy\s+followers", r"buy.followers"], "scan": ["subject"]}})
    more = "<subject>buy</subject><subject>followers</subject>" * 200
    assert harness.message(None, more=more)["findings"] == []


@pytest.mark.parametrize(
    ("text", "string"),
    [
        ("\u0395\u03a7C\u0397\u0391\u039dG\u0395", "exchange"),
        ("\u0392\u0399\u03a4C\u039f\u0399\u039d", "bitcoin"),
        ("\u0397\u0391\u03f9\u039a", "hack"),
        ("\u0440\u0430\u03f2\u043a\u0430g\u0435", "package"),
        ("\U0001d6bc\u039fU \u039dEED", "you need"),
        ("\u0397\u03a5\u039d", "\u03b7\u03c5\u03bd"),  # Greek words keep their case
        ("\u03b7\u03c5\u03bd", "\u0397\u03a5\u039d"),
    ],
)
def test_letters_that_look_otherwise_as_capitals_are_read_both_ways(text: str, string: str) -> None:
    on = Harness({"patterns": {"strings": [string], "normalize": True}})
    assert on.message(f"well, {text} now")["action"] == "drop"


@pytest.mark.parametrize(
    ("regex", "limit"),
    [
        ("a{1001}", "at most 1,000 times"),
        ("(a{900}){900}", "at most 1,000 times"),
        ("(?=a)b", "no look-around"),
        (r"(a)\1", "no back-references"),
        ("a++", "no possessive repetition"),
    ],
)
def test_limits_of_re2_are_named(regex: str, limit: str) -> None:
    with pytest.raises(ValidationError, match=limit):
        patterns.Config.model_validate({"regexes": [regex]})


FOLDED = [
    # the string, the text, and whether light and full find it
    ("exploit", "EXPLOIT", True, True),
    ("two words", "TWO \n words", True, True),
    ("exploit", "ex\u200bplo\u00adit", True, True),
    ("exploit", "\uff25\uff38ploit", True, True),  # fullwidth
    ("\u043a\u0430\u0437\u0438\u043d\u043e", "\u041a\u0410\u0417\u0418\u041d\u041e", True, True),
    ("\u03bb\u03cc\u03b3\u03bf\u03c2", "\u039b\u038c\u0393\u039f\u03a3", True, True),  # Greek, final sigma
    ("strasse", "STRA\u1e9eE", True, True),
    ("f\u0131rsat", "FIRSAT", True, True),  # Turkish
    ("istanbul", "\u0130STANBUL", True, True),
    ("caf\u00e9", "CAFE\u0301", True, True),  # composed and decomposed
    ("cafe", "caf\u00e9", False, True),
    ("\u0438", "\u0439", False, True),
    ("exploit", "\u0435\u0445\u0440loit", False, True),  # Cyrillic
    ("exchange", "\u0395\u03a7C\u0397\u0391\u039dG\u0395", False, True),  # Greek capitals
    ("hack", "ha\u03f2k", False, True),  # lunate sigma
    ("dew", "\u13a0\u13ac\u13b3", False, True),  # Cherokee
    ("dew", "\uab70\uab7c\uab83", False, True),  # its small letters
    ("hello", "help", False, False),
]


@pytest.mark.parametrize(("string", "text", "light", "full"), FOLDED)
def test_light_keeps_letters_and_full_goes_by_looks(string: str, text: str, light: bool, full: bool) -> None:
    assert finds({"strings": [string], "normalize": "light"}, text) is light
    assert finds({"strings": [string], "normalize": "full"}, text) is full
    assert finds({"strings": [string], "normalize": True}, text) is full
    assert not finds({"strings": [string], "normalize": False}, text)
    assert not finds({"strings": [string], "normalize": "off"}, text)


@pytest.mark.parametrize("depth", ["light", "full"])
@pytest.mark.parametrize(
    ("regex", "text"),
    [
        (r"win \d+", "WIN 5"),
        (r"win \d+", "w\u200bin  5"),
        (r"Win  \d+", "Win  5"),  # as it stands
        ("\u043a\u0430\u0437\u0438\u043d\u043e", "\u041a\u0410\u200b\u0417\u0418\u041d\u041e"),
    ],
)
def test_regexes_are_searched_in_what_is_folded_and_in_the_text_as_it_stands(depth: str, regex: str, text: str) -> None:
    assert finds({"regexes": [regex], "normalize": depth}, text)


def test_regexes_read_look_alikes_in_full_only() -> None:
    assert finds({"regexes": ["explo+it"], "normalize": "full"}, "\u0435\u0445\u0440looit")
    assert not finds({"regexes": ["explo+it"], "normalize": "light"}, "\u0435\u0445\u0440looit")


@pytest.mark.parametrize("depth", ["off", "light", "full"])
@pytest.mark.parametrize(
    ("string", "text", "found"),
    [
        ("casino", "my casino, now", True),
        ("casino", "casinos", False),
        ("casino", "casino24", False),
        ("casino", "the casino's bonus", True),
        ("casino", "au casino: l'argent", True),
        ("casino", "_casino_ 'casino'", True),
        ("casino", "my_casino_bot", False),
        ("casino", "\u5728casino\u91cc", True),
        ("don", "don't", False),
        ("two words", "(two words)", True),
        ("two words", "two wordsmith", False),
        ("t.me/x", "see https://t.me/x?a", True),
        ("t.me/x", "see t.me/xy", False),
        ("$$$", "a$$$b", True),
        ("\u043a\u0443\u0440\u0441", "\u043d\u0430\u0448 \u043a\u0443\u0440\u0441!", True),
        ("\u043a\u0443\u0440\u0441", "\u043a\u0443\u0440\u0441\u044b", False),
        ("\u03bd\u03b1\u03b9", "\u03bd\u03b1\u03b9.", True),
        ("\u03bd\u03b1\u03b9", "\u03b5\u03af\u03bd\u03b1\u03b9", False),
        ("\u8d4c\u573a", "\u5728\u7ebf\u8d4c\u573a\u7f51", True),
        ("\uce74\uc9c0\ub178", "\uce74\uc9c0\ub178\uc5d0\uc11c", True),
    ],
)
def test_whole_words_in_any_script(depth: str, string: str, text: str, found: bool) -> None:
    assert finds({"strings": [string], "whole_words": True, "normalize": depth}, text) is found
    assert finds({"strings": ["other", string], "whole_words": True, "normalize": depth}, f"{text} and more") is found


def test_whole_words_leave_regexes_alone() -> None:
    played = harness(strings=["casino"], regexes=["bonus"], whole_words=True)
    assert [found["rule"] for found in played.message("casinos, bonuses")["findings"]] == ["patterns.regex"]
    assert [found["rule"] for found in played.message("a casino, bonuses")["findings"]] == ["patterns.string"]


HOSTILE = {
    "words": "a " * 32_768,
    "apostrophes": "a'" * 32_768,
    "underscores": "a_" * 32_768,
    "marks": "a\u0301\u0316" * 13_107,
    "pile of marks": "\u0301\u0316" * 16_384,
    "long ligature": "\ufdfa" * 21_845,
    "greek capitals": "\u0397 " * 21_845,
    "chinese": "a\u8d4c" * 16_384,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("depth", ["off", "light", "full"])
def test_whole_words_of_large_texts_take_linear_time(depth: str, text: str) -> None:
    config = patterns.Config.model_validate({"strings": ["a", "\u0397"], "whole_words": True, "normalize": depth})
    searches = list(patterns._searches(config))
    began = time.process_time()
    for read, search in searches:
        search.first(read(text))
    assert time.process_time() - began < 0.5
