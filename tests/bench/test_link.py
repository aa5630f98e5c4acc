"""What comes back is counted, however it is cut into pieces."""

from hypothesis import given
from hypothesis import strategies as st

from tests.bench.link import Tally


@given(st.lists(st.sampled_from([b"", b"a", b"b", b"ab", b"abc", b"c", b"cabcab", b"bcabca"]), max_size=30))
def test_a_pattern_is_counted_once_wherever_it_is_cut(pieces: list[bytes]) -> None:
    tally = Tally(b"abc")
    for piece in pieces:
        tally.feed(piece)
    assert tally.count == b"".join(pieces).count(b"abc")
