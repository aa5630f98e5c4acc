"""mentions: what is listed and stands in a text, and who wrote it."""

from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from tests.carriers import CARRIERS, INVISIBLE, LINKS
from tests.filters.test_blocklist import BANS, BL, DOMAINS, IPS, JIDS, Lists, digest
from tests.harness import Harness
from xmppfilter.stanza.kind import Kind

XHTML = "http://jabber.org/protocol/xhtml-im"
STRANGER = "mallory@stranger.example/x"
URL = "https://evil.example/pay"


class Mentions(Lists):
    """A scene with `blocklist` and `mentions`; nobody is remembered unless *cache_size* says so."""

    def __init__(self, *, mentions: dict[str, Any] | None = None, filters: Any = None, **options: Any) -> None:
        own = {"cache_size": 0, **(mentions or {})}
        super().__init__(filters={"mentions": own, **(filters or {})}, **options)

    def rule(self, body: str | None = "Hello", **message: Any) -> str | None:
        findings = self.message(body, **message)["findings"]
        return findings[0]["rule"] if findings else None


def own(tmp_path: Path, *, urls: str = "", jids: str = "", domains: str = "", **options: Any) -> Harness:
    """Return a scene with nothing but `mentions` and files of its own."""
    for name, text in (("urls", urls), ("jids", jids), ("domains", domains)):
        (tmp_path / name).write_text(text)
    files = {name: [str(tmp_path / name)] for name in ("urls", "jids", "domains")}
    return Harness({"mentions": {"files": files, "cache_size": 0, **options}})


# --- its own files


@pytest.mark.parametrize(
    ("listed", "said", "found"),
    [
        (URL, URL, True),
        (URL, "Look (https://EVIL.example/pay)!", True),
        (URL, "http://evil.example/pay", True),
        (URL, "evil.example/pay", True),
        (URL, "hxxps://evil[.]example/pay", True),
        (URL, "https://evil.example/pay.", True),
        (URL, "https://evil.example/pay;x", True),
        (URL, "https://evil.example/pay;jsessionid=1;b", True),
        (URL, "https://evil.example/;a/pay", False),
        (f"{URL}?a=1", "https://evil.example/pay;x?a=1", True),
        (f"{URL};x", "https://evil.example/pay;x", True),
        (f"{URL};x", "https://evil.example/pay;y", False),
        (URL, "https://evil.example/Pay", False),
        (URL, "https://evil.example/pay/more", True),
        (URL, "https://evil.example/pay/more/../yet?x=1&y#z", True),
        (URL, "https://evil.example/pay?x=1", True),
        (URL, "https://evil.example/pay/?x=1", True),
        (URL, "https://evil.example/pay#top", True),
        (URL, "https://evil.example/pays", False),
        (URL, "https://evil.example/pay%3Fx", False),
        (URL, "https://evil.example/p%61y/%6dore", True),
        (URL, "https://evil.example/more/pay", False),
        (URL, "https://evil.example/", False),
        (URL, "https://evil.example/?pay", False),
        (URL, "https://evil.example:443/pay/more", True),
        (URL, "http://evil.example:80/pay", True),
        (URL, "https://evil.example:8443/pay", False),
        (URL, "https://somebody:secret@evil.example/pay/more", True),
        (URL, "https://evil.example@good.example/pay", False),
        (URL, "https://www.evil.example/pay", False),
        (URL, "https://evil.example.org/pay", False),
        (URL, f"https://evil.example/pay{'/a' * 900}", True),
        (f"{URL}/", "https://evil.example/pay", True),
        (f"{URL}/", "https://evil.example/pay/more", True),
        (f"{URL}?", "https://evil.example/pay?x=1", True),
        (f"{URL}#top", "https://evil.example/pay", True),
        (f"{URL}?a=1", "https://evil.example/pay?a=1", True),
        (f"{URL}?a=1", "https://evil.example/pay?a=1#x", True),
        (f"{URL}?a=1", "https://evil.example/pay?a=2", False),
        (f"{URL}?a=1", "https://evil.example/pay", False),
        (f"{URL}?a=1", "https://evil.example/pay/more?a=1", False),
        ("https://evil.example/", "http://evil.example", True),
        ("https://evil.example/", "https://evil.example/any/thing?at=all", True),
        ("https://evil.example/", "https://evil.example:8443/", False),
        ("https://evil.example/", "https://notevil.example/", False),
        ("evil.example", "evil.example/pay", True),
        ("https://evil.example:8443", "https://evil.example:8443/pay", True),
        ("https://evil.example:8443", URL, False),
        ("https://xn--bcher-kva.example/pay", "https://B\u00fccher.example/pay/more", True),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example/pay", True),
        ("https://evil.example/b%C3%BCcher", "https://evil.example/b\u00fccher/1", True),
        ("http://192.0.2.7/", "http://3221225991/pay", True),
        ("http://[2001:db8::7]/", "http://[2001:DB8:0::7]/pay", True),
        ("https://t.me/spamchannel", "https://t.me/SpamChannel/123", True),
        (URL, "https://good.example/?x=evil.example/pay", False),
        (URL, "https://go.example/?to=https://evil.example/pay", True),
        ("hxxps://evil[.]example/pay", URL, True),
        ("https://t.me/spamchannel", "join tg://resolve?domain=SpamChannel", True),
        ("https://t.me/spamchannel", "https://t.me/otherchannel", False),
        ("https://wa.me/447700900123", "WhatsApp me: +44 7700 900 123", True),
    ],
)
def test_urls_of_its_own(tmp_path: Path, listed: str, said: str, found: bool) -> None:
    row = own(tmp_path, urls=listed).message(said)
    assert bool(row["findings"]) is found
    if found:
        assert (row["action"], row["decided_by"], row["findings"][0]["rule"]) == ("drop", "mentions", "mentions.url")
        assert row["score"] == 10.0


