"""A copy counts for those alone that say all that it says."""

from hashlib import blake2b

import pytest

from xmppfilter.duplicates import forms
from xmppfilter.duplicates.form import Form
from xmppfilter.duplicates.tally import Cluster, Parties

NOW = 1_700_000_000.0
OF = 20
FIRST, LAST = (1 << OF // 2) - 1, (1 << OF) - (1 << OF // 2)
WHOLE = Form(0, OF)
END, BEGINNING = Form(FIRST, OF), Form(LAST, OF)
"""Half of the text is missing."""


def parties(number: int) -> Parties:
    key = blake2b(b"%d" % number, digest_size=8).digest()
    return key, key, key, key


def sent(*copies: Form, links: int = 0) -> Cluster:
    cluster = Cluster(b"text", (b"letters",), NOW, window=3600.0)
    cluster.links = links
    for number, form in enumerate(copies):
        forms.note(cluster, form, NOW + number, parties(number), varied=number > 0)
    return cluster


def counted(cluster: Cluster, form: Form) -> int:
    tally = forms.against(cluster, form, NOW + 100)
    return 0 if tally is None else tally.seen(NOW + 100).copies


@pytest.mark.parametrize(
    ("copies", "form", "count"),
    [
        ([WHOLE] * 9, WHOLE, 9),
        ([WHOLE] * 9, Form(0, OF, wrapped=True), 9),
        ([WHOLE] * 9, END, 0),  # the padding, or half of the spam
        ([WHOLE] * 9 + [END] * 2, END, 2),
        ([WHOLE] * 9 + [END] * 2, WHOLE, 11),
        ([WHOLE] * 9 + [END] * 2, BEGINNING, 0),
        ([WHOLE] + [Form(0, OF, wrapped=True)] * 9, WHOLE, 1),  # sent honestly, and around what others add
        ([WHOLE] + [Form(0, OF, wrapped=True)] * 9, Form(0, OF, wrapped=True), 9),
        ([WHOLE] + [END._replace(wrapped=True)] * 9, END._replace(wrapped=True), 9),  # ever other padding
        ([WHOLE] + [END._replace(wrapped=True)] * 9, END, 0),
        ([WHOLE._replace(links=1)] * 9, WHOLE, 0),
        ([WHOLE] * 9, WHOLE._replace(links=1), 9),
    ],
)
def test_what_is_held_against_a_copy(copies: list[Form], form: Form, count: int) -> None:
    assert counted(sent(*copies, links=copies[0].links), form) == count


def test_every_copy_keeps_the_text_remembered() -> None:
    cluster = sent(WHOLE, Form(0, OF, wrapped=True), END)
    assert cluster.last == NOW + 2
    assert cluster.seen(NOW + 2).copies == 2


def test_the_heaviest_tally_says_how_often_a_text_was_sent() -> None:
    assert forms.heaviest(sent(WHOLE), NOW).seen(NOW).copies == 1
    assert forms.heaviest(sent(WHOLE, *[Form(0, OF, wrapped=True)] * 5), NOW + 9).seen(NOW + 9).copies == 5


def test_forms_are_bounded_and_who_cuts_ever_differently_is_counted_all_the_same() -> None:
    many = [Form(0b1111 << at | 0b1111 << at + 9, 400) for at in range(0, 380, 10)]
    many = [Form(form.missing | 0xFFFFFFFFFFFF << at * 3, 400) for at, form in enumerate(many)]
    cluster = sent(*many)
    assert len(cluster.forms) <= forms.MOST_FORMS + 1
    assert counted(cluster, many[-1]) >= 20
    quoted = Form((1 << 400) - (1 << 150), 400)
    assert counted(cluster, quoted) == 0, "in one piece, as people quote"
