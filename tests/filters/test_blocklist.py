"""blocklist: senders that services, files or operators list."""

import time
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.harness import Harness, item, settings
from xmppfilter.build import Core
from xmppfilter.filters import blocklist
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.feeds import ListFetched
from xmppfilter.lists.globs import MOST_GLOBS
from xmppfilter.lists.lists import MOST_EDITS
from xmppfilter.memory.state import State
from xmppfilter.operators import commands
from xmppfilter.replay.replay import Row
from xmppfilter.stanza.jid import Jid

BL, OTHER = "xmppbl.example", "second.example"
DOMAINS, JIDS, BANS, IPS = "spam_source_domains", "spam_source_jids_sha256", "muc_bans_sha256", "spam_source_ips"
ALL = [DOMAINS, JIDS, BANS, IPS]
EVENT = "http://jabber.org/protocol/pubsub#event"


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


class Lists(Harness):
    """A harness with one service, or those in *services*, that publishes every kind of list."""

    def __init__(
        self, *, services: tuple[str, ...] = (BL,), filters: Any = None, policy: Any = None, **options: Any
    ) -> None:
        options["services"] = [{"jid": jid, "nodes": ALL} for jid in services]
        super().__init__({"blocklist": options, **(filters or {})}, policy=policy)

    def fetch(self, node: str, *items: str, service: str = BL, at: float | None = None) -> Row:
        return self.replay.feed(ListFetched(Feed(service, node), items), at)

    def fail(self, node: str, error: str = "remote-server-timeout") -> Row:
        return self.replay.feed(ListFetched(Feed(BL, node), None, error), None)

    def publish(self, inside: str, *, node: str = DOMAINS, sender: str = BL, to: str = "filter.example.org") -> Row:
        return self.event(f"<items node='{node}'>{inside}</items>", sender=sender, to=to)

    def event(self, inside: str, *, sender: str = BL, to: str = "filter.example.org") -> Row:
        return self.send(
            f"<message type='headline' from='{sender}' to='{to}'><event xmlns='{EVENT}'>{inside}</event></message>"
        )

    def blocks(self, sender: str = "mallory@spam.example/x", **more: Any) -> bool:
        action: str = self.message(sender=sender, **more)["action"]
        return action == "drop"


# --- what is matched


@pytest.mark.parametrize(
    ("node", "listed", "sender", "blocked"),
    [
        (DOMAINS, "spam.example", "mallory@spam.example/x", True),
        (DOMAINS, "spam.example", "spam.example", True),
        (DOMAINS, "SPAM.Example", "mallory@spam.example/x", True),
        (DOMAINS, "spam.example", "mallory@SPAM.example/x", True),
        (DOMAINS, "spam.example", "mallory@sub.spam.example/x", False),
        (DOMAINS, "sub.spam.example", "mallory@spam.example/x", False),
        (DOMAINS, "*.spam.example", "mallory@sub.spam.example/x", False),
        (DOMAINS, "xn--bcher-kva.example", "mallory@b\u00fccher.example/x", True),
        (DOMAINS, "b\u00fccher.example", "mallory@xn--bcher-kva.example/x", True),
        (DOMAINS, "mallory@spam.example", "mallory@spam.example/x", False),
        (DOMAINS, digest("spam.example"), "mallory@spam.example/x", False),
        (JIDS, digest("mallory@spam.example"), "mallory@spam.example/x", True),
        (JIDS, digest("mallory@spam.example"), "Mallory@SPAM.example/x", True),
        (JIDS, digest("mallory@spam.example"), "other@spam.example/x", False),
        (JIDS, digest("mallory@spam.example").upper(), "mallory@spam.example/x", False),
        (JIDS, digest("mallory@spam.example/x"), "mallory@spam.example/x", False),
        (JIDS, digest("spam.example"), "mallory@spam.example/x", False),
        (JIDS, digest("mallory@b\u00fccher.example"), "mallory@xn--bcher-kva.example/x", True),
        (JIDS, digest("mallory@xn--bcher-kva.example"), "mallory@xn--bcher-kva.example/x", False),
        (JIDS, "mallory@spam.example", "mallory@spam.example/x", False),
        (BANS, digest("mallory@spam.example"), "mallory@spam.example/x", True),
        (BANS, digest("spam.example"), "mallory@spam.example/x", True),
        (BANS, digest("spam.example"), "mallory@sub.spam.example/x", False),
        (BANS, "spam.example", "mallory@spam.example/x", False),
    ],
)
def test_a_services_items(node: str, listed: str, sender: str, blocked: bool) -> None:
    harness = Lists()
    harness.fetch(node, listed)
    assert harness.blocks(sender) is blocked


