"""One mistake at a time: where it is told, and in which words."""

import pytest

from xmppfilter.config.loader import ConfigError, Mistake, load_text

GOOD = """\
component: {jid: filter.example.org, secret: hush}
domains: [example.org, example.net]
"""


def mistakes(text: str | bytes, **environ: str) -> list[Mistake]:
    with pytest.raises(ConfigError) as caught:
        load_text(text, environ)
    return caught.value.mistakes


TWICE = "spam_source_ips, {name: spam_source_ips, holds: domains}"

# what follows the two good lines; the line of the mistake; its path; words that it must have
SINGLE = [
    ("rout: verdict", 3, "rout", ["found rout", "wanted component, domains", "did you mean route?"]),
    ("policy: {mode: monitr}", 3, "policy.mode", ["'monitr'", "wanted enforce or monitor", "did you mean monitor?"]),
    ("policy: {mode: no}", 3, "policy.mode", ["no, which YAML reads as false", "wanted enforce or monitor"]),
    ("policy:\n  acton: drop", 4, "policy.acton", ["did you mean action?"]),
    ("policy: {action: 5}", 3, "policy.action", ["the number 5", "wanted drop, bounce or tag"]),
    ("policy: {thresholds: {spam: high}}", 3, "policy.thresholds.spam", ["'high'", "wanted a number"]),
    ("policy: {thresholds: {spam: '10'}}", 3, "policy.thresholds.spam", ["wanted a number", "leave the quotes out"]),
    ("policy: {thresholds: {spam: .nan}}", 3, "policy.thresholds.spam", ["'.nan'", "wanted a number"]),
    ("policy: {thresholds: {spam: 1e999}}", 3, "policy.thresholds.spam", ["wanted a number"]),
    ("policy: {correspondents: 'yes'}", 3, "policy.correspondents", ["wanted true or false", "leave the quotes out"]),
    ("policy: {actions: {same_body: drop}}", 3, "policy.actions.same_body", ["did you mean same_long_body?"]),
    (
        "policy: {actions: {same_long_body.copy: drop}}",
        3,
        "policy.actions.same_long_body.copy",
        ["or one of their rules", "did you mean same_long_body.copies?"],
    ),
    ("policy: {actions: [drop]}", 3, "policy.actions", ["found a list", "wanted a section"]),
    (
        "policy:\n  per_domain:\n    exmple.org: {mode: monitor}",
        5,
        "policy.per_domain.exmple.org",
        ["wanted one of the protected domains", "did you mean example.org?"],
    ),
    (
        "policy:\n  per_domain:\n    example.org:\n      mode: watch",
        6,
        "policy.per_domain.example.org.mode",
        ["'watch'", "wanted enforce or monitor"],
    ),
    ("policy: {per_domain: {'a b': {}}}", 3, "policy.per_domain.'a b'", ["found 'a b'", "wanted one of the protected"]),
    (
        "policy: {unfiltered_recipients: [abuse@example.org/x]}",
        3,
        "policy.unfiltered_recipients[0]",
        ["'abuse@example.org/x'", "wanted a bare JID"],
    ),
    ("policy: no", 3, "policy", ["no, which YAML reads as false", "wanted a section"]),
    ("rooms: conference.example.org", 3, "rooms", ["'conference.example.org'", "wanted a list"]),
    ("rooms:\n  - example.org", 4, "rooms", ["which stands in domains", "wanted a MUC service"]),
    ("rooms: [no]", 3, "rooms[0]", ["no, which YAML reads as false", "in quotes, 'no'"]),
    ("admins: [12]", 3, "admins[0]", ["the number 12", "in quotes, '12'"]),
    ("servers:\n- example.org\n- a@b@c", 5, "servers[1]", ["is no JID"]),
    ("log: {level: off}", 3, "log.level", ["off, which YAML reads as false", "wanted debug, info, warning or error"]),
    ("log: {format: }", 3, "log.format", ["found nothing", "wanted a value, or the line left out"]),
    ("store:", 3, "store", ["found nothing"]),
    ("store: {}", 3, "store.sqlite", ["found nothing", "wanted a database file"]),
    ("store: {sqlite: 5}", 3, "store.sqlite", ["the number 5", "wanted text", "in quotes, '5'"]),
    ("store: /tmp/x.db", 3, "store", ["'/tmp/x.db'", "wanted a section"]),
    ("store: {redis: 'redis://127.0.0.1'}", 3, "store.redis", ["not built yet in this version"]),
    ("http:", 3, "http", ["found nothing"]),
    ("http: {}", 3, "http.listen", ["found nothing", "wanted the address and port"]),
    ("http: 127.0.0.1:8799", 3, "http", ["'127.0.0.1:8799'", "wanted a section"]),
    ("http: {listen: 8799}", 3, "http.listen", ["the number 8799", "such as 127.0.0.1:8799 or '[::1]:8799'"]),
    ("http: {listen: localhost}", 3, "http.listen", ["'localhost'", "wanted an address and a port"]),
    ("http: {listen: 127.0.0.1:0}", 3, "http.listen", ["'127.0.0.1:0'", "wanted an address and a port"]),
    ("http: {listen: 127.0.0.1:65536}", 3, "http.listen", ["wanted an address and a port"]),
    ("http: {listen: 127.0.0.256:8799}", 3, "http.listen", ["wanted an address and a port"]),
    ("http: {listen: '::1:8799'}", 3, "http.listen", ["wanted an address and a port"]),
    ("http: {listen: filter.example.org:8799}", 3, "http.listen", ["wanted an address and a port"]),
    ("http: {listen: 0.0.0.0:8799}", 3, "http.listen", ["0.0.0.0:8799, open to others", "wanted a token beside it"]),
    ("http:\n  listen: '[::]:8799'", 4, "http.listen", ["open to others", "token_file", "127.0.0.1"]),
    ("http: {listen: 192.0.2.7:8799}", 3, "http.listen", ["open to others"]),
    ("http: {lisen: 127.0.0.1:8799}", 3, "http.lisen", ["did you mean listen?"]),
    ("route: relay", 3, "route", ["found relay", "not built yet in this version", "wanted verdict or inline"]),
    ("policy: {action: quarantine}", 3, "policy.action", ["quarantine", "not built yet"]),
    ("policy: {action: {defer: 60s}}", 3, "policy.action", ["defer", "not built yet"]),
    ("policy: {actions: {patterns: 'defer: 60s'}}", 3, "policy.actions.patterns", ["defer", "not built yet"]),
    ("max_stanza_size: 0", 3, "max_stanza_size", ["the number 0", "at least 10000"]),
    ("max_stanza_size: 9KiB", 3, "max_stanza_size", ["'9KiB'", "at least 10000"]),
    ("max_stanza_size: 1GiB", 3, "max_stanza_size", ["'1GiB'", "at most 67108864"]),
    ("policy: {thresholds: {spam: -1}}", 3, "policy.thresholds.spam", ["the number -1", "more than 0"]),
    ("policy: {thresholds: {tag: -1}}", 3, "policy.thresholds.tag", ["the number -1", "at least 0"]),
    (f"control: /{'x' * 107}", 3, "control", ["a path of 108 bytes", "at most 107"]),
    ("filters: {known_spammers: {ban_time: 8d}}", 3, "filters.known_spammers", ["cache_time to be at least", "8d"]),
    ("filters: {known_spammers: {ban_time: 0.5s}}", 3, "filters.known_spammers.ban_time", ["'0.5s'", "1s to 3650d"]),
    ("filters: {known_spammers: {cache_time: 999999w}}", 3, "filters.known_spammers.cache_time", ["1s to 3650d"]),
    ("filters: {known_spammers: {print_frequency: 1s}}", 3, "filters.known_spammers.print_frequency", ["1m or longer"]),
    ("filters: {blocklist: {refresh: 0.001s}}", 3, "filters.blocklist.refresh", ["'0.001s'", "wanted"]),
    ("filters: {blocklist: {refresh: 59s}}", 3, "filters.blocklist.refresh", ["'59s'", "1m or longer"]),
    ("filters: {campaign: {window: 5s}}", 3, "filters.campaign.window", ["'5s'", "1m or longer"]),
    ("filters: {campaign: {strangers: 7099}}", 3, "filters.campaign.strangers", ["the number 7099", "at most 1400"]),
    ("filters: {campaign: {accounts: 7099}}", 3, "filters.campaign.accounts", ["the number 7099", "at most 1750"]),
    *(
        (f"filters: {{stranger_rate: {{{name}: 251}}}}", 3, f"filters.stranger_rate.{name}", ["at most 250"])
        for name in ("recipients_per_minute", "domain_recipients_per_minute", "server_recipients_per_minute")
    ),
    ("max_stanza_size: 5kB", 3, "max_stanza_size", ["'5kB'", "wanted a size", "64KiB"]),
    ("route: verdict\nroute: inline", 4, "route", ["a second time", "line 3"]),
    ("log: {level: info,\n  level: debug}", 4, "log.level", ["a second time", "line 3"]),
    ("filters: [same_long_body]", 3, "filters", ["found a list", "'same_long_body:'"]),
    ("filters: same_long_body", 3, "filters", ["'same_long_body'", "wanted names with a colon"]),
    ("filters:\n  same-long-body:", 4, "filters.same-long-body", ["did you mean same_long_body?"]),
    ("filters:\n  paterns:", 4, "filters.paterns", ["did you mean patterns?"]),
    ("filters:\n  zzz:", 4, "filters.zzz", [", error_without_child, "]),
    ("filters: {reputation: {}}", 3, "filters.reputation", ["not built yet in this version"]),
    ("filters: {same_long_body: off}", 3, "filters.same_long_body", ["to turn it off, leave it out"]),
    ("filters: {same_long_body: true}", 3, "filters.same_long_body", ["found true", "wanted nothing"]),
    ("filters: {same_long_body: {body-size: 5}}", 3, "filters.same_long_body.body-size", ["did you mean body_size?"]),
    ("filters: {same_long_body: {body_size: 1.5}}", 3, "filters.same_long_body.body_size", ["wanted a whole number"]),
    ("filters: {same_long_body: {body_size: -1}}", 3, "filters.same_long_body.body_size", ["number -1", "at least 0"]),
    ("filters: {same_long_body: {body_size: 010}}", 3, "filters.same_long_body.body_size", ["'010'", "whole number"]),
    (
        "filters: {same_long_body: {body_size: yes}}",
        3,
        "filters.same_long_body.body_size",
        ["yes, which YAML reads as true"],
    ),
    (
        "filters: {same_long_body: {window: 60}}",
        3,
        "filters.same_long_body.window",
        ["wanted a duration", "60s", "60m"],
    ),
    ("filters: {same_long_body: {window: 15min}}", 3, "filters.same_long_body.window", ["did you mean 15m?"]),
    ("filters: {same_long_body: {window: }}", 3, "filters.same_long_body.window", ["found nothing"]),
    ("filters: {known_spammers: {ban_time: off}}", 3, "filters.known_spammers.ban_time", ["off, which", "a duration"]),
    (
        "filters: {known_spammers: {weights: {foo: 1}}}",
        3,
        "filters.known_spammers.weights.foo",
        ["report, soft or other"],
    ),
    ("filters: {known_spammers: {weights: {soft: 2}}}", 3, "filters.known_spammers.weights.soft", ["at most 1"]),
    ("filters:\n  patterns:\n    regexes: ['(a']", 5, "filters.patterns.regexes[0]", ["'(a', which is no RE2 regular"]),
    ("filters:\n  patterns:\n    regexes: ['a(?=b)']", 5, "filters.patterns.regexes[0]", ["no look-around"]),
    ("filters:\n  patterns:\n    strings:\n    - a\n    - no", 7, "filters.patterns.strings[1]", ["in quotes, 'no'"]),
    ("filters: {patterns: {scan: [bdy]}}", 3, "filters.patterns.scan[0]", ["did you mean body?"]),
    ("filters: {patterns: {scan: []}}", 3, "filters.patterns.scan", ["an empty list", "at least 1 in the list"]),
    ("filters: {patterns: {mode: watch}}", 3, "filters.patterns.mode", ["wanted enforce or monitor"]),
    ("filters: {patterns: {score: ten}}", 3, "filters.patterns.score", ["wanted a number"]),
    ("filters: {patterns: {score: }}", 3, "filters.patterns.score", ["found nothing"]),
    ("filters: {patterns: {scores: {strng: 1}}}", 3, "filters.patterns.scores.strng", ["did you mean string?"]),
    ("filters: {patterns: {scores: {string: 1001}}}", 3, "filters.patterns.scores.string", ["at most 1000"]),
    ("filters: {patterns: {only: [a@example.org/x]}}", 3, "filters.patterns.only[0]", ["wanted a bare JID"]),
    ("filters: {patterns: {only: {to: [a@example.org/x]}}}", 3, "filters.patterns.only.to[0]", ["wanted a bare JID"]),
    ("filters: {patterns: {except: {form: [a@example.org]}}}", 3, "filters.patterns.except.form", ["mean from?"]),
    ("filters: {patterns: {except: {to: example.org}}}", 3, "filters.patterns.except.to", ["wanted a list"]),
    ("filters: {patterns: {except: example.org}}", 3, "filters.patterns.except", ["wanted a list"]),
    ("filters: {patterns: {except: [a.example, '*.*.example']}}", 3, "filters.patterns.except[1]", ["*.evil.example"]),
    ("filters: {patterns: {exept: [a.example]}}", 3, "filters.patterns.exept", ["did you mean except?"]),
    *(
        (
            f"filters:\n  blocklist:\n    services:\n    - jid: bl.example\n      nodes:\n      - {node}",
            8,
            f"filters.blocklist.services[0].nodes[0]{below}",
            words,
        )
        for node, below, words in (
            ("spam_source_domain", "", ["'spam_source_domain'", "did you mean spam_source_domains?"]),
            ("our_list", "", ["'our_list'", "spam_source_ips or {name: ours, holds: domains}"]),
            ("no", "", ["no, which YAML reads as false", "wanted spam_source_domains, "]),
            ("[a]", "", ["found a list", "wanted spam_source_domains, "]),
            ("{name: ours, holds: domain}", ".holds", ["'domain'", "jids_sha256", "did you mean domains?"]),
            ("{name: ours, hold: domains}", ".hold", ["found hold, wanted name or holds", "did you mean holds?"]),
            ("{name: ours}", ".holds", ["found nothing", "wanted what its items are"]),
            ("{holds: ips}", ".name", ["found nothing", "wanted what the service calls it"]),
            ('{name: "a\\nb", holds: ips}', ".name", ["found 'a\\nb'", "in one line"]),
            ("{name: '', holds: ips}", ".name", ["at least 1 characters"]),
        )
    ),
    (
        f"filters: {{blocklist: {{services: [{{jid: b.example, nodes: [{TWICE}]}}]}}}}",
        3,
        "filters.blocklist.services",
        ["the node 'spam_source_ips' of b.example", "one thing, not ips and domains"],
    ),
    ("filters: {error_without_child: {x: 1}}", 3, "filters.error_without_child.x", ["found x", "mode, score, scores"]),
    ("\tlog: {}", 3, "", ["found a tab", "wanted spaces"]),
    ("log: {level: 'info}", 3, "", ["not closed"]),
    ('control: "\\?"', 3, "", ["escape", "wanted single quotes"]),
    ("log: [a, b\nstore: 5", 4, "", ["begins in line 3"]),
    ("log: &a {format: *a}", 3, "", ["inside of &a itself"]),
    ("log: *nowhere", 3, "", ["wanted &nowhere"]),
    ("log: !!python/object:os.system {}", 3, "", ["found the tag", "plain YAML"]),
    ("? [a, b]\n: 1", 3, "", ["wanted a word before the colon"]),
    ("log: {<<: 5}", 3, "", ["found <<"]),
    ("log: {level: ${LEVEL}}", 3, "", ["stands in quotes, '${NAME}'"]),
    ("---\nlog: {}", 3, "", ["a second document"]),
    ("control: a\0b", 3, "", ["control character"]),
    ("control: ${MISSING}", 3, "control", ["${MISSING}", "the environment has no variable MISSING"]),
    ("control: a${A:-b}c", 3, "control", ["'${A:-b}'", "wanted ${NAME}"]),
]


