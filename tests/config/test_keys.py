"""What stands in a section, held against the options that there are."""

from xmppfilter.config.keys import field_at, fit, section_of
from xmppfilter.config.mistakes import Book
from xmppfilter.config.nodes import Node
from xmppfilter.config.policies import Policy, Thresholds
from xmppfilter.config.settings import Settings
from xmppfilter.config.yaml_text import parse


def fitted(text: str) -> tuple[object, Book]:
    book = Book("x")
    tree = parse(text, book)
    assert isinstance(tree, Node)
    return fit(Policy, tree, ("policy",), book).plain(), book


def test_what_is_an_option_is_kept() -> None:
    kept, book = fitted("mode: monitor\nthresholds: {spam: 5}\nper_domain: {a.example: {action: tag}}\n")
    assert kept == {"mode": "monitor", "thresholds": {"spam": 5}, "per_domain": {"a.example": {"action": "tag"}}}
    assert book.mistakes == []


def test_what_is_none_is_left_out_and_told_at_any_depth() -> None:
    kept, book = fitted("mod: monitor\nthresholds: {spm: 5, tag: 1}\nper_domain: {a.example: {acton: tag}}\n")
    assert kept == {"thresholds": {"tag": 1}, "per_domain": {"a.example": {}}}
    assert [mistake.path for mistake in book.mistakes] == [
        "policy.mod", "policy.thresholds.spm", "policy.per_domain.a.example.acton",
    ]  # fmt: skip
    assert all("did you mean" in mistake.text for mistake in book.mistakes)


def test_an_empty_section_means_the_default_and_an_empty_value_is_a_mistake() -> None:
    kept, book = fitted("thresholds:\nunfiltered_recipients:\nmode:\n")
    assert kept == {}
    assert [mistake.path for mistake in book.mistakes] == ["policy.mode"]


def test_options_are_found_by_their_path() -> None:
    field = field_at(Settings, ("policy", "thresholds"))
    assert field is not None
    assert section_of(field.annotation) is Thresholds
    assert field_at(Settings, ("policy", "none")) is None
    assert section_of(str) is None
