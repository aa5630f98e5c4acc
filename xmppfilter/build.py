"""Puts the core together from a configuration: the same for the component, a replay and the tests."""

from typing import Any

from xmppfilter import __version__
from xmppfilter.config.catalogue import filter_module
from xmppfilter.config.settings import DomainPolicy, MountedFilter, Settings
from xmppfilter.config.settings import Policy as PolicySection
from xmppfilter.effects import Effect
from xmppfilter.gateway import Gateway, Setup
from xmppfilter.jid import Jid
from xmppfilter.memory.state import Scope, State
from xmppfilter.pipeline import Mount, Pipeline
from xmppfilter.policy import Policy, Rules
from xmppfilter.roster import Roster
from xmppfilter.verdict import Action


class Core:
    """A gateway and what it learns: made once, reconfigured by every reload."""

    def __init__(self, settings: Settings, state: State) -> None:
        self.state = state
        self._rosters: dict[str, Roster] = {}
        self.settings = settings
        self.gateway = Gateway(self.setup(settings), state, self._rosters)

    def begin(self, now: float) -> None:
        """Start judging: all that is kept has been restored."""
        self.gateway.configure(self.gateway.setup, now)
        self.state.retain(self._names)

    def exchange(self, settings: Settings, setup: Setup, now: float) -> tuple[Effect, ...]:
        """Go on with *setup*, built of *settings* by `setup`; what is no longer in use ages out."""
        self.settings = settings
        effects = self.gateway.configure(setup, now)
        self.state.retain(self._names)
        return effects

    def setup(self, settings: Settings) -> Setup:
        """Build policy and filters of *settings* on what has been learnt.

        Raises ValueError where a filter cannot be built.
        """
        self._names: list[str] = []
        policy = Policy(
            rules_of(settings.policy),
            per_domain={
                domain: rules_of(settings.policy, section) for domain, section in settings.policy.per_domain.items()
            },
            domains=settings.domains,
            rooms=settings.rooms,
            state=self._scope("policy"),
            rosters=self._rosters,
        )
        return Setup(
            jid=Jid.parse(settings.component.jid),
            servers=frozenset(settings.believed()),
            route=settings.route,
            software=f"xmppfilter {__version__}",
            policy=policy,
            pipeline=Pipeline(self._mount(section) for section in settings.filters),
        )

    def _scope(self, name: str) -> Scope:
        scope = self.state.scoped(name)
        scope.names = self._names
        return scope

    def _mount(self, section: MountedFilter) -> Mount:
        common = section.common
        build: Any = filter_module(section.name).Filter
        return Mount(
            name=section.name,
            filter=build(section.config, self._scope(section.name)),
            monitor=common.mode == "monitor",
            score=common.score,
            scores={f"{section.name}.{rule.removeprefix(f'{section.name}.')}": n for rule, n in common.scores.items()},
            only=frozenset(common.only),
            but=frozenset(common.except_),
        )


def rules_of(section: PolicySection, over: DomainPolicy | None = None) -> Rules:
    """Return the rules of *section*; what *over* says for one domain stands in their place."""

    def pick(name: str) -> Any:
        value = getattr(over, name) if over is not None else None
        return getattr(section, name) if value is None else value

    thresholds, actions = section.thresholds, dict(section.actions)
    if over is not None and over.thresholds is not None:
        thresholds = thresholds.model_copy(update=over.thresholds.model_dump(exclude_unset=True))
    if over is not None and over.actions is not None:
        actions |= over.actions
    return Rules(
        monitor=pick("mode") == "monitor",
        follows_mode=over is None or over.mode is None,
        action=Action(pick("action")),
        actions={name: Action(action) for name, action in actions.items()},
        spam=thresholds.spam,
        tag=thresholds.tag,
        correspondents=pick("correspondents"),
        unfiltered_recipients=frozenset(pick("unfiltered_recipients")),
    )
