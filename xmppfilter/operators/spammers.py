"""What an operator can do about the ban list: see `commands`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.effects import Effect, LockAccount
from xmppfilter.judging.options import parse_duration
from xmppfilter.memory.bans import Ban
from xmppfilter.operators.answers import CommandError, Later, Result, Rows
from xmppfilter.registers.bans import SURE, BanList
from xmppfilter.routes.protocol import timestamp
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.whom import Whom

EVERYBODY: Final = "all"

Done = tuple[Result, tuple[Effect, ...]]


def perform(gateway: Gateway, rest: Sequence[str], now: float) -> Done:
    """Carry out `spammers` and what follows it. Raises CommandError."""
    bans = gateway.spammers
    if bans is None:
        raise CommandError("spammers: the filter known_spammers is not on")
    match list(rest):
        case ["list"]:
            return {"spammers": Rows(_rows(bans, now))}, ()
        case ["show", text]:
            ban = bans.show(_known(gateway, bans, jid_of(text), now), now)
            return {"spammer": None if ban is None else _row(ban)}, ()
        case ["ban", text]:
            return _ban(gateway, bans, jid_of(text), None, now)
        case ["ban", text, duration]:
            return _ban(gateway, bans, jid_of(text), _seconds(duration), now)
        case ["pardon", one]:
            return _pardon(gateway, bans, one, now)
        case ["pardon", first, *others]:
            meant = [_whom(text) for text in (first, *others)]
            work = bans.pardon_all(lambda address: any(covers(address) for covers in meant), now)
            return {"pardoned": [first, *others], "count": Later(work)}, ()
    wanted = "list, show JID, ban JID [DURATION] or pardon with JIDs, domains, patterns such as *@evil.example, or all"
    raise CommandError(f"spammers: found {' '.join(rest)!r}; wanted {wanted}")


def _rows(bans: BanList, now: float) -> Iterator[Result | None]:
    for ban in bans.current(now):
        yield None if ban is None else _row(ban)
    for ban in bans.watched(now):
        yield None if ban is None else _row(ban) | {"monitored": True}


def _row(ban: Ban) -> Result:
    return {
        "jid": ban.jid,
        "offences": ban.offences,
        "sureness": ban.sureness / SURE,
        "until": timestamp(ban.until) if ban.until else None,
        "disabled": ban.disabled,
    }


def _ban(gateway: Gateway, bans: BanList, jid: Jid, seconds: float | None, now: float) -> Done:
    if not jid.local:
        raise CommandError(
            f"spammers: found {jid.domain}, a domain; wanted a JID such as user@{jid.domain}."
            f" Whoever writes from a domain is stopped by: lists add domain {jid.domain},"
            f" and from all below it by: lists add domain '*.{jid.domain}'"
        )
    if "*" in jid.bare:
        raise CommandError(f"spammers: found {jid.bare}; wanted one JID: who is not known yet cannot be banned by a *")
    address = _known(gateway, bans, jid, now)
    if address == jid.full and jid.resource and not _is_occupant(gateway, bans, jid, now):
        raise CommandError(
            f"spammers: found {jid.full}, and nobody is known by it but an occupant of a room;"
            f" wanted {jid.bare}, which bans the account with all its resources"
        )
    effects = bans.ban(address, seconds, now)
    ban = bans.show(address, now)
    return {"banned": address, "until": None if ban is None else timestamp(ban.until)}, effects


def _pardon(gateway: Gateway, bans: BanList, text: str, now: float) -> Done:
    covers = _whom(text)
    if text == EVERYBODY or "*" in text or not jid_of(text).local:
        meant = text if text == EVERYBODY else Whom(text).text
        return {"pardoned": meant, "count": Later(bans.pardon_all(covers, now))}, ()
    address = _known(gateway, bans, jid_of(text), now)
    effects = bans.pardon(address, now)
    known = effects is not None
    if effects is None and gateway.setup.policy.is_local_user(Jid.parse(address)):
        # the server keeps a lock for longer than we remember why
        effects = (LockAccount(address, locked=False),)
    return {"pardoned": address, "was_known": known}, effects or ()


def _whom(text: str) -> Callable[[str], bool]:
    """Return what says whether an address is meant by *text*. Raises CommandError."""
    if text == EVERYBODY:
        return lambda _: True
    if "/" in text:
        full = jid_of(text).full
        return lambda address: address == full
    try:
        return Whom(text).covers_text
    except JidError as wrong:
        raise CommandError(f"spammers: {wrong}") from wrong


def _known(gateway: Gateway, bans: BanList, jid: Jid, now: float) -> str:
    """Return the address that *jid* is remembered by, or would be."""
    if not jid.resource or _is_occupant(gateway, bans, jid, now):
        return jid.full
    return jid.bare if bans.show(jid.bare, now) is not None else jid.full


def _is_occupant(gateway: Gateway, bans: BanList, jid: Jid, now: float) -> bool:
    return gateway.setup.policy.address_of(jid) == jid.full or bans.show(jid.full, now) is not None


def jid_of(text: str) -> Jid:
    """Return the JID *text*. Raises CommandError."""
    try:
        return Jid.parse(text)
    except JidError as wrong:
        raise CommandError(str(wrong)) from wrong


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as wrong:
        raise CommandError(f"found {text!r}: {wrong}") from wrong
