"""What is said to the component itself, what it says, and what happens when something breaks."""

import re
from typing import Any

import pytest

from tests.harness import LONG, Harness, settings
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, Disconnected, Received, Ticked
from xmppfilter.gateway.gateway import EXPIRE_AT_MOST, HOUSEKEEPING, HURRIED, Gateway
from xmppfilter.judging import judge
from xmppfilter.judging.effects import Effect, Forward, LockAccount, Notice, Reply, Send
from xmppfilter.memory.state import State
from xmppfilter.routes.protocol import BANS_PER_IQ
from xmppfilter.routes.pushes import PUSH_AT_MOST
from xmppfilter.stanza.view import Stanza

BANS: dict[str, dict[str, Any]] = {"known_spammers": {}, "error_without_child": {}}
BODY = "<body>caf\u00e9 &amp; more</body>"
INNER = (
    "<message xmlns='jabber:client' type='{kind}' id='m1' from='mallory@evil.example/x' "
    f"to='alice@example.org'>{BODY}</message>"
)
GOOD = INNER.format(kind="chat")
SPAM = INNER.format(kind="error")
FOREIGN = ["mallory@evil.example/x", "evil.example", "alice@example.org/phone", "sub.example.org", "filter.example.org"]


class Live:
    """A gateway whose effects are seen whole, as the component at the edge sees them."""

    def __init__(self, filters: Any = BANS, **others: Any) -> None:
        self.core = Core(settings(filters, **others), State())
        self.gateway: Gateway = self.core.gateway
        self.now = 1000.0

    def hear(self, xml: str) -> tuple[Effect, ...]:
        return self.gateway.handle(Received(Stanza.read(xml)), self.now)

    def hear_twice(self, xml: str) -> tuple[Effect, ...]:
        """Let the same be heard so far apart that both count."""
        self.hear(xml)
        self.now += 60
        return self.hear(xml)

    def hello(self, server: str = "example.org") -> tuple[Effect, ...]:
        effects = self.hear(
            iq("h1", "<hello xmlns='urn:xmppfilter:check:0' software='mod 1' route='verdict'/>", origin=server)
        )
        while self.gateway.busy:
            effects += self.tick(0)
        return effects

    def tick(self, after: float = 1.0) -> tuple[Effect, ...]:
        self.now += after
        return self.gateway.handle(Ticked(), self.now)


def iq(
    name: str, inside: str, *, origin: str = "example.org", kind: str = "set", to: str = "filter.example.org"
) -> str:
    return f"<iq type='{kind}' id='{name}' from='{origin}' to='{to}'>{inside}</iq>"


def check(stanza: str, meta: str = "<meta via='s2s'/>") -> str:
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded>"
    return f"<check xmlns='urn:xmppfilter:check:0'>{meta}{forwarded}</check>"


def wrapped(stanza: str, origin: str = "example.org") -> str:
    return (
        f"<message id='w1' from='{origin}' to='filter.example.org'><meta xmlns='urn:xmppfilter:check:0' via='s2s'/>"
        f"<forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded></message>"
    )


def sent(effects: tuple[Effect, ...]) -> list[str]:
    return [effect.xml.decode() for effect in effects if isinstance(effect, Send)]


def replies(effects: tuple[Effect, ...]) -> list[str]:
    return [effect.xml.decode() for effect in effects if isinstance(effect, Reply)]


def told(effects: tuple[Effect, ...]) -> list[str]:
    return [effect.name for effect in effects if isinstance(effect, Notice)]


def forwarded(effects: tuple[Effect, ...]) -> list[str]:
    return [effect.xml.decode() for effect in effects if isinstance(effect, Forward)]


# --- check


@pytest.mark.parametrize(
    ("policy", "stanza", "inside"),
    [
        ({}, GOOD, "action='accept'/>"),
        ({}, SPAM, "action='drop'/>"),
        ({"action": "bounce"}, SPAM, "action='drop'/>"),
        (
            {"action": "tag"},
            SPAM,
            "action='accept'><spam xmlns='urn:xmppfilter:tag:0' score='10' filter='error_without_child'/></",
        ),
        ({"mode": "monitor"}, SPAM, "action='accept'/>"),
        ({}, "<message xmlns='jabber:client' from='@' to='alice@example.org'/>", "action='drop'/>"),
    ],
)
def test_a_question_is_answered_with_the_verdict(policy: dict[str, Any], stanza: str, inside: str) -> None:
    (reply,) = replies(Live(policy=policy).hear(iq("c'1", check(stanza)).replace("c'1", "c&apos;1")))
    start = "<iq type='result' id='c&apos;1' from='filter.example.org' to='example.org'>"
    assert reply.startswith(f"{start}<verdict xmlns='urn:xmppfilter:check:0' {inside}")


