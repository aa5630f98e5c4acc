"""Parts of a configuration held against each other, and what is odd but no mistake."""

import pytest

from xmppfilter.config.loader import ConfigError, Loaded, load_text

GOOD = """\
component: {jid: filter.example.org, secret: hush}
domains: [example.org, example.net]
"""


def read(text: str) -> Loaded:
    return load_text(GOOD + text, {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("policy: {thresholds: {spam: off}}", "nothing is ever judged spam"),
        ("policy: {thresholds: {spam: 5, tag: 5}}", "nothing is ever tagged"),
        ("policy: {actions: {patterns: tag}}", "patterns is not among the filters that are on"),
        (
            "servers: [gate.example.net]",
            "example.org is not among them: what a server asks by that name",
        ),
        ("policy: {unfiltered_recipients: [abuse@elsewhere.example]}", "abuse@elsewhere.example is at none of the"),
        (
            "filters: {patterns: {strings: [a], except: [example.org]}}",
            "everything from or to example.org, since a plain",
        ),
        ("filters: {patterns: {strings: [a], except: ['*@example.net']}}", "everything from or to example.net"),
        ("trusted: {domains: [Example.org]}", "nothing that users of example.org send is judged"),
        ("trusted: {domains: ['*.org']}", "nothing that users of example.org send is judged"),
        ("trusted: {jids: ['*@example.net']}", "nothing that users of example.net send is judged"),
        ("rooms: [c.example.org]\ntrusted: {domains: [c.example.org]}", "who speaks in a room at c.example.org"),
        ("store: {sqlite: /nowhere/at/all/state.db}", "the folder '/nowhere/at/all' does not exist"),
        ("control: /nowhere/at/all/control.sock", "the folder '/nowhere/at/all' does not exist"),
        ("store: {sqlite: /etc/passwd/state.db}", "the folder '/etc/passwd' is no folder"),
    ],
)
def test_what_is_odd_but_no_mistake_is_noted(text: str, words: str) -> None:
    filters = "" if "filters:" in text else "\nfilters: {same_long_body: }"
    assert [note for note in read(text + filters).notes if words in note.text]


@pytest.mark.parametrize(
    "except_", ["{from: [example.org]}", "{to: [example.org]}", "[alice@example.org]", "[example.com]", "[]"]
)
def test_an_exception_that_says_which_direction_is_not_noted(except_: str) -> None:
    assert read(f"filters: {{patterns: {{strings: [a], except: {except_}}}}}").notes == ()


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("rooms: [example.org]", "rooms", "stands in domains"),
        ("services: [example.org]", "services", "stands in domains"),
        (
            "policy: {recipients: {a@example.com: {}}}",
            "policy.recipients.a@example.com",
            "a user at one of the protected",
        ),
        ("policy: {recipients: {example.org: {}}}", "policy.recipients.example.org", "a user at one of the protected"),
        ("policy: {recipients: {a@example.org/x: {}}}", "policy.recipients.'a@example.org/x'", "wanted a bare JID"),
        (
            "policy: {recipients: {a@example.org: {}, A@Example.org: {}}}",
            "policy.recipients.A@",
            "is a@example.org again",
        ),
        ("policy: {recipients: {a@example.org: {action: quarantine}}}", "recipients.*action", "not built yet"),
        ("policy: {per_domain: {example.org: {action: quarantine}}}", "per_domain.*action", "not built yet"),
        ("policy: {recipients: {a@example.org: {strangers: refused}}}", "recipients.*strangers", "did you mean refuse"),
        (
            "policy: {recipients: {a@example.org: {unfilterd: true}}}",
            "recipients.*unfilterd",
            "did you mean unfiltered",
        ),
        ("policy: {recipients: {a@example.org: {actions: {pattern: tag}}}}", "recipients.*pattern", "did you mean"),
        ("policy: {strangers: off}", "policy.strangers", "wanted judge, requests or refuse"),
        ("rooms: [c.example.org]\nservices: [C.example.org]", "services", "stands in rooms, .*occupants"),
        ("services: [filter.example.org]", "component.jid", "stands in services"),
        ("services: [a@example.org]", "services", "wanted a domain"),
        ("trusted: {jid: []}", "trusted.jid", "did you mean jids"),
        ("trusted: {jids: [a@b.example/x]}", "trusted.jids", "wanted a bare JID"),
        ("trusted: {domains: [a@b.example]}", "trusted.domains", "wanted a domain"),
        ("trusted: {domains: ['a*.example']}", "trusted.domains", "wanted a domain"),
        ("trusted: {ips: [192.0.2.1/24]}", "trusted.ips", "wanted an IP address or a network"),
        ("trusted: {ips: [b.example]}", "trusted.ips", "wanted an IP address or a network"),
        ("policy: {per_domain: {example.com: {mode: monitor}}}", "policy.per_domain[.]'?example.com", "did you mean"),
        ("http: {listen: '0.0.0.0:80'}", "http.listen", "open to others"),
        ("policy: {actions: {pattern: tag}}", "policy.actions.pattern", "did you mean patterns"),
        ("filters: {patterns: {scores: {strings: 1}}}", "filters.patterns.scores.strings", "did you mean string"),
        ("filters: {known_spammers: {weights: {soft: 1, sft: 1}}}", "weights.sft", "did you mean soft"),
    ],
)
def test_names_must_exist_and_nothing_may_contradict_itself(text: str, path: str, words: str) -> None:
    with pytest.raises(ConfigError, match=f"{path}.*{words}") as caught:
        read(text)
    assert len(caught.value.mistakes) == 1


def test_a_policy_that_names_what_is_there_needs_no_word() -> None:
    actions = "{patterns: tag, patterns.string: drop, policy.strangers: tag}"
    names = f"actions: {actions}, unfiltered_recipients: [abuse@example.org]"
    assert (
        read(f"policy: {{{names}}}\nfilters: {{patterns: {{strings: [a]}}}}\nservers: [example.org, example.net]").notes
        == ()
    )
