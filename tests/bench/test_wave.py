"""A varied wave: what README says of it."""

from tests.bench.wave import run


def test_a_varied_wave_passes_the_five_and_not_what_init_writes() -> None:
    shares = run(copies=400, seed=1)
    assert shares["the five alone"] == 1
    assert shares["what init writes"] < 0.15