def test_a_bounce_is_the_server_s_to_send() -> None:
    live = Live({"patterns": {"strings": ["caf\u00e9"]}}, policy={"action": "bounce"})
    (reply,) = replies(live.hear(iq("c1", check(GOOD))))
    assert (
        "<verdict xmlns='urn:xmppfilter:check:0' action='bounce' type='cancel' condition='policy-violation'>" in reply
    )
    assert "mallory" not in reply


@pytest.mark.parametrize(
    "inner",
    [
        "<message xmlns='jabber:client' \u00e9t\u00e9='1' type='error' from='m@evil.example' to='alice@example.org'/>",
        "<message xmlns='jabber:client' a\u00b7b='1' type='error' from='m@evil.example' to='alice@example.org'/>",
        "<c:message xmlns:c='jabber:client' type='error' from='m@evil.example' to='alice@example.org'/>",
        "<message xmlns='jabber:client' xmlns:error='x' type='error' from='m@evil.example' to='alice@example.org'/>",
        "<message xmlns='jabber:client'\n\ttype = \"error\" from='m@evil.example' to='alice@example.org'></message>",
        (
            "<message xmlns='jabber:client' type='error' from='m@evil.example' to='alice@example.org'>"
            "<x xmlns='a'><message xmlns='jabber:client'><error/></message></x></message>"
        ),
    ],
)
def test_no_shape_of_a_stanza_escapes_judgement(inner: str) -> None:
    """What we cannot read is answered with an error, which the server takes for accept."""
    (reply,) = replies(Live().hear(iq("c1", check(inner))))
    assert "action='drop'" in reply


def test_prefixes_declared_outside_of_the_stanza_are_understood() -> None:
    xml = (
        "<iq xmlns:k='urn:xmppfilter:check:0' xmlns:f='urn:xmpp:forward:0' xmlns:c='jabber:client' type='set' id='c1' "
        "from='example.org' to='filter.example.org'><k:check><f:forwarded>"
        "<c:message type='error' from='m@evil.example' to='alice@example.org'><c:body>Hi</c:body></c:message>"
        "</f:forwarded></k:check></iq>"
    )
    (reply,) = replies(Live().hear(xml))
    assert "action='drop'" in reply


def test_meta_is_believed_of_servers() -> None:
    live = Live(policy={"correspondents": True})
    (reply,) = replies(live.hear(iq("c1", check(SPAM, "<meta contacted='true'/>"))))
    assert "action='accept'" in reply


def test_meta_within_the_stanza_is_the_sender_s_and_not_believed() -> None:
    live = Live(policy={"correspondents": True})
    forged = SPAM.replace(BODY, "<meta xmlns='urn:xmppfilter:check:0' contacted='true'/>")
    (reply,) = replies(live.hear(iq("c1", check(forged, ""))))
    assert "action='drop'" in reply


@pytest.mark.parametrize(
    "inside",
    [
        check(""),
        check(GOOD + GOOD),
        check("<message from='m@evil.example' to='alice@example.org'/>"),  # in the namespace of <forwarded/>
        check("<stream xmlns='jabber:client'/>"),
        "<check xmlns='urn:xmppfilter:check:0'/>",
        "<other xmlns='urn:xmppfilter:check:0'/>",
    ],
)
def test_a_malformed_question_is_answered_with_an_error(inside: str) -> None:
    live = Live()
    effects = live.hear(iq("c1", inside))
    (reply,) = replies(effects)
    assert reply.startswith("<iq type='error' id='c1' ")
    assert "<error type='modify'><bad-request" in reply
    assert told(effects) == ["malformed"]
    assert live.gateway.counts.malformed == 1