@pytest.mark.parametrize(("text", "line", "path", "words"), SINGLE, ids=[row[0] for row in SINGLE])
def test_a_mistake_is_told_once_with_its_line_and_what_was_wanted(
    text: str, line: int, path: str, words: list[str]
) -> None:
    (mistake,) = mistakes(GOOD + text)
    assert (mistake.line, mistake.path) == (line, path)
    assert [word for word in words if word not in mistake.text] == []
    assert str(mistake).startswith(f"config.yaml:{line}: {path}: found" if path else f"config.yaml:{line}: found")


WHOLE = [
    ("", 1, "", ["component and domains"]),
    ("# nothing\n\n# yet\n", 1, "", ["component and domains"]),
    ("- a\n", 1, "", ["found a list"]),
    (b"\xff\xfea\x00", 1, "", ["wanted text in UTF-8"]),
    (b"# fine\n# caf\xe9\n", 2, "", ["0xe9", "wanted text in UTF-8"]),
    ("domains: [a.example]\n", 1, "component", ["found nothing", "wanted how to reach the server"]),
    ("domains: [a.example]\ncomponent:\n", 2, "component", ["found nothing"]),
    ("component: {jid: f.example, secret: x}\n", 1, "domains", ["found nothing", "whose users are protected"]),
    ("component: {jid: f.example, secret: x}\ndomains:\n", 2, "domains", ["found nothing"]),
    ("component: {jid: f.example, secret: x}\ndomains: []\n", 2, "domains", ["an empty list", "at least 1"]),
    ("component: {jid: f.example, secret: x}\ndomains: [no]\n", 2, "domains[0]", ["reads as false", "'no'"]),
    ("component: {jid: f.example, secret: x}\ndomains: [a@b.example]\n", 2, "domains[0]", ["wanted a domain"]),
    ("domains: [a.example]\ncomponent:\n  secret: x\n", 2, "component.jid", ["the component's own address"]),
    ("domains: [a.example]\ncomponent:\n  secret: x\n  jdi: f.example\n", 4, "component.jdi", ["did you mean jid?"]),
    ("domains: [a.example]\ncomponent: {secret: x, jid: A.example}\n", 2, "component.jid", ["stands in domains"]),
    ("domains: [a.example]\ncomponent: {secret: x, jid: f.example, port: 0}\n", 2, "component.port", ["at least 1"]),
    ("domains: [a.example]\ncomponent: {secret: x, jid: f.example, port: '5'}\n", 2, "component.port", ["quotes out"]),
    ("domains: [a.example]\ncomponent: f.example\n", 2, "component", ["wanted a section"]),
]


