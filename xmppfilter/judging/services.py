"""Tells a service that writes to many strangers, a bot or a newsletter, from a spammer that does the same.

That one account reaches many strangers with one text at one speed says nothing of which it is. This does: whether they
have written to it first or answer; whether it has a domain of its own, which an account of a public server has not;
whether the way on that it shows leads to that domain, or to others; and whether those who got it complain.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.judging.advertised import Advertised
from xmppfilter.judging.case import Case
from xmppfilter.judging.invitations import invitations
from xmppfilter.judging.verdict import About, Fact, Finding, Rank
from xmppfilter.text.hosts import registered_domain

MOST: Final = 4.0
"""What rests on the spread of a service scores no more, in all."""
FEW: Final = 5
"""From so many accounts of a domain on that write to strangers it is a public server, as far as can be told."""
FOR_EACH: Final = 3
"""Strangers that may get a message for each one who wrote first or answers."""
ALIKE: Final = 4
"""Times as many accounts as are many for others may write from domains of their own as one template has it."""
LEAST_ASKED: Final = 5
"""Who have to have done so before that says anything of an account whose domain is not its own."""
COMPLAINTS: Final = 3
"""Users whose reports within a week end it."""
A_MINUTE: Final = 600.0
"""Messages from which on it is a flood, whoever sends it."""
REPEATED: Final = 3
"""Strangers who were told of one phone number: a number of a parcel is another one each time."""
_SPEAKS_AGAINST: Final = 2.0
"""What else is found of a sender, and scores as much as this."""
_AGAINST_ALL: Final = 4.0
"""The same, where those who get its messages wrote first."""
_ROUNDED: Final = 0.5
"""What is counted by bits is no whole number."""


class Known(NamedTuple):
    """What is remembered of a sender, and of all who write from its domain."""

    accounts: float
    """Accounts of its domain that have written to strangers within a month."""
    strangers: float
    """Strangers that it wrote to within about a day, who had not written first."""
    of_domain: float
    """The same of all its domain."""
    asked: float
    """Who wrote to it first, or answered, within a month."""
    complaints: float
    """Users whom it has reached and who have reported it, or another account of a domain of its own."""
    a_minute: float
    """Messages to strangers within about a minute."""


def speaks_against(findings: Iterable[Finding]) -> float:
    """Return the worst that was found of a sender beside its spread: that it passes for somebody, or is listed."""
    return max(
        (
            one.score
            for one in findings
            if one.fact is not Fact.SPREAD and one.about is not About.RECIPIENT and not one.monitored
            if one.rank is not Rank.BAN
        ),
        default=0.0,
    )


def is_asked_for(known: Known, against: float, *, contacted: bool) -> bool:
    """Whether who gets the messages of this sender wants them; *contacted*: the one at hand wrote first."""
    if known.complaints >= COMPLAINTS - _ROUNDED or known.a_minute >= A_MINUTE or against >= _AGAINST_ALL:
        return False
    return contacted or (known.asked >= LEAST_ASKED - _ROUNDED and FOR_EACH * known.asked >= known.strangers)


def stands_alone(known: Known, against: float, most: float) -> bool:
    """Whether the sender has a domain of its own, from which no more than *most* strangers are written to in a day."""
    return (
        known.accounts < FEW - _ROUNDED
        and known.of_domain < most + FOR_EACH * known.asked
        and known.complaints < COMPLAINTS - _ROUNDED
        and known.a_minute < A_MINUTE
        and against < _SPEAKS_AGAINST
    )


def advertises_others(case: Case, advertised: Iterable[Advertised], targets: Clusters, now: float) -> bool:
    """Whether *case* leads anywhere but to its sender's own domain; *targets* knows how many are led to what."""
    if not case.ordinary and case.once(invitations).any:
        return True
    home = registered_domain(case.sender.domain)
    return any(_is_of_others(one, home, targets, now) for one in advertised)


def leads_home(case: Case, advertised: Iterable[Advertised]) -> bool:
    """Whether *case* leads to its sender's own domain, as what a letter tells of itself does, and spam from any."""
    home = registered_domain(case.sender.domain)
    return any(kind == "link" and registered_domain(name.partition("/")[0]) == home for (kind, name), *_ in advertised)


def _is_of_others(one: Advertised, home: str, targets: Clusters, now: float) -> bool:
    kind, name = one.target
    if kind == "phone number":
        cluster = targets.match(one.text, now)
        return cluster is not None and cluster.seen(now).recipients >= REPEATED
    if kind == "address":
        return registered_domain(name.rpartition("@")[2]) != home
    return kind != "link" or registered_domain(name.partition("/")[0]) != home
