"""What is read of an error."""

import pytest

from xmppfilter.stanza.iq import error_condition
from xmppfilter.stanza.namespaces import STANZA_ERRORS
from xmppfilter.stanza.view import Stanza


@pytest.mark.parametrize(
    ("inside", "condition"),
    [
        (f"<error type='cancel'><item-not-found xmlns='{STANZA_ERRORS}'/></error>", "item-not-found"),
        (f"<error><text xmlns='{STANZA_ERRORS}'>No.</text><forbidden xmlns='{STANZA_ERRORS}'/></error>", "forbidden"),
        ("<error type='cancel'/>", "an error"),
        ("<query xmlns='urn:e'/>", "an error"),
        ("", "an error"),
    ],
)
def test_the_condition_of_an_error_is_read(inside: str, condition: str) -> None:
    assert error_condition(Stanza.read(f"<iq type='error' id='1'>{inside}</iq>")) == condition
