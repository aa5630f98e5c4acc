"""What leads to what: a table of numbers, looked up by places in it."""

from array import array
from collections import Counter


def most_led(table: "array[int]", places: bytes, least: int, most: int) -> list[tuple[int, int]]:
    """Return what *least* or more of the *places* in a table lead to, and how many do: at most *most*, these first.

    *places* are numbers of 32 bits, each at most once. Of what as many lead to the larger number goes first.
    """
    found = Counter(table[place] for place in memoryview(places).cast("I"))
    enough = [(count, number) for number, count in found.items() if count >= least]
    return [(number, count) for count, number in sorted(enough, reverse=True)[:most]]


def lead(table: "array[int]", places: bytes, number: int, half: int) -> None:
    """Let the *places* lead to a *number*, and those that lie *half* the table behind, as far as they are there."""
    for place in memoryview(places).cast("I"):
        table[place] = number
        if half + place < len(table):
            table[half + place] = number
