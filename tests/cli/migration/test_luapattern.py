"""Lua's patterns, and the regular expressions that find the same."""

import pytest

from xmppfilter.cli.migration.luapattern import to_regex


@pytest.mark.parametrize(
    ("pattern", "regex"),
    [
        ("exploit", "exploit"),
        ("^%?OTRv2?3?%?", r"^\?OTRv2?3?\?"),
        ("a.-b$", "a(?s:.)*?b$"),
        ("a$b^", r"a\$b\^"),
        ("%d+%s*%W", "[[:digit:]]+[[:space:]]*[[:^alnum:]]"),
        ("[%a_][^%d-]", r"[[:alpha:]_][^[:digit:]\-]"),
        ("[]a][a-z]", r"[\]a][a-z]"),
        ("(ab)*", r"(?:ab)\*"),
        ("a|{b}", r"a\|\{b\}"),
        ("-+", r"-+"),
        ("größer", "größer"),
    ],
)
def test_lua_patterns_become_regular_expressions(pattern: str, regex: str) -> None:
    assert to_regex(pattern) == regex


@pytest.mark.parametrize("pattern", ["%1", "(a)%1", "%b()", "%f[a]", "(a", "a)", "[a", "a%", "[%", "ü+", "[ü]"])
def test_lua_patterns_that_have_no_counterpart(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        to_regex(pattern)
