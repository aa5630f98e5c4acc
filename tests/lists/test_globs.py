"""Patterns of bare JIDs: whom they mean, and how few of them are tried."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.lists import globs
from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.globs import MOST_GLOBS, Globs, is_glob
from xmppfilter.lists.source import Entries
from xmppfilter.stanza.whom import Whom

TEXTS = st.builds("{}@{}".format, st.text("ab*", min_size=1, max_size=3), st.sampled_from(("x", "a.x", "*.x", "*.a.x")))


def holding(*texts: str) -> Globs:
    made = Globs()
    for text in texts:
        made.add(text)
    return made


@pytest.mark.parametrize(
    ("text", "meant", "others"),
    [
        ("spam*@evil.example", ["spam@evil.example", "spam12@evil.example"], ["aspam@evil.example", "spam@a.example"]),
        ("*@evil.example", ["a@evil.example"], ["evil.example", "a@sub.evil.example", "a@notevil.example"]),
        ("*@*.evil.example", ["a@sub.evil.example", "a@b.c.evil.example"], ["a@evil.example", "sub.evil.example"]),
        ("a*c@*.evil.example", ["abc@sub.evil.example"], ["abd@sub.evil.example", "abc@evil.example"]),
        ("*@*", [], ["a@b", "a@*"]),
        ("a@sp*m.example", [], ["a@spam.example", "a@sp*m.example"]),
    ],
)
def test_whom_a_pattern_means(text: str, meant: list[str], others: list[str]) -> None:
    found = holding(text)
    every = [(address, address.rpartition("@")) for address in meant + others]
    assert [address for address, (local, _, domain) in every if found.cover(local, domain)] == meant
    assert not any(found.cover(local, domain, {text: None}) for _, (local, _, domain) in every)


@given(st.lists(st.tuples(st.booleans(), TEXTS), max_size=12), st.text("ab", min_size=1, max_size=3))
def test_a_set_of_patterns_is_each_of_them(steps: list[tuple[bool, str]], local: str) -> None:
    found, model = Globs(), set[str]()
    for add, text in steps:
        (found.add if add else found.discard)(text)
        (model.add if add else model.discard)(text)
    assert len(found) == len(model)
    for domain in ("x", "a.x", "b.a.x", "y"):
        assert found.cover(local, domain) is any(Whom(text).covers_parts(local, domain) for text in model)
    found.clear()
    assert (len(found), found.cover(local, "x")) == (0, False)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Yield the patterns that were held against an address."""
    texts: list[str] = []

    class Counted(Whom):
        __slots__ = ()

        def covers_parts(self, local: str, domain: str) -> bool:
            texts.append(self.text)
            return super().covers_parts(local, domain)

    monkeypatch.setattr(globs, "Whom", Counted)
    yield texts  # noqa: PT022 - what is patched stays so meanwhile


def test_only_patterns_of_the_domain_are_tried(tried: list[str]) -> None:
    found = holding(*(f"a*@d{number}.example" for number in range(300)), *(f"a*@*.d{n}.example" for n in range(300)))
    assert not found.cover("b", "d7.example")
    assert not found.cover("b", "sub.d7.example")
    assert not found.cover("b", "other.example")
    assert tried == ["a*@d7.example", "a*@*.d7.example"]


def test_one_source_has_so_many_patterns_at_most() -> None:
    entries = Entries(Entry(What.JID, f"a{number}*@spam.example") for number in range(MOST_GLOBS))
    entries.check_room(Entry(What.JID, "a0*@spam.example"))
    entries.check_room(Entry(What.JID, "plain@spam.example"))
    with pytest.raises(ValueError, match="found 1000 JIDs with a \\* already; wanted fewer"):
        entries.check_room(Entry(What.JID, "b*@spam.example"))


@pytest.mark.parametrize(("jid", "expected"), [("a*@b", True), ("a@*.b", True), ("a@b", False), ("a@b/*", False)])
def test_what_is_a_pattern(jid: str, expected: bool) -> None:
    assert is_glob(jid) is expected
