"""Every command: its words, its results, and what is said of words that are none."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.harness import Harness
from tests.operators.shapes import misfits
from xmppfilter.judging.catalogue import filter_module, filter_names
from xmppfilter.judging.filter import FilterModule
from xmppfilter.operators import registry
from xmppfilter.operators.commands import run
from xmppfilter.operators.registry import offers, only_reads, read
from xmppfilter.registers.command import CommandError, Value

SERVICE = {"jid": "bl.example", "nodes": ["spam_source_domains"]}
FILTERS: dict[str, dict[str, Any]] = {
    "known_spammers": {},
    "error_without_child": {},
    "same_long_body": {},
    "blocklist": {"services": [SERVICE], "allow": {"domains": ["configured.example"]}},
    "mentions": {},
    "invitation": {},
}
TABLE = Path(__file__).with_name("commands.jsonl")
"""Every command and every kind of mistake, one after the other, as they were answered when words were matched by hand:
what scripts rely on."""


def played() -> Harness:
    harness = Harness(FILTERS)
    for sender, at in (("robot@example.org", 100), ("robot@example.org", 160), ("spam1@evil.example/x", 170)):
        harness.offend(sender=sender, at=at)
    return harness


def answers() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each row of the table, and what is answered now."""
    harness = played()
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").strip().split("\n"), 201):
        row = json.loads(line)
        try:
            answer = harness.replay.feed(tuple(row["command"]), number)
        except CommandError as wrong:
            answer = {"command": row["command"], "refused": str(wrong)}
        if answer.get("result", {}).get("compiled"):  # that is the test's own business
            answer["result"]["compiled"] = row["result"]["compiled"]
        yield row, answer


def test_every_command_is_answered_as_it_always_was() -> None:
    for row, answer in answers():
        if "refused" in row:
            assert "refused" in answer, answer
        else:
            assert json.dumps(answer) == json.dumps(row)


def test_what_is_refused_is_refused_in_one_line_that_says_where() -> None:
    for row, answer in answers():
        if "refused" not in row:
            continue
        words, said = row["command"], answer["refused"]
        where = words[0] if words and words[0] in {offer.command.words[0] for offer in offers()} else "no command"
        assert said.startswith(where)
        assert said.isprintable()
        assert len(said) < 300


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "no command; wanted one of status, filters, explain, mode, lists, allow, reload, spammers, senders"),
        ("stats", "no command 'stats'; wanted one of status, filters, explain, mode, lists, allow, reload, spammers,"),
        ("stats", "senders; did you mean status?"),
        ("status more", "status: found 'more'; wanted nothing behind it"),
        ("spammers", "spammers: found nothing behind it; wanted list, show, ban or pardon"),
        ("spammers lst", "spammers: found 'lst'; wanted list, show, ban or pardon; did you mean list?"),
        ("spammers ban", "spammers ban: found nothing behind it; wanted JID [DURATION]"),
        ("spammers ban m@x 1h more", "spammers ban: found 'm@x 1h more'; wanted JID [DURATION]"),
        ("spammers ban m@x soon", "spammers ban: found 'soon'; wanted a duration such as 90s, 15m, 12h or 7d"),
        ("spammers ban @", "spammers ban: found '@'; wanted a JID such as user@example.org: '@' is no JID"),
        ("spammers pardon", "spammers pardon: found nothing behind it; wanted WHOM [WHOM...]"),
        ("spammers pardon m@x *", "spammers pardon: found '*'; wanted a bare JID, a domain, or a pattern: spam*@"),
        ("spammers show", "spammers show: found nothing behind it; wanted JID (an account, or an occupant of a room)"),
        ("mode", "mode: found nothing behind it; wanted enforce|monitor"),
        ("mode montor", "mode: found 'montor'; wanted enforce or monitor; did you mean monitor?"),
        ("lists show domain", "lists show: found 'domain'; wanted nothing behind it, or domain|jid|ip|url VALUE"),
        ("lists add domian x", "lists add: found 'domian'; wanted domain, jid, ip or url; did you mean domain?"),
        ("lists add ip x", "lists add: found 'x'; wanted an IP address or network such as 192.0.2.7 or 2001:db8::/32"),
        (
            "lists add jid spam*@*",
            "lists add: found 'spam*@*'; wanted spam*@spam.example, *@spam.example or *@*.spam.example",
        ),
        ("senders forget x", "senders forget: found 'x'; that is a domain; wanted a JID such as user@example.org"),
        ("reload", "reload: this gateway was not started from a configuration's file"),
    ],
)
def test_a_mistake_is_told_with_what_was_wanted(words: str, says: str) -> None:
    with pytest.raises(CommandError) as wrong:
        run(Harness(FILTERS).gateway, words.split(), 0)
    assert says in str(wrong.value)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("spammers list", "spammers: the filter known_spammers is not on"),
        ("senders forget a@b", "senders: the filter mentions is not on"),
        ("lists show", "lists show: none of the filters blocklist, mentions and invitation is on"),
        ("allow show", "allow show: none of the filters blocklist, mentions and invitation is on"),
    ],
)
def test_a_command_of_a_filter_that_is_not_on_says_so(words: str, says: str) -> None:
    with pytest.raises(CommandError) as wrong:
        run(Harness({"error_without_child": {}}).gateway, words.split(), 0)
    assert str(wrong.value) == says