@pytest.mark.parametrize(
    ("listed", "said", "found"),
    [
        ("spammer@evil.example", "write to Spammer@evil.example.", True),
        ("spammer@evil.example", "xmpp:spammer@evil.example?message", True),
        ("spammer@evil.example", "spammer@evil.example/phone", True),
        ("spammer@evil.example", "aspammer@evil.example", False),
        ("spammer@evil.example", "evil.example", False),
        (digest("spammer@evil.example"), "spammer@evil.example", True),
    ],
)
def test_jids_of_its_own(tmp_path: Path, listed: str, said: str, found: bool) -> None:
    row = own(tmp_path, jids=listed).message(said)
    assert [finding["rule"] for finding in row["findings"]] == (["mentions.jid"] if found else [])


@pytest.mark.parametrize(
    ("listed", "said", "rule"),
    [
        ("evil.example", URL, "mentions.host"),
        ("evil.example", "https://www.evil.example/", "mentions.host"),
        ("evil.example", "somebody@evil.example", "mentions.jid"),
        ("*.evil.example", "https://www.evil.example/", "mentions.host"),
        ("*.evil.example", URL, None),
        ("github.io", "https://spam.github.io/", None),
        ("evil.example", "https://evil.example.org/", None),
    ],
)
def test_domains_of_its_own(tmp_path: Path, listed: str, said: str, rule: str | None) -> None:
    row = own(tmp_path, domains=listed).message(said)
    assert [finding["rule"] for finding in row["findings"]] == ([rule] if rule else [])
    assert row["score"] == (10.0 if rule else 0.0)


@pytest.mark.parametrize(
    ("listed", "said"),
    [("spammer@evil.example/x", "spammer@evil.example/x"), ("https://evil.example/*", "https://evil.example/x")],
)
def test_what_could_never_be_found_is_a_bad_line(tmp_path: Path, listed: str, said: str) -> None:
    scene = own(tmp_path, **{"jids" if "@" in listed else "urls": f"\n{listed}\n"})
    assert [event.fields["line"] for event in scene.replay.events if event.name == "bad_line"] == [2]
    assert scene.message(said)["findings"] == []


def test_its_own_files_list_no_sender(tmp_path: Path) -> None:
    scene = own(tmp_path, jids="mallory@evil.example")
    assert scene.message("Hello", sender="mallory@evil.example/x")["action"] == "deliver"


