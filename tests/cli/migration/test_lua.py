"""Lua is read for its values, and never run."""

import pytest

from xmppfilter.cli.migration.lua import UNKNOWN, Called, read_lua


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'a'", "a"),
        ("[[\n a]]", " a"),
        ("[[{]]", "{"),
        ("[=[function]=]", "function"),
        ("0x10", 16),
        ("true", True),
        ("nil", None),
        ("'a' .. 'b'", UNKNOWN),
        ("os.getenv('A') or 'b'", UNKNOWN),
        ("-1", UNKNOWN),
        ("not true", UNKNOWN),
        ("(function() z = 1 return 'a' end)()", UNKNOWN),
        ("function(a) if a then z = 1 end return function() end end", UNKNOWN),
        ("'\\255'", UNKNOWN),
        ("'\\u{d800}'", UNKNOWN),
        ("'\\x41\\66\\z\n   \\u{fc}\\n'", "ABü\n"),
    ],
)
def test_lua_is_read_and_never_run(expression: str, value: object) -> None:
    first, last = read_lua(f"x = {expression}\ny = 'after'")
    assert (first.name, first.value) == ("x", value)
    assert (last.name, last.value) == ("y", "after")


def test_entries_of_a_lua_table_keep_their_names_and_lines() -> None:
    (statement,) = read_lua('x = { "a"; b = { 1 }, ["c"] = function() return {} end,\n f("d"), -- e\n }')
    assert isinstance(statement.value, list)
    assert [(item.key, item.line) for item in statement.value] == [(None, 1), ("b", 1), ("c", 1), (None, 2)]
    assert statement.value[3].value == Called("f", "d")
