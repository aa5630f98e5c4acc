"""Links in a text, in every disguise."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.text.budget import CANDIDATE, CHARACTERS, Budget
from xmppfilter.text.hosts import is_public_suffix
from xmppfilter.text.links import Reading, links, plain_hosts, read_links
from xmppfilter.text.uris import LONGEST, Link, url_key
from xmppfilter.text.uris import link_of as link_within

ACCENTS = "\u0301\u0316" * 100


def read(text: str) -> Reading:
    return read_links(text, Budget())


def link_of(uri: str) -> Link | None:
    return link_within(uri, Budget())


URLS = [
    # plainly
    ("https://evil.example/pay", "evil.example/pay"),
    ("http://evil.example/pay", "evil.example/pay"),
    ("ftp://evil.example/pay", "evil.example/pay"),
    ("HTTPS://EVIL.Example/Pay", "evil.example/Pay"),
    ("https://evil.example", "evil.example"),
    ("https://evil.example/", "evil.example"),
    ("https://evil.example./", "evil.example"),
    ("https://evil.example/pay/", "evil.example/pay"),
    ("https://evil.example:443/pay", "evil.example/pay"),
    ("https://evil.example:8443/pay", "evil.example:8443/pay"),
    ("https://evil.example/pay#top", "evil.example/pay"),
    ("https://evil.example/pay?who=me&x=1", "evil.example/pay?who=me&x=1"),
    ("https://evil.example/./a/../pay", "evil.example/pay"),
    ("https://evil.example/%70ay", "evil.example/pay"),
    ("https://evil_1.example/", "evil_1.example"),
    # without a scheme
    ("evil.example", "evil.example"),
    ("www.evil.example", "www.evil.example"),
    ("evil.example/pay", "evil.example/pay"),
    ("evil.example/pay?x=1,2", "evil.example/pay?x=1"),
    ("evil.example:8080/pay", "evil.example:8080/pay"),
    ("see evil.example now", "evil.example"),
    ("//evil.example/pay", "evil.example/pay"),
    # within a sentence
    ("Look: https://evil.example/pay.", "evil.example/pay"),
    ("Look at https://evil.example/pay, it is good", "evil.example/pay"),
    ("https://evil.example/pay!!!", "evil.example/pay"),
    ("https://evil.example/pay?", "evil.example/pay"),
    ("(https://evil.example/pay)", "evil.example/pay"),
    ("(see https://evil.example/pay).", "evil.example/pay"),
    ("https://evil.example/a_(b)", "evil.example/a_(b)"),
    ("(https://evil.example/a_(b))", "evil.example/a_(b)"),
    ("<https://evil.example/pay>", "evil.example/pay"),
    ('"https://evil.example/pay"', "evil.example/pay"),
    ("'https://evil.example/pay'", "evil.example/pay"),
    ("\u00abhttps://evil.example/pay\u00bb", "evil.example/pay"),
    ("\u201chttps://evil.example/pay\u201d", "evil.example/pay"),
    ("https://evil.example/pay\u2026", "evil.example/pay"),
    ("*https://evil.example/pay*", "evil.example/pay"),
    ("_evil.example_", "evil.example"),
    ("[click here](https://evil.example/pay)", "evil.example/pay"),
    ("evil.example!", "evil.example"),
    ("...evil.example", "evil.example"),
    ("see...evil.example", "evil.example"),
    ("text:https://evil.example/pay", "evil.example/pay"),
    ("before\nhttps://evil.example/pay\nafter", "evil.example/pay"),
    # taken apart
    ("hxxp://evil.example/pay", "evil.example/pay"),
    ("hXXps://evil.example/pay", "evil.example/pay"),
    ("hxxp[:]//evil[.]example/pay", "evil.example/pay"),
    ("hxxps[://]evil[.]example/pay", "evil.example/pay"),
    ("https://evil[.]example/pay", "evil.example/pay"),
    ("evil(.)example", "evil.example"),
    ("evil{.}example", "evil.example"),
    ("evil [.] example", "evil.example"),
    ("evil[dot]example", "evil.example"),
    ("evil (DOT) example", "evil.example"),
    ("h**ps://evil.example/pay", "evil.example/pay"),
    ("https:evil.example/pay", "evil.example/pay"),
    ("https:/evil.example/pay", "evil.example/pay"),
    ("https:///evil.example/pay", "evil.example/pay"),
    (r"https:\\evil.example\pay", "evil.example/pay"),
    ("ev\u2060il.exam\u00adple", "evil.example"),
    ("ev\u3164il.exam\U000e0041ple", "evil.example"),
    ("https://evil%E3%80%82example/pay", "evil.example/pay"),
    ("evil\ufe52example", "evil.example"),
    ("evil\uff08dot\uff09example", "evil.example"),
    (
        "\U0001d41e\U0001d42f\U0001d422\U0001d425.\U0001d41e\U0001d431\U0001d41a\U0001d426\U0001d429\U0001d425\U0001d41e",
        "evil.example",
    ),
    ("evil dot example", "evil.example"),
    ("evil <dot> example", "evil.example"),
    ("evil . example", "evil.example"),
    ("evil\u70b9example", "evil.example"),
    # what browsers do not mind, or readers overlook
    ("https://evil.example:0000443/pay", "evil.example/pay"),
    ("https://evil.example:80x/pay", "evil.example"),
    ("https://evil.example*buy*", "evil.example"),
    ("`https://evil.example`", "evil.example"),
    ("https://evil.example=now", "evil.example"),
    ("=-evil.example", "evil.example"),
    ("now:__evil.example__", "evil.example"),
    ("https://evil.example--", "evil.example"),
    ("evil.example\ufdfa", "evil.example"),
    ("evil.example@ now", "evil.example"),
    ("@evil.example", "evil.example"),
    ("https://xn--a.evil.example/", "xn--a.evil.example"),
    ("https://evil\u3002example/pay", "evil.example/pay"),
    ("https\uff1a\uff0f\uff0fevil\uff0eexample\uff0fpay", "evil.example/pay"),
    ("\uff45\uff56\uff49\uff4c.example", "evil.example"),
    ("https://%65vil.example/pay", "evil.example/pay"),
    ("https://evil%2eexample/pay", "evil.example/pay"),
    # IDN
    ("https://b\u00fccher.example/", "b\u00fccher.example"),
    ("https://BU\u0308CHER.example/", "b\u00fccher.example"),
    ("https://xn--bcher-kva.example/", "b\u00fccher.example"),
    ("https://XN--BCHER-KVA.example/", "b\u00fccher.example"),
    (
        "\u043f\u0440\u0438\u043c\u0435\u0440.\u0438\u0441\u043f\u044b\u0442\u0430\u043d\u0438\u0435",
        "\u043f\u0440\u0438\u043c\u0435\u0440.\u0438\u0441\u043f\u044b\u0442\u0430\u043d\u0438\u0435",
    ),
    # somebody else's name before the @
    ("https://good.example@evil.example/pay", "evil.example/pay"),
    ("https://good.example:pw@evil.example/pay", "evil.example/pay"),
    ("https://good.example%2f@evil.example/pay", "evil.example/pay"),
    ("https://a@b@evil.example/", "evil.example"),
    (r"https://evil.example\@good.example", "evil.example/@good.example"),
    ("https://evil.example/@good.example", "evil.example/@good.example"),
    ("https://evil.example?@good.example", "evil.example?@good.example"),
    # letters that need marks, and signs
    ("http://\u0939\u093f\u0928\u094d\u0926\u0940.example/x", "\u0939\u093f\u0928\u094d\u0926\u0940.example/x"),
    (
        "\u0939\u093f\u0928\u094d\u0926\u0940.\u092d\u093e\u0930\u0924",
        "\u0939\u093f\u0928\u094d\u0926\u0940.\u092d\u093e\u0930\u0924",
    ),
    ("i\u2764.example", "i\u2764.example"),
    # addresses
    ("http://192.0.2.7/pay", "192.0.2.7/pay"),
    ("192.0.2.7", "192.0.2.7"),
    ("http://3221225991/", "192.0.2.7"),
    ("http://0xC0000207/", "192.0.2.7"),
    ("http://0300.0.02.7/", "192.0.2.7"),
    ("http://192.519/", "192.0.2.7"),
    (f"http://{'0' * 20}300.0.2.7/", "192.0.2.7"),
    ("http://[fe80::7%25eth0]/", "fe80::7"),
    ("http://[2001:DB8::0:1]/pay", "2001:db8::1/pay"),
    ("http://[::ffff:192.0.2.7]:8080/", "192.0.2.7:8080"),
    # messengers
    ("https://t.me/SpamChannel", "t.me/spamchannel"),
    ("t.me/SpamChannel/123?x=1", "t.me/spamchannel"),
    ("https://t.me/s/spamchannel", "t.me/spamchannel"),
    ("https://telegram.me/spamchannel", "t.me/spamchannel"),
    ("https://spamchannel.t.me", "t.me/spamchannel"),
    ("tg://resolve?domain=SpamChannel", "t.me/spamchannel"),
    ("https://t.me/joinchat/AbC", "t.me/+AbC"),
    ("https://t.me/+AbC", "t.me/+AbC"),
    ("tg://join?invite=AbC", "t.me/+AbC"),
    ("write to @SpamChannel on Telegram", "t.me/spamchannel"),
    ("https://wa.me/447700900123", "wa.me/447700900123"),
    ("https://wa.me/+44-7700-900123?text=hi", "wa.me/447700900123"),
    ("https://api.whatsapp.com/send?phone=%2B447700900123&text=hi", "wa.me/447700900123"),
    ("whatsapp://send?phone=+447700900123", "wa.me/447700900123"),
    ("WhatsApp: +44 (7700) 900-123", "wa.me/447700900123"),
]


@pytest.mark.parametrize(("text", "value"), URLS)
def test_urls(text: str, value: str) -> None:
    assert [link.value for link in links(text) if link.kind == "url"] == [value]


SEVERAL_READINGS = [
    # writing without spaces between words, and signs that nobody puts spaces around
    ("\u770bhttps://evil.example/pay\u770b", "evil.example/pay"),
    ("\u770bevil.example\u770b", "evil.example"),
    ("https://evil.example\u3002\u597d", "evil.example"),
    ("https://evil.example\uff0c\u597d", "evil.example"),
    ("\u0e14\u0e39evil.example\u0e14\u0e39", "evil.example"),
    ("\U0001f449https://evil.example/pay\U0001f448", "evil.example/pay"),
    ("\u2192evil.example\u2190", "evil.example"),
    ("https://evil.example\u2014now", "evil.example"),
    ("\u8054\u7cfbspammer@evil.example\u8c22\u8c22", "spammer@evil.example"),
    # a zero-width space ends a word, or is ignored
    ("https://evil.example\u200bnow", "evil.example"),
    ("https://ev\u200bil.example", "evil.example"),
    # from right to left
    ("\u202eelpmaxe.live", "evil.example"),
    ("\u202eyap/elpmaxe.live//:sptth\u202c now", "evil.example/pay"),
    # within other links
    ("https://go.example/?q=https%3A%2F%2Fevil.example%2Fpay", "evil.example/pay"),
    ("https://chat.example/i/spammer@evil.example?omemo=1", "spammer@evil.example"),
    ("https://chat.example/#spammer@evil.example", "spammer@evil.example"),
    ("https://chat.example/#spammer%40evil.example?join", "spammer@evil.example"),
    # whichever of them is meant
    ("a@b@evil.example", "b@evil.example"),
    ("o\\27neill@evil.example", "o\\27neill@evil.example"),
    ("mailto:a@good.example?cc=spammer@evil.example", "spammer@evil.example"),
]


@pytest.mark.parametrize(("text", "value"), SEVERAL_READINGS)
def test_what_can_be_read_in_several_ways_is(text: str, value: str) -> None:
    assert value in [link.value for link in links(text)]


JIDS = [
    ("spammer@evil.example", "spammer@evil.example"),
    ("write me: Spammer@EVIL.example.", "spammer@evil.example"),
    ("john.doe@evil.example", "john.doe@evil.example"),
    ("<spammer@evil.example>", "spammer@evil.example"),
    ("(spammer@evil.example)", "spammer@evil.example"),
    ("spammer@evil.example/phone", "spammer@evil.example"),
    ("spammer[at]evil[dot]example", "spammer@evil.example"),
    ("spammer (at) evil (dot) example", "spammer@evil.example"),
    ("spammer@b\u00fccher.example", "spammer@b\u00fccher.example"),
    ("spammer@xn--bcher-kva.example", "spammer@b\u00fccher.example"),
    ("spammer@\u0939\u093f\u0928\u094d\u0926\u0940.example", "spammer@\u0939\u093f\u0928\u094d\u0926\u0940.example"),
    ("spammer\ufe6bevil.example", "spammer@evil.example"),
    ("jid=spammer@evil.example", "spammer@evil.example"),
    ("xmpp:spammer@evil.example", "spammer@evil.example"),
    ("XMPP:spammer@evil.example?message;body=Hello%20you", "spammer@evil.example"),
    ("xmpp:room@rooms.evil.example?join", "room@rooms.evil.example"),
    ("xmpp:sp%61mmer@evil.example", "spammer@evil.example"),
    ("xmpp://me@here.example/spammer@evil.example", "spammer@evil.example"),
    ("xmpp:evil.example", "evil.example"),
    ("mailto:spammer@evil.example?subject=x", "spammer@evil.example"),
    ("xmpp:spammer@evil.example;message", "spammer@evil.example"),
    ("xmpp:spammer@evil.example%3Fjoin", "spammer@evil.example"),
    ("xmpp:spammer@evil.example*now*", "spammer@evil.example"),
    ("xmpp:spammer@[2001:db8::7]", "spammer@[2001:db8::7]"),
    ("__spammer@evil.example__", "spammer@evil.example"),
]


@pytest.mark.parametrize(("text", "value"), JIDS)
def test_jids(text: str, value: str) -> None:
    assert [link.value for link in links(text)] == [value]
    assert links(text)[0].kind == "jid"


@pytest.mark.parametrize("text", ["tel:+44-7700-900123", "TEL:+447700900123;ext=5", "sms:+447700900123?body=x"])
def test_telephone_numbers(text: str) -> None:
    assert [(link.kind, link.value) for link in links(text)] == [("phone", "447700900123")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello. How are you? Fine...",
        "It is 3.14, or 1.2.3, at 10:30",
        "note: this",
        "a@",
        "@alice hello",
        "https://",
        "http:",
        "xmpp:",
        "tel:1",
        "http://xn--/",
        "http://xn--a/",
        "http://4294967296/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://[no]/",
        "my number is +44 7700 900123",
        "Why?!",
        "Ende.\u201c Er ging.",
        "\u4f60\u597d\u3002",
    ],
)
def test_what_is_no_link(text: str) -> None:
    assert links(text) == ()


def test_several_links_each_once_in_their_order() -> None:
    text = "https://one.example, two.example;three@x.example https://one.example https://a.example,b.example"
    assert [link.value for link in links(text) if link.kind == "url"] == [
        "one.example",
        "two.example",
        "a.example",
        "b.example",
    ]
    assert "three@x.example" in [link.value for link in links(text)]


def test_a_link_in_a_link() -> None:
    found = [link.host for link in links("https://go.example/url?q=https://evil.example/pay")]
    assert found == ["go.example", "evil.example"]


def test_the_target_of_a_link() -> None:
    found = map(link_of, ("https://Evil.example/", "xmpp:a@evil.example?join", "evil.example/x"))
    assert [link and link.value for link in found] == ["evil.example", "a@evil.example", "evil.example/x"]
    assert link_of("javascript:alert(1)") is None
    # what browsers take out, and what they take for slashes
    disguised = ("ht\ttps://ev\nil.exa\rmple/", " https://evil.example/ ", "//evil.example/", "\\\\evil.example",
                 "https://good.example @evil.example/", "https:\\\\evil.example\\@good.example")  # fmt: skip
    assert {link and link.host for link in map(link_of, disguised)} == {"evil.example"}
    assert link_of("") is None
    assert url_key("hxxps://evil[.]example/pay/") == "evil.example/pay"
    assert url_key("no url") is None
    assert url_key("xmpp:a@b.example") is None


def test_public_suffixes() -> None:
    assert is_public_suffix("co.uk")
    assert is_public_suffix("github.io")
    assert not is_public_suffix("evil.co.uk")
    assert not is_public_suffix("spam.github.io")


@pytest.mark.parametrize(
    "sign", [".", "!", "?", ")", "...", '"', ",", ";", ":", "\u2026", "*", "'", "\u00bb", ").", "!)"]
)
@given(st.from_regex(r"[a-z]{1,9}\.example(/[a-z0-9]{1,9}){0,3}", fullmatch=True))
def test_punctuation_behind_a_url_is_not_part_of_it(sign: str, url: str) -> None:
    assert [link.value for link in links(f"see https://{url}{sign} indeed")] == [url]


PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from([
        "http://", "https:", "xmpp:", "mailto:", "tel:+", "tg://resolve?domain=", "www.", "xn--", "evil.example",
        "@", ".", ":", "/", "?", "[", "]", "_", "-", ",", " ", "\n", "%", "%3A", "%40", "\\", "\\40", "[.]",
        "(dot)", " dot ", " . ", "\u3002", "\uff0e", "\u200b", "\u200c", "\u202e", "\u202c", "\ufdfa", "\u0301",
        "\u0939\u093f", "\u597d", "\u70b9", "\U0001f525", "\U0001d41a", "\ud800", "telegram @", "whatsapp +44",
        "0x7f.1", "[::1%25",
    ]),
)  # fmt: skip


@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_text_can_be_read(text: str) -> None:
    found, spent, cut = read(text)
    assert len(found) <= 8 * len(text)
    assert len(found) * CANDIDATE <= spent
    assert spent >= CHARACTERS or not cut
    for link in found:
        assert 0 < len(link.value) <= 3 * LONGEST
        assert len(link.value) <= 8 * len(text)
        assert link.host or link.kind == "phone"
    link_of(text)
    url_key(text)


@given(st.lists(st.sampled_from("htps:/@.[]()exampl:xmpp:tel: \\%41#?,;|\u200b\u3002wh"), max_size=80).map("".join))
def test_what_is_found_is_found_again(text: str) -> None:
    for link in links(text):
        if link.kind == "url" and ":" not in link.host:
            again = link_of(f"https://{link.value}")
            assert again is None or again.host == link.host


@pytest.mark.parametrize(
    "part",
    [
        "a.", "https://", "http:a,", ":", "a@", "xn--a.xn--b ", "\u00fc.\u00e9 ", "(", ".", "a", "((dot", " ", "1 ",
        "@abcd ", "a-", "[ ", "x:", "a,", "%41", "/.", ")", "/", "xmpp:", "tel:1", "\\", "@",
        "://", "http://a.b/ ", "[.]", "\u200b.",
    ],
)  # fmt: skip
def test_the_time_is_linear(part: str) -> None:
    def seconds(size: int) -> float:
        text = "telegram whatsapp http://a.b/" + part * (size // len(part)) + ".x"
        best = 10.0
        for _ in range(2):
            began = time.process_time()
            links(text)
            best = min(best, time.process_time() - began)
        return best

    assert seconds(160_000) < 12 * seconds(40_000) + 0.02


MANY = CHARACTERS // CANDIDATE
"""More links than any budget allows."""


def test_of_very_many_disguised_dots_too_the_rest_is_not_lost() -> None:
    text = "a(dot)b " * MANY + "evil[.]example"
    assert read(text).cut
    assert plain_hosts(text) == {"a.b", "evil.example"}


def test_what_is_found_is_bounded() -> None:
    found = links(" ".join(f"a{n}.example" for n in range(10 * MANY)))
    assert MANY / 2 < len(found) <= MANY


@pytest.mark.parametrize(
    ("cheap", "expensive"),
    [
        ("Hello", "a.b"),
        ("a.b", "a.b a.c"),
        ("http://a.example/", "http://a.example/" + "a" * 1000),
        ("http://a.example/" + "a" * 1000, "http://a.example/" + "%41" * 300),
        (f"a@{'b' * 40}.example", "a@" + "\u00fc" * 40 + ".example"),
        (f"a@{'b' * 40}.example", f"a@xn--{'b' * 36}.example"),
        (f"http://{'b' * 40}.example", "http://" + "\u00fc" * 40 + ".example"),
    ],
)
def test_what_takes_longer_costs_more(cheap: str, expensive: str) -> None:
    assert read(cheap).spent < read(expensive).spent


def test_all_texts_of_a_stanza_share_a_budget() -> None:
    budget = Budget()
    first = read_links("a.b " * (MANY // 2), budget)
    assert not first.cut
    assert budget.left == CHARACTERS - first.spent
    assert read_links("c.d " * (MANY // 2), budget).cut
    assert budget.left <= 0
    assert read_links("evil.example", budget) == Reading((), 0, cut=True)
    assert read_links("Hello", budget) == Reading((), 0, cut=False)


@pytest.mark.parametrize(
    "unit", ["hxxp:%41", "%hxxp:", "http:", "http://", "\uac00htt://", "xmpp:a@b", "http:%2F\u00fc", "a@\u00fc:", "tg:"]
)
def test_links_within_links_cost_no_more_than_their_characters(unit: str) -> None:
    def spent(times: int) -> int:
        budget = Budget(1 << 40)
        read_links(unit * times, budget)
        return (1 << 40) - budget.left

    assert spent(2000) < 2.5 * spent(1000)
    assert spent(1000) < 2.5 * spent(500)


def test_links_within_a_link_are_all_found() -> None:
    text = "https://a.example/?to=https://b.example/?to=https://c.example/d?to=https://e.example/"
    assert [link.host for link in links(text)] == ["a.example", "b.example", "c.example", "e.example"]


@pytest.mark.parametrize("padding", ["x" * 9000, "x " * 9000, "\u597d" * 9000, "-" * 9000])
def test_behind_a_long_text_everything_is_found(padding: str) -> None:
    assert [link.value for link in links(f"{padding} hxxp://evil[.]example/pay")] == ["evil.example/pay"]


@pytest.mark.parametrize("length", range(8100, 8300, 7))
@pytest.mark.parametrize("link", ["hxxps://www.evil.example/pay", "pay@evil.example", "evil(dot)example"])
def test_a_link_is_found_wherever_a_long_text_is_cut(length: int, link: str) -> None:
    assert any("evil.example" in found.value for found in links(f"{'(' * length}{link}{'(' * 9000}"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"http://a{ACCENTS}.evil.example/", "evil.example"),
        (f"http://evil.example/{ACCENTS}", "evil.example"),
        (f"a{ACCENTS}@evil.example", "evil.example"),
        (f"a@b{ACCENTS} evil.example", "evil.example"),
    ],
)
def test_a_pile_of_accents_hides_nothing(text: str, value: str) -> None:
    assert any(f".{link.host}".endswith(f".{value}") for link in links(text))


def test_of_very_many_candidates_the_plain_hosts_are_found_wherever_they_stand() -> None:
    text = (
        "x:y " * 9000 + "http://Evil.example/pay, x@WWW.two.example. " + ". a" * 9000 + f" three.example {'a.' * 200}b"
    )
    assert links(text) == ()
    assert plain_hosts(text) == {"evil.example", "www.two.example", "three.example"}
