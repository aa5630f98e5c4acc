"""At info and above the log holds nothing that people wrote, and no nick, resource or contact; with debug it does."""

import logging
from hashlib import sha256
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from tests.harness import settings
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, RosterKnown, Ticked
from xmppfilter.gateway.setup import Listeners
from xmppfilter.judging.catalogue import filter_names
from xmppfilter.judging.effects import Notice
from xmppfilter.lists.entry import Entry, What
from xmppfilter.memory.state import State
from xmppfilter.observe.log import log_event
from xmppfilter.observe.private import where, without_quotes, without_resource
from xmppfilter.observe.verdicts import Journal
from xmppfilter.registers.rosters import RosterItem
from xmppfilter.stanza.jid import Jid
from xmppfilter.xmpp.wire import Wire

MARK = "mrkr"
"""Stands in every field that must not be logged."""
NOW = 1_000_000.0
META = "<meta xmlns='urn:xmppfilter:check:0' via='s2s'/>"
REPORT = "xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'"
MUC, OOB = "http://jabber.org/protocol/muc#user", "jabber:x:oob"
ROOM = "room@conference.example.org"
CONTACT = f"{MARK}.contact@friends.example"


def filters() -> dict[str, Any]:
    """Return all filters, so sharp that each finds something."""
    sharp: dict[str, Any] = {
        "same_long_body": {"body_size": 1, "number_limit": 1},
        "presence_subscribe_rate": {"limit_per_minute": 1},
        "stranger_rate": {"messages_per_minute": 1},
        "first_contact": {"contacts_per_hour": 1},
        "patterns": {"strings": ["buy"]},
    }
    return {name: sharp.get(name, {}) for name in filter_names()}


class Traffic:
    """A gateway as the component drives it, with its log."""

    def __init__(self) -> None:
        self.core = Core(settings(filters()), State(), Listeners(on_verdict=(Journal().verdict,)))
        self.core.begin(NOW)
        self.gateway = self.core.gateway
        self.gateway.handle(Connected(), NOW)
        alice = Jid.parse("alice@example.org")
        self.gateway.handle(RosterKnown(alice, (RosterItem(jid=Jid.parse(CONTACT), subscription="both"),)), NOW)
        lists = self.gateway.library.lists
        assert lists is not None
        for entry in (
            Entry(What.URL, f"{MARK}.shop.example/{MARK}"),
            Entry(What.DOMAIN, f"{MARK}.host.example"),
            Entry(What.JID, f"{MARK}@seller.example"),
            Entry(What.JID, f"{MARK}@rooms.example"),
            Entry(What.JID_HASH, sha256(b"mallory@listed.example").hexdigest()),
        ):
            lists.add(entry, NOW)
        self.wire = Wire(self.gateway, lambda: NOW, to_slixmpp=lambda _: None, max_stanza_size=1 << 20)

    def feed(self, stanza: str) -> None:
        """Let a server ask about *stanza*, hand it over, and send it to us as it is."""
        forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded>"
        asked = f"<check xmlns='urn:xmppfilter:check:0'><meta via='s2s'/>{forwarded}</check>"
        for sent in (
            f"<iq type='set' id='q1' from='example.org' to='filter.example.org'>{asked}</iq>",
            f"<message id='w1' from='example.org' to='filter.example.org'>{META}{forwarded}</message>",
            stanza,
            stanza.replace("alice@example.org", "filter.example.org"),
        ):
            self.wire.receive(sent.encode(), [])


def stanza(
    inside: str, *, sender: str = f"mallory@evil.example/{MARK}", name: str = "message", kind: str = "chat"
) -> str:
    return (
        f"<{name} xmlns='jabber:client' type={quoteattr(kind)} id='{MARK}' from={quoteattr(sender)}"
        f" to='alice@example.org/{MARK}'>{inside}</{name}>"
    )


