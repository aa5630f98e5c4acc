"""Tests stand where what they test stands: a test for each module, and a module for each test, under one name."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE, TESTS = ROOT / "xmppfilter", ROOT / "tests"
OTHERS = ("bench", "live", "process")
"""Folders of tests that are no room of the package: benchmarks, real servers, real processes."""

WITHOUT = {
    "__main__": "calls cli/main",
    "gateway/events": "declares, and does nothing",
    "gateway/setup": "declares, and does nothing",
    "judging/effects": "declares, and does nothing",
    "judging/filter": "declares, and does nothing; test_catalogue holds each filter to it",
    "judging/seams": "declares, and does nothing; test_own_filter uses every seam",
}
"""Modules that have no test of their name, and why."""

ELSEWHERE = {
    "app": "process/test_reload.py",
    "cli/asking": "cli/test_explain.py",
    "cli/rendering": "operators/test_commands.py",
    "cli/replay": "replay/test_replay.py",
    "cli/run": "process/test_reload.py",
    "config/filters": "config/test_loader.py",
    "config/messages": "config/test_mistakes.py",
    "config/settings": "config/test_loader.py",
    "duplicates/boilerplate": "filters/test_campaign.py",
    "duplicates/likeness": "duplicates/test_clusters.py",
    "gateway/dialogue": "gateway/test_gateway.py",
    "gateway/status": "operators/test_commands.py",
    "gateway/status_record": "operators/test_commands.py",
    "memory/packed": "memory/test_bans.py",
    "memory/records": "memory/test_bans.py",
    "operators/lists": "operators/test_commands.py",
    "memory/spread": "memory/test_eviction.py",
    "registers/spammers": "operators/test_commands.py",
    "store/writing": "store/test_sqlite.py",
}
"""Modules whose tests stand under another name. The table is to shrink: a change to one of them moves its tests."""

WHOLE = {
    "cli/test_no_traceback": "every command, with whatever is wrong around it",
    "config/test_hostile": "any bytes for a configuration",
    "config/test_odd_values": "every option with odd values",
    "filters/test_hostile_texts": "every filter with texts that are made to be expensive",
    "kernels/test_kernels": "which kernels are in C",
    "kernels/test_reading": "what is read in C and in Python, on the wire",
    "lists/test_paging": "the part of page.py that asks for the next one",
    "lists/test_slices": "nothing that is done to a list stops the loop",
    "memory/test_gradually": "expiry of every structure, a little at each step",
    "memory/test_growth": "how every structure grows",
    "operators/test_control_fuzz": "whatever bytes come to the control socket",
    "routes/test_protocol_document": "the examples in PROTOCOL.md",
    "test_attackers": "the whole core, and what can be done with it to innocent ones",
    "test_core_names_no_filter": "the whole core",
    "test_lines": "every reader of lines",
    "test_mirror": "the tests themselves",
    "test_own_filter": "a filter of somebody else's, in all seams",
    "test_prose": "every docstring",
    "test_regexes": "every regular expression",
    "test_sizes": "every module and function",
    "test_stored_before": "a store of the time before there were registers",
    "xmpp/test_writers": "what is written, read by another parser",
}
"""Tests that are about more than one module, and what they are about."""


def modules() -> set[str]:
    """Return the modules of the package that may have something in them, by their paths in it."""
    paths = (path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*.py"))
    return {path.as_posix() for path in paths if path.name != "__init__"}


def mirroring() -> set[str]:
    """Return the modules of tests that mirror a room, by their paths in `tests`."""
    paths = (path.relative_to(TESTS).with_suffix("") for path in TESTS.rglob("test_*.py"))
    return {path.as_posix() for path in paths if path.parts[0] not in OTHERS}


def _test_of(module: str) -> str:
    """Return the path of the test that *module* should have."""
    folder, _, name = module.rpartition("/")
    return f"{folder}/test_{name}" if folder else f"test_{name}"


def test_each_module_has_a_test_of_its_name() -> None:
    lacking = sorted(modules() - WITHOUT.keys() - ELSEWHERE.keys(), key=str)
    lacking = [module for module in lacking if _test_of(module) not in mirroring()]
    assert not lacking, "; ".join(f"write tests/{_test_of(module)}.py for xmppfilter/{module}.py" for module in lacking)


def test_each_test_has_a_module_of_its_name() -> None:
    mirrored = {_test_of(module) for module in modules()}
    stray = sorted(mirroring() - mirrored - WHOLE.keys())
    assert not stray, "; ".join(
        f"tests/{test}.py: name it as the module that it tests, or say in WHOLE what it is about" for test in stray
    )


@pytest.mark.parametrize("table", [WITHOUT, ELSEWHERE], ids=["WITHOUT", "ELSEWHERE"])
def test_no_module_is_excused_for_nothing(table: dict[str, str]) -> None:
    idle = [module for module in table if module not in modules() or _test_of(module) in mirroring()]
    assert not idle, f"take out of the table, for it is gone or has its test: {', '.join(idle)}"


def test_what_stands_elsewhere_is_there() -> None:
    assert [path for path in ELSEWHERE.values() if not (TESTS / path).is_file()] == []


def test_no_test_is_excused_for_nothing() -> None:
    mirrored = {_test_of(module) for module in modules()}
    idle = [test for test in WHOLE if test not in mirroring() or test in mirrored]
    assert not idle, f"take out of WHOLE, for it is gone or has its module: {', '.join(idle)}"
