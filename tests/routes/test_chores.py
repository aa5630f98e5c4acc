"""Work that is done in turns, a little at each tick."""

from collections.abc import Iterator

from xmppfilter.judging.effects import Effect, Notice
from xmppfilter.routes.chores import EFFECT_COSTS, STEPS, Chores


def work(name: str, steps: int, *, effects: bool = False) -> Iterator[Effect | None]:
    for _ in range(steps):
        yield Notice(name, {}) if effects else None


def names(effects: list[Effect]) -> list[str]:
    return [effect.name for effect in effects if isinstance(effect, Notice)]


def test_all_is_done_bit_by_bit() -> None:
    chores = Chores()
    assert not chores.busy
    chores.add(work("a", 3 * STEPS - 1))
    ticks = 0
    while chores.busy:
        assert chores.work() == []
        ticks += 1
    assert ticks == 3


def test_effects_cost_more_than_steps() -> None:
    chores = Chores()
    chores.add(work("a", 5, effects=True))
    assert len(chores.work()) == STEPS // EFFECT_COSTS
    assert chores.busy


def test_each_gets_its_turn_and_none_waits_for_the_longest() -> None:
    chores = Chores()
    chores.add(work("long", 100_000))
    chores.add(work("short", 1, effects=True))
    assert names(chores.work()) == ["short"]
    assert chores.busy


def test_very_many_pieces_are_done_in_the_order_in_which_they_came() -> None:
    chores = Chores()
    for number in range(10):
        chores.add(work(str(number), 1, effects=True))
    done: list[str] = []
    while chores.busy:
        done += names(chores.work())
    assert done == [str(number) for number in range(10)]
