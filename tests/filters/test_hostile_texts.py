"""Whatever a stranger writes, no filter takes long over it, and none fails."""

import time
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collector import without_collector
from tests.harness import Harness
from xmppfilter.judging.verdict import CLEAN
from xmppfilter.stanza.view import Stanza

SIZE = 65_536
"""Bytes of the body: a quarter of the longest stanza."""
MOST = 0.2
"""Seconds of CPU: ten times what any of these may take on an idle machine."""

FILTERS: Mapping[str, Mapping[str, Any]] = {
    "blocklist": {},
    "campaign": {},
    "first_contact": {},
    "invitation": {},
    "mentions": {},
    "patterns": {
        "strings": [f"buy {n} followers" for n in range(1000)],
        "regexes": [rf"(?i)\bcasino{n}\s+bonus" for n in range(100)],
        "normalize": True,
        "scan": ["body", "subject", "status", "nick", "xhtml", "reason", "oob", "forwarded"],
    },
    "same_long_body": {"normalize": True, "fuzzy": True},
    "stranger_rate": {},
}
WORST = {
    "letters that lead to a slot each": "aio",
    "figures for letters": "a1",
    "words": "now is the time for all good men ",
    "Cyrillic": "привет как дела ",
    "ideographs": "你",
    "kana": "あい",
    "what NFKC makes eighteen characters of": "ﷺ",
    "mathematical letters": "\U0001d4d5",
    "Hangul in pieces": "\u1100",
    "loose accents": "\u0301",
    "invisible characters": "a\u200b",
    "right to left": "\u202e",
    "emoji": "🔥",
    "letters set apart": "f r",
    "scripts mixed": "aжa",
    "dots": ".",
    "hosts of one letter": "a.",
    "links": "http://a.bc/d ",
    "schemes": "ftp:",
    "schemes without a host": "://",
    "addresses": "a@b.c ",
    "addresses that need IDNA": "a@\u00fc.example ",
    "A-labels": "xn--a.xn--b ",
    "network addresses": "1.2.3.4 ",
    "brackets": "((dot",
    "percent signs": "%41",
    "numbers": "+4915112345 ",
    "digits": "8 9",
    "handles": "telegram @abcd ",
    "messengers": "whatsapp +49151 ",
    "at signs": "@",
    "slashes": "http://",
    "schemes in schemes": "http:http:",
    "schemes and percent signs": "http:%41",
    "dots in brackets": "[.]",
    "dots in words": "a dot ",
    "spaced dots": " . ",
    "accents that change places": "a.\u0301\u0316",
    "a host of accents": "http://a" + "\u0301\u0316" * 120 + ".b ",
    "no A-labels": "xn--a.",
    "long A-labels": f"xn--{'a9z' * 60}.b ",
    "hosts that NFKC lengthens": f"http://{'ﷺ' * 80}.b ",
    "long U-labels": f"http://{'ü' * 250}.b ",
    "letters that need marks": "हि.",
    "hosts of emoji": "🔥.🔥 ",
    "hosts between ideographs": "好a.b",
    "every reading": "\u202ea.b%3A\u200b点 dot 好 ",
    "full width": "\uff41\uff0e",
    "addresses of addresses": "a@b@",
    "escaped addresses": "a\\40b@c.d ",
    "percent signs for colons": "http%3A//a.b ",
    "IPv6": "http://[::1] ",
    "brackets of IPv6": "[::",
    "paths": "/../",
    "addresses in queries": "http://a/?a@b/",
    "mailto": "mailto:?@",
    "separators": "http:a,",
    "hyphens": "-.",
    "line ends": "a\n",
    "an OTR query": "?OTRv",
    "markup": "&<>",
    "hosts of very many labels": f"{'a.' * 118}b ",
    "an address of accents": "a@b" + "\u0301\u0316" * 120 + ".c ",
    "an address in a URI of accents": "xmpp:a@b" + "\u0301\u0316" * 1000 + ".c ",
    "a path of accents": "http://a.b/" + "\u0301\u0316" * 1000 + " ",
    "schemes and percent signs in one word": "hxxp:%%%",
    "schemes between Hangul": "\uac00htt://",
    "a word without a dot": "telegram",
    "A-labels with something invisible": "http://xn--kx3a9z7b2c1d.xn\u200b--a8b7c6d5e4f3.b ",
    "every disguise at once": "\u202ea.b%3A[]((a\u200b\u70b9 dotwhatsapp:%41# f r e e {dot} . t",
    "signs before first links": "/.//.//h\u0301tp://xn--a.b ",
    "brackets behind links": "http:" * 20 + ")" * 400,
    "parameters": "http://wa.me/?" + "&" * 1000,
    "full-width figures and invisible signs": "\u200b~\n\uff0e 3.4",
    "a path of encoded accents": "http://a.b/" + "%CC%81%CC%96" * 165 + " ",
}


