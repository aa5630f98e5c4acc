"""The last reload is told as it was, and what waits for a restart outlasts one that was refused."""

from xmppfilter.config.mistakes import ConfigError, Mistake
from xmppfilter.observe.reloads import LastReload


def test_the_last_reload_is_told() -> None:
    last = LastReload()
    assert last.row == {"reload": None, "needs_restart": []}
    last.applied(["store"], 60.0)
    at = "1970-01-01T00:01:00Z"
    assert last.row == {"reload": {"at": at, "ok": True, "mistakes": []}, "needs_restart": ["store"]}
    wrong = ConfigError([Mistake("c.yaml", 2, 1, "", "b"), Mistake("c.yaml", 1, 1, "http", "a")])
    assert last.refused(wrong, 61.0) == ["c.yaml:1: http: a", "c.yaml:2: b"]
    assert last.row["reload"]["ok"] is False
    assert last.row["needs_restart"] == ["store"]
    assert last.refused(ValueError("found x"), 62.0) == ["found x"]
    assert last.refused(KeyError("x"), 63.0) == ["KeyError: 'x'"]
    last.applied([], 64.0)
    assert last.row == {"reload": {"at": "1970-01-01T00:01:04Z", "ok": True, "mistakes": []}, "needs_restart": []}