@pytest.mark.parametrize(
    ("holds", "listed", "blocked"),
    [
        ("domains", "spam.example", True),
        ("domains", digest("spam.example"), False),
        ("jids_sha256", digest("mallory@spam.example"), True),
        ("jids_sha256", digest("spam.example"), False),
        ("jids_or_domains_sha256", digest("mallory@spam.example"), True),
        ("jids_or_domains_sha256", digest("spam.example"), True),
        ("ips", "192.0.2.0/24", True),
        ("ips", "spam.example", False),
    ],
)
def test_a_node_of_any_name_holds_what_the_admin_says(holds: str, listed: str, blocked: bool) -> None:
    harness = Harness({"blocklist": {"services": [{"jid": BL, "nodes": [DOMAINS, {"name": "ours", "holds": holds}]}]}})
    harness.replay.feed(ListFetched(Feed(BL, "ours"), (listed,)), None)
    assert (harness.message(sender="mallory@spam.example/x", ip="192.0.2.7")["action"] == "drop") is blocked
    harness.replay.feed(ListFetched(Feed(BL, DOMAINS), ("spam.example",)), None)
    assert harness.message(sender="mallory@spam.example/x")["action"] == "drop", "the usual ones go on"


def test_a_name_in_use_may_hold_something_else_where_the_admin_says_so() -> None:
    harness = Harness({"blocklist": {"services": [{"jid": BL, "nodes": [{"name": BANS, "holds": "domains"}]}]}})
    harness.replay.feed(ListFetched(Feed(BL, BANS), ("spam.example", digest("other.example"))), None)
    assert harness.message(sender="mallory@spam.example/x")["action"] == "drop"
    assert harness.message(sender="mallory@other.example/x")["action"] == "deliver"


@pytest.mark.parametrize(
    ("listed", "ip", "blocked"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("192.0.2.0/24", "192.0.2.8", True),
        ("192.0.2.99/24", "192.0.2.8", True),
        ("192.0.2.0/24", "192.0.3.8", False),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("::ffff:192.0.2.0/120", "192.0.2.7", True),
        ("2001:db8::/32", "2001:db8::1", True),
        ("2001:DB8:0:0::1", "2001:db8::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("0.0.0.0/0", "192.0.2.7", False),
        ("::/0", "2001:db8::1", False),
        ("192.0.2", "192.0.2.7", False),
        ("192.0.2.7", "no address", False),
    ],
)
def test_network_addresses(listed: str, ip: str, blocked: bool) -> None:
    harness = Lists()
    harness.fetch(IPS, listed)
    assert harness.blocks("mallory@evil.example/x", ip=ip) is blocked


@pytest.mark.parametrize(
    ("kind", "line", "sender", "blocked"),
    [
        ("domains", "spam.example", "mallory@spam.example/x", True),
        ("domains", "spam.example", "mallory@sub.spam.example/x", False),
        ("domains", "*.spam.example", "mallory@sub.spam.example/x", True),
        ("domains", "*.spam.example", "mallory@a.b.spam.example/x", True),
        ("domains", "*.spam.example", "mallory@spam.example/x", False),
        ("domains", "*.spam.example", "mallory@notspam.example/x", False),
        ("domains", "spam.example  # a comment", "mallory@spam.example/x", True),
        ("domains", "# spam.example", "mallory@spam.example/x", False),
        ("jids", "Mallory@spam.example", "mallory@spam.example/x", True),
        ("jids", "mallory@spam.example", "other@spam.example/x", False),
        ("jids", digest("mallory@spam.example").upper(), "mallory@spam.example/x", True),
        ("jids", "Spam*@spam.example", "spam123@spam.example/x", True),
        ("jids", "spam*@spam.example", "aspam@spam.example/x", False),
        ("jids", "*@spam.example", "mallory@spam.example/x", True),
        ("jids", "*@spam.example", "mallory@sub.spam.example/x", False),
        ("jids", "*@*.spam.example", "mallory@sub.spam.example/x", True),
        ("jids", "*@*.spam.example", "mallory@spam.example/x", False),
        ("jids", "room@conference.evil.example/nick", "room@conference.evil.example/nick", True),
        ("jids", "room@conference.evil.example/nick", "room@conference.evil.example/other", False),
    ],
)
def test_files(tmp_path: Path, kind: str, line: str, sender: str, blocked: bool) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"other.example\n{line}\r\n", encoding="utf-8")
    harness = Lists(services=(), files={kind: [str(file)]})
    assert harness.blocks(sender) is blocked


