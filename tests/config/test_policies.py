"""The section `policy`: what a domain or a user may be given again."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.harness import settings
from xmppfilter.build import Core
from xmppfilter.config.policies import DomainPolicy, Policy, UserPolicy
from xmppfilter.judging.case import Rules
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza


def rules(policy: dict[str, Any], to: str = "alice@example.org", sender: str = "m@evil.example") -> Rules:
    gateway = Core(settings({}, policy=policy), State()).gateway
    return gateway.setup.policy.meet(Stanza.read(f"<message from='{sender}' to='{to}'/>")).rules


def test_a_domain_and_a_user_may_say_again_what_the_policy_says() -> None:
    of_all = set(Policy.model_fields) - {"per_domain", "recipients"}
    assert set(DomainPolicy.model_fields) == of_all
    assert set(UserPolicy.model_fields) == of_all - {"unfiltered_recipients"} | {"unfiltered"}


@pytest.mark.parametrize(
    ("policy", "to", "action"),
    [
        ({"recipients": {"Alice@EXAMPLE.org": {"action": "bounce"}}}, "alice@example.org/x", "bounce"),
        ({"recipients": {"alice@example.org": {"action": "bounce"}}}, "bob@example.org", "drop"),
        ({"recipients": {"alice@example.org": {"action": "bounce"}}}, "alice@example.net", "drop"),
        ({"per_domain": {"example.org": {"action": "tag"}}, "recipients": {"alice@example.org": {"mode": "monitor"}}},
         "alice@example.org", "tag"),
        ({"per_domain": {"example.org": {"action": "tag"}}, "recipients": {"alice@example.org": {"action": "drop"}}},
         "alice@example.org", "drop"),
        ({"action": "bounce", "per_domain": {"example.net": {"action": "tag"}},
          "recipients": {"alice@example.org": {"strangers": "refuse"}}}, "alice@example.org", "bounce"),
    ],
)  # fmt: skip
def test_a_user_s_goes_before_its_domain_s_and_that_before_all(policy: dict[str, Any], to: str, action: str) -> None:
    assert rules(policy, to).action == action


def test_what_is_said_within_a_section_adds_up() -> None:
    found = rules(
        {
            "actions": {"patterns": "bounce", "campaign": "tag"},
            "thresholds": {"spam": 8, "tag": 3},
            "per_domain": {"example.org": {"actions": {"campaign": "drop"}, "thresholds": {"tag": 4}}},
            "recipients": {"alice@example.org": {"actions": {"mentions": "tag"}, "thresholds": {"spam": "off"}}},
        }
    )
    assert found.actions == {"patterns": "bounce", "campaign": "drop", "mentions": "tag"}
    assert (found.spam, found.tag) == (None, 4)


@pytest.mark.parametrize(
    ("listed", "own", "receives_all"),
    [
        ([], {"unfiltered": True}, True),
        (["alice@example.org"], {}, True),
        (["alice@example.org"], {"unfiltered": False}, False),
        ([], {"unfiltered": False}, False),
        (["bob@example.org"], {"unfiltered": True}, True),
    ],
)
def test_a_user_that_receives_everything(listed: list[str], own: dict[str, Any], receives_all: bool) -> None:
    for where in (
        {"unfiltered_recipients": listed},
        {"per_domain": {"example.org": {"unfiltered_recipients": listed}}},
    ):
        found = rules(where | {"recipients": {"ALICE@example.org": own}})
        assert ("alice@example.org" in found.unfiltered_recipients) is receives_all


def test_what_a_user_sends_falls_under_no_recipient_s_policy() -> None:
    policy = {"recipients": {"alice@example.org": {"action": "tag"}}}
    assert rules(policy, to="m@evil.example", sender="alice@example.org/x").action == "drop"
    assert rules(policy, to="alice@example.org", sender="bob@example.org/x").action == "tag"


@pytest.mark.parametrize("wrong", [{"strangers": "bounce"}, {"recipients": {"a@b.example/x": {}}}, {"recipients": []}])
def test_what_is_no_policy_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(wrong)
