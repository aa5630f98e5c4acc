"""Who has sent itself what others send."""

import pytest

from xmppfilter.duplicates.finding import Known
from xmppfilter.duplicates.form import WHOLE, Form
from xmppfilter.duplicates.tally import Cluster
from xmppfilter.judging.own_copies import OwnCopies
from xmppfilter.memory.state import State

NOW = 1_700_000_000.0
PART = Form(0b11111111, 16)
QUOTED = Form(wrapped=True)


def known(form: Form) -> Known:
    cluster = Cluster(b"text", (b"letters",), NOW, window=600.0)
    cluster.stamp = b"stamp"
    return Known(cluster, None, form)


def own_copies() -> OwnCopies:
    scope = State().scoped("test")
    others = scope.rates("others", capacity=9, limit=5, seconds=600.0)
    return OwnCopies(scope.window("own", capacity=9, limit=1, seconds=600.0), others)


@pytest.mark.parametrize(
    ("sent", "copy", "has"),
    [
        ([], WHOLE, False),
        ([WHOLE], WHOLE, True),
        ([WHOLE], QUOTED, True),
        ([QUOTED] * 2, QUOTED, False),  # forwarded to two admins
        ([QUOTED] * 3, QUOTED, True),
        ([PART] * 3, WHOLE, False),
    ],
)
def test_who_does_as_those_who_send_it_to_many(sent: list[Form], copy: Form, has: bool) -> None:
    own = own_copies()
    for number, form in enumerate(sent):
        own.note(b"sender", [known(form)], bytes([number]) * 8, NOW)
    assert own.has(b"sender", known(copy), NOW) == has
    assert not own.has(b"another", known(copy), NOW)


def test_against_a_part_speaks_the_whole_only_where_the_sender_has_sent_it() -> None:
    own = own_copies()
    part = known(PART)
    assert own.tally(b"sender", part, NOW) is None
    own.note(b"sender", [known(WHOLE)], b"recipient", NOW)
    assert own.tally(b"sender", part, NOW) is part.cluster
    assert own.tally(b"another", part, NOW) is None
