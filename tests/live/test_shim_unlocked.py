"""An account that is unlocked on the server itself stays so: the component is told until it has answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.live.prosody_host import condition
from tests.live.rawclient import LoginRefusedError
from tests.live.rawcomponent import CHECK, RawComponent
from tests.live.shimmed import ALICE, BOB, FILTER, HOST, MALLORY, Shimmed, gone, shimmed
from tests.live.xmlstream import Received
from xmppfilter.stanza.namespaces import STANZA_ERRORS

pytestmark = [pytest.mark.live, pytest.mark.parametrize("kind", ["prosody", "ejabberd"])]


async def lock(component: RawComponent, *accounts: str) -> str | None:
    """Order *accounts* to be locked; return the error's condition."""
    orders = "".join(f"<lock jid='{account}'/>" for account in accounts)
    return condition(await component.iq(HOST, f"<locks xmlns='{CHECK}'>{orders}</locks>"))


async def told(component: RawComponent) -> Received:
    """Take what comes first of the module's own accord."""
    return await component.take(lambda stanza: stanza.name == "iq" and stanza.get("type") == "set", "an IQ")


def account_of(stanza: Received) -> str | None:
    unlocked = stanza.child("unlocked", CHECK)
    return None if unlocked is None else unlocked.get("jid")


def answer(component: RawComponent, question: Received, error: str | None = None) -> None:
    kind = "cancel" if error != "internal-server-error" else "wait"
    inside = f"<error type='{kind}'><{error} xmlns='{STANZA_ERRORS}'/></error>" if error else ""
    component.reply(str(question.get("id")), HOST, inside, type_="result" if error is None else "error")


@asynccontextmanager
async def unlocked_while_away(directory: Path, kind: str) -> AsyncIterator[Shimmed]:
    """Start a server whose operator has unlocked alice while the component was not there."""
    async with shimmed(directory, kind, "verdict") as s:
        assert await lock(s.filter, ALICE) is None
        await s.filter.close()
        await gone(s.server)
        await s.server.unlock(ALICE)
        yield s


async def test_the_component_is_told_first_of_all_and_obeyed_only_then(tmp_path: Path, kind: str) -> None:
    async with unlocked_while_away(tmp_path, kind) as s:
        alice = await s.login()
        component = await s.server.attach(FILTER)
        first = await told(component)
        assert account_of(first) == ALICE
        assert (await told(component)).child("hello", CHECK) is not None
        assert await lock(component, ALICE, BOB) == "unexpected-request"
        await alice.sync()
        with pytest.raises(LoginRefusedError):
            await s.login(BOB)
        answer(component, first)
        assert await lock(component, ALICE) is None
        with pytest.raises(LoginRefusedError):
            await s.login()


@pytest.mark.parametrize("killed", [True, False])
async def test_it_outlives_the_server(tmp_path: Path, kind: str, *, killed: bool) -> None:
    async with unlocked_while_away(tmp_path, kind) as s:
        if killed:
            s.server.kill()
        else:
            await s.server.stopped()
        s.server.start()
        await s.login()
        component = await s.server.attach(FILTER)
        answer(component, first := await told(component))
        assert account_of(first) == ALICE
        await component.iq(HOST, f"<bans xmlns='{CHECK}'/>")
        await component.close()
        await s.server.restart()
        component = await s.server.attach(FILTER)
        assert (await told(component)).child("hello", CHECK) is not None


@pytest.mark.parametrize(
    ("error", "again"),
    [("internal-server-error", True), ("forbidden", True), ("gone", True), ("", True), ("bad-request", False)],
)
async def test_what_the_component_could_not_do_is_told_again_and_what_it_refuses_is_not(
    tmp_path: Path, kind: str, error: str, *, again: bool
) -> None:
    async with unlocked_while_away(tmp_path, kind) as s:
        component = await s.server.attach(FILTER)
        answer(component, await told(component), error)
        await s.logged(f"does not pardon the unlocked account .*{error}")
        assert (await lock(component, ALICE) is not None) is again
        await component.close()
        await gone(s.server)
        component = await s.server.attach(FILTER)
        assert (account_of(await told(component)) == ALICE) is again


async def test_a_connected_component_is_told_at_once_and_an_answer_is_to_one_word_alone(
    tmp_path: Path, kind: str
) -> None:
    async with shimmed(tmp_path, kind, "verdict") as s:
        await s.server.unlock(ALICE)  # it was not locked here, and the component may think that it is
        first = await told(s.filter)
        await s.server.unlock(ALICE)
        second = await told(s.filter)
        assert account_of(first) == account_of(second) == ALICE
        answer(s.filter, first)
        assert await lock(s.filter, ALICE) == "unexpected-request"
        answer(s.filter, second)
        assert await lock(s.filter, ALICE) is None


async def test_nobody_but_the_component_answers_it(tmp_path: Path, kind: str) -> None:
    async with shimmed(tmp_path, kind, "verdict") as s:
        await s.server.unlock(ALICE)
        question = await told(s.filter)
        s.evil.send(f"<iq type='result' id='{question.get('id')}' from='{MALLORY}' to='{HOST}'/>")
        await s.evil.iq(HOST, "<ping xmlns='urn:xmpp:ping'/>", type_="get")
        assert await lock(s.filter, ALICE) == "unexpected-request"