def test_a_file_of_networks(tmp_path: Path) -> None:
    (tmp_path / "ips").write_text("192.0.2.0/25\n2001:db8::/48\n")
    harness = Lists(services=(), files={"ips": [str(tmp_path / "ips")]})
    assert harness.blocks(ip="192.0.2.100")
    assert not harness.blocks(ip="192.0.2.200")
    assert harness.blocks(ip="2001:db8::5")


def test_a_bad_line_costs_only_itself_and_is_told(tmp_path: Path) -> None:
    file = tmp_path / "domains"
    file.write_bytes(b"\xef\xbb\xbfspam.example\nno domain\n\nfoo@bar\n\xff\nlast.example")
    harness = Lists(services=(), files={"domains": [str(file)]})
    told = [(event.fields["line"], event.name) for event in harness.replay.events if event.name == "bad_line"]
    assert told == [(2, "bad_line"), (4, "bad_line"), (5, "bad_line")]
    assert all(str(file) == event.fields["file"] for event in harness.replay.events)
    assert harness.blocks("a@spam.example")
    assert harness.blocks("a@last.example")


def test_what_can_never_match_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "jids").write_text("spam*@spam.example\n*@*\n*.spam.example\n- a@spam.example\na@spam.example,\n")
    (tmp_path / "domains").write_text("*\n.spam.example\nspam.*\n*.spam.example\nspam.example,\n- spam.example\n")
    files = {kind: [str(tmp_path / kind)] for kind in ("domains", "jids")}
    harness = Lists(services=(), files=files)
    bad = [(Path(e.fields["file"]).name, e.fields["line"]) for e in harness.replay.events if e.name == "bad_line"]
    assert bad == [("domains", line) for line in (1, 2, 3, 5, 6)] + [("jids", line) for line in (2, 3, 4, 5)]


def test_so_many_patterns_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "jids").write_text("".join(f"a{number}*@spam.example\n" for number in range(MOST_GLOBS + 1)))
    harness = Lists(services=(), files={"jids": [str(tmp_path / "jids")]})
    bad = [event.fields for event in harness.replay.events if event.name == "bad_line"]
    assert [row["line"] for row in bad] == [MOST_GLOBS + 1]
    assert "found 1000 JIDs with a * already" in bad[0]["problem"]


@pytest.mark.parametrize("value", ["spam*@spam.example", "*@spam.example", "*@*.example"])
def test_operators_list_and_take_out_patterns(value: str) -> None:
    harness = Lists()
    assert harness.command("lists", "add", "jid", value) == {"added": value, "was_listed": False}
    assert harness.blocks("spam1@spam.example/x")
    assert harness.command("lists", "show", "jid", "spam1@spam.example")["by"] == "the operator"
    assert harness.command("lists", "remove", "jid", value)["was_listed"]
    assert not harness.blocks("spam1@spam.example/x")


def test_a_pattern_of_a_file_stays_out(tmp_path: Path) -> None:
    (tmp_path / "jids").write_text("spam*@spam.example\n*@evil.example\n")
    harness = Lists(services=(), files={"jids": [str(tmp_path / "jids")]})
    harness.command("lists", "remove", "jid", "spam*@spam.example")
    assert not harness.blocks("spam1@spam.example/x")
    assert harness.blocks("spam1@evil.example/x")
    harness.command("lists", "add", "jid", "spam*@spam.example")
    assert harness.blocks("spam1@spam.example/x")


def test_an_allowed_pattern_pardons(tmp_path: Path) -> None:
    (tmp_path / "domains").write_text("spam.example\n")
    harness = Lists(services=(), files={"domains": [str(tmp_path / "domains")]}, filters={"known_spammers": {}})
    assert harness.blocks("bob1@spam.example/x")
    assert harness.blocks("eve@spam.example/x")
    assert harness.command("allow", "add", "jid", "bob*@spam.example")["pardoned"] == 1
    assert not harness.blocks("bob1@spam.example/x")
    assert harness.blocks("eve@spam.example/x")


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("jid", "jid spam*@spam.example"),
        ("jid", "jid *@*"),
        ("jid", "jid a@sp*m.example"),
        ("domain", "domain spam.example,"),
        ("domain", "subdomains spam.example,"),
    ],
)
def test_what_an_earlier_version_stored_is_shown_and_can_be_removed(kind: str, stored: str) -> None:
    core = with_stored(stored)

    def told(*words: str) -> dict[str, Any]:
        return commands.run(core.gateway, words, 1.0)[0]

    for words, table in (("lists", "own"), ("allow", "allowed")):
        (row,) = told(words, "show")[table]
        assert told(words, "remove", kind, row["value"])["removed"] == row["value"]
        assert told(words, "show")[table] == []
    again = Core(settings({"blocklist": {}}), core.state)
    again.begin(2.0)
    assert commands.run(again.gateway, ("lists", "show"), 2.0)[0]["own"] == []