# --- the lists of blocklist


@pytest.mark.parametrize(
    ("node", "listed", "said", "rule"),
    [
        (DOMAINS, "evil.example", "https://evil.example/any?thing", "mentions.spam_source"),
        (DOMAINS, "evil.example", "www.evil.example", "mentions.spam_source"),
        (DOMAINS, "evil.example", "https://a.b.evil.example/", "mentions.spam_source"),
        (DOMAINS, "evil.example", "https://notevil.example/", None),
        (DOMAINS, "evil.example", "https://evil.example.good.example/", None),
        (DOMAINS, "evil.example", "https://evil.example@good.example/", None),
        (DOMAINS, "evil.example", "https://good.example@evil.example/", "mentions.spam_source"),
        (DOMAINS, "evil.example", "somebody@evil.example", "mentions.spam_source"),
        (DOMAINS, "evil.example", "xmpp:room@evil.example?join", "mentions.spam_source"),
        (DOMAINS, "evil.example", "somebody@sub.evil.example", None),
        (DOMAINS, "sub.evil.example", "https://evil.example/", None),
        (DOMAINS, "github.io", "https://spam.github.io/", None),
        (DOMAINS, "spam.github.io", "https://www.spam.github.io/", "mentions.spam_source"),
        (DOMAINS, "co.uk", "https://shop.co.uk/", None),
        (JIDS, digest("spammer@evil.example"), "talk to spammer@evil.example", "mentions.spam_source"),
        (JIDS, digest("spammer@evil.example"), "talk to other@evil.example", None),
        (IPS, "192.0.2.0/24", "http://3221225991/", "mentions.spam_source"),
        (IPS, "192.0.2.0/24", "192.0.2.7", "mentions.spam_source"),
        (IPS, "2001:db8::/32", "http://[2001:db8::7]/", "mentions.spam_source"),
        (IPS, "192.0.2.0/24", "http://192.0.3.7/", None),
    ],
)
def test_what_services_list(node: str, listed: str, said: str, rule: str | None) -> None:
    scene = Mentions()
    scene.fetch(node, listed)
    assert scene.rule(said, sender=STRANGER) == rule


@pytest.mark.parametrize(
    "said",
    [
        "\u770bhttps://www.evil.example\u770b",
        "\U0001f449evil.example\U0001f448",
        "https://\U0001f525.evil.example/",
        "https://xn--a.evil.example/",
        "https://\u0939\u093f\u0928\u094d\u0926\u0940.evil.example/",
        "https://evil.example:0000443/",
        "https://evil.example*now*",
        "https://evil\u3002example",
        "\U0001d41e\U0001d42f\U0001d422\U0001d425.\U0001d41e\U0001d431\U0001d41a\U0001d426\U0001d429\U0001d425\U0001d41e",
        "\u202eelpmaxe.live",
        "@evil.example",
        "=_evil.example_",
        "a@b@evil.example",
        "https://chat.example/i/mallory@evil.example",
        "https://go.example/?to=https%3A%2F%2Fevil.example",
        "evil [dot] example",
        "evil dot example",
        "a(dot)b " * 2_000 + "evil(dot)example",
    ],
)
def test_what_readers_and_clients_follow_is_found(said: str) -> None:
    scene = Mentions()
    scene.command("lists", "add", "domain", "evil.example")
    assert scene.rule(said, sender=STRANGER) == "mentions.spam_source"


