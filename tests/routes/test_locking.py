"""Orders to lock and unlock accounts: told until the server of the account has said that it is done."""

import re
from collections.abc import Sequence

import pytest

from tests.gateway.test_gateway import SPAM, Live, check, iq, replies, sent, told
from xmppfilter.gateway.events import Connected, Disconnected
from xmppfilter.judging.effects import Effect, LockAccount, Notice, Reply
from xmppfilter.operators import commands
from xmppfilter.routes.locking import AGAIN_AFTER, KEPT, MOST, LockOrders
from xmppfilter.stanza.namespaces import STANZA_ERRORS

ROBOT = "robot@example.org"
KEPT_IN = "servers.locks"


class Accident:
    """A gateway, a server example.org, and what is between them."""

    def __init__(self) -> None:
        self.live = Live()
        self.live.gateway.handle(Connected(), self.live.now)
        self.told: list[tuple[str, str]] = []
        """Every order that example.org was sent, in the IQ of which id."""
        self.effects: tuple[Effect, ...] = ()

    def hear(self, effects: tuple[Effect, ...]) -> None:
        self.effects += effects
        for xml in sent(effects):
            for order in re.findall(r"<(?:un)?lock jid='[^']*'/>", xml):
                assert " to='example.org'" in xml
                self.told.append((re.search(r" id='([^']*)'", xml)[1], order))  # type: ignore[index]

    def happens(self, step: str) -> None:
        live = self.live
        what, _, rest = step.partition(" ")
        live.now += 1
        match what:
            case "lock" | "unlock":
                self.hear(live.gateway.command((LockAccount(rest or ROBOT, locked=what == "lock"),)))
            case "hello":
                self.hear(live.hello(rest or "example.org"))
            case "lose":
                live.gateway.handle(Disconnected(), live.now)
                live.gateway.handle(Connected(), live.now)
            case "restart":
                rows = list(live.gateway.state.structures[KEPT_IN].snapshot())
                self.live = Live()
                self.live.now = live.now
                self.live.gateway.state.structures[KEPT_IN].restore(rows, live.now)
                self.live.gateway.handle(Connected(), live.now)
            case "done":
                self.hear(live.hear(iq(self.told[-1][0], "", kind="result", origin=rest or "example.org")))
            case "first":  # the first that was told
                self.hear(live.hear(iq(self.told[0][0], "", kind="result")))
            case "refused":
                inside = f"<locks xmlns='urn:xmppfilter:check:0'><refused jid='{ROBOT}'/></locks>"
                self.hear(live.hear(iq(self.told[-1][0], inside, kind="result")))
            case "error":
                inside = f"<error type='cancel'><{rest} xmlns='{STANZA_ERRORS}'/></error>"
                self.hear(live.hear(iq(self.told[-1][0], inside, kind="error")))
            case "wait":
                self.hear(live.tick(float(rest)))
            case _:
                raise AssertionError(step)


LOCK, UNLOCK = f"<lock jid='{ROBOT}'/>", f"<unlock jid='{ROBOT}'/>"

ACCIDENTS: dict[str, tuple[Sequence[str], list[str]]] = {
    # name: what happens, and what example.org is told when it greets us after all that
    "nothing was ordered": (["hello"], []),
    "it was done": (["hello", "lock", "done", "lose"], []),
    "it was undone": (["hello", "unlock", "done", "lose"], []),
    "the stream broke before it was told": (["lock", "lose"], [LOCK]),
    "the stream broke before the answer": (["hello", "lock", "lose"], [LOCK]),
    "the stream broke twice": (["hello", "unlock", "lose", "hello", "lose"], [UNLOCK]),
    "it was done at the second time": (["hello", "unlock", "lose", "hello", "done", "lose"], []),
    "we were killed before it was told": (["unlock", "restart"], [UNLOCK]),
    "we were killed before the answer": (["hello", "lock", "restart"], [LOCK]),
    "we were killed after the answer": (["hello", "lock", "done", "restart"], []),
    "the server broke": (["hello", "lock", "error internal-server-error"], [LOCK]),
    "the module was gone": (["hello", "unlock", "error service-unavailable", "lose"], [UNLOCK]),
    "the server will not": (["hello", "lock", "error not-allowed"], []),
    "the server does not have it": (["hello", "lock", "error item-not-found", "restart"], []),
    "the server names it": (["hello", "lock", "refused"], []),
    "another server answered": (["hello", "lock", "done example.net"], [LOCK]),
    "an earlier answer": (["hello", "lock", "unlock", "lock", "first"], [LOCK]),
    "the answer of the stream before": (["hello", "lock", "lose", "hello", "first"], [LOCK]),
    "it was ordered otherwise": (["lock", "unlock"], [UNLOCK]),
    "only the other server came": (["lock", "hello example.net"], [LOCK]),
    "it is too long ago": (["lock", f"wait {KEPT}"], []),
}


