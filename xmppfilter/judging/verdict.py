"""What the filters found, what is to be done about it, and what else follows."""

from collections.abc import Callable
from enum import IntEnum, StrEnum
from typing import Final


class Action(StrEnum):
    """What becomes of a stanza."""

    DELIVER = "deliver"
    TAG = "tag"
    """Delivered with an element of ours in it."""
    BOUNCE = "bounce"
    """Answered with an error, not delivered."""
    DROP = "drop"


PASSING: Final = frozenset({Action.DELIVER, Action.TAG})


class About(StrEnum):
    """Whom a finding is about. Only what a sender itself did is an offence of its."""

    SENDER = "sender"
    GROUP = "group"
    """Those who share something with the sender: a domain, a server, a text that people hand on."""
    RECIPIENT = "recipient"
    """What comes over one user, whoever sends it."""


class Fact(StrEnum):
    """What several filters may see each in its own way: of findings that rest on one fact only the heaviest counts."""

    SPREAD = "spread"
    """One sender, or one text, reaches many strangers: so do spam, a newsletter and a bot that sends codes."""


class Rank(IntEnum):
    """Whose word goes first where a stanza is spam: the lower one's, and only then the highest score's."""

    BAN = 0
    """The sender is banned: that alone is enough, whatever the threshold."""
    SENDER_LISTED = 1
    ROOM_LISTED = 2
    MENTION_LISTED = 3
    SCORE = 4


class Finding:
    """One filter's opinion of one stanza: which rule, how heavy, and what was seen, in words."""

    __slots__ = (
        "_detail", "about", "fact", "filter", "monitored", "of_content", "private", "rank", "rule", "score", "weighed",
    )  # fmt: skip

    def __init__(
        self,
        rule: str,
        detail: str | Callable[[], str],
        score: float = 10.0,
        about: About = About.SENDER,
        *,
        rank: Rank = Rank.SCORE,
        private: bool = False,
        fact: Fact | None = None,
    ) -> None:
        """Take *detail* in words, or what says them: most are never read."""
        self.rule = rule
        """`filter.what`: log field, metric label and history column alike."""
        self.filter = rule.partition(".")[0]
        self.score = score
        """Spam where positive, reassuring where negative; the default spam threshold is 10."""
        self.about = about
        self.rank = rank
        self.private = private
        """Found by looking at the recipient's roster, or at which users of ours there are."""
        self.fact = fact
        """What it rests on, where other filters may see the same."""
        self.of_content = False
        """Found by a filter that judges what a stanza says (set by the pipeline)."""
        self._detail = detail
        self.monitored = False
        """Found by a filter that is only watched: listed, but it adds no score."""
        self.weighed = False
        """The admin has given its filter or rule a score."""

    @property
    def detail(self) -> str:
        """What was seen, in words."""
        if not isinstance(self._detail, str):
            self._detail = self._detail()
        return self._detail

    def __repr__(self) -> str:
        return f"Finding({self.rule!r}, {self.detail!r}, {self.score!r})"


def worse(one: Finding | None, other: Finding | None) -> Finding | None:
    """Return the heavier one, of equals the one that is an offence; None stands for no finding."""
    if one is None or other is None:
        return one or other
    return other if (other.score, other.about is About.SENDER) > (one.score, one.about is About.SENDER) else one


class Verdict:
    """What was decided of one stanza, and why. Never changed once made: a clean stanza shares one."""

    __slots__ = ("action", "decided_by", "exempt", "findings", "offence", "offence_is_soft", "score", "would")

    def __init__(
        self,
        action: Action = Action.DELIVER,
        *,
        findings: tuple[Finding, ...] = (),
        score: float = 0.0,
        decided_by: Finding | None = None,
        offence: Finding | None = None,
        offence_is_soft: bool = False,
        exempt: str | None = None,
        would: Action | None = None,
    ) -> None:
        self.action = action
        self.findings = findings
        self.score = score
        self.decided_by = decided_by
        """The finding that `actions:` goes by; None where nothing was decided."""
        self.offence = offence
        """The heaviest finding about the sender, where those alone make the stanza spam, a ban left out; None where it
        is no offence."""
        self.offence_is_soft = offence_is_soft
        """The threshold was reached by several findings about the sender, none of which reaches it alone."""
        self.exempt = exempt
        """Why no filter judged the stanza."""
        self.would = would
        """In monitor mode, what enforce would have done."""

    @property
    def stops_sender(self) -> bool:
        """Whether the sender has to do with it alone: an offence, or a ban for earlier ones."""
        decided_by = self.decided_by
        return self.offence is not None or (decided_by is not None and decided_by.rank is Rank.BAN)

    def __repr__(self) -> str:
        return f"Verdict({self.action.value}, {self.score:g}, {list(self.findings)!r}, exempt={self.exempt!r})"


CLEAN: Final = Verdict()
INVALID: Final = Verdict(Action.DROP)
"""Of a stanza with a missing or invalid address, which no server may deliver (RFC 6120 8.1)."""
