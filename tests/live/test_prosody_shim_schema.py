"""Whatever mod_xmppfilter says is valid against deploy/protocol.rng."""

from pathlib import Path

import pytest
from lxml import etree

from tests.live.prosody import SHIM_FOLDER
from tests.live.prosody_host import ALICE, BOB, MALLORY, order, prosody_host
from tests.live.xmlstream import Received

pytestmark = pytest.mark.live

SCHEMA = etree.RelaxNG(etree.parse(SHIM_FOLDER.parent / "protocol.rng"))


def validate(raw: bytes) -> None:
    """Check the first payload of a stanza; raises DocumentInvalid with what is wrong."""
    payload = etree.fromstring(raw)[0]
    SCHEMA.assertValid(etree.fromstring(etree.tostring(payload)))


def is_report(stanza: Received) -> bool:
    return stanza.name == "message"


async def test_all_that_the_module_says_is_valid(tmp_path: Path) -> None:
    report = "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/>"
    invite = f"<x xmlns='http://jabber.org/protocol/muc#user'><invite from='{BOB}'/></x>"
    async with prosody_host(tmp_path, contacts={BOB: {"subscription": "both"}}) as s:
        hello = await s.filter.hello()
        s.mallory.say(ALICE, "hello", extra=invite)
        s.alice.say(MALLORY, "hello yourself")
        await s.filter.questions(2)
        await order(s.filter, "bans", f"<ban jid='{MALLORY}'/>")
        s.mallory.send(f"<iq type='get' id='v' to='{s.alice.jid}'><query xmlns='jabber:iq:version'/></iq>")
        await s.filter.questions(3)
        await s.alice.iq(f"<block xmlns='urn:xmpp:blocking'><item jid='{MALLORY}'>{report}</item></block>")
        reported = await s.filter.take(is_report)
        for raw in (hello.raw, reported.raw, *(asked.carrier for asked in s.filter.asked)):
            validate(raw)


async def test_what_is_handed_over_inline_is_valid(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, route="inline", filter_options={"validate_from_addresses": False}) as s:
        s.mallory.say(ALICE, "hello")
        (asked,) = await s.filter.questions(1)
        validate(asked.carrier)  # its <meta/>