@pytest.mark.parametrize("name", ACCIDENTS)
def test_what_is_owed_is_told_at_the_next_hello(name: str) -> None:
    steps, expected = ACCIDENTS[name]
    accident = Accident()
    for step in steps:
        accident.happens(step)
    accident.told.clear()
    accident.happens("hello")
    assert [order for _, order in accident.told] == expected


@pytest.mark.parametrize("answer", ["refused", "error item-not-found"])
def test_what_a_server_refuses_is_said(answer: str) -> None:
    accident = Accident()
    for step in ("hello", "lock", answer):
        accident.happens(step)
    assert "refused" in told(accident.effects)


def test_what_a_server_could_not_do_is_told_again_after_a_while() -> None:
    accident = Accident()
    for step in ("hello", "lock", "error internal-server-error", "wait 1"):
        accident.happens(step)
    assert len(accident.told) == 1
    accident.happens(f"wait {AGAIN_AFTER}")
    assert [order for _, order in accident.told] == [LOCK, LOCK]
    accident.happens("done")
    accident.happens(f"wait {2 * AGAIN_AFTER}")
    assert len(accident.told) == 2


@pytest.mark.parametrize("order", ["lock", "unlock"])
def test_an_account_that_no_server_has_is_told_to_nobody(order: str) -> None:
    accident = Accident()
    for step in ("hello", "hello example.net", f"{order} robot@sub.example.org", "lose", "hello", "hello example.net"):
        accident.happens(step)
    assert accident.told == []
    (event,) = [effect for effect in accident.effects if isinstance(effect, Notice) and effect.name == "not_locked"]
    assert (event.fields["jid"], event.fields["what"]) == ("robot@sub.example.org", order)


def test_a_pardon_of_the_operator_outlives_a_crash() -> None:
    accident = Accident()
    accident.hear(commands.run(accident.live.gateway, ["spammers", "pardon", ROBOT], accident.live.now)[1])
    accident.happens("restart")
    accident.happens("hello")
    assert [order for _, order in accident.told] == [UNLOCK]


UNLOCKED = "<unlocked xmlns='urn:xmppfilter:check:0' jid='{}'/>"


def disabled(live: Live, jid: str = ROBOT) -> None:
    """Let an account of ours be banned and disabled, for example.org to be told."""
    live.hello()
    assert live.gateway.spammers is not None
    live.hear_twice(iq("c1", check(SPAM.replace("mallory@evil.example/x", jid))))
    live.gateway.command((LockAccount(jid),))


def test_what_a_server_has_unlocked_is_pardoned_for_good_before_that_is_confirmed() -> None:
    live = Live()
    disabled(live)
    effects = live.hear(iq("u1", UNLOCKED.format("Robot@example.org")))
    assert [effect.durable for effect in effects if isinstance(effect, Reply)] == [True]
    assert replies(effects) == ["<iq type='result' id='u1' from='filter.example.org' to='example.org'/>"]
    assert told(effects) == ["account_unlocked"]
    assert commands.run(live.gateway, ["spammers", "show", ROBOT], live.now)[0]["spammer"] is None
    live.gateway.handle(Disconnected(), live.now)
    live.gateway.handle(Connected(), live.now)
    assert not [xml for xml in sent(live.hello()) if "<locks" in xml]


@pytest.mark.parametrize(
    ("account", "origin", "condition"),
    [
        (ROBOT, "example.net", "item-not-found"),
        ("mallory@evil.example", "example.org", "item-not-found"),
        ("example.org", "example.org", "item-not-found"),
        ("@", "example.org", "bad-request"),
        ("", "example.org", "bad-request"),
        (ROBOT, "evil.example", "forbidden"),
        (ROBOT, "alice@example.org/phone", "forbidden"),
    ],
)
def test_nobody_unlocks_what_is_not_theirs(account: str, origin: str, condition: str) -> None:
    live = Live()
    disabled(live)
    (answer,) = replies(live.hear(iq("u1", UNLOCKED.format(account), origin=origin)))
    assert f"<{condition} " in answer
    assert commands.run(live.gateway, ["spammers", "show", ROBOT], live.now)[0]["spammer"] is not None
    live.gateway.handle(Disconnected(), live.now)
    assert [xml for xml in sent(live.hello()) if LOCK in xml]


def test_what_is_owed_is_bounded() -> None:
    orders = LockOrders()
    for n in range(2 * MOST):
        orders.give(f"a{n}@example.org", float(n), locked=True)
        orders.telling(f"locks-{n}", "example.org", [f"a{n}@example.org"])
    owed = orders.owed("example.org", 2.0 * MOST)
    assert MOST / 2 < len(owed) <= MOST
    assert (f"a{2 * MOST - 1}@example.org", True) in owed
    assert len(orders._told) <= MOST
    assert len(orders._last) <= MOST