def with_stored(edit: str) -> Core:
    """Return a core whose operators have listed and allowed what is stored as *edit*."""
    state = State()
    for name in ("edits", "allowed"):
        state.set(f"lists.{name}", capacity=MOST_EDITS, seconds=inf).add(edit.encode(), 0.0)
    core = Core(settings({"blocklist": {}}), state)
    core.begin(0.0)
    return core


def test_a_stored_pattern_counts() -> None:
    listed = with_stored("jid spam*@spam.example").gateway.library.lists
    assert listed is not None
    assert listed.blocked.jid(Jid.parse("spam1@spam.example/x")) == "the operator"


def test_a_missing_file_is_told_and_lists_nothing(tmp_path: Path) -> None:
    harness = Lists(services=(), files={"domains": [str(tmp_path / "none")]})
    assert [event.name for event in harness.replay.events] == ["list_not_read"]
    assert harness.command("status")["lists"][0]["trouble"] == "No such file or directory"
    assert not harness.blocks()


# --- what is ours


def test_what_is_ours_and_listed_is_told_once_and_matches_nowhere(tmp_path: Path) -> None:
    (tmp_path / "jids").write_text("garden@conference.example.org\n*@conference.example.org\n")
    harness = Lists(files={"jids": [str(tmp_path / "jids")]}, filters={"invitation": {}})
    rows = [harness.fetch(BANS, digest("conference.example.org"), at=10.0)]
    rows += [harness.fetch(DOMAINS, "example.org", f"d{at}.example", at=at) for at in (20.0, 30.0)]
    told = [(one["domain"], one["by"]) for row in rows for one in row["events"] if one["event"] == "domain_listed"]
    assert told == [("conference.example.org", f"{BL} {BANS}"), ("example.org", f"{BL} {DOMAINS}")]
    invite = "<invite from='alice@example.org'><reason>Hi</reason></invite>"
    invitation = f"<x xmlns='http://jabber.org/protocol/muc#user'>{invite}</x>"
    room = "garden@conference.example.org"
    assert harness.message(None, sender=room, more=invitation)["findings"] == []
    assert harness.message(sender=f"{room}/nick")["findings"] == []
    harness.command("lists", "add", "domain", "conference.example.org")
    assert harness.blocks(room, more=invitation)


# --- who is judged


def test_the_findings() -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "spam.example")
    harness.fetch(JIDS, digest("mallory@spam.example"))
    harness.fetch(IPS, "192.0.2.7")
    row = harness.message(sender="mallory@spam.example/x", ip="192.0.2.7")
    assert row["decided_by"] == "blocklist"
    assert [(found["rule"], found["score"]) for found in row["findings"]] == [
        ("blocklist.domain", 10.0),
        ("blocklist.jid", 10.0),
        ("blocklist.ip", 10.0),
    ]
    assert row["findings"][0]["detail"] == f"the domain spam.example is listed by {BL} {DOMAINS}"


def test_messages_and_subscription_requests_are_judged_and_nothing_else() -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "spam.example")
    sender = "mallory@spam.example/x"
    assert harness.message(sender=sender)["action"] == "drop"
    assert harness.message(None, sender=sender, type=None)["action"] == "drop"
    assert harness.message(sender=sender, type="headline")["action"] == "drop"
    assert harness.subscribe(sender="mallory@spam.example")["action"] == "drop"
    assert harness.message(sender=sender, to="nobody@example.org")["action"] == "drop"
    assert harness.message(sender=sender, type="groupchat", to="alice@example.org/phone")["action"] == "deliver"
    assert harness.message(sender=sender, type="error", more="<error type='cancel'/>")["action"] == "deliver"
    assert harness.iq(sender=sender)["action"] == "deliver"
    assert harness.presence("unsubscribe", sender=sender)["action"] == "deliver"
    assert harness.presence(sender=sender)["action"] == "deliver"


def test_contacts_pass() -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "spam.example")
    harness.roster("alice@example.org", item("mallory@spam.example", "both"))
    assert not harness.blocks()
    assert harness.blocks(to="bob@example.org")


def test_a_ban_follows_and_is_told_before_the_list() -> None:
    harness = Lists(filters={"known_spammers": {}})
    harness.fetch(DOMAINS, "spam.example")
    assert harness.message(sender="mallory@spam.example/x")["decided_by"] == "blocklist"
    assert harness.message(sender="mallory@spam.example/x")["decided_by"] == "known_spammers"


