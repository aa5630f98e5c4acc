from collections import OrderedDict
from time import perf_counter

from hypothesis import given, settings
from hypothesis import strategies as st

from xmppfilter.memory.eviction import Aging
from xmppfilter.memory.spread import Shards


@settings(max_examples=500)
@given(st.lists(st.tuples(st.sampled_from(["put", "discard", "pop", "oldest"]), st.integers(0, 2)), min_size=5))
def test_it_behaves_like_an_ordered_dict(steps: list[tuple[str, int]]) -> None:
    aging: Aging[int] = Aging()
    model: OrderedDict[bytes, int] = OrderedDict()
    for at, (step, number) in enumerate(steps):
        key = b"%d" % number
        match step:
            case "put":
                aging.put(key, at)
                model[key] = at
                model.move_to_end(key)
            case "discard":
                assert aging.discard(key) is (model.pop(key, None) is not None)
            case "pop" if model:
                assert aging.pop() == model.popitem(last=False)
            case _:
                assert aging.oldest() == next(iter(model), None)
        assert list(aging.items.items()) == list(model.items())


def test_taking_the_oldest_of_many_does_not_walk_over_the_holes() -> None:
    aging: Aging[None] = Aging()
    for number in range(200_000):
        aging.put(number.to_bytes(4, "big"), None)
    begun = perf_counter()
    for number in range(200_000):
        aging.pop()
        aging.put(number.to_bytes(4, "big"), None)
    # By `next(iter(...))` it takes minutes.
    assert perf_counter() - begun < 10


@given(st.integers(1, 1 << 22))
def test_shards_are_small_and_share_the_capacity(capacity: int) -> None:
    shards: Shards[int] = Shards(capacity)
    shares = [shard.capacity for shard in shards.shards]
    assert min(shares) >= 1
    assert capacity - len(shares) < sum(shares) <= capacity
    assert len(shares) == 1 or max(shares) <= 1 << 14
