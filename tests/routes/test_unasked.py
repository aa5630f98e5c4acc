"""What servers are told to drop unasked is never what we ourselves would deliver."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness import settings
from xmppfilter.build import Core
from xmppfilter.config.settings import Settings
from xmppfilter.gateway.events import Connected, Received, Ticked
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.effects import Effect, Send
from xmppfilter.judging.verdict import PASSING
from xmppfilter.memory.state import State
from xmppfilter.operators import commands
from xmppfilter.routes import unasked
from xmppfilter.routes.unasked import EXCEPTIONS_AT_MOST, Exceptions, exceptions
from xmppfilter.stanza.view import Stanza

MALLORY = "mallory@evil.example"
OURS = ("alice@example.org", "bob@example.org", "carol@example.net")
BANS: dict[str, dict[str, Any]] = {"known_spammers": {}}


def told(made: Settings) -> Exceptions | None:
    setup = Core(made, State()).gateway.setup
    return exceptions(setup.policy, setup.pipeline.mounts)


@pytest.mark.parametrize(
    ("policy", "common", "wanted"),
    [
        ({}, {}, ()),
        ({"action": "bounce"}, {}, ()),
        ({"action": "tag"}, {}, None),
        ({"mode": "monitor"}, {}, None),
        ({"actions": {"known_spammers": "tag"}}, {}, None),
        ({"action": "tag", "actions": {"known_spammers.banned": "drop"}}, {}, ()),
        ({"unfiltered_recipients": ["abuse@example.org"]}, {}, ("abuse@example.org",)),
        ({"per_domain": {"example.net": {"mode": "monitor"}}}, {}, ("example.net",)),
        ({"per_domain": {"example.net": {"action": "tag"}}}, {}, ("example.net",)),
        ({"mode": "monitor", "per_domain": {"example.net": {"mode": "enforce"}}}, {}, None),
        ({"recipients": {"Alice@example.org": {"unfiltered": True}}}, {}, ("alice@example.org",)),
        ({"recipients": {"alice@example.org": {"action": "tag"}, "bob@example.org": {"action": "bounce"}}}, {},
         ("alice@example.org",)),
        ({"recipients": {"alice@example.org": {"strangers": "refuse"}}}, {}, ()),
        ({}, {"mode": "monitor"}, None),
        ({}, {"score": 3}, None),
        ({}, {"scores": {"banned": 3}}, None),
        ({}, {"only": ["example.org"]}, None),
        ({}, {"except": ["news@example.net", "b\u00fccher.example"]},
         ("b\u00fccher.example", "news@example.net", "xn--bcher-kva.example")),
        ({"unfiltered_recipients": [f"u{n}@example.org" for n in range(EXCEPTIONS_AT_MOST)]}, {}, None),
    ],
)  # fmt: skip
def test_who_is_spared(policy: dict[str, Any], common: dict[str, Any], wanted: Exceptions | None) -> None:
    assert told(settings(BANS, policy=policy, common={"known_spammers": common})) == wanted


def test_without_the_filter_nobody_is_dropped() -> None:
    assert told(settings({})) is None
    assert exceptions(Core(settings(BANS), State()).gateway.setup.policy, ()) is None


ACTIONS = st.sampled_from(["drop", "bounce", "tag"])
MODES = st.sampled_from(["enforce", "monitor"])
PARTIES = st.sampled_from([*OURS, "example.org", "example.net", "evil.example", MALLORY])
POLICIES = st.fixed_dictionaries(
    {"action": ACTIONS, "mode": MODES},
    optional={
        "actions": st.dictionaries(st.sampled_from(["known_spammers", "known_spammers.banned"]), ACTIONS),
        "unfiltered_recipients": st.lists(st.sampled_from(OURS), max_size=2),
        "recipients": st.dictionaries(
            st.sampled_from(OURS),
            st.fixed_dictionaries({}, optional={"mode": MODES, "action": ACTIONS, "unfiltered": st.booleans()}),
        ),
        "per_domain": st.dictionaries(
            st.sampled_from(["example.org", "example.net"]),
            st.fixed_dictionaries(
                {},
                optional={
                    "mode": MODES,
                    "action": ACTIONS,
                    "unfiltered_recipients": st.lists(st.sampled_from(OURS), max_size=2),
                },
            ),
        ),
    },
)
SIDES = st.lists(PARTIES, max_size=2) | st.fixed_dictionaries(
    {}, optional={side: st.lists(PARTIES, max_size=2) for side in ("from", "to")}
)
COMMON = st.fixed_dictionaries(
    {},
    optional={
        "mode": MODES,
        "score": st.sampled_from([0, 3, 10]),
        "only": SIDES,
        "except": SIDES,
    },
)


@given(POLICIES, COMMON, st.sampled_from(OURS), st.sampled_from(["message", "presence"]))
def test_what_is_dropped_unasked_is_dropped_when_asked(
    policy: dict[str, Any], common: dict[str, Any], recipient: str, name: str
) -> None:
    gateway = Core(settings(BANS, policy=policy, common={"known_spammers": common}), State()).gateway
    assert gateway.spammers is not None
    gateway.spammers.ban(MALLORY, 900.0, 0.0)
    verdict = gateway.judge.judge(Stanza.read(f"<{name} from='{MALLORY}/x' to='{recipient}'/>"), 1.0).verdict
    spared = unasked.exceptions(gateway.setup.policy, gateway.setup.pipeline.mounts)
    parties = {MALLORY, "evil.example", recipient, recipient.partition("@")[2]}
    if verdict.action in PASSING:
        assert spared is None or not parties.isdisjoint(spared)


def pushed(gateway: Gateway, now: float, effects: Iterable[Effect] = ()) -> list[str]:
    """Return the pushes of bans among *effects* and what comes at the next ticks."""
    found = list(effects)
    for turn in range(50):
        found += gateway.handle(Ticked(), now + turn)
    return [effect.xml.decode() for effect in found if isinstance(effect, Send) and b"<bans" in effect.xml]


def greeted(policy: dict[str, Any]) -> Core:
    core = Core(settings(BANS, policy=policy), State())
    core.begin(0.0)
    core.gateway.handle(Connected(), 0.0)
    hello = "<hello xmlns='urn:xmppfilter:check:0' version='0' software='x' route='verdict' options='bans'/>"
    question = f"<iq type='set' id='h' from='example.org' to='filter.example.org'>{hello}</iq>"
    full, *_ = pushed(core.gateway, 1.0, core.gateway.handle(Received(Stanza.read(question)), 0.0))
    assert "full='true' unasked='drop'" in full
    return core


def test_a_change_of_mode_is_told_at_once() -> None:
    gateway = greeted({}).gateway
    commands.run(gateway, ["mode", "monitor"], 100.0)
    (full,) = pushed(gateway, 100.0)
    assert "unasked" not in full
    commands.run(gateway, ["mode", "monitor"], 200.0)
    assert pushed(gateway, 200.0) == []
    commands.run(gateway, ["mode", "enforce"], 300.0)
    (full,) = pushed(gateway, 300.0)
    assert "unasked='drop'" in full


def test_a_reload_tells_servers_whom_it_spares() -> None:
    core = greeted({})
    made = settings(BANS, policy={"unfiltered_recipients": ["abuse@example.org"]})
    for wanted in (1, 0):
        core.exchange(core.draft(made), 100.0)
        fulls = pushed(core.gateway, 100.0)
        assert len(fulls) == wanted
        for full in fulls:
            assert "<except jid='abuse@example.org'/>" in full


@pytest.mark.parametrize(
    ("lists", "spares"),
    [
        ({"trusted": {"jids": ["mallory@evil.example"]}}, True),
        ({"trusted": {"jids": ["mal*@evil.example"]}}, True),
        ({"trusted": {"domains": ["evil.example"]}}, True),
        ({"services": ["evil.example"]}, True),
        ({"trusted": {"jids": ["bot@evil.example"], "domains": ["*.evil.example"]}}, False),
    ],
)
def test_no_server_is_told_of_the_ban_of_whom_we_trust(lists: dict[str, Any], spares: bool) -> None:
    core = greeted({})
    commands.run(core.gateway, ["spammers", "ban", MALLORY, "1d"], 50.0)
    assert MALLORY in "".join(pushed(core.gateway, 50.0))
    core.exchange(core.draft(settings(BANS, **lists)), 60.0)
    full, *rest = pushed(core.gateway, 60.0)
    assert "full='true' unasked='drop'" in full
    assert (MALLORY not in full) is spares
    assert rest == []
    commands.run(core.gateway, ["spammers", "ban", MALLORY, "2d"], 200.0)
    assert (MALLORY not in "".join(pushed(core.gateway, 200.0))) is spares
    core.exchange(core.draft(settings(BANS)), 300.0)
    full, *_ = pushed(core.gateway, 300.0)
    assert MALLORY in full


def test_a_ban_that_is_owed_when_its_bearer_is_trusted_is_told_nobody() -> None:
    core = greeted({})
    commands.run(core.gateway, ["spammers", "ban", MALLORY, "1d"], 50.0)
    core.exchange(core.draft(settings(BANS, trusted={"jids": [MALLORY]})), 50.0)
    sent = pushed(core.gateway, 50.0)
    assert sent
    assert MALLORY not in "".join(sent)


def test_where_an_address_may_spare_the_banned_nothing_is_dropped_unasked() -> None:
    assert told(settings(BANS, trusted={"ips": ["192.0.2.7"]})) is None
    core = greeted({})
    core.exchange(core.draft(settings(BANS, trusted={"ips": ["192.0.2.7"]})), 60.0)
    (full,) = pushed(core.gateway, 60.0)
    assert "full='true'" in full
    assert "unasked" not in full


def test_exceptions_stand_before_the_bans_and_in_portions() -> None:
    core = greeted({"unfiltered_recipients": [f"u{n}@example.org" for n in range(1200)]})
    assert core.gateway.spammers is not None
    core.gateway.spammers.ban(MALLORY, 900.0, 50.0)
    made = settings(BANS, policy={"unfiltered_recipients": [f"u{n}@example.org" for n in range(1300)]})
    core.exchange(core.draft(made), 60.0)
    sent = pushed(core.gateway, 60.0)
    whole = "".join(sent)
    assert whole.count("<except ") == 1300
    assert whole.rindex("<except ") < whole.index("<ban ")
    assert max(xml.count("jid=") for xml in sent) <= 500
