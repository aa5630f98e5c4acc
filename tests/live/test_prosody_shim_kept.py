"""mod_xmppfilter keeps stanzas for the component until it says what becomes of them, and hands users' reports on."""

from pathlib import Path

import pytest

from tests.live.prosody_host import ALICE, BOB, EVIL, FILTER, MALLORY, at, condition, order, prosody_host
from tests.live.rawcomponent import ACCEPT, CHECK, TAG, Asked

pytestmark = pytest.mark.live

HOST = "example.org"


def hold(ref: str, expires: str) -> str:
    return f"<verdict xmlns='{CHECK}' action='hold' ref='{ref}' expires='{expires}'/>"


# --- held stanzas


async def test_a_kept_stanza_is_released_with_its_tags(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda asked: hold("r1", at(3600)) if asked.body == "hm" else ACCEPT) as s:
        s.mallory.say(ALICE, "hm", ident="m1")
        s.mallory.say(ALICE, "next")
        await s.alice.message("next")
        assert s.alice.inbox == []
        answer = await order(s.filter, "release", f"<late xmlns='{TAG}'/>", "ref='r1'")
        released = await s.alice.message("hm")
        assert condition(await order(s.filter, "release", attributes="ref='r1'")) == "item-not-found"
    assert answer.get("type") == "result"
    assert (released.get("id"), released.get("from")) == ("m1", s.mallory.jid)
    assert released.child("late", TAG) is not None
    assert released.child("delay", "urn:xmpp:delay") is not None
    assert [asked.body for asked in s.filter.asked] == ["hm", "next"]


async def test_a_kept_stanza_is_discarded(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: hold("r1", at(3600))) as s:
        s.mallory.say(ALICE, "spam")
        await s.quiet()
        assert (await order(s.filter, "discard", attributes="ref='r1'")).get("type") == "result"
        assert condition(await order(s.filter, "discard", attributes="ref='r1'")) == "item-not-found"
        assert condition(await order(s.filter, "release")) == "item-not-found"
        await s.quiet()
        assert s.alice.inbox == []


async def test_kept_stanzas_survive_a_restart_in_both_directions(tmp_path: Path) -> None:
    refs = {"in": "r/in", "out": "r/out", None: "r/sub"}
    async with prosody_host(tmp_path, lambda asked: hold(refs[asked.body], at(3600))) as s:
        s.mallory.say(ALICE, "in")
        s.alice.say(MALLORY, "out")
        s.mallory.subscribe(ALICE)
        await s.filter.questions(3)
        await s.quiet()  # the verdicts have been heard
        await s.server.restart()
        component = await s.server.attach(FILTER)
        alice, mallory = await s.server.login(ALICE), await s.server.login(MALLORY)
        for ref in ("r/in", "r/out", "r/sub"):
            assert (await order(component, "release", attributes=f"ref='{ref}'")).get("type") == "result"
        await alice.message("in")
        await mallory.message("out")
        await alice.take(lambda stanza: stanza.get("type") == "subscribe")
        # Mallory's own server repeats the request at the login; the filter is asked about that.
        assert {asked.name for asked in component.asked} <= {"presence"}


async def test_what_is_kept_too_long_is_delivered(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda asked: hold(str(asked.body), at(1))) as s:
        for body in ("1", "2"):
            s.mallory.say(ALICE, body)
        assert await s.alice.bodies(2, timeout=10) == ["1", "2"]


async def test_what_expired_while_the_server_was_down_is_delivered(tmp_path: Path) -> None:
    def judge(asked: Asked) -> str:
        return hold(str(asked.body), at(1))

    async with prosody_host(tmp_path, judge) as s:
        s.mallory.say(BOB, "hm")
        await s.filter.questions(1)
        await s.quiet()
        await s.server.restart()
        bob = await s.server.login(BOB)
        await bob.message("hm")


