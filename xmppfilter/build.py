"""Puts the core together from a configuration: the same for the component, a replay and the tests."""

from dataclasses import dataclass
from typing import Any

from xmppfilter import __version__
from xmppfilter.config.policies import DomainPolicy, UserPolicy
from xmppfilter.config.policies import Policy as PolicySection
from xmppfilter.config.settings import Directions, MountedFilter, Settings
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.gateway.setup import NOBODY, Listeners, Setup
from xmppfilter.judging.case import Rules
from xmppfilter.judging.catalogue import filter_module
from xmppfilter.judging.effects import Effect
from xmppfilter.judging.mount import Mount
from xmppfilter.judging.pipeline import Pipeline
from xmppfilter.judging.policy import Policy
from xmppfilter.judging.strangers import REFUSED
from xmppfilter.judging.trusted import Trusted
from xmppfilter.judging.verdict import Action
from xmppfilter.memory.state import Plan, Scope, State
from xmppfilter.registers.correspondents import Correspondents
from xmppfilter.registers.rosters import Rosters
from xmppfilter.registers.standing import StandingOrders
from xmppfilter.routes import locking
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.whom import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A configuration built and checked, of which nothing is in use yet."""

    settings: Settings
    setup: Setup
    opened: Plan
    """What it asks the state for; what is new in it may be filled before it comes into use."""


class Core:
    """A gateway and what it learns: made once, reconfigured by every reload."""

    def __init__(self, settings: Settings, state: State, listeners: Listeners = NOBODY) -> None:
        """Build the gateway of *settings* on *state*, and have it tell *listeners* what happens."""
        self.state = state
        self.settings = settings
        draft = self.draft(settings)
        draft.opened.commit()
        self.gateway = Gateway(draft.setup, state, listeners)

    def begin(self, now: float) -> None:
        """Start judging: all that is kept has been restored."""
        self.gateway.configure(self.gateway.setup, now)
        lists = self.gateway.library.lists
        while lists is not None and lists.busy:  # nobody waits for an answer yet
            lists.work(1000)
        self.state.retain(self.gateway.setup.structures)

    def exchange(self, draft: Draft, now: float, *, anew: bool = True) -> tuple[Effect, ...]:
        """Go on with *draft*, and fetch lists *anew* (see `Gateway.configure`); what is no longer in use ages out."""
        draft.opened.commit()
        self.settings = draft.settings
        effects = self.gateway.configure(draft.setup, now, anew=anew)
        self.state.retain(self.gateway.setup.structures)
        return effects

    def draft(self, settings: Settings) -> Draft:
        """Build policy and filters of *settings* upon what has been learnt, and change nothing of that.

        Raises ValueError where a filter cannot be built.
        """
        plan = self.state.plan()
        own = frozenset((*settings.domains, *settings.rooms, *settings.services))
        rules, of_domains = rules_of(settings.policy, own=own), settings.policy.per_domain
        trusted = settings.trusted
        policy = Policy(
            rules,
            per_domain={domain: rules_of(settings.policy, section, own=own) for domain, section in of_domains.items()},
            per_user={
                user: rules_of(settings.policy, of_domains.get(user.rpartition("@")[2]), section, user=user, own=own)
                for user, section in settings.policy.recipients.items()
            },
            domains=settings.domains,
            rooms=settings.rooms,
            trusted=Trusted(settings.services, trusted.jids, trusted.domains, trusted.ips),
            key=plan.key,
            rosters=plan.shared(Rosters).by_user,
            correspondents=plan.shared(Correspondents),
        )
        setup = Setup(
            jid=Jid.parse(settings.component.jid),
            written=settings.component.written,
            servers=frozenset(settings.believed()),
            admins=frozenset(settings.admins),
            route=settings.route,
            software=f"xmppfilter {__version__}",
            max_stanza_size=settings.max_stanza_size,
            policy=policy,
            mode=settings.policy.mode,
            orders=plan.shared(StandingOrders),
            locks=plan.scoped("servers").set("locks", capacity=locking.MOST, seconds=locking.KEPT),
            pipeline=Pipeline(_mount(section, plan.scoped(section.name)) for section in settings.filters),
            registers=plan.registers,
            structures=frozenset(plan.structures),
        )
        return Draft(settings=settings, setup=setup, opened=plan)


def _mount(section: MountedFilter, state: Scope) -> Mount:
    common = section.common
    build: Any = filter_module(section.name).Filter
    return Mount(
        name=section.name,
        filter=build(section.config, state),
        monitor=common.mode == "monitor",
        score=common.score,
        scores={f"{section.name}.{rule.removeprefix(f'{section.name}.')}": n for rule, n in common.scores.items()},
        only=_sides(common.only),
        but=_sides(common.except_),
    )


def _sides(said: list[str] | Directions) -> Sides:
    """Return whom a filter's `only` or `except` means; a plain list means both directions."""
    return Sides(said.from_, said.to) if isinstance(said, Directions) else Sides(said, said)


def rules_of(
    section: PolicySection,
    *overs: DomainPolicy | UserPolicy | None,
    user: str = "",
    own: frozenset[str] = frozenset(),
) -> Rules:
    """Return the rules of *section*; what each of *overs* says stands in place of what was said before it.

    A `UserPolicy` says it of *user*, a bare JID; *own*: see `Rules`.
    """
    said = [section, *(over for over in overs if over is not None)]

    def pick(name: str) -> Any:
        return next(value for one in reversed(said) if (value := getattr(one, name, None)) is not None)

    thresholds, actions, unfiltered = section.thresholds, dict(section.actions), set(pick("unfiltered_recipients"))
    for over in said[1:]:
        if over.thresholds is not None:
            thresholds = thresholds.model_copy(update=over.thresholds.model_dump(exclude_unset=True))
        actions |= over.actions or {}
        if isinstance(over, UserPolicy) and over.unfiltered is not None:
            (unfiltered.add if over.unfiltered else unfiltered.discard)(user)
    return Rules(
        monitor=pick("mode") == "monitor",
        follows_mode=all(over.mode is None for over in said[1:]),
        action=Action(pick("action")),
        actions={name: Action(action) for name, action in actions.items()},
        spam=thresholds.spam,
        tag=thresholds.tag,
        correspondents=pick("correspondents"),
        unfiltered_recipients=frozenset(unfiltered),
        own=own,
        refused=REFUSED[pick("strangers")],
    )
