"""The configuration that a migration makes, and what it says of the rest."""

import pytest
import yaml

from xmppfilter.cli.migration.draft import PLACEHOLDER, Draft
from xmppfilter.config.loader import load_text


def test_what_a_filter_refuses_is_remarked_and_not_taken() -> None:
    draft = Draft()
    draft.set(4, "same_long_body", "number_limit", 7)
    draft.set(5, "same_long_body", "number_limit", "many")
    draft.add(6, "patterns", ("regexes",), ["good", "(bad", "good"])
    assert draft.filters == {"same_long_body": {"number_limit": 7}, "patterns": {"regexes": ["good"]}}
    assert [remark.line for remark in draft.remarks] == [5, 6]
    assert "(bad" in draft.remarks[1].text


def test_an_address_stands_once_and_must_be_one() -> None:
    draft = Draft()
    for domain in ("Example.ORG", "example.org", "a b"):
        draft.add_domain(1, domain)
    draft.add_admin(2, "admin@example.org/phone")
    draft.add_room(3, 5)
    assert (draft.domains, draft.rooms) == (["example.org"], [])
    assert [remark.line for remark in draft.remarks] == [1, 2, 3]


@pytest.mark.parametrize(
    ("domains", "rooms", "jid"),
    [
        ([], [], f"filter.{PLACEHOLDER}"),
        (["a.example"], [], "filter.a.example"),
        (["a.example", "filter.a.example"], ["xfilter.a.example"], "xxfilter.a.example"),
    ],
)
def test_the_component_has_a_name_of_its_own(domains: list[str], rooms: list[str], jid: str) -> None:
    draft = Draft(domains=domains, rooms=rooms)
    assert yaml.safe_load(draft.text("x"))["component"]["jid"] == jid


def test_the_draft_only_watches_and_can_be_loaded_as_it_is() -> None:
    draft = Draft(domains=["a.example"], action="bounce", actions={"patterns": "tag"}, port=5348)
    draft.add(1, "patterns", ("strings",), ["${HOME} sweet home", "two\nlines", "yes"])
    draft.turn_on("known_spammers")
    text = draft.text("old\n# config")
    settings = load_text(text.replace("secret_file: secret", "secret: x"), {}).settings
    assert settings.policy.mode == "monitor"
    assert settings.component.port == 5348
    patterns = next(one.config for one in settings.filters if one.name == "patterns")
    assert patterns.strings == ["${HOME} sweet home", "two\nlines", "yes"]
    assert text.splitlines()[0].endswith("`xmppfilter example` shows every option.")
