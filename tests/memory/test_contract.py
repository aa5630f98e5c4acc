import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.lists.copies import Copies
from xmppfilter.memory.bans import Ban, Bans
from xmppfilter.memory.changes import Batch
from xmppfilter.memory.contract import Structure
from xmppfilter.memory.counter import Counter
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.sets import Set
from xmppfilter.memory.window import Window

KEYS = st.binary(max_size=255)
BATCHES = st.builds(
    Batch,
    kind=st.text(max_size=20),
    version=st.integers(0, 255),
    entries=st.lists(st.tuples(KEYS, st.binary(max_size=300))).map(tuple),
    whole=st.booleans(),
)


def structures() -> list[Structure]:
    return [
        Counter(capacity=10, limit=3),
        Window(capacity=10, limit=3, seconds=60),
        Bans(capacity=10, seconds=60),
        Set(capacity=10, seconds=60),
        Clusters(capacity=10, window=60, secret=1),
        Rates(capacity=10, limit=3, seconds=60),
        Copies(capacity=10),
    ]


@given(BATCHES)
def test_batches_round_trip(batch: Batch) -> None:
    assert Batch.decode(batch.encode()) == batch


@given(st.binary(max_size=200))
def test_garbage_is_a_value_error(data: bytes) -> None:
    try:
        batch = Batch.decode(data)
    except ValueError:
        return
    assert batch.encode() == data


@given(BATCHES, st.data())
def test_cut_off_or_longer_is_a_value_error(batch: Batch, data: st.DataObject) -> None:
    encoded = batch.encode()
    cut = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(ValueError, match="batch"):
        Batch.decode(encoded[:cut])
    with pytest.raises(ValueError, match="follow the last entry"):
        Batch.decode(encoded + b"x")


def test_another_format_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="format 2"):
        Batch.decode(b"\x02" + Batch("set", 1, ()).encode()[1:])


@given(st.lists(st.tuples(KEYS, st.binary(max_size=120)), max_size=4), st.booleans())
def test_no_entry_whatever_raises_anything_but_a_value_error(entries: list[tuple[bytes, bytes]], whole: bool) -> None:
    for structure in structures():
        batch = Batch(structure.kind, structure.VERSION, tuple(entries), whole)
        try:
            structure.absorb(batch, origin=b"o", number=1, now=1e9)
        except ValueError:
            assert len(structure) == 0
        assert list(structure.snapshot()) is not None


@pytest.mark.parametrize("at", range(len(structures())))
def test_each_batch_is_applied_once(at: int) -> None:
    structure = structures()[at]
    empty = Batch(structure.kind, structure.VERSION, ())
    assert structure.absorb(empty, origin=b"a", number=1, now=1.0)
    assert structure.absorb(empty, origin=b"a", number=5, now=1.0)
    assert not structure.absorb(empty, origin=b"a", number=5, now=1.0)
    assert not structure.absorb(empty, origin=b"a", number=4, now=1.0)
    assert structure.absorb(empty, origin=b"b", number=4, now=1.0)


@pytest.mark.parametrize("at", range(len(structures())))
def test_numbers_of_so_many_origins_are_kept_and_no_more(at: int) -> None:
    structure = structures()[at]
    empty = Batch(structure.kind, structure.VERSION, ())
    for number in range(1024):
        structure.absorb(empty, origin=b"%d" % number, number=1, now=1.0)
    assert not structure.absorb(empty, origin=b"0", number=1, now=1.0)
    structure.absorb(empty, origin=b"one more", number=1, now=1.0)
    assert structure.absorb(empty, origin=b"0", number=1, now=1.0)


@pytest.mark.parametrize("at", range(len(structures())))
def test_a_batch_of_another_kind_or_version_is_refused(at: int) -> None:
    structure = structures()[at]
    for kind, version in (("other", 1), (structure.kind, 2)):
        with pytest.raises(ValueError, match=f"{structure.kind} version 1 is wanted"):
            structure.absorb(Batch(kind, version, ()), origin=b"a", number=1, now=1.0)


def test_a_ban_is_small_and_frozen() -> None:
    ban = Ban("a@b", 1, 400, 1.0, 1.0, disabled=False, imposed=False)
    with pytest.raises(AttributeError):
        ban.jid = "c@d"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        ban.other = 1  # type: ignore[attr-defined]