def test_questions_are_counted_for_the_status() -> None:
    live = Live()
    live.hear(iq("c1", check(GOOD)))
    live.hear(wrapped(GOOD))
    server = live.gateway.servers["example.org"]
    assert (server.questions, server.last_question) == (2, 1000.0)
    assert live.gateway.servers["example.net"].last_question is None


# --- wrapped


def test_a_wrapped_stanza_is_sent_on_as_its_sender_wrote_it() -> None:
    effects = Live().hear(wrapped(GOOD))
    assert forwarded(effects) == [GOOD.replace(" xmlns='jabber:client'", "")]
    assert replies(effects) == []


def test_wrapped_spam_is_not_sent_on() -> None:
    effects = Live().hear(wrapped(SPAM))
    assert [effect for effect in effects if isinstance(effect, Forward | Reply)] == []


def test_wrapped_spam_is_bounced_to_its_sender() -> None:
    live = Live({"patterns": {"strings": ["caf\u00e9"]}}, policy={"action": "bounce"})
    (reply,) = replies(live.hear(wrapped(GOOD)))
    assert reply.startswith("<message type='error' id='m1' from='alice@example.org' to='mallory@evil.example/x'>")


def test_tags_of_others_are_cut_out_and_ours_is_put_in() -> None:
    live = Live({"patterns": {"strings": ["caf\u00e9"]}}, policy={"action": "tag"})
    forged = "<spam xmlns='urn:xmppfilter:tag:0' score='-5'/>"
    (xml,) = forwarded(live.hear(wrapped(GOOD.replace(BODY, forged + BODY + forged))))
    assert "score='-5'" not in xml
    assert xml.count("urn:xmppfilter:tag:0") == 1
    assert xml.endswith(f"{BODY}<spam xmlns='urn:xmppfilter:tag:0' score='10' filter='patterns'/></message>")


def test_a_wrapper_of_type_error_is_not_sent_on_again() -> None:
    assert Live().hear(wrapped(GOOD).replace("<message id='w1'", "<message type='error' id='w1'")) == ()


def test_a_server_may_speak_from_a_resource() -> None:
    assert len(forwarded(Live().hear(wrapped(GOOD, origin="example.org/filter")))) == 1


# --- strangers


def test_foreign_senders_achieve_nothing() -> None:
    report = (
        "<message from='{}' to='filter.example.org'><spam-report xmlns='urn:xmppfilter:check:0' "
        "jid='bob@example.org' reporter='alice@example.org'/></message>"
    )
    standalone = (
        "<message from='{}' to='filter.example.org'><report xmlns='urn:xmpp:reporting:1'/>"
        f"<forwarded xmlns='urn:xmpp:forward:0'>{GOOD}</forwarded></message>"
    )
    hello = "<hello xmlns='urn:xmppfilter:check:0' software='evil'/>"
    for origin in FOREIGN:
        live = Live()
        for message in (wrapped(SPAM, origin), report.format(origin), standalone.format(origin)):
            effects = live.hear(message)
            assert (told(effects), len(effects)) == (["disbelieved"], 1)
        for inside in (check(SPAM), hello, "<bans xmlns='urn:xmppfilter:check:0'/>"):
            effects = live.hear(iq("x1", inside, origin=origin))
            (reply,) = replies(effects)
            assert reply.startswith(f"<iq type='error' id='x1' from='filter.example.org' to='{origin}'>")
            assert "<error type='auth'><forbidden " in reply
            assert told(effects) == ["disbelieved"]
        assert live.gateway.counts.disbelieved == 6
        assert all(server.software is None for server in live.gateway.servers.values())
        assert live.gateway.counts.kinds == [0] * len(live.gateway.counts.kinds)
        assert live.gateway.spammers is not None
        assert not any(live.gateway.spammers.current(live.now))


def test_a_stranger_s_malformed_report_is_disbelieved_not_studied() -> None:
    xml = "<message from='m@evil.example' to='filter.example.org'><report xmlns='urn:xmpp:reporting:1'/></message>"
    assert told(Live().hear(xml)) == ["disbelieved"]


