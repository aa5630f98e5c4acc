"""What is said of a finding."""

from xmppfilter.judging.verdict import Finding


def test_words_that_nobody_reads_are_never_put_together() -> None:
    said: list[str] = []

    def words() -> str:
        said.append("once")
        return "seen twice"

    finding = Finding("filter.rule", words, 3.0)
    assert (finding.filter, finding.score, said) == ("filter", 3.0, [])
    assert finding.detail == "seen twice"
    assert repr(finding) == "Finding('filter.rule', 'seen twice', 3.0)"
    assert said == ["once"]


def test_words_that_are_there_are_told() -> None:
    assert Finding("filter.rule", "seen").detail == "seen"
