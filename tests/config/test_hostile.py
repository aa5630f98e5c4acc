"""Whatever the file is, the loader ends soon, with settings or with a ConfigError."""

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppfilter.config.keys import options_of
from xmppfilter.config.loader import ConfigError, load_text
from xmppfilter.config.settings import Settings

GOOD = "component: {jid: filter.example.org, secret: hush}\ndomains: [example.org]\n"
SECONDS = 10
"""Far more than any of this takes on a slow machine, far less than anything that is not linear."""


def attempt(text: str | bytes) -> ConfigError | None:
    begun = time.process_time()
    caught = None
    try:
        load_text(text, {"A": "a"})
    except ConfigError as wrong:
        caught = wrong
    assert time.process_time() - begun < SECONDS
    mistakes = caught.mistakes if caught else []
    assert bool(mistakes) == bool(caught)
    assert all(mistake.line >= 1 and mistake.column >= 1 and "\n" not in str(mistake) for mistake in mistakes)
    return caught


@given(st.binary(max_size=300))
def test_any_bytes(text: bytes) -> None:
    attempt(text)
    attempt(GOOD.encode() + text)


@given(st.text(alphabet="abno:-[]{}&*<>|'\"#,?!%@`\\ \t\n$5~.\u2028\U0001f600", max_size=200))
def test_any_characters_that_mean_something(text: str) -> None:
    attempt(GOOD + text)


WORDS = st.sampled_from(
    [*options_of(Settings), "same_long_body", "patterns", "known-spammers", "ban-time", "weights", "scores", "jid",
     "secret", "secret_file", "per_domain", "thresholds", "actions", "mode", "window", "regexes", "a@b", "${A}", "${B}",
     "$${A}", "off", "15m", "/", "(", ""]
)  # fmt: skip
SCALARS = st.one_of(
    WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dates(), st.binary(max_size=3)
)
TREES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(WORDS | SCALARS, below, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_any_tree(tree: object) -> None:
    attempt(yaml.dump(tree))


@settings(max_examples=300, deadline=None)
@given(policy=TREES, filters=st.dictionaries(WORDS, TREES, max_size=4), component=TREES, domains=TREES, others=TREES)
def test_any_tree_in_the_places_that_are_read(
    policy: object, filters: object, component: object, domains: object, others: object
) -> None:
    tree = {"policy": policy, "filters": filters, "component": component, "domains": domains}
    attempt(yaml.dump(tree | (others if isinstance(others, dict) else {})))


MEGABYTE = {
    "strings": "filters:\n  patterns:\n    strings:\n"
    + "".join(f"    - phrase {n} {'x' * 80}\n" for n in range(10_000)),
    "bad regexes": "filters:\n  patterns:\n    regexes:\n"
    + "".join(f"    - '({n}{'x' * 80}'\n" for n in range(10_000)),
    "unknown options": "".join(f"unknown_{n}: {n}\n" for n in range(50_000)),
    "unknown filters": "filters:\n" + "".join(f"  same_long_bod{n}: {n}\n" for n in range(40_000)),
    "unknown domains": "policy:\n  per_domain:\n" + "".join(f"    d{n}.example: {{}}\n" for n in range(20_000)),
    "bad rooms": "rooms:\n" + "".join(f"- 'a b{n}'\n" for n in range(50_000)),
    "duplicates": "route: verdict\n" * 60_000,
    "one long key": "x" * 1_000_000 + ": 1",
    "one long word": "route: " + "x" * 1_000_000,
    "one long number": "max_stanza_size: " + "9" * 1_000_000,
    "references": "control: '" + "${A}" * 200_000 + "'",
    "open references": "control: '" + "${A" * 300_000 + "'",
    "lists in lists": "x: " + "[" * 500_000,
    "sections in sections": "x: " + "{a: " * 200_000,
    "items in items": "- " * 500_000,
    "quotes": "x: " + '"' * 1_000_000,
    "merged": "x: &a {b: 1}\ny:\n" + "  <<: *a\n" * 50_000,
    "anchors": "x: [" + ", ".join(f"&a{n} x" for n in range(50_000)) + "]",
}


@pytest.mark.parametrize("name", MEGABYTE)
def test_a_large_file_is_read_in_linear_time(name: str) -> None:
    attempt(GOOD + MEGABYTE[name])


def test_aliases_cannot_mean_more_than_a_bounded_number_of_values() -> None:
    laughs = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 10))
    wrong = attempt(f"l0: &l0 ha\n{laughs}")
    assert wrong is not None
    assert "aliases that stand for more than" in str(wrong)


def test_a_file_without_end_is_not_read_whole() -> None:
    wrong = attempt(b"#" * ((16 << 20) + 1))
    assert wrong is not None
    assert "more than 16 MiB" in str(wrong)
