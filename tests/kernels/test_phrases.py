import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.texts import spent, traced
from xmppfilter.kernels import phrases as python
from xmppfilter.kernels.phrases import ANYWHERE, FIRST, LAST

KINDS = {b"ana": ANYWHERE, b"hi": FIRST, b"bie": LAST, b"ciao": FIRST | LAST, b"\xb0\x9f": ANYWHERE, b"no": 0}


@settings(max_examples=300)
@given(
    kinds=st.dictionaries(st.text("abé", min_size=1, max_size=3).map(str.encode), st.integers(0, 7), max_size=20),
    spelled=st.text("abé ,", max_size=40).map(str.encode),
)
def test_both_find_the_same(compiled: ModuleType, kinds: dict[bytes, int], spelled: bytes) -> None:
    assert compiled.phrasing(kinds)(spelled) == python.phrasing(kinds)(spelled)


@pytest.mark.parametrize(
    ("spelled", "words"),
    [
        (b"", b""),
        (b" ,, ", b""),
        (b"how", b"how"),
        (b" how, are ,iou,", b"how are iou"),
        (b"ana", None),
        (b"who is ana now", None),
        (b"who is anas now", b"who is anas now"),
        (b"hi, how are iou", None),
        (b"oh hi there", b"oh hi there"),
        (b"wel bie", None),
        (b"bie wel", b"bie wel"),
        (b"ciao", None),
        (b"i sai ciao now", b"i sai ciao now"),
        (b"no", b"no"),
        (b"x \xb0\x9f", None),
        (b"a" * 300, b"a" * 300),
    ],
)
def test_words(kernel: ModuleType, spelled: bytes, words: bytes | None) -> None:
    assert kernel.phrasing(KINDS)(spelled) == words


def test_many_words(kernel: ModuleType) -> None:
    kinds = {b"%d" % number: ANYWHERE for number in range(5000)}
    words = kernel.phrasing(kinds)
    kinds.clear()  # it has its own
    assert all(words(b"x %d" % number) is None for number in range(5000))
    assert words(b"x 5000") == b"x 5000"


@pytest.mark.parametrize("kinds", [{b"": 1}, {b"a" * 256: 1}, {b"%d" % number: 1 for number in range(65_536)}])
def test_words_that_there_cannot_be(kernel: ModuleType, kinds: dict[bytes, int]) -> None:
    with pytest.raises(ValueError, match="1 to 255 bytes"):
        kernel.phrasing(kinds)


@pytest.mark.parametrize("args", [(), (None,), ({"a": 1},), ({b"a": "1"},), ({b"a": 1}, 1), ([b"a"],)])
def test_c_refuses_other_arguments(compiled: ModuleType, args: Any) -> None:
    with pytest.raises(TypeError):
        compiled.phrasing(*args)


def test_c_refuses_what_is_not_spelled(compiled: ModuleType) -> None:
    for spelled in ("a", None, bytearray(b"a")):
        with pytest.raises(TypeError):
            compiled.phrasing(KINDS)(spelled)


def test_c_leaves_nothing_behind(compiled: ModuleType) -> None:
    kinds, spelled = {b"hi": FIRST, b"ana": ANYWHERE}, b"oh hi there"
    references = sys.getrefcount(spelled)

    def work() -> None:
        for _ in range(1_000):
            words = compiled.phrasing(kinds)
            words(spelled)
            words(b"hi there")

    left, _ = traced(work)
    assert left < 10_000
    assert sys.getrefcount(spelled) == references


@pytest.mark.parametrize("spelled", [b"a" * 65_536, b"a " * 32_768, b"," * 65_536])
def test_it_is_linear(kernel: ModuleType, spelled: bytes) -> None:
    words = kernel.phrasing(KINDS)
    assert spent(lambda: words(spelled)) < 0.02
