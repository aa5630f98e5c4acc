"""Whom a user's report names, in the shapes in which servers hand it on."""

import pytest

from xmppfilter.routes.reports import Report, is_report, report_of
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.view import Stanza, StanzaError

REPORT = "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/>"
NAMING = (
    "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'>"
    "<jid xmlns='urn:xmpp:jid:0'> Spammer@Evil.example/x </jid></report>"
)
CHECK = "<spam-report xmlns='urn:xmppfilter:check:0' {}>{}</spam-report>"
FORWARDED = (
    "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='spammer@evil.example/x'/></forwarded>"
)


def message(inside: str) -> Stanza:
    return Stanza.read(f"<message xmlns='jabber:client' from='example.org' to='filter.example.org'>{inside}</message>")


@pytest.mark.parametrize(
    ("inside", "reporter"),
    [
        (CHECK.format("jid='spammer@evil.example' reporter='Alice@example.org/phone'", REPORT), "alice@example.org"),
        (CHECK.format("jid='spammer@evil.example/x'", ""), None),
        (CHECK.format("", NAMING), None),
        (NAMING, None),
        (REPORT + FORWARDED, None),
        (FORWARDED + REPORT, None),
    ],
)
def test_the_reported_is_found_in_each_shape(inside: str, reporter: str | None) -> None:
    assert is_report(message(inside))
    report = report_of(message(inside))
    assert (report.reported.bare, report.reporter) == ("spammer@evil.example", reporter)


def test_what_a_report_names_goes_before_what_it_came_with() -> None:
    other = FORWARDED.replace("spammer@", "other@")
    assert report_of(message(NAMING + other)) == Report(Jid.parse("spammer@evil.example/x"), None)


@pytest.mark.parametrize("inside", ["", "<body>report spam-report</body>", FORWARDED])
def test_other_messages_are_none(inside: str) -> None:
    assert not is_report(message(inside))


@pytest.mark.parametrize(
    ("inside", "error"),
    [
        (REPORT, StanzaError),
        (CHECK.format("jid=''", ""), StanzaError),
        (CHECK.format("jid='@'", ""), JidError),
        (CHECK.format("jid='a@b.example' reporter='@'", ""), JidError),
    ],
)
def test_a_report_of_nobody_is_refused(inside: str, error: type[Exception]) -> None:
    assert is_report(message(inside))
    with pytest.raises(error):
        report_of(message(inside))