@pytest.mark.parametrize(
    "xml",
    [
        "<message from='m@evil.example' to='filter.example.org'><body>Hello, filter</body></message>",
        "<message from='example.org' to='filter.example.org'><body>Hello, filter</body></message>",
        "<presence from='m@evil.example' to='filter.example.org' type='subscribe'/>",
        "<iq from='m@evil.example' to='filter.example.org' type='result' id='hello-1'/>",
        (
            "<iq from='m@evil.example' to='filter.example.org' type='result' id='hello-1'>"
            "<hello xmlns='urn:xmppfilter:check:0' software='evil'/></iq>"
        ),
        "<iq from='m@evil.example' to='filter.example.org' type='error' id='bans-1'><error type='cancel'/></iq>",
    ],
)
def test_small_talk_is_consumed(xml: str) -> None:
    live = Live()
    assert live.hear(xml) == ()
    assert live.gateway.servers["example.org"].software is None


def test_a_bad_sender_is_not_answered() -> None:
    effects = Live().hear(
        "<iq from='@' to='filter.example.org' type='set' id='1'><check xmlns='urn:xmppfilter:check:0'/></iq>"
    )
    assert (told(effects), replies(effects)) == (["malformed"], [])


# --- reports


@pytest.mark.parametrize(
    ("inside", "reported"),
    [
        ("<spam-report xmlns='urn:xmppfilter:check:0' jid='Bob@example.org/x'/>", "bob@example.org"),
        (
            (
                "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'>"
                "<jid xmlns='urn:xmpp:jid:0'>bob@example.org</jid></report>"
            ),
            "bob@example.org",
        ),
        (
            (
                "<report xmlns='urn:xmpp:reporting:1'/><forwarded xmlns='urn:xmpp:forward:0'>"
                "<message xmlns='jabber:client' from='bob@example.org/phone'/></forwarded>"
            ),
            "bob@example.org",
        ),
        (
            (
                "<report xmlns='urn:xmpp:reporting:0'><jid xmlns='urn:xmpp:jid:0'> bob@example.org </jid></report>"
                "<forwarded xmlns='urn:xmpp:forward:0'><message from='carol@c.example'/></forwarded>"
            ),
            "bob@example.org",
        ),
    ],
)
def test_reports_in_every_form(inside: str, reported: str) -> None:
    live = Live()
    assert live.hear(f"<message from='example.org' to='filter.example.org'>{inside}</message>") == ()
    assert live.gateway.spammers is not None
    (ban,) = filter(None, live.gateway.spammers.current(live.now))
    # what nobody has signed, or somebody to whom bob never wrote, does not make us surer of an account of ours
    assert (ban.jid, ban.sureness, ban.until) == (reported, 100 if "evil" in reported else 0, 0.0)


@pytest.mark.parametrize(
    "inside",
    [
        "<report xmlns='urn:xmpp:reporting:1'/>",
        "<spam-report xmlns='urn:xmppfilter:check:0'/>",
        "<spam-report xmlns='urn:xmppfilter:check:0' jid='@'/>",
        "<spam-report xmlns='urn:xmppfilter:check:0' jid='bob@example.org' reporter='@'/>",
        "<report xmlns='urn:xmpp:reporting:1'><jid xmlns='urn:xmpp:jid:0'/></report>",
    ],
)
def test_a_report_that_names_nobody_is_malformed(inside: str) -> None:
    live = Live()
    assert told(live.hear(f"<message from='example.org' to='filter.example.org'>{inside}</message>")) == ["malformed"]


def test_a_report_without_the_filter_is_counted_and_no_more() -> None:
    played = Harness({"error_without_child": {}})
    assert played.report("bob@example.org")["action"] == "consume"
    assert played.command("status")["reports"] == {"named": 1}


# --- hello, bans, locks


def test_every_server_is_greeted_when_the_stream_is_up() -> None:
    live = Live()
    greetings = sent(live.gateway.handle(Connected(), live.now))
    assert [re.search(r" to='([^']*)'", xml)[1] for xml in greetings] == ["example.net", "example.org"]  # type: ignore[index]
    assert all("<hello xmlns='urn:xmppfilter:check:0' version='0' software='xmppfilter " in xml for xml in greetings)
    assert len({re.search(r" id='([^']*)'", xml)[1] for xml in greetings}) == 2  # type: ignore[index]