def test_a_list_decides_before_a_higher_score() -> None:
    harness = Lists(filters={"patterns": {"strings": ["Hello"]}})
    harness.fetch(DOMAINS, "spam.example")
    assert harness.message(sender="mallory@spam.example/x")["decided_by"] == "blocklist"


def test_a_service_that_lists_our_own_domain_silences_nobody_here() -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "example.org")
    harness.fetch(IPS, "192.0.2.7")
    assert not harness.blocks("bob@example.org/x", to="alice@example.net", ip="192.0.2.7")
    assert not harness.blocks("bob@example.org/x", to="friend@else.example")


def test_a_service_that_lists_an_account_of_ours_is_told_to_the_operator_and_stops_nothing() -> None:
    harness = Lists()
    harness.fetch(JIDS, digest("bob@example.org"))
    rows = [harness.message(sender="bob@example.org/x", to="friend@else.example", at=at) for at in (0, 1, 86400)]
    assert [row["action"] for row in rows] == ["deliver"] * 3
    assert [len(row["events"]) for row in rows] == [1, 0, 1]
    (event,) = rows[0]["events"]
    assert (event["event"], event["jid"]) == ("account_listed", "bob@example.org")
    assert [(found["rule"], found["score"]) for found in rows[0]["findings"]] == [("blocklist.jid", 0.0)]


# --- who must agree, and what is allowed


def test_services_must_agree_on_the_same() -> None:
    harness = Lists(services=(BL, OTHER), agree=2)
    harness.fetch(DOMAINS, "spam.example")
    assert not harness.blocks()
    harness.fetch(BANS, digest("spam.example"))
    assert not harness.blocks(), "two lists of one service are one voice"
    harness.fetch(JIDS, digest("mallory@spam.example"), service=OTHER)
    assert not harness.blocks(), "one lists the domain, the other the address"
    harness.fetch(DOMAINS, "spam.example", service=OTHER)
    assert harness.blocks()
    harness.fetch(DOMAINS)
    assert harness.blocks(), "as a hash it is still listed by both"
    harness.fetch(BANS)
    assert not harness.blocks()


def test_a_file_or_an_operator_needs_nobodys_agreement(tmp_path: Path) -> None:
    (tmp_path / "domains").write_text("filed.example")
    harness = Lists(services=(BL, OTHER), agree=2, files={"domains": [str(tmp_path / "domains")]})
    assert harness.blocks("a@filed.example")
    harness.command("lists", "add", "domain", "told.example")
    assert harness.blocks("a@told.example")


@pytest.mark.parametrize(
    ("allow", "allowed"),
    [
        ({"domains": ["spam.example"]}, True),
        ({"domains": ["SPAM.example"]}, True),
        ({"domains": ["sub.spam.example"]}, False),
        ({"domains": ["*.example"]}, True),
        ({"jids": ["mallory@spam.example"]}, True),
        ({"jids": ["other@spam.example"]}, False),
        ({"jids": ["mal*@spam.example"]}, True),
        ({"jids": ["*@*.example"]}, True),
        ({"jids": ["other*@spam.example"]}, False),
        ({"ips": ["192.0.2.0/24"]}, True),
        ({"ips": ["192.0.3.0/24"]}, False),
    ],
)
def test_what_is_allowed_goes_before_every_list(allow: dict[str, Any], allowed: bool) -> None:
    harness = Lists(allow=allow)
    harness.fetch(DOMAINS, "spam.example")
    harness.fetch(JIDS, digest("mallory@spam.example"))
    harness.fetch(IPS, "192.0.2.7")
    harness.command("lists", "add", "jid", "mallory@spam.example")
    assert harness.blocks(ip="192.0.2.7") is not allowed