def scene_of(name: str) -> Harness:
    # mentions looks into the lists of blocklist
    return Harness({"blocklist": {}, name: FILTERS[name]})


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("unit", WORST.values(), ids=WORST)
def test_the_worst_texts_are_judged_in_no_time(unit: str, name: str) -> None:
    body = escape(f"{name} {unit}" + unit * (SIZE // len(unit.encode())))  # of no other test, for what was read is kept
    raw = f"<message from='m@evil.example/x' to='a@example.org' type='chat'><body>{body}</body></message>".encode()
    on = scene_of(name)
    mounted = next(mount.filter for mount in on.gateway.setup.pipeline.mounts if mount.name == name)

    def spent() -> float:
        case = on.gateway.setup.policy.meet(Stanza.parse(raw))
        case.prepare()
        began = time.process_time()
        mounted.check(case, 1e9)
        mounted.observe(case, CLEAN, 1e9)
        return time.process_time() - began

    assert spent() < MOST


XHTML = "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>%s</body></html>"
FORWARDED = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>%s</body></message></forwarded>"
BODY = "<body>%s</body>"
MUC = "<x xmlns='http://jabber.org/protocol/muc#user'>%s</x>"
REPEATED = {
    "links in XHTML": (XHTML, "<a href='http://{n}.b/c'/>"),
    "hosts in XHTML": (XHTML, "<a href='{n}.b'/>"),
    "encoded hosts in XHTML": (XHTML, "<a href='http://%41{n}.b'/>"),
    "IDN in XHTML": (XHTML, "<a href='http://\u00fc{n}.b'/>"),
    "addresses in XHTML": (XHTML, "<a href='xmpp:a@\u00fc{n}.b'/>"),
    "brackets in XHTML": (XHTML, "<a href='a(dot){n}.b'/>"),
    "accents in XHTML": (XHTML, "<a href='http://a{n}" + "\u0301\u0316" * 100 + ".b'/>"),
    "different addresses that need IDNA": (BODY, "a@\u00fc{n}.b "),
    "different long addresses that need IDNA": (BODY, "a@\u00fc{n}" + "\u00fc.\u00e9" * 50 + ".b "),
    "different IDN": (BODY, "\u00fc{n}.\u00e9 "),
    "different A-labels": (BODY, "http://xn--{n}a9z.xn--b{n}.c "),
    "different hosts of very many labels": (BODY, "a." * 118 + "b{n} "),
    "different hosts between ideographs": (BODY, "\u597da{n}.b"),
    "bodies full of links": ("%s", f"<body>{'http:a,' * 1_100}</body>"),
    "bodies full of addresses": ("%s", "<body>" + "a\\40b@c{n}.d " * 560 + "</body>"),
    "line breaks in XHTML": (XHTML, "<br/>"),
    "bodies": ("%s", "<body>{n}.b</body>"),
    "unknown children with a text": ("%s", "<a b='a'>{n}</a>"),
    "unknown children with what clients show": ("%s", "<a title='{n}.b'/>"),
    "subjects": ("%s", "<subject>{n}.b</subject>"),
    "URLs out of band": ("<x xmlns='jabber:x:oob'>%s</x>", "<url>{n}.b</url>"),
    "invitations": (MUC, "<invite from='a@\u00fc{n}.b'><reason>{n}.b</reason></invite>"),
    "invitations by A-labels": (MUC, "<invite from='a@" + ".".join(f"xn--{{n}}a{n}kd9z" for n in range(16)) + "'/>"),
    "direct invitations": ("%s", "<x xmlns='jabber:x:conference' jid='a@\u00fc{n}.b' reason='{n}.b'/>"),
    "references": ("<body>%s</body>", "&#x2e;&#x61;"),
}
NESTED = {
    "XHTML": (XHTML, "<p>a.b%s</p>"),
    "XHTML inline": (XHTML, "<b>%s</b>"),
    "forwarded messages": ("%s", FORWARDED),
    "reasons": (MUC, "<invite from='a@b.c'><reason>%s</reason></invite>"),
}


def repeated(around: str, unit: str) -> str:
    return around.replace("%s", "".join(unit.format(n=n) for n in range(SIZE // len(unit.encode()))))


def nested(around: str, unit: str) -> str:
    before, _, after = unit.partition("%s")
    times = SIZE // len(unit)
    return around.replace("%s", before * times + "a.b" + after * times)


PARTS = {name: repeated(*how) for name, how in REPEATED.items()} | {
    f"nested {n}": nested(*h) for n, h in NESTED.items()
}


@pytest.mark.parametrize("name", ["mentions", "invitation", "first_contact", "patterns"])
@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_the_worst_stanzas_are_judged_in_no_time(parts: str, name: str) -> None:
    on = scene_of(name)
    mounted = next(mount.filter for mount in on.gateway.setup.pipeline.mounts if mount.name == name)
    stanza = Stanza.read(f"<message from='m@evil.example/x' to='a@example.org' type='chat'>{parts}</message>")
    case = on.gateway.setup.policy.meet(stanza)
    case.prepare()
    with without_collector():
        began = time.process_time()
        mounted.check(case, 1e9)
        assert time.process_time() - began < MOST


@pytest.mark.parametrize("listed", [True, False])
def test_ten_thousand_links_are_all_looked_up_in_no_time(listed: bool) -> None:
    """A listed host is found wherever it stands among them, as long as it stands there plainly."""
    on = Harness({"blocklist": {}, "mentions": {}})
    on.command("lists", "add", "domain", "evil.example")
    hosts = [f"http://host{n}.example/{n}" for n in range(10_000)]
    if listed:
        hosts[5_000] = "https://www.evil.example/pay"
    stanza = Stanza.read(f"<message from='m@b.example' to='a@example.org'><body>{' '.join(hosts)}</body></message>")
    began = time.process_time()
    told = on.replay.explain(stanza)
    assert time.process_time() - began < 2 * MOST
    assert [finding["rule"] for finding in told["findings"]] == ["mentions.spam_source"] * listed


CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    st.sampled_from([*WORST.values(), "http://", "www.", "t.me/", "xmpp:", "@evil.example", "[.]", "\u3002", "xn--"]),
)
TEXTS = st.lists(CHARACTERS, max_size=60).map("".join)
PAYLOADS = [
    "",
    "<x xmlns='jabber:x:conference' jid='%s' reason='%s'/>",
    "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='%s'><reason>%s</reason></invite></x>",
    "<html xmlns='http://jabber.org/protocol/xhtml-im'><body><a href='%s'>%s</a></body></html>",
    "<subject>%s</subject><nick xmlns='http://jabber.org/protocol/nick'>%s</nick>",
    "<x xmlns='jabber:x:oob'><url>%s</url><desc>%s</desc></x>",
    "<fallback xmlns='urn:xmpp:fallback:0' for='%s'><body end='7'/></fallback><body xml:lang='de'>%s</body>",
    "<origin-id xmlns='urn:xmpp:sid:0' id='%s'/><encrypted xmlns='urn:xmpp:omemo:1'>%s</encrypted>",
]


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(PAYLOADS), st.sampled_from(["chat", "normal", "headline", ""]))
def test_no_text_whatever_makes_a_filter_fail(body: str, other: str, payload: str, type_: str) -> None:
    patterns = {**FILTERS["patterns"], "strings": ["buy followers"], "regexes": [r"(?i)\bcasino\s+bonus"]}
    on = Harness({**FILTERS, "patterns": patterns})
    word = escape(other, {"'": "&apos;", "\n": " "})
    more = payload.replace("%s", word)
    for n in range(2):
        on.message(body, sender=f"m{n}@evil.example/x", type=type_, more=more, at=float(n))
        on.subscribe(sender=f"m{n}@evil.example", more=f"<status>{escape(body)}</status>{more}", at=float(n))
    health = on.gateway.setup.pipeline.health
    assert {name: health[name].failures for name in FILTERS} == dict.fromkeys(FILTERS, 0)
