"""The commands `spammers`: what an operator can do about the ban list."""

from collections.abc import Callable, Iterator
from typing import Annotated, Final

from xmppfilter.judging.effects import Effect, LockAccount
from xmppfilter.judging.options import parse_duration
from xmppfilter.judging.policy import Policy
from xmppfilter.memory.bans import Ban
from xmppfilter.registers.bans import BanList
from xmppfilter.registers.command import (
    Answer,
    Column,
    CommandError,
    Context,
    Later,
    Parameter,
    Record,
    Result,
    Rows,
    Table,
    Value,
    command,
    read_jid,
)
from xmppfilter.registers.terms import SURE
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.timestamps import timestamp
from xmppfilter.stanza.whom import WANTED, Whom

EVERYBODY: Final = "all"

_Covers = Callable[[str], bool]

_SPAMMER: Final = {
    "jid": Value("whom"),
    "offences": Value("how many we remember", "number"),
    "sureness": Value("how sure we are; an account of ours is disabled at 1", "number"),
    "until": Value("the end of the ban", null=True),
    "disabled": Value("whether the account is disabled, for it is one of ours", "flag"),
}
_LISTED: Final = (
    *(Column(name, shape) for name, shape in _SPAMMER.items()),
    Column("monitored", Value("only in monitor mode", "flag", optional=True)),
)
_LIST: Final = Record(
    "the ban list", {"spammers": Table("the surest and longest banned first", _LISTED, streamed=True)}
)
_SHOWN: Final = Record("one spammer", {"spammer": Record("what is known", _SPAMMER, null=True)})
_BANNED: Final = Record("the ban", {"banned": Value("whom"), "until": Value("the end of the ban", null=True)})
_PARDONED: Final = Record(
    "the pardon",
    {
        "pardoned": Value("whom", "text or texts"),
        "was_known": Value("whether something was known of one JID", "flag", optional=True),
        "count": Value("how many were pardoned otherwise", "number", optional=True),
    },
)


def _read_whom(text: str) -> tuple[str, _Covers]:
    """Return *text*, and what says whether an address is meant by it. Raises ValueError."""
    if text == EVERYBODY:
        return text, lambda _: True
    if "/" in text:
        full = read_jid(text).full
        return text, lambda address: address == full
    if "*" not in text:
        read_jid(text)
    try:
        return text, Whom(text).covers_text
    except JidError as wrong:
        raise ValueError(f"{WANTED}, or all") from wrong


_JID: Final = Parameter("JID", "an account, or an occupant of a room", read_jid)
_DURATION: Final = Parameter("DURATION", "how long, such as 12h or 30d; without: one ban_time", parse_duration)
_WHOM: Final = Parameter("WHOM", "a JID, a domain, a pattern such as *@evil.example, or all", _read_whom)
_Meant = Annotated[tuple[str, _Covers], _WHOM]


@command("spammers list", _LIST)
def list_(bans: BanList, context: Context) -> Answer:
    """List who is banned, or has sent spam; the surest and longest banned first."""
    return Answer({"spammers": Rows(_rows(bans, context.now))})


@command("spammers show", _SHOWN)
def show(bans: BanList, context: Context, jid: Annotated[Jid, _JID]) -> Answer:
    """Show what is known of one JID."""
    ban = bans.show(_known(bans, context.policy, jid, context.now), context.now)
    return Answer({"spammer": None if ban is None else _row(ban)})


@command("spammers ban", _BANNED, changes=True)
def ban(
    bans: BanList,
    context: Context,
    jid: Annotated[Jid, _JID],
    duration: Annotated[float | None, _DURATION] = None,
) -> Answer:
    """Ban an account, or an occupant of a room."""
    now = context.now
    if not jid.local:
        raise CommandError(
            f"spammers ban: found {jid.domain}, a domain; wanted a JID such as user@{jid.domain}."
            f" Whoever writes from a domain is stopped by: lists add domain {jid.domain},"
            f" and from all below it by: lists add domain '*.{jid.domain}'"
        )
    if "*" in jid.bare:
        raise CommandError(
            f"spammers ban: found {jid.bare}; wanted one JID: who is not known yet cannot be banned by a *"
        )
    address = _known(bans, context.policy, jid, now)
    if address == jid.full and jid.resource and not _is_occupant(bans, context.policy, jid, now):
        raise CommandError(
            f"spammers ban: found {jid.full}, and nobody is known by it but an occupant of a room;"
            f" wanted {jid.bare}, which bans the account with all its resources"
        )
    effects = bans.ban(address, duration, now)
    known = bans.show(address, now)
    return Answer({"banned": address, "until": None if known is None else timestamp(known.until)}, effects)


@command("spammers pardon", _PARDONED, changes=True)
def pardon(bans: BanList, context: Context, whom: _Meant, *others: _Meant) -> Answer:
    """Forget the offences of all who are meant, end their bans, and enable their accounts again."""
    if others:
        every = [covers for _, covers in (whom, *others)]
        work = bans.pardon_all(lambda address: any(covers(address) for covers in every), context.now)
        return Answer({"pardoned": [text for text, _ in (whom, *others)], "count": Later(work)})
    text, covers = whom
    if text == EVERYBODY or "*" in text or not read_jid(text).local:
        meant = text if text == EVERYBODY else Whom(text).text
        return Answer({"pardoned": meant, "count": Later(bans.pardon_all(covers, context.now))})
    address = _known(bans, context.policy, read_jid(text), context.now)
    effects: tuple[Effect, ...] | None = bans.pardon(address, context.now)
    known = effects is not None
    if effects is None and context.policy.is_local_user(Jid.parse(address)):
        # the server keeps a lock for longer than we remember why
        effects = (LockAccount(address, locked=False),)
    return Answer({"pardoned": address, "was_known": known}, effects or ())


def _rows(bans: BanList, now: float) -> Iterator[Result | None]:
    for known in bans.current(now):
        yield None if known is None else _row(known)
    for known in bans.watched(now):
        yield None if known is None else _row(known) | {"monitored": True}


def _row(known: Ban) -> Result:
    return {
        "jid": known.jid,
        "offences": known.offences,
        "sureness": known.sureness / SURE,
        "until": timestamp(known.until) if known.until else None,
        "disabled": known.disabled,
    }


def _known(bans: BanList, policy: Policy, jid: Jid, now: float) -> str:
    """Return the address that *jid* is remembered by, or would be."""
    if not jid.resource or _is_occupant(bans, policy, jid, now):
        return jid.full
    return jid.bare if bans.show(jid.bare, now) is not None else jid.full


def _is_occupant(bans: BanList, policy: Policy, jid: Jid, now: float) -> bool:
    return policy.address_of(jid) == jid.full or bans.show(jid.full, now) is not None
