"""What a stanza advertises, in whatever words: links, addresses, handles, phone numbers and rooms."""

from collections.abc import Callable, Iterable, Iterator
from heapq import nsmallest
from itertools import chain, islice
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator

from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.sketch import Exact
from xmppfilter.judging.case import Case
from xmppfilter.judging.invitations import NONE, invitations
from xmppfilter.judging.said import Said
from xmppfilter.stanza.fields import xhtml_links
from xmppfilter.stanza.namespaces import XHTML_IM
from xmppfilter.text.budget import Budget
from xmppfilter.text.hosts import normal_host
from xmppfilter.text.targets import Target, Targets, is_within
from xmppfilter.text.uris import Link, link_of

_MOST_LINKS: Final = 16
"""Links of XHTML-IM that are read in one stanza, and rooms that it invites to."""
_BARE: Final = "bare "
_XHTML: Final = XHTML_IM.encode()


def _parse_common_host(value: str) -> str:
    line = " ".join(value.split())
    name = line.removeprefix("-").partition(" ")[0]
    if (host := normal_host(name, numbers=False)) is None or "." not in host:
        raise ValueError(f"found {value[:100]!r}; wanted a host, and the parameters that decide there: youtube.com v")
    return line.replace(name, host, 1)


CommonHostText = Annotated[str, AfterValidator(_parse_common_host)]
"""A host that everybody links, and the parameters of its query that decide there; with a minus before it, none."""


class Advertised(NamedTuple):
    """One thing that a stanza advertises."""

    target: Target
    text: Exact
    """What stands for it among texts; a link without words stands for itself."""
    bare: bool
    """Whether it is a link without words."""
    invites: bool
    """Whether it is a room that the stanza invites to."""


class Reader:
    """Reads what stanzas advertise; *key* is what it is remembered by."""

    def __init__(self, key: Callable[[str], bytes], common_hosts: Iterable[str]) -> None:
        """Take *common_hosts* for hosts that everybody links, beside those that are known; see `Targets`."""
        self._key = key
        self._targets = Targets(common_hosts)

    def advertised(self, case: Case, said: tuple[Said, ...]) -> tuple[Advertised, ...]:
        """Return what *case*, which has *said* that, advertises: each thing once, and nothing that is ours."""
        if case.ordinary:
            return tuple(self._linked(case, said[0].links, bare=said[0].bare)) if said else ()
        invited = case.once(invitations)
        if invited is NONE and not any(one.links for one in said) and case.stanza.lacks(_XHTML):
            return ()
        links = dict.fromkeys(chain.from_iterable(one.links for one in said))
        bare = all(one.bare for one in said)
        if hidden := tuple(islice(xhtml_links(case.stanza), _MOST_LINKS)):
            budget, bare = Budget(), False
            links |= dict.fromkeys(filter(None, (link_of(uri, budget) for uri in hidden)))
        found = {one.text.key: one for one in (*self._invited(case), *self._linked(case, links, bare=bare))}
        return tuple(found.values())

    def _linked(self, case: Case, links: Iterable[Link], *, bare: bool) -> Iterator[Advertised]:
        own, home = case.rules.own, case.sender.domain
        targets = dict.fromkeys(filter(None, (self._targets.of(link, own, home) for link in links)))
        for target in targets:
            alone = bare and target.kind == "link"
            yield self._advertised(target, _BARE if alone else "", bare=alone)

    def _invited(self, case: Case) -> Iterator[Advertised]:
        for room in islice(case.once(invitations).rooms, _MOST_LINKS):
            if not is_within(room.domain, case.rules.own):
                yield self._advertised(Target("room", room.bare), "", invites=True)

    def _advertised(self, target: Target, mark: str, *, bare: bool = False, invites: bool = False) -> Advertised:
        return Advertised(target, Exact(self._key(f"{mark}{target.name}")), bare, invites)


def most_sent(
    found: Iterable[Advertised], most: int, targets: Clusters, chance: int, now: float
) -> tuple[Advertised, ...]:
    """Choose *most* of what was *found*: what was sent most often, and else whatever nobody can foretell by sending it.

    *chance* is a secret number of 64 bits, of this sender and recipient.
    """

    def rank(one: Advertised) -> tuple[int, int]:
        cluster = targets.match(one.text, now)
        copies = cluster.seen(now).copies if cluster is not None else 0
        return -copies, int.from_bytes(one.text.key) ^ chance

    return tuple(nsmallest(most, found, rank))
