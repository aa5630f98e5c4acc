"""Counts the copies of a text by their forms, so that nobody is judged by what others have said beside it.

Spam is padded with what honest people write as well: a proverb, a footer, a chain letter. It is in every copy, so by
what the copies have in common nobody can tell it from the spam. But who sends the padding alone leaves out what the
copies say beside it; and where the padding was known before, the copies say much that those before did not. So a copy
speaks only against those that say all that it says.

The whole text is counted by its cluster itself, other forms beside it, at most `MOST_FORMS`.
"""

from collections.abc import Iterator
from typing import Final

from xmppfilter.duplicates.form import Form
from xmppfilter.duplicates.tally import Cluster, Parties

MOST_FORMS: Final = 6
SCATTERED: Final = Form(of=0)
"""Stands for parts for which there is no room: nobody but a machine cuts a text so variedly,"""
_BLOCKS: Final = 2  # into pieces like these; who quotes has one


def note(cluster: Cluster, form: Form, now: float, parties: Parties, *, varied: bool) -> None:
    """Count a copy of a cluster by its form."""
    whole, forms = _whole(cluster, form), cluster.forms
    for tally in forms.values():
        if tally.window != cluster.window:
            tally.keep_for(cluster.window)
    if whole.holds(form):
        cluster.note(now, parties, varied=varied)
    else:
        cluster.touch(now)
    found = False
    for one, tally in forms.items():
        if one is not SCATTERED and one.holds(form):
            tally.note(now, parties, varied=varied)
            found = found or form.holds(one)
    if found or whole.equals(form):
        return
    if len(forms) >= MOST_FORMS:
        if not form.part:
            return
        form = SCATTERED
    if form not in forms:
        forms[form] = Cluster(b"", (), now, window=cluster.window)
        forms[form].stamp = cluster.stamp
    forms[form].note(now, parties, varied=varied)


def against(cluster: Cluster, form: Form, now: float) -> Cluster | None:
    """Return the heaviest tally of copies that say no more than one of a form says; None: there is none."""
    if not cluster.forms:
        return cluster if form.holds(_whole(cluster, form)) else None
    return max(_against(cluster, form), key=lambda tally: _weight(tally, now), default=None)


def heaviest(cluster: Cluster, now: float) -> Cluster:
    """Return the heaviest tally of a cluster, in whatever form."""
    if not cluster.forms:
        return cluster
    return max((cluster, *cluster.forms.values()), key=lambda tally: _weight(tally, now))


def _whole(cluster: Cluster, form: Form) -> Form:
    return Form(0, form.of, links=cluster.links)


def _against(cluster: Cluster, form: Form) -> Iterator[Cluster]:
    if form.holds(_whole(cluster, form)):
        yield cluster
    for one, tally in cluster.forms.items():
        if (not form.part or form.blocks >= _BLOCKS) if one is SCATTERED else form.holds(one):
            yield tally


def _weight(tally: Cluster, now: float) -> tuple[int, int]:
    seen = tally.seen(now)
    return seen.recipients, seen.copies