STANZAS = {
    "body": stanza(f"<body>buy {MARK} now</body>"),
    "subject": stanza(f"<subject>buy {MARK}</subject><body>buy</body>"),
    "thread": stanza(f"<thread>{MARK}</thread><body>buy</body>"),
    "url": stanza(f"<body>see https://{MARK}.shop.example/{MARK}</body>"),
    "host": stanza(f"<body>see {MARK}.host.example</body>"),
    "jid": stanza(f"<body>ask xmpp:{MARK}@seller.example</body>"),
    "oob": stanza(f"<body>x</body><x xmlns='{OOB}'><url>https://{MARK}.shop.example/{MARK}</url></x>"),
    "nick": stanza(f"<nick xmlns='http://jabber.org/protocol/nick'>{CONTACT}</nick><body>buy</body>"),
    "contact": stanza("<body>buy</body>", sender=f"{CONTACT.replace('contact', 'c0ntact')}/x").replace(MARK, "mrkr"),
    "scripts": stanza(f"<body>{MARK}\u0430\u0435 buy</body>"),
    "marks": stanza(f"<body>{MARK}\u200b\u202e buy \u0301\u0301\u0301\u0301</body>"),
    "request": stanza(f"<status>buy {MARK}</status>", name="presence", kind="subscribe"),
    "invitation": stanza(f"<x xmlns='{MUC}'><invite from='{MARK}@seller.example/{MARK}'/></x>", kind="normal"),
    "room": stanza(f"<x xmlns='{MUC}'><invite from='a@b.example'/></x>", sender=f"{MARK}@rooms.example", kind="normal"),
    "occupant": stanza("<body>buy</body>", sender=f"{ROOM}/{MARK}"),
    "error": stanza(f"<body>{MARK}</body>", kind="error"),
    "groupchat": stanza(f"<body>{MARK}</body>", kind="groupchat").replace(f"example.org/{MARK}'", "example.org'"),
    "type": stanza("<body>buy</body>", kind=MARK),
    "element": stanza(f"<{MARK}>buy</{MARK}>"),
    "prefix": stanza(f"<body>buy</body><{MARK}:x {MARK}:y='1'/>"),
    "namespace": stanza(f"<body xmlns='{MARK}'>buy</body>"),
    "resource": stanza("<body>buy</body>", sender=f"mallory@evil.example/{MARK}\x7f"),
    "report": stanza(f"<report {REPORT}><text>{MARK}</text></report>"),
    "pubsub": stanza(f"<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='{MARK}'/></event>"),
    "broken": stanza(f"<body>buy {MARK}</body><x a='&{MARK};'/>"),
}


def said(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(
        f"{record.getMessage()} {vars(record)} {record.exc_info}".replace(MARK + "@rooms.example", "a-listed-room")
        for record in caplog.records
        if record.name.startswith("xmppfilter")
    )


def lines(level: int, sent: str, caplog: pytest.LogCaptureFixture) -> str:
    caplog.set_level(level, "xmppfilter")
    traffic = Traffic()
    caplog.clear()
    for _ in range(4):
        traffic.feed(sent)
    traffic.gateway.handle(Ticked(), NOW + 1)
    return said(caplog)


@pytest.mark.parametrize("sent", STANZAS.values(), ids=STANZAS)
def test_nothing_that_people_wrote_is_logged(
    sent: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmppfilter.observe.log._throttle.admits", lambda *_: True)
    told = lines(logging.INFO, sent.replace(f"from='{CONTACT}", "from='"), caplog)
    assert told, "something is told of it"
    # of whom a stanza comes from the bare JID is told, and nothing else of it
    bare = [part.partition("/")[0] for part in sent.split('"') + sent.split("'") if f"{MARK}.c0ntact@" in part]
    for known in bare:
        told = told.replace(known, "")
    assert MARK not in told


def test_with_debug_it_is(caplog: pytest.LogCaptureFixture) -> None:
    assert f"mallory@evil.example/{MARK}" in lines(logging.DEBUG, STANZAS["body"], caplog)
    caplog.clear()
    assert f"{MARK}.shop.example" in lines(logging.DEBUG, STANZAS["url"], caplog)


@pytest.mark.parametrize(
    "event",
    [
        Notice("spammers", {"count": 1, "spammers": [{"jid": f"{ROOM}/{MARK}", "offences": 3}]}),
        Notice("account_disabled", {"jid": f"alice@example.org/{MARK}"}),
        Notice("malformed", {"from": "a@b.example", "problem": f"'a@b.example/{MARK}\\' {MARK}' is no JID"}),
        Notice("malformed", {"problem": f"found \"it's {MARK}"}),
        Notice("filter_failed", {"filter": "patterns", "failure": f"ValueError: {MARK}", "muted": False}),
        Notice("judging_failed", {"failure": f"ValueError: {MARK}"}),
        Notice("chore_failed", {"chore": "lists", "failure": f"ValueError: {MARK}"}),
    ],
    ids=lambda event: event.name,
)
def test_no_event_tells_of_nicks_or_quotes(event: Notice, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "xmppfilter")
    log_event(event)
    assert said(caplog)
    assert MARK not in said(caplog)


def test_the_same_resource_looks_the_same_and_no_other_does() -> None:
    one, again, other = (without_resource(f"{ROOM}/{nick}") for nick in ("juliet", "juliet", "romeo"))
    assert one == again != other
    assert one.startswith(f"{ROOM}/#")
    assert without_resource(ROOM) == ROOM


def test_what_is_not_quoted_stays() -> None:
    assert without_quotes("'a' is no JID: it has no domain") == "(hidden) is no JID: it has no domain"


def test_a_failure_is_told_by_its_kind_and_place() -> None:
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int(MARK)
    told = where(caught.value)
    assert told["failure"] == "ValueError"
    assert "test_private.py" in told["at"]
    assert MARK not in str(told)