@pytest.mark.parametrize(
    "said",
    [
        "e.g.this, i.e.that and so on",
        "I saw evil.And then example.Was that it?",
        "evil. example",
        "Update to 1.2.3.4, then to 192.0.2.",
        "Read README.md, and look into archive.zip and main.rs.",
        "Node.js or ASP.NET? a.b.c() says self.evil.example_of = 1",
        "Is it http://192.168.0.1/ or 10.0.0.138, and is ::1 me?",
        "d\u00e9vil.example, not-evil.example, evil-example.example, evil.examples, evil.example.org",
        "https://good.example/?evil.example, https://good.example/evil.example/pay",
        "spammers@evil.example.org, spammer.evil@example.org",
        "at 10:30, 3.50 to 4.20; see 5.3.1: all of it",
        "the dot product of a dot b, \u5dee\u4e00\u70b9 2\u70b930 OK",
        "user.name@host.example:~/evil/example$ ls -la ..",
        "https://friend.github.io/ and friend.github.io",
        "@evil, @example: look! evil@example",
    ],
)
def test_what_means_nothing_costs_nothing(said: str) -> None:
    scene = Mentions()
    for kind, listed in (
        ("domain", "evil.example"), ("domain", "*.evil.example"), ("domain", "vil.example"), ("domain", "github.io"),
        ("domain", "md"), ("domain", "zip"), ("domain", "js"), ("ip", "192.0.2.0/24"), ("ip", "192.168.0.0/16"),
        ("ip", "10.0.0.0/8"), ("ip", "::1/128"), ("jid", "spammer@evil.example"), ("url", "https://evil.example/pay"),
    ):  # fmt: skip
        scene.command("lists", "add", kind, listed)
    assert scene.rule(said, sender=STRANGER) is None


def test_wildcards_and_urls_of_operators() -> None:
    scene = Mentions()
    scene.command("lists", "add", "domain", "*.evil.example")
    assert scene.rule("https://a.evil.example/") == "mentions.spam_source"
    assert scene.rule("https://evil.example/") is None
    scene.command("lists", "add", "url", "https://good.example/bad")
    assert scene.rule("good.example/bad") == "mentions.url"
    scene.command("lists", "remove", "url", "http://good.example/bad/")
    assert scene.rule("good.example/bad") is None


# --- who sends, and what is advertised


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("domain", "evil.example"), "My old address bob@evil.example is dead"),
        (("domain", "evil.example"), "evil.example is full of spammers, do not use it"),
        (("jid", "spammer@evil.example"), "do not answer spammer@evil.example"),
        (("jid", "spam*@evil.example"), "do not answer spammer@evil.example"),
        (("ip", "192.0.2.0/24"), "we have blocked 192.0.2.7"),
    ],
)
def test_who_names_a_sender_of_spam_is_hardly_suspicious(words: tuple[str, str], said: str) -> None:
    scene = Mentions(mentions={"cache_size": 10})
    scene.command("lists", "add", *words)
    row = scene.message(said, sender=STRANGER)
    assert (row["action"], row["score"], row["findings"][0]["rule"]) == ("deliver", 2.0, "mentions.spam_source")
    assert scene.message("Hello", sender=STRANGER)["findings"] == []


@pytest.mark.parametrize("node", [DOMAINS, BANS])
def test_ten_such_names_weigh_as_much_as_one(node: str) -> None:
    scene, names = Mentions(), [f"evil{number}.example" for number in range(10)]
    scene.fetch(node, *(names if node == DOMAINS else map(digest, names)))
    bodies = "".join(f"<body xml:lang='x{n}'>{name} a@{name}</body>" for n, name in enumerate(names))
    row = scene.message(" ".join(names), sender=STRANGER, more=f"{bodies}<subject>{names[0]}</subject>")
    assert (row["score"], len(row["findings"])) == (2.0, 1)


@pytest.mark.parametrize("said", [f"bob@spam.example {URL}", f"{URL} bob@spam.example"])
def test_what_is_advertised_is_found_beside_it(said: str) -> None:
    scene = Mentions(mentions={"cache_size": 10})
    scene.fetch(DOMAINS, "spam.example", "evil.example")
    scene.command("lists", "add", "url", URL)
    row = scene.message(said, sender=STRANGER)
    assert (row["action"], [finding["rule"] for finding in row["findings"]]) == ("drop", ["mentions.url"])
    assert scene.rule("Hello", sender=STRANGER) == "mentions.sender"


def test_a_file_of_both_filters_lists_what_is_advertised(tmp_path: Path) -> None:
    (tmp_path / "domains").write_text("evil.example\n")
    files = {"domains": [str(tmp_path / "domains")]}
    assert Mentions(files=files).rule(URL, sender=STRANGER) == "mentions.spam_source"
    assert Mentions(files=files, mentions={"files": files}).rule(URL, sender=STRANGER) == "mentions.host"