@pytest.mark.parametrize(
    "options",
    [
        {"agree": 0},
        {"services": [{"jid": BL}], "agree": 2},
        {"services": [{"jid": BL, "nodes": []}]},
        {"services": [{"jid": BL, "nodes": ["my_node"]}]},
        {"services": [{"jid": BL, "nodes": [{"name": "my_node"}]}]},
        {"services": [{"jid": BL, "nodes": [{"name": "my_node", "holds": "everything"}]}]},
        {"services": [{"jid": BL, "nodes": [DOMAINS, {"name": DOMAINS, "holds": "ips"}]}]},
        {"services": [{"jid": "no jid"}]},
        {"allow": {"domains": ["a@b"]}},
        {"allow": {"ips": ["a.b.c.d"]}},
        {"max_growth": 0},
        {"files": {"numbers": ["x"]}},
    ],
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        blocklist.Config.model_validate(options)


# --- how lists change


def test_a_fetch_replaces_the_list_and_a_failed_one_keeps_it() -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "one.example", "two.example")
    assert harness.blocks("a@one.example")
    harness.fetch(DOMAINS, "two.example", "three.example")
    assert [harness.blocks(f"a@{name}.example") for name in ("one", "two", "three")] == [False, True, True]
    row = harness.fail(DOMAINS)
    assert row["events"] == [
        {"event": "list_not_fetched", "service": BL, "node": DOMAINS, "why": "remote-server-timeout"}
    ]
    assert harness.blocks("a@two.example")
    assert harness.command("status")["lists"][0]["trouble"] == "remote-server-timeout"
    harness.fetch(DOMAINS)
    assert not harness.blocks("a@two.example")
    assert harness.command("status")["lists"][0]["trouble"] is None


def test_an_ill_formed_item_matches_nothing_and_breaks_nothing() -> None:
    harness = Lists()
    for node in ALL:
        harness.fetch(node, "", " ", "@", "a@", "\x00", "x" * 5000, "..", "\ud800", "spam.example/x", "1/2/3", "*")
        assert not harness.blocks(ip="192.0.2.7")
    harness.fetch(DOMAINS, "", "..", "spam.example")
    assert harness.blocks()


def test_a_node_or_service_that_is_not_configured_lists_nothing() -> None:
    harness = Lists()
    row = harness.fetch("some_node", "spam.example")
    assert row["fetch"]["believed"] is False
    harness.fetch(DOMAINS, "spam.example", service="foreign.example")
    assert not harness.blocks()


def test_what_is_published_and_retracted_holds_at_once() -> None:
    harness = Lists()
    row = harness.publish("<item id='spam.example'/>")
    assert row["action"] == "consume"
    assert harness.blocks()
    harness.publish("<retract id='spam.example'/>")
    assert not harness.blocks()


def test_one_event_may_hold_several_items_and_retracts_in_their_order() -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "old.example")
    harness.publish(
        "<item id='one.example'><report xmlns='urn:x'>payload.example</report></item><retract id='old.example'/>"
        "<item id='two.example' publisher='x@y'/><item/><retract/>"
        "<item id='three.example'/><retract id='three.example'/>"
    )
    blocked = [name for name in ("one", "two", "three", "old", "payload") if harness.blocks(f"a@{name}.example")]
    assert blocked == ["one", "two"]


@pytest.mark.parametrize("emptied", ["purge", "delete"])
def test_a_node_that_is_purged_or_deleted_lists_nothing(emptied: str) -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "spam.example")
    harness.fetch(JIDS, digest("mallory@other.example"))
    harness.event(f"<{emptied} node='{DOMAINS}'/>")
    assert not harness.blocks()
    assert harness.blocks("mallory@other.example")


@pytest.mark.parametrize(
    "sender", ["foreign.example", "user@xmppbl.example", "xmppbl.example/x", "sub.xmppbl.example", "example.org"]
)
def test_only_the_service_is_believed(sender: str) -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "known.example")
    row = harness.publish("<item id='spam.example'/><retract id='known.example'/>", sender=sender)
    assert row["action"] == "consume"
    assert row["events"][0]["event"] == "disbelieved"
    harness.event(f"<purge node='{DOMAINS}'/>", sender=sender)
    assert not harness.blocks()
    assert harness.blocks("a@known.example")
    assert harness.command("status")["disbelieved"] == 2


def test_an_event_to_somebody_else_is_only_a_message() -> None:
    harness = Lists()
    assert harness.publish("<item id='spam.example'/>", to="alice@example.org")["action"] == "deliver"
    assert not harness.blocks()


def test_growth_is_capped_by_a_number() -> None:
    harness = Lists(max_growth=3)
    row = harness.fetch(DOMAINS, *(f"d{n}.example" for n in range(5)))
    assert row["fetch"]["size"] == 3
    assert row["events"][1] == {
        "event": "list_capped", "service": BL, "node": DOMAINS, "size": 3, "left_out": 2
    }  # fmt: skip
    assert harness.command("status")["lists"][0]["left_out"] == 2
    harness.fetch(DOMAINS, *(f"d{n}.example" for n in range(5)))
    assert all(harness.blocks(f"a@d{n}.example") for n in range(5))
    harness.fetch(DOMAINS, *(f"e{n}.example" for n in range(8)))
    assert all(harness.blocks(f"a@e{n}.example") for n in range(8)), "another list of the size that may be"
    harness.publish("".join(f"<item id='f{n}.example'/>" for n in range(5)))
    assert [harness.blocks(f"a@f{n}.example") for n in range(5)] == [True, True, True, False, False]