@pytest.mark.parametrize(
    "verdict",
    [hold("r1", at(3600)), hold("", at(3600)), f"<verdict xmlns='{CHECK}' action='hold'/>"],
    ids=["capacity", "empty ref", "no ref"],
)
async def test_what_cannot_be_kept_is_delivered(tmp_path: Path, verdict: str) -> None:
    async with prosody_host(tmp_path, lambda _: verdict, max_kept=0 if "ref='r1'" in verdict else 9) as s:
        s.mallory.say(ALICE, "hm")
        await s.alice.message("hm")


async def test_what_is_larger_than_64_kib_is_not_kept(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda asked: hold(str(len(asked.body or "")), at(3600))) as s:
        for size in (60_000, 66_000):
            s.mallory.say(ALICE, "x" * size)
        assert len((await s.alice.message()).body or "") == 66_000
        await order(s.filter, "release", attributes="ref='60000'")
        assert len((await s.alice.message()).body or "") == 60_000


async def test_a_ref_that_is_in_use_costs_neither_stanza(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: hold("same", at(3600))) as s:
        s.mallory.say(ALICE, "first")
        s.mallory.say(ALICE, "second")
        await s.alice.message("second")
        await order(s.filter, "release", attributes="ref='same'")
        await s.alice.message("first")


# --- reports

SPAM = "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'><text>Never heard of</text></report>"
SPAM_0 = "<report xmlns='urn:xmpp:reporting:0'><spam/></report>"


@pytest.mark.parametrize("report", [SPAM, SPAM_0], ids=["reporting:1", "reporting:0"])
async def test_a_report_in_a_block_is_handed_on_and_the_block_stands(tmp_path: Path, report: str) -> None:
    async with prosody_host(tmp_path) as s:
        items = f"<item jid='{MALLORY}'>{report}</item><item jid='{EVIL}'/>"
        answer = await s.alice.iq(f"<block xmlns='urn:xmpp:blocking'>{items}</block>")
        handed_on = await s.filter.take(lambda stanza: stanza.name == "message")
        s.mallory.say(ALICE, "still there?")
        await s.mallory.error()
        assert [stanza for stanza in s.filter.inbox if stanza.name == "message"] == []
    assert answer.get("type") == "result"
    assert handed_on.get("from") == HOST
    (payload,) = handed_on.element
    assert payload.tag == f"{{{CHECK}}}spam-report"
    assert payload.attrib == {"reporter": ALICE, "jid": MALLORY}
    assert payload[0].tag in {"{urn:xmpp:reporting:1}report", "{urn:xmpp:reporting:0}report"}
    assert len(payload[0]) == 1


@pytest.mark.parametrize(
    "message",
    [
        f"<report xmlns='urn:xmpp:reporting:1'><jid xmlns='urn:xmpp:jid:0'>{MALLORY}</jid></report>",
        f"{SPAM}<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{MALLORY}'/></forwarded>",
    ],
    ids=["jid", "forwarded"],
)
async def test_a_report_to_the_own_server_is_handed_on(tmp_path: Path, message: str) -> None:
    async with prosody_host(tmp_path) as s:
        s.alice.send(f"<message to='{HOST}'>{message}</message>")
        handed_on = await s.filter.take(lambda stanza: stanza.name == "message")
        await s.alice.sync()
        assert s.alice.inbox == []
        # A stranger cannot report through our server.
        s.mallory.send(f"<message to='{HOST}'>{message}</message>")
        await s.mallory.error()
        assert [stanza for stanza in s.filter.inbox if stanza.name == "message"] == []
    assert handed_on.element[0].attrib == {"reporter": ALICE, "jid": MALLORY}


async def test_the_server_says_that_it_takes_reports(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        info = await s.alice.iq("<query xmlns='http://jabber.org/protocol/disco#info'/>", type_="get", to=HOST)
    features = {feature.get("var") for feature in info.element[0]}
    assert {"urn:xmpp:reporting:1", "urn:xmpp:reporting:0", "urn:xmpp:reporting:reason:spam:0"} <= features