@pytest.mark.parametrize(("text", "line", "path", "words"), WHOLE, ids=[str(row[0]) for row in WHOLE])
def test_what_must_be_there_is_missed(text: str | bytes, line: int, path: str, words: list[str]) -> None:
    (mistake,) = mistakes(text)
    assert (mistake.line, mistake.path) == (line, path)
    assert [word for word in words if word not in mistake.text] == []


TEN = """\
component:
  jid: filter.example.org
  secrt: hush
domains: [example.org, no]
rooms: conference.example.org
policy:
  action: dropp
  per_domain:
    example.com: {mode: monitor}
filters:
  reputation:
  same_long_body: {body_size: many, window: 60}
  patterns:
    regexes: ['[']
  same_long_body:
"""


def test_ten_mistakes_are_told_in_one_go_in_the_order_of_their_lines() -> None:
    told = [(mistake.line, mistake.path) for mistake in mistakes(TEN)]
    assert told == [
        (3, "component.secrt"),
        (4, "domains[1]"),
        (5, "rooms"),
        (7, "policy.action"),
        (9, "policy.per_domain.example.com"),
        (11, "filters.reputation"),
        (12, "filters.same_long_body.body_size"),
        (12, "filters.same_long_body.window"),
        (14, "filters.patterns.regexes[0]"),
        (15, "filters.same_long_body"),
    ]
    assert all("wanted" in mistake.text or "which is no" in mistake.text for mistake in mistakes(TEN))


def test_a_mistake_knows_its_column() -> None:
    (mistake,) = mistakes(GOOD + "log: {level: loud}\n")
    assert (mistake.line, mistake.column) == (3, 14)


def test_mistakes_come_as_one_error_with_a_line_for_each() -> None:
    with pytest.raises(ConfigError, match=r"x\.yaml:3: rout: .*\nx\.yaml:4: stroe: "):
        load_text(GOOD + "rout: 1\nstroe: 2\n", {}, name="x.yaml")