def test_urls_in_a_file_of_blocklist_are_advertised(tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("evil.example\n")
    assert Mentions(files={"urls": [str(tmp_path / "urls")]}).rule(URL, sender=STRANGER) == "mentions.url"


def test_beyond_what_is_read_closely_both_are_found(tmp_path: Path) -> None:
    (tmp_path / "domains").write_text("evil.example\n")
    decoys = "x:y " * 4_000
    scene = Mentions(mentions={"files": {"domains": [str(tmp_path / "domains")]}})
    scene.fetch(DOMAINS, "spam.example")
    scene.command("lists", "add", "url", "pay.example")
    assert scene.rule(f"{decoys} spam.example", sender=STRANGER) == "mentions.spam_source"
    assert scene.rule(f"{decoys} spam.example www.evil.example", sender=STRANGER) == "mentions.host"
    assert scene.rule(f"{decoys} spam.example pay.example", sender=STRANGER) == "mentions.url"


OURS = (
    "example.org",
    "conference.example.org",
    "upload.example.org",
    "bob@example.org",
    "garden@conference.example.org",
)


@pytest.mark.parametrize(
    "said",
    [
        "https://example.org/",
        "https://www.example.org/register",
        "write to bob@example.org",
        "xmpp:garden@conference.example.org?join",
    ],
)
def test_nobody_but_an_operator_lists_what_is_ours(tmp_path: Path, said: str) -> None:
    (tmp_path / "domains").write_text("\n".join(OURS[:2]))
    (tmp_path / "jids").write_text("\n".join(OURS[2:]))
    (tmp_path / "urls").write_text("\n".join(OURS[:2]))
    files = {name: [str(tmp_path / name)] for name in ("domains", "jids", "urls")}
    scene = Mentions(files=files, mentions={"files": files})
    scene.fetch(DOMAINS, *OURS[:2])
    scene.fetch(JIDS, *map(digest, OURS))
    scene.fetch(BANS, *map(digest, OURS))
    assert scene.rule(said, sender=STRANGER) is None
    for domain in OURS[:2]:
        scene.command("lists", "add", "domain", domain)
    assert scene.rule(said, sender=STRANGER) is not None


def test_a_url_below_a_host_of_ours_is_listed(tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("https://example.org/abuse")
    scene = Mentions(files={"urls": [str(tmp_path / "urls")]})
    assert scene.rule("https://example.org/abuse/1", sender=STRANGER) == "mentions.url"
    assert scene.rule("https://example.org/", sender=STRANGER) is None


# --- links that lie


@pytest.mark.parametrize("sender", [STRANGER, "friend@allowed.example/x"])
@pytest.mark.parametrize("number", [1, 5])
def test_a_link_that_names_another_host_is_suspicious(sender: str, number: int) -> None:
    scene = Mentions(mentions={"cache_size": 10}, allow={"jids": ["friend@allowed.example"]})
    more = xhtml(f"<a href='{URL}'>www.bank.example</a>" * number)
    row = scene.message("www.bank.example", sender=sender, more=more)
    allowed = sender != STRANGER
    assert (row["action"], row["score"]) == ("deliver", 0.0 if allowed else 3.0)
    assert [finding["rule"] for finding in row["findings"]] == ([] if allowed else ["mentions.mismatch"])
    assert scene.message("Hello", sender=sender)["findings"] == []


def test_a_link_to_what_is_allowed_may_say_anything() -> None:
    scene = Mentions(allow={"domains": ["evil.example"]})
    assert scene.rule("Hi", more=xhtml(f"<a href='{URL}'>www.bank.example</a>"), sender=STRANGER) is None


@pytest.mark.parametrize("said", ["[bank.example](https://evil.example/)", "bank.example <https://evil.example/>"])
def test_in_plain_text_nothing_is_hidden(said: str) -> None:
    assert Mentions().rule(said, sender=STRANGER) is None


def test_services_must_agree_here_too() -> None:
    scene = Mentions(services=(BL, "second.example"), agree=2)
    scene.fetch(DOMAINS, "evil.example")
    assert scene.rule(URL, sender=STRANGER) is None
    scene.fetch(DOMAINS, "evil.example", service="second.example")
    assert scene.rule(URL, sender=STRANGER) == "mentions.spam_source"


@pytest.mark.parametrize(
    ("allow", "said", "found"),
    [
        ({"domains": ["evil.example"]}, URL, False),
        ({"domains": ["evil.example"]}, "https://www.evil.example/pay", False),
        ({"domains": ["evil.example"]}, "somebody@evil.example", False),
        ({"domains": ["other.example"]}, URL, True),
        ({"domains": ["com"]}, "https://spam.com/pay", True),
        ({"jids": ["somebody@evil.example"]}, "somebody@evil.example", False),
        ({"jids": ["mallory@stranger.example"]}, URL, False),
    ],
)
def test_what_is_allowed(allow: dict[str, Any], said: str, found: bool) -> None:
    scene = Mentions(allow=allow)
    scene.fetch(DOMAINS, "evil.example", "spam.com")
    assert (scene.rule(said, sender=STRANGER) is not None) is found


# --- where it looks


@pytest.mark.parametrize(
    "inside",
    [
        f"<body>{URL}</body>",
        f"<body xml:lang='en'>Hi</body><body xml:lang='de'>{URL}</body>",
        f"<body><![CDATA[{URL}]]></body>",
        "<body>https://&#101;vil.example/pay</body>",
        f"<subject>{URL}</subject>",
        f"<nick xmlns='http://jabber.org/protocol/nick'>{URL}</nick>",
        f"<html xmlns='{XHTML}'><body xmlns='http://www.w3.org/1999/xhtml'><p>{URL}</p></body></html>",
        f"<x xmlns='jabber:x:oob'><url>{URL}</url></x>",
        f"<x xmlns='jabber:x:conference' jid='a@rooms.example' reason='{URL}'/>",
        f"<body>{URL}</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:x'/>",
        f"<forwarded xmlns='urn:xmpp:forward:0'><message><body>{URL}</body></message></forwarded>",
    ],
)
def test_every_place_that_a_person_may_read(inside: str) -> None:
    scene = Mentions()
    scene.command("lists", "add", "url", URL)
    assert scene.rule(None, more=inside) == "mentions.url"


def test_very_many_texts_are_all_looked_at() -> None:
    scene = Mentions()
    scene.command("lists", "add", "url", URL)
    others = "".join(f"<body xml:lang='x{n}'>a{n}.example</body>" for n in range(100))
    assert scene.rule(None, more=f"{others}<body>{URL}</body>") == "mentions.url"


def test_the_status_of_a_subscription_request() -> None:
    scene = Mentions()
    scene.command("lists", "add", "url", URL)
    assert scene.subscribe(more=f"<status>{URL}</status>")["findings"][0]["rule"] == "mentions.url"


def xhtml(inside: str) -> str:
    return f"<html xmlns='{XHTML}'><body xmlns='http://www.w3.org/1999/xhtml'>{inside}</body></html>"


@pytest.mark.parametrize(
    ("inside", "hidden"),
    [
        (f"<a href='{URL}'>https://good.example/</a>", True),
        (f"<a href='{URL}'>click here</a>", True),
        (f"<p><b><a href={quoteattr('hxxps://evil[.]example/pay')}>x</a></b></p>", True),
        (f"<img src='{URL}' alt='kitten'/>", True),
        ("<a href='https://evil.exa&#9;mple/&#10;pay'>x</a>", True),
        ("<a href='//evil.example/pay'>x</a>", True),
        ("<a href='https://go.example/?to=https%3A%2F%2Fevil.example%2Fpay'>x</a>", False),
        ("<p>evil.example/pay</p><p>or not</p>", False),
        (f"see {URL}<br/>or not", False),
        (f"<a href='{URL}'>{URL}</a>", False),
    ],
)
def test_a_link_hidden_in_xhtml_is_told_as_hidden(inside: str, hidden: bool) -> None:
    scene = Mentions()
    scene.command("lists", "add", "url", URL)
    found = scene.message("click here", more=xhtml(inside))["findings"][0]
    assert found["rule"] == "mentions.url"
    assert ("hidden" in found["detail"]) is hidden


@pytest.mark.parametrize(
    "target",
    [
        URL,
        "ht&#9;tps://evil.exa&#10;mple/pay",
        "//evil.example/pay",
        "https://go.example/?to=https%3A%2F%2Fevil.example",
    ],
)
def test_behind_very_many_links_of_xhtml_nothing_is_hidden(target: str) -> None:
    scene = Mentions()
    scene.command("lists", "add", "domain", "evil.example")
    others = "".join(f"<a href='https://a{n}.example/'/>" for n in range(200))
    assert scene.rule(None, more=xhtml(f"{others}<a href='{target}'>x</a>"), sender=STRANGER) == "mentions.spam_source"


def test_texts_that_use_up_the_candidates_hide_no_plain_host() -> None:
    scene = Mentions()
    scene.command("lists", "add", "domain", "evil.example")
    decoys = "".join(f"<subject>{f'{n}:x ' * 400}</subject>" for n in range(3))
    others = "".join(f"<a href='https://a{n}.example/'/>" for n in range(1_000))
    assert scene.rule("x:y " * 2_000, more=f"{decoys}{xhtml(f'see {URL}')}", sender=STRANGER) == "mentions.spam_source"
    assert (
        scene.rule("x:y " * 2_000, more=xhtml(f"{others}<a href='{URL}'/>"), sender=STRANGER) == "mentions.spam_source"
    )


def test_a_host_far_below_what_is_listed_is_found() -> None:
    scene = Mentions()
    scene.command("lists", "add", "domain", "evil.example")
    assert scene.rule(f"https://{'a.' * 100}evil.example/", sender=STRANGER) == "mentions.spam_source"


def test_groupchat_and_errors_are_not_looked_at() -> None:
    scene = Mentions(mentions={"cache_size": 10})
    scene.command("lists", "add", "url", URL)
    assert scene.rule(URL, type="groupchat", to="alice@example.org/phone") is None
    assert scene.rule(URL, type="error", more="<error type='cancel'/>") is None
    assert scene.rule("Hello") is None
    assert all(Kind.IQ not in mount.filter.kinds for mount in scene.gateway.setup.pipeline.mounts)


# --- who is remembered


def remembering(**mentions: Any) -> Mentions:
    scene = Mentions(mentions={"cache_size": 10, **mentions})
    scene.command("lists", "add", "url", URL)
    return scene


def test_a_hit_remembers_the_sender() -> None:
    scene = remembering()
    assert scene.rule("Hello") is None
    assert scene.rule(URL) == "mentions.url"
    assert scene.rule("Hello", sender="mallory@evil.example/other", to="bob@example.org") == "mentions.sender"
    row = scene.subscribe()
    assert (row["action"], row["decided_by"], row["score"]) == ("drop", "mentions", 10.0)
    assert scene.iq()["action"] == "deliver"
    assert scene.rule("Hello", sender="other@evil.example/x") is None


def test_nobody_is_remembered_without_a_cache() -> None:
    scene = Mentions()
    scene.command("lists", "add", "url", URL)
    assert scene.rule(URL) == "mentions.url"
    assert scene.rule("Hello") is None
    with pytest.raises(ValueError, match="cache_size"):
        scene.command("senders", "remember", "mallory@evil.example")


def test_the_least_recently_found_are_forgotten_first() -> None:
    scene = remembering(cache_size=2)
    for name in ("one", "two"):
        scene.rule(URL, sender=f"{name}@evil.example/x")
    assert scene.rule("Hello", sender="one@evil.example/x") == "mentions.sender"
    scene.rule(URL, sender="three@evil.example/x")
    remembered = [name for name in ("one", "two", "three") if scene.rule(sender=f"{name}@evil.example/x")]
    assert remembered == ["one", "three"]


def test_an_occupant_is_remembered_and_not_its_room() -> None:
    scene = remembering()
    scene.rule(URL, sender="garden@conference.example.org/mallory")
    assert scene.rule(sender="garden@conference.example.org/mallory") == "mentions.sender"
    assert scene.rule(sender="garden@conference.example.org/alice") is None


def test_a_forged_mark_hides_nobody() -> None:
    scene = remembering()
    scene.rule(URL)
    assert scene.rule(more="<x xmlns='http://jabber.org/protocol/muc#user'/>", sender="mallory@evil.example/y")


def test_operators_remember_and_forget() -> None:
    scene = remembering()
    assert scene.command("senders", "remember", "Mallory@evil.example/x") == {"remembered": "mallory@evil.example"}
    assert scene.rule("Hello") == "mentions.sender"
    assert scene.command("senders", "forget", "mallory@evil.example") == {
        "forgotten": "mallory@evil.example", "was_remembered": True
    }  # fmt: skip
    assert scene.rule("Hello") is None
    assert not scene.command("senders", "forget", "mallory@evil.example")["was_remembered"]
    scene.command("senders", "remember", "mallory@evil.example", at=1.0)
    scene.command("allow", "add", "jid", "mallory@evil.example")
    assert scene.rule("Hello") is None


def test_whom_monitor_mode_remembers_enforce_mode_does_not_know() -> None:
    scene = Mentions(mentions={"cache_size": 10}, policy={"mode": "monitor"})
    scene.command("lists", "add", "url", URL)
    assert scene.message(URL)["would"] == "drop"
    assert scene.message("Hello")["would"] == "drop"
    scene.command("mode", "enforce")
    assert scene.message("Hello")["action"] == "deliver"


def test_a_sender_is_forgotten_in_time() -> None:
    scene = remembering(cache_time="1h")
    scene.rule(URL, at=10.0)
    assert scene.rule("Hello", at=3000.0) == "mentions.sender"
    assert scene.rule("Hello", at=6000.0) == "mentions.sender", "each find renews it"
    assert scene.rule("Hello", at=9601.0) is None


# --- wherever a client shows it


@pytest.mark.parametrize("carrier", LINKS.values(), ids=LINKS)
def test_links_are_found_wherever_a_client_shows_them(tmp_path: Path, carrier: str) -> None:
    assert own(tmp_path, urls=URL).message("Hi", more=carrier % URL)["action"] == "drop"
    assert own(tmp_path, urls=URL).message(None, more=carrier % URL)["action"] == "drop"


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
def test_links_are_found_in_any_text(tmp_path: Path, carrier: str) -> None:
    assert own(tmp_path, urls=URL).message("Hi", more=carrier % f"Look: {URL} !")["action"] == "drop"


def test_jids_are_found_in_what_proposes_contacts(tmp_path: Path) -> None:
    """XEP-0144."""
    more = "<x xmlns='http://jabber.org/protocol/rosterx'><item action='add' jid='pay@evil.example' name='Ann'/></x>"
    assert own(tmp_path, jids="pay@evil.example").message("Hi", more=more)["action"] == "drop"


@pytest.mark.parametrize("quiet", INVISIBLE.values(), ids=INVISIBLE)
def test_what_no_client_shows_mentions_nothing(tmp_path: Path, quiet: str) -> None:
    assert own(tmp_path, urls=URL).message("Hi", more=quiet % URL)["action"] == "deliver"


def test_made_up_occupants_push_out_no_sender_that_is_remembered(tmp_path: Path) -> None:
    scene = own(tmp_path, urls=URL, cache_size=80)
    scene.message(URL, sender="mallory@evil.example/x")
    mark = "<x xmlns='http://jabber.org/protocol/muc#user'/>"
    for n in range(200):
        scene.message(URL, sender=f"room@conf.example/{n}", more=mark)
    assert scene.message("Hi", sender="mallory@evil.example/x")["action"] == "drop"
    assert scene.message("Hi", sender="room@conf.example/199", more=mark)["action"] == "drop"
    assert scene.message("Hi", sender="room@conf.example/new", more=mark)["action"] == "deliver"