def test_a_hello_is_answered_with_ours_and_all_that_holds() -> None:
    live = Live()
    live.hear_twice(wrapped(SPAM.replace("mallory@evil.example", "robot@example.org")))
    live.hear(iq("c1", check(SPAM)))
    effects = live.hello()
    (reply,) = replies(effects)
    assert reply.startswith("<iq type='result' id='h1' from='filter.example.org' to='example.org'><hello ")
    bans, locks = sent(effects)
    assert "<bans xmlns='urn:xmppfilter:check:0' full='true' unasked='drop'>" in bans
    assert "<ban jid='mallory@evil.example' until='1970-01-01T00:32:40Z'/>" in bans
    assert "<locks xmlns='urn:xmppfilter:check:0'><lock jid='robot@example.org'/></locks>" in locks
    assert live.gateway.servers["example.org"].software == "mod 1"
    assert told(effects) == ["hello"]


def test_a_complete_list_begins_even_when_nobody_is_banned() -> None:
    (bans,) = sent(Live().hello())
    assert "<bans xmlns='urn:xmppfilter:check:0' full='true' unasked='drop'></bans>" in bans


def test_the_result_of_our_hello_is_a_hello_too() -> None:
    live = Live()
    hello = "<hello xmlns='urn:xmppfilter:check:0' software='mod 2' route='inline' options='locks'/>"
    effects = live.hear(iq("hello-1", hello, kind="result"))
    assert replies(effects) == []
    server = live.gateway.servers["example.org"]
    assert (server.software, server.route, server.options) == ("mod 2", "inline", "locks")


@pytest.mark.parametrize("written", ["xn--bcher-kva.example", "bücher.example"])
def test_a_server_is_spoken_to_in_its_own_spelling(written: str) -> None:
    live = Live(
        {"known_spammers": {}},
        domains=["bücher.example"],
        servers=["bücher.example"],
        component={"jid": "filter.XN--bcher-kva.example"},
    )
    greetings = sent(live.gateway.handle(Connected(), live.now))
    assert [re.findall(" (?:from|to)='([^']*)'", xml) for xml in greetings] == [
        ["filter.XN--bcher-kva.example", name] for name in ("bücher.example", "xn--bcher-kva.example")
    ]
    own = "filter.xn--bcher-kva.example"
    other = ({"xn--bcher-kva.example", "bücher.example"} - {written}).pop()
    live.hear(iq("h1", "<hello xmlns='urn:xmppfilter:check:0' software='mod 1'/>", origin=written, to=own))
    bounced = (
        "<hello xmlns='urn:xmppfilter:check:0' software='ours'/><error type='cancel'><remote-server-not-found/></error>"
    )
    assert not told(live.hear(iq("hello-1", bounced, origin=other, to=own, kind="error")))
    assert live.gateway.spammers is not None
    live.gateway.command(live.gateway.spammers.ban("mallory@böse.example", 600.0, live.now))
    pushed = sent(live.tick()) + sent(live.tick())
    assert pushed
    assert {re.search(" to='([^']*)'", xml)[1] for xml in pushed} == {written}  # type: ignore[index]
    assert set(re.findall("<ban jid='([^']*)'", "".join(pushed))) == {
        "mallory@böse.example", "mallory@xn--bse-sna.example",
    }  # fmt: skip


def test_a_complete_push_ends_with_the_newest_bans() -> None:
    live = Live()
    for number in range(3):
        live.now += 1
        spam = SPAM.replace("mallory@", f"m{number}@")
        live.hear(iq("c", check(spam)))
    assert re.findall("<ban jid='([^']*)'", "".join(sent(live.hello()))) == [f"m{n}@evil.example" for n in range(3)]


def test_what_an_earlier_process_sent_is_not_taken_for_ours() -> None:
    ids: list[set[str]] = []
    for start in (1000.0, 1001.0):  # a process, and the next one
        live = Live({"known_spammers": {}})
        live.now = start
        xmls = sent(live.gateway.handle(Connected(), live.now)) + sent(live.hello())
        ids.append({found[1] for xml in xmls if (found := re.search(" id='([^']*)'", xml))})
    assert all(ids)
    assert not ids[0] & ids[1]


def test_a_refused_hello_is_told() -> None:
    live = Live()
    error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    assert told(live.hear(iq("hello-1", error, kind="error"))) == ["refused"]
    assert live.gateway.servers["example.org"].trouble == "service-unavailable"
    live.hello()
    assert live.gateway.servers["example.org"].trouble is None


