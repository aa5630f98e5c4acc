"""Whom no filter judges: our services, and whom the admin trusts."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness import Harness, settings
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, Received
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.effects import Forward, Reply
from xmppfilter.judging.trusted import Trusted
from xmppfilter.memory.state import State
from xmppfilter.operators import commands
from xmppfilter.stanza.view import Stanza

ALICE = "alice@example.org"
MARK = "<x xmlns='http://jabber.org/protocol/muc#user'/>"
FILTERS: Mapping[str, Mapping[str, Any]] = {
    "known_spammers": {},
    "error_without_child": {},
    "patterns": {"strings": ["exploit"]},
}
SERVICES = ["pubsub.example.org", "bücher.example"]
TRUSTED = {
    "jids": ["alerts@a.example", "bot-*@b.example", "room@conf.a.example"],
    "domains": ["news.example", "*.partner.example"],
    "ips": ["192.0.2.0/24", "2001:db8::/32"],
}


def why(sender: str, *, to: str = ALICE, more: str = "", type: str = "error", **peer: Any) -> str | None:
    """Why what would be spam of anybody else is not judged, by a gateway that has banned its sender besides."""
    on = Harness(FILTERS, services=SERVICES, trusted=TRUSTED)
    if "@" in sender:
        on.command("spammers", "ban", sender.partition("/")[0])
    row = on.message("exploit", sender=sender, to=to, more=more, type=type, **peer)
    reason: str | None = row["exempt"]
    assert row["action"] == ("drop" if reason is None else "deliver")
    if reason is not None:
        assert not on.gateway.judge.explain(Stanza.read(f"<presence from='{sender}' to='{to}'/>", peer), 9.0).findings
        assert on.command("status")["exempt"] == {reason: 1}
    return reason


@pytest.mark.parametrize(
    ("sender", "peer", "reason"),
    [
        ("pubsub.example.org", {}, "service"), ("pubsub.example.org/x", {}, "service"),
        ("anybody@pubsub.example.org", {}, "service"), ("PubSub.Example.ORG", {}, "service"),
        ("xn--bcher-kva.example", {}, "service"),
        ("sub.pubsub.example.org", {}, None), ("evilpubsub.example.org", {}, None), ("pubsub.example.net", {}, None),
        ("alerts@a.example", {}, "trusted"), ("Alerts@A.example/x", {}, "trusted"), ("other@a.example", {}, None),
        ("a.example", {}, None),
        ("bot-7@b.example/x", {}, "trusted"), ("bot-@b.example", {}, "trusted"), ("abot-7@b.example", {}, None),
        ("bot-7@evil.example", {}, None), ("bot-7@sub.b.example", {}, None),
        ("any@news.example/x", {}, "trusted"), ("news.example", {}, "trusted"), ("any@sub.news.example", {}, None),
        ("any@x.y.partner.example", {}, "trusted"), ("any@partner.example", {}, None),
        ("any@evilpartner.example", {}, None),
        ("m@evil.example", {"ip": "192.0.2.255"}, "trusted"), ("m@evil.example", {"ip": "192.0.3.0"}, None),
        ("m@evil.example", {"ip": "2001:db8::1"}, "trusted"), ("m@evil.example", {"ip": "::ffff:192.0.2.1"}, "trusted"),
        ("m@evil.example", {"ip": "192.0.2.0/24"}, None), ("m@evil.example", {"peer": "news.example"}, None),
        ("m@evil.example", {}, None),
    ],
)  # fmt: skip
def test_who_is_judged_by_nobody(sender: str, peer: dict[str, str], reason: str | None) -> None:
    assert why(sender, **peer) == reason


@pytest.mark.parametrize(
    ("sender", "more", "type", "reason"),
    [
        # a mark makes nobody more than its server says it is, and a room is not whoever speaks in it
        ("m@evil.example/news.example", MARK, "chat", None),
        ("m@evil.example/x", MARK.replace("/>", "><item jid='alerts@a.example'/></x>"), "chat", None),
        ("m@evil.example/x", "<meta xmlns='urn:xmppfilter:check:0' ip='192.0.2.1'/>", "chat", None),
        ("m@evil.example/x", "<addresses><address type='ofrom' jid='alerts@a.example'/></addresses>", "chat", None),
        ("room@conf.a.example", "", "normal", "trusted"),
        ("room@conf.a.example/nick", MARK, "chat", None),
        ("room@conf.a.example/nick", "", "groupchat", None),
        ("room@rooms.partner.example/nick", MARK, "chat", "trusted"),
        ("room@conference.example.org/nick", "", "chat", None),
    ],
)
def test_nobody_claims_to_be_one(sender: str, more: str, type: str, reason: str | None) -> None:
    assert why(sender, more=more, type=type) == reason


@pytest.mark.parametrize(
    ("sender", "to", "reason"),
    [
        (f"{ALICE}/x", "pubsub.example.org", "service"),
        (f"{ALICE}/x", "blog@pubsub.example.org", "service"),
        (f"{ALICE}/x", "alerts@a.example", None),  # they are trusted as senders
        ("m@evil.example", "pubsub.example.org", None),
        (f"{ALICE}/x", "carol@example.org", None),
    ],
)
def test_in_the_other_direction(sender: str, to: str, reason: str | None) -> None:
    assert why(sender, to=to) == reason


def test_what_is_trusted_is_not_reported_away() -> None:
    on = Harness({"known_spammers": {}}, trusted={"jids": ["bot@example.org"]})
    for n in range(20):
        on.message("Hi", sender="bot@example.org/x", to=f"u{n}@example.org")
        on.report("bot@example.org", f"u{n}@example.org", at=n * 100.0)
    assert on.command("spammers", "list")["spammers"] == []


def connected(**others: Any) -> Gateway:
    gateway = Core(settings(FILTERS, **others), State()).gateway
    gateway.handle(Connected(), 0.0)
    commands.run(gateway, ["spammers", "ban", "m@evil.example"], 0.0)
    return gateway


SENDERS = st.sampled_from(["m@evil.example", "bot-1@b.example/x", "pubsub.example.org", "u@news.example/y", ALICE])
KINDS = st.sampled_from(["message type='chat'", "message type='error'", "presence type='subscribe'", "presence"])
LISTS = st.fixed_dictionaries(
    {},
    optional={
        "services": st.just(SERVICES),
        "trusted": st.fixed_dictionaries({}, optional={name: st.just(listed) for name, listed in TRUSTED.items()}),
    },
)


@given(SENDERS, KINDS, LISTS, st.sampled_from(["", " ip='192.0.2.7'"]))
def test_the_exempt_are_exempt_on_every_route(sender: str, kind: str, lists: dict[str, Any], ip: str) -> None:
    stanza = (
        f"<{kind} xmlns='jabber:client' from='{sender}' to='{ALICE}'><body>exploit</body></{kind.partition(' ')[0]}>"
    )
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded>"
    meta, to = f"<meta{ip}/>", "from='example.org' to='filter.example.org' id='1'"
    asked = f"<iq type='set' {to}><check xmlns='urn:xmppfilter:check:0'>{meta}{forwarded}</check></iq>"
    wrapped = f"<message {to}><meta xmlns='urn:xmppfilter:check:0'{ip}/>{forwarded}</message>"
    passes = set()
    for route, question in (("verdict", asked), ("inline", wrapped)):
        gateway = connected(route=route, **lists)
        effects = gateway.handle(Received(Stanza.read(question)), 1.0)
        passes.add(
            any(isinstance(one, Forward) or (isinstance(one, Reply) and b"'accept'" in one.xml) for one in effects)
        )
        exempt = gateway.judge.explain(Stanza.read(stanza, {"ip": "192.0.2.7"} if ip else {}), 2.0).exempt
        assert exempt is None or passes == {True}
        assert sum(gateway.counts.exempt.values()) == (exempt is not None)
    assert len(passes) == 1


def test_a_reload_that_trusts_somebody_judges_it_no_more_and_one_that_does_not_goes_on_where_it_was() -> None:
    core = Core(settings(FILTERS), State())
    commands.run(core.gateway, ["spammers", "ban", "bot-1@b.example", "1h"], 0.0)
    stanza = Stanza.read(f"<message from='bot-1@b.example/x' to='{ALICE}'><body>Hi</body></message>")
    seen = []
    for lists in ({}, {"trusted": TRUSTED}, {}, {"services": ["b.example"]}, {}):
        core.exchange(core.draft(settings(FILTERS, **lists)), 1.0)
        verdict = core.gateway.judge.judge(stanza, 2.0).verdict
        seen.append((verdict.action.value, verdict.exempt))
    assert seen == [("drop", None), ("deliver", "trusted"), ("drop", None), ("deliver", "service"), ("drop", None)]


def test_two_are_equal_that_name_the_same() -> None:
    assert Trusted(["a.example"], ips=["192.0.2.0/24"]) == Trusted(["a.example"], ips=["192.0.2.0/24"])
    assert len({Trusted(), Trusted(jids=["a@b.example"]), Trusted(jids=["a@b.example"])}) == 2
    assert Trusted() != "nobody"
    assert not Trusted()
    assert not Trusted(jids=["a@b.example"]).has("@")