# --- the operators' words


def test_lists_add_and_remove() -> None:
    harness = Lists()
    assert harness.command("lists", "add", "domain", "Spam.example") == {"added": "spam.example", "was_listed": False}
    assert harness.command("lists", "add", "domain", "spam.example")["was_listed"]
    assert harness.blocks()
    assert harness.command("lists", "show", "domain", "spam.example")["sources"] == ["the operator"]
    assert harness.command("lists", "remove", "domain", "spam.example")["was_listed"]
    assert not harness.blocks()
    assert not harness.command("lists", "remove", "domain", "spam.example")["was_listed"]
    harness.command("lists", "add", "jid", "mallory@spam.example")
    assert harness.blocks()
    assert not harness.blocks("other@spam.example")
    harness.command("lists", "add", "ip", "192.0.2.0/24")
    assert harness.blocks("x@y.example", ip="192.0.2.1")
    harness.command("lists", "remove", "ip", "192.0.2.0/24")
    assert not harness.blocks("x@y.example", ip="192.0.2.1")


@pytest.mark.parametrize(
    ("kind", "value", "by"),
    [
        ("domain", "a.spam.example", "the operator"),
        ("domain", "spam.example", None),
        ("domain", "*.spam.example", "the operator"),
        ("jid", "mallory@evil.example", f"{BL} {JIDS}"),
        ("jid", digest("mallory@evil.example"), f"{BL} {JIDS}"),
        ("jid", "other@evil.example", None),
        ("ip", "192.0.2.77", "the operator"),
        ("ip", "192.0.2.0/24", "the operator"),
        ("ip", "192.0.2.0/25", None),
        ("url", "https://x.example/y", "the operator"),
    ],
)
def test_lists_show_says_what_would_come_of_it(kind: str, value: str, by: str | None) -> None:
    harness = Lists()
    harness.fetch(JIDS, digest("mallory@evil.example"))
    for words in (("domain", "*.spam.example"), ("ip", "192.0.2.0/24"), ("url", "hxxp://x[.]example/y/")):
        harness.command("lists", "add", *words)
    shown = harness.command("lists", "show", kind, value)
    assert (shown["by"], shown["listed"]) == (by, by is not None)
    assert not shown["allowed"]


def test_what_was_removed_from_a_feed_stays_out_when_the_feed_changes() -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "spam.example", "other.example")
    assert harness.command("lists", "remove", "domain", "spam.example")["sources"] == [f"{BL} {DOMAINS}"]
    assert not harness.blocks()
    harness.fetch(DOMAINS, "spam.example", "other.example")
    assert not harness.blocks(), "the same list is no change"
    harness.fail(DOMAINS)
    assert not harness.blocks()
    harness.fetch(DOMAINS, "spam.example", "new.example")
    assert not harness.blocks()
    assert harness.blocks("a@new.example")


def test_what_was_removed_outlasts_a_reload() -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "spam.example")
    harness.command("lists", "add", "domain", "told.example")
    harness.command("lists", "remove", "domain", "spam.example")
    harness.replay.feed(("reload",), None)
    assert not harness.blocks()
    assert harness.blocks("a@told.example"), "an operator's word outlasts a reload"


def test_what_was_removed_and_is_then_retracted_does_not_come_back() -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "spam.example", "other.example")
    harness.command("lists", "remove", "domain", "spam.example")
    harness.publish("<retract id='spam.example'/>")
    harness.replay.feed(("reload",), None)
    assert not harness.blocks()


def test_a_removed_address_is_taken_out_as_a_hash_too(tmp_path: Path) -> None:
    (tmp_path / "jids").write_text("mallory@spam.example")
    harness = Lists(files={"jids": [str(tmp_path / "jids")]})
    harness.fetch(JIDS, digest("mallory@spam.example"))
    harness.fetch(BANS, digest("mallory@spam.example"))
    harness.command("lists", "add", "jid", "mallory@spam.example")
    assert len(harness.command("lists", "remove", "jid", "mallory@spam.example")["sources"]) == 4
    assert not harness.blocks()
    shown = harness.command("lists", "show", "jid", "mallory@spam.example")
    assert not shown["listed"]
    assert (len(shown["taken_out"]), shown["taken_out_by"]) == (3, "the operator")
    assert harness.command("lists", "show")["taken_out"] == [
        {"kind": "jid", "value": "mallory@spam.example", "by": "the operator"}
    ]