def test_a_filter_of_somebody_else_that_cannot_be_imported_costs_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def imported(name: str) -> FilterModule:
        if name == "broken":
            raise ModuleNotFoundError("No module named 'elsewhere'")
        return filter_module(name)

    known = offers()
    monkeypatch.setattr(registry, "filter_names", lambda: ["broken", *filter_names()])
    monkeypatch.setattr(registry, "filter_module", imported)
    assert [offer.command.usage for offer in offers.__wrapped__()] == [offer.command.usage for offer in known]


def test_every_command_tells_what_it_does_and_takes() -> None:
    for command in (offer.command for offer in offers()):
        assert command.doc.endswith("."), command.name
        for parameter in command.parameters:
            assert parameter.doc, command.usage
            assert parameter.name.isupper(), command.usage
            assert parameter.usage in command.usage


def test_results_are_what_the_records_say() -> None:
    seen = set()
    for _, answer in answers():
        if "result" in answer:
            command = read(answer["command"]).command
            seen.add(command.usage)
            assert list(misfits(answer["result"], command.result)) == [], command.name
    assert seen == {offer.command.usage for offer in offers()} - {"reload"}


def test_what_only_reads_changes_nothing_that_is_kept() -> None:
    harness = played()
    for command in (offer.command for offer in offers() if not offer.command.changes):
        given = {"STANZA": "<message from='a@b' to='alice@example.org'/>", "JID": "a@b", "VALUE": "b"}
        words = [*command.words, *(given.get(each.name) or each.choices[0] for each in command.parameters)]
        before = json.dumps(harness.command("status"))
        harness.command(*words)
        assert json.dumps(harness.command("status")) == before, words
        assert only_reads(words)


# --- whatever else is said

KNOWN = sorted({word for offer in offers() for word in offer.command.words})
ODD = [
    "",
    " ",
    "*",
    "*@",
    "@",
    "a@b",
    "a@b/c",
    "*.x",
    "all",
    "1h",
    "-1s",
    "9" * 400,
    "\0",
    "\ud800",
    "\n",
    "xn--",
    "[::",
]
ODD += [
    "<message/>",
    "<message from='a@b' to='alice@example.org'/>",
    "<a" * 50,
    "127.0.0.1/0",
    "::/129",
    "http://[",
    "%",
]
GATEWAY = Harness(FILTERS).gateway
WORDS = st.sampled_from([*KNOWN, "domain", "jid", "ip", "url", "enforce", "monitor", *ODD]) | st.text(max_size=30)


@given(st.lists(WORDS, max_size=6))
@example(["spammers", "pardon", *["a@b"] * 300])
@example(["lists", "add", "domain", "\u200b"])
@example(["explain", "\ud800"])
def test_any_words_are_carried_out_or_refused(words: list[str]) -> None:
    try:
        result, _ = run(GATEWAY, words, 1.0)
    except CommandError as wrong:
        said = str(wrong)
        assert said
        assert len(said) < 1000
        assert "\n" not in said
    else:
        json.dumps(result)


HUGE = 1 << 20
SPOILT = [
    "a",
    "a@",
    "@",
    ".",
    "*",
    "*@",
    "a.",
    "a@b/",
    "1",
    "<",
    "é",
    "\uff41",
    "%41",
    "://",
    "\u200b",
    "[",
    "\U0001d41a",
    "xn--a.",
]


@pytest.mark.parametrize("bit", SPOILT)
def test_a_huge_word_costs_no_more_than_its_length(bit: str) -> None:
    gateway = Harness(FILTERS).gateway
    huge = bit * (HUGE // len(bit))
    before = process_time()
    for command in (offer.command for offer in offers()):
        few = [each.choices[0] if each.choices else huge for each in command.parameters]
        for words in ([*command.words, *few], [*command.words[:-1], huge], [*command.words, *few, *[bit] * 10_000]):
            try:
                run(gateway, words, 1.0)
            except CommandError as wrong:
                assert len(str(wrong)) < 1000  # noqa: PT017 - not all of them are refused
    assert process_time() - before < 20


def test_values_that_may_be_unknown_are_found() -> None:
    shape = Value("x", null=True)
    assert list(misfits(None, shape)) == []
    assert list(misfits(1, shape)) == [": found 1, wanted text"]