def test_new_bans_are_pushed_together_to_servers_that_have_greeted_us() -> None:
    live = Live()
    live.hello()
    live.tick()
    for n in range(3):
        for _ in range(5):
            live.hear(iq("c1", check(SPAM.replace("mallory", f"m{n}"))))
    assert live.gateway.next_tick() <= live.now
    (push,) = sent(live.tick(0.1))
    assert " to='example.org'>" in push
    assert "full=" not in push
    assert push.count("<ban ") == 3
    assert sent(live.tick(10)) == []


def test_pushes_keep_a_pause() -> None:
    live = Live()
    live.hello()
    live.tick()
    live.hear(iq("c1", check(SPAM)))
    assert len(sent(live.tick(0.1))) == 1
    live.hear(iq("c1", check(SPAM)))
    assert sent(live.tick(0.1)) == []
    assert len(sent(live.tick(0.5))) == 1


def test_a_pardon_is_pushed() -> None:
    played = Harness(BANS)
    played.offend(at=0)
    gateway = played.gateway
    gateway.handle(Received(Stanza.read(iq("h1", "<hello xmlns='urn:xmppfilter:check:0'/>"))), 1)
    gateway.handle(Ticked(), 2)
    played.command("spammers", "pardon", "mallory@evil.example", at=3)
    (push,) = sent(gateway.handle(Ticked(), 4))
    assert "<unban jid='mallory@evil.example'/>" in push