def test_what_was_taken_out_of_a_file_stays_out_when_the_file_changes(tmp_path: Path) -> None:
    (tmp_path / "domains").write_text("spam.example")
    harness = Lists(files={"domains": [str(tmp_path / "domains")]})
    harness.command("lists", "remove", "domain", "spam.example")
    assert not harness.blocks()
    (tmp_path / "domains").write_text("spam.example\nmore.example")
    harness.replay.feed(("reload",), None)
    assert not harness.blocks()
    assert harness.blocks("a@more.example")
    assert [row["taken_out"] for row in harness.command("status")["lists"] if "file" in row] == [1]
    assert harness.command("lists", "show")["taken_out"] == [
        {"kind": "domain", "value": "spam.example", "by": "the operator"}
    ]
    harness.command("lists", "add", "domain", "spam.example")
    assert harness.blocks()
    shown = harness.command("lists", "show", "domain", "spam.example")
    assert (shown["taken_out"], shown["taken_out_by"]) == ([], None)
    assert shown["sources"] == [f"the file {tmp_path / 'domains'}", "the operator"]


def test_what_was_taken_out_of_a_service_s_list_stays_out_whatever_it_says() -> None:
    harness = Lists()
    harness.fetch(DOMAINS, "spam.example")
    harness.command("lists", "remove", "domain", "spam.example")
    harness.fetch(DOMAINS, "spam.example", "more.example")
    assert not harness.blocks()
    harness.publish("<retract id='spam.example'/>")
    harness.publish("<item id='spam.example'/>")
    harness.fetch(BANS, digest("spam.example"))
    assert not harness.blocks()
    assert len(harness.command("lists", "show", "domain", "spam.example")["taken_out"]) == 2


def test_allow_commands() -> None:
    harness = Lists(allow={"domains": ["given.example"]})
    harness.fetch(DOMAINS, "spam.example", "given.example")
    said = {"allowed": "spam.example", "was_allowed": False, "pardoned": 0}
    assert harness.command("allow", "add", "domain", "spam.example") == said
    assert not harness.blocks()
    assert harness.command("allow", "show", "domain", "spam.example")["allowed"]
    assert harness.command("allow", "remove", "domain", "spam.example")["was_allowed"]
    assert harness.blocks()
    harness.command("allow", "add", "jid", "mallory@spam.example")
    assert not harness.blocks()
    assert harness.blocks("other@spam.example")
    harness.command("allow", "remove", "domain", "given.example")
    assert harness.blocks("a@given.example")
    harness.replay.feed(("reload",), None)
    assert harness.blocks("a@given.example"), "what the operator said holds until the operator says otherwise"
    shown = harness.command("allow", "show", "domain", "given.example")
    assert shown == {
        "value": "given.example",
        "allowed": False,
        "sources": [],
        "taken_out": ["the configuration"],
        "taken_out_by": "the operator",
    }
    assert harness.command("allow", "show")["allowed"] == [
        {"kind": "jid", "value": "mallory@spam.example", "by": "the operator"}
    ]
    harness.command("allow", "add", "domain", "given.example")
    assert not harness.blocks("a@given.example")


@pytest.mark.parametrize(
    "words",
    [
        ("lists",),
        ("lists", "add"),
        ("lists", "add", "domain"),
        ("lists", "add", "colour", "red"),
        ("lists", "add", "domain", "a@b"),
        ("lists", "add", "ip", "spam.example"),
        ("lists", "add", "url", "no url"),
        ("allow", "add", "ip", "192.0.2.7"),
        ("allow", "drop", "jid", "a@b"),
        ("senders", "remember", "a@b"),
    ],
)
def test_words_that_are_no_command(words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"wanted|not on"):
        Lists().command(*words)


def test_the_words_need_a_filter_that_has_lists() -> None:
    with pytest.raises(ValueError, match="none of the filters"):
        Harness().command("lists", "add", "domain", "spam.example")


# --- what it costs


def test_long_lists_do_not_slow_the_path() -> None:
    def seconds(entries: int) -> float:
        harness = Lists(max_growth=200_000)
        harness.fetch(DOMAINS, *(f"d{n}.example" for n in range(entries)))
        harness.fetch(JIDS, *(digest(f"u{n}@d.example") for n in range(entries)))
        harness.fetch(IPS, *(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(entries)))
        best = 1.0
        for _ in range(5):
            began = time.process_time()
            for _ in range(200):
                harness.message(ip="192.0.2.7")
            best = min(best, time.process_time() - began)
        return best

    assert seconds(100_000) < 10 * seconds(100)
