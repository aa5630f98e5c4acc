"""The shape of the section `policy`: what is done with what is found, in general, for a domain and for a user."""

from typing import Literal

from pydantic import Field

from xmppfilter.judging.options import BareJidText, DomainText, Mode, Options, ScoreOrOff, ThresholdOrOff

ActionName = Literal["drop", "bounce", "tag"]
Strangers = Literal["judge", "requests", "refuse"]


class Thresholds(Options):
    """Scores from which on something is done."""

    tag: ScoreOrOff = Field(default=None, description="Deliver with an element of ours in it, from this score on.")
    spam: ThresholdOrOff = Field(default=10.0, description="Spam, from this score on.")


class _Overriding(Options):
    """What is done with what is found; each option may be given again for one domain or one user."""

    mode: Mode | None = Field(default=None, description="monitor: judge and record, deliver everything.")
    action: ActionName | None = Field(default=None, description="What becomes of spam.")
    actions: dict[str, ActionName] | None = Field(default=None, description="The same by filter or by rule.")
    strangers: Strangers | None = Field(default=None, description="What strangers may send: see `policy.strangers`.")
    thresholds: Thresholds | None = Field(default=None, description="Scores from which on something is done.")
    correspondents: bool | None = Field(
        default=None, description="Whoever a local user has written to is no stranger to that user from then on."
    )


class DomainPolicy(_Overriding):
    """What is said again for one protected domain."""

    unfiltered_recipients: list[BareJidText] | None = Field(
        default=None, description="Bare JIDs that receive everything, from banned senders too."
    )


class UserPolicy(_Overriding):
    """What is said again for what one user receives."""

    unfiltered: bool | None = Field(
        default=None, description="Whether the user receives everything, as those in unfiltered_recipients do."
    )


class Policy(Options):
    """What is done with what is found."""

    mode: Mode = Field(default="enforce", description="monitor: judge and record, deliver everything.")
    action: ActionName = Field(default="drop", description="What becomes of spam: drop, bounce or tag.")
    actions: dict[str, ActionName] = Field(
        default_factory=dict, description="The same by filter or by rule.", examples=[{"same_long_body": "bounce"}]
    )
    strangers: Strangers = Field(
        default="judge",
        description="What strangers may send to users. judge: what the filters let pass. requests: subscription "
        "requests alone. refuse: nothing; only contacts may write, ask and invite. Whom the user has written to, our "
        "services, whom you trust and what rooms send to who is in them always pass, and so do IQs and errors. The "
        "rest meets the action, but is never bounced: that would show who is no contact. Whoever the server asks about "
        "is a stranger; of a roster that it cannot read it asks nothing, so that what is unknown is delivered.",
    )
    thresholds: Thresholds = Field(default=Thresholds(), description="Scores from which on something is done.")
    correspondents: bool = Field(
        default=False, description="Whoever a local user has written to is no stranger to that user from then on."
    )
    unfiltered_recipients: list[BareJidText] = Field(
        default_factory=list,
        description="Bare JIDs that receive everything, from banned senders too.",
        examples=[["abuse@example.org"]],
    )
    recipients: dict[BareJidText, UserPolicy] = Field(
        default_factory=dict,
        description="Any of the above again, for what one user receives; it goes before what per_domain says.",
        examples=[{"journo@example.org": {"strangers": "refuse"}}],
    )
    per_domain: dict[DomainText, DomainPolicy] = Field(
        default_factory=dict,
        description="Any of the above again, for one protected domain; recipients stand above alone.",
        examples=[{"example.net": {"mode": "monitor"}}],
    )