def test_the_newest_bans_are_in_a_complete_push_some_hundreds_an_iq() -> None:
    live = Live({"known_spammers": {"ban_time": "7d"}, "error_without_child": {}})
    assert live.gateway.spammers is not None
    for n in range(PUSH_AT_MOST + 5):
        live.now += 0.001
        live.gateway.judge.judge(Stanza.read(SPAM.replace("mallory", f"m{n}")), live.now)
    pushes = sent(live.hello())
    assert [push.count("<ban ") for push in pushes] == [BANS_PER_IQ] * (PUSH_AT_MOST // BANS_PER_IQ)
    assert ["full='true'" in push for push in pushes] == [True] + [False] * (len(pushes) - 1)
    everything = "".join(pushes)
    assert f"'m{PUSH_AT_MOST + 4}@evil.example'" in everything
    assert "'m0@evil.example'" not in everything
    assert "'m4@evil.example'" not in everything


def test_an_account_is_locked_at_its_own_server_when_that_has_greeted_us() -> None:
    live = Live()
    live.hello("example.net")
    spam = SPAM.replace("mallory@evil.example", "robot@example.org")
    effects = live.hear_twice(wrapped(spam))
    assert [effect for effect in effects if isinstance(effect, LockAccount)] == [LockAccount("robot@example.org")]
    assert (sent(effects), told(effects)) == ([], ["account_disabled"])
    assert any("<lock jid='robot@example.org'/>" in xml for xml in sent(live.hello()))
    live.hear_twice(wrapped(spam.replace("robot", "other")))
    other = live.hear_twice(wrapped(spam.replace("robot", "third")))
    assert any("<lock jid='third@example.org'/>" in xml for xml in sent(other))


def test_nothing_is_pushed_in_monitor_mode() -> None:
    live = Live(policy={"mode": "monitor"})
    live.hello()
    effects = live.hear(wrapped(SPAM.replace("mallory@evil.example", "robot@example.org")))
    assert sent(effects) + sent(live.tick()) == []
    (bans,) = sent(live.hello())
    assert "<ban " not in bans


def test_a_server_that_is_gone_is_told_all_again() -> None:
    live = Live()
    live.hello()
    live.gateway.handle(Disconnected(), live.now)
    assert live.gateway.servers["example.org"].software is None
    live.hear(wrapped(SPAM))
    assert sent(live.tick()) == []
    assert any("mallory@evil.example" in xml for xml in sent(live.hello()))


# --- errors to what was sent on, and other stanzas of the stream


def test_errors_to_what_we_sent_on_are_passed_on() -> None:
    xml = (
        "<message type='error' id='m1' from='alice@example.org' to='m@evil.example/x'><error type='cancel'/></message>"
    )
    assert forwarded(Live().hear(xml)) == [xml]


# --- what breaks


def broken(live: Live, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(judge if where == "decide" else live.gateway.setup.policy, where, fail)


@pytest.mark.parametrize("where", ["meet", "exemption", "decide", "learn"])
def test_when_judging_raises_the_stanza_is_delivered(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live()
    broken(live, where, monkeypatch)
    effects = live.hear(wrapped(SPAM))
    assert len(forwarded(effects)) == 1
    assert told(effects) == ["judging_failed"]
    assert live.gateway.counts.failures == 1
    (reply,) = replies(live.hear(iq("c1", check(SPAM))))
    assert "action='accept'" in reply


def test_a_stanza_that_is_not_well_formed_is_delivered_in_doubt() -> None:
    """No server sends one; if one did, filters that must look at the tree have no opinion."""
    live = Live()
    outcome = live.gateway.judge.judge(
        Stanza.parse(b"<message type='error' from='m@e.example' to='a@example.org'><error>"), 0
    )
    assert outcome.verdict.action == "deliver"
    assert [effect.name for effect in outcome.effects if isinstance(effect, Notice)] == ["filter_failed"]


# --- time


def test_time_never_goes_back() -> None:
    live = Live({"known_spammers": {}, "error_without_child": {}})
    live.gateway.judge.judge(Stanza.read(SPAM), 5000)
    outcome = live.gateway.judge.judge(Stanza.read(GOOD), 10)
    assert outcome.verdict.action == "drop"


def test_a_tick_forgets_what_has_expired() -> None:
    live = Live({"same_long_body": {"window": "60s"}})
    live.gateway.judge.judge(Stanza.read(GOOD.replace(BODY, f"<body>{LONG}</body>")), live.now)
    structure = live.gateway.state.structures["same_long_body.recent"]
    assert len(structure) == 1
    assert live.gateway.next_tick() <= live.now + HOUSEKEEPING
    live.tick(61)
    assert len(structure) == 0
    assert live.gateway.next_tick() == live.now + HOUSEKEEPING


def test_where_more_has_expired_than_one_tick_forgets_the_next_comes_sooner() -> None:
    live = Live({"same_long_body": {"window": "60s"}})
    structure: Any = live.gateway.state.structures["same_long_body.recent"]
    for number in range(EXPIRE_AT_MOST + 1):
        structure.note(b"%d" % number, live.now)
    live.tick(61)
    assert (len(structure), live.gateway.next_tick()) == (1, live.now + HURRIED)
    live.tick(HURRIED)
    assert (len(structure), live.gateway.next_tick()) == (0, live.now + HOUSEKEEPING)


def test_explaining_changes_nothing() -> None:
    played = Harness({"same_long_body": {"number_limit": 1}, "known_spammers": {}})
    stanza = Stanza.read(f"<message from='m@evil.example' to='alice@example.org'><body>{LONG}</body></message>")
    assert {played.gateway.judge.explain(stanza, 0).action for _ in range(3)} == {"deliver"}
    played.message(LONG)
    assert {played.gateway.judge.explain(stanza, 0).action for _ in range(3)} == {"drop"}
    assert played.command("status")["stanzas"] == {"message": 1}
    assert played.command("spammers", "list")["spammers"] == []


def test_a_mistake_in_one_chore_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live()
    live.now += 1

    def fail(_: float) -> Any:
        raise ValueError("a mistake")

    with monkeypatch.context() as patch:
        patch.setattr(live.gateway.library, "tick", fail)
        before = live.gateway.next_event()
        told = live.gateway.handle(Ticked(), live.now)
        assert [effect.name for effect in told if isinstance(effect, Notice)] == ["chore_failed"]
        assert live.gateway.troubles == {"lists": "ValueError: a mistake"}
        assert live.gateway.next_event() != before, "what comes behind it had its turn"
    live.now += 1
    live.gateway.handle(Ticked(), live.now)
    assert not live.gateway.troubles


def test_a_reload_keeps_what_was_learnt_and_greets_new_servers() -> None:
    live = Live()
    live.gateway.handle(Connected(), live.now)
    live.hear(wrapped(SPAM))
    changed = settings({"known_spammers": {}}, servers=["example.org", "new.example"])
    greetings = sent(live.core.exchange(live.core.draft(changed), live.now))
    assert [" to='new.example'" in xml for xml in greetings] == [True]
    assert forwarded(live.hear(wrapped(GOOD))) == []
    assert told(live.hear(wrapped(GOOD, origin="example.net"))) == ["disbelieved"]
