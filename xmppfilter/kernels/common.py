"""How many letters two texts have in common, in the same order."""


def in_common(first: bytes, second: bytes, parts: int) -> list[int]:
    """Return the length of the longest common subsequence of the first part of both, of the first two parts, and so on.

    The last one is that of all of both. By bits (Hyyrö 2004): as many steps as *second* is long, each on a number of as
    many bits as *first* is long.
    """
    places: dict[int, int] = {}
    for at, letter in enumerate(first):
        places[letter] = places.get(letter, 0) | 1 << at
    row = every = (1 << len(first)) - 1
    found: list[int] = []
    for part in range(1, parts + 1):
        for letter in second[len(second) * (part - 1) // parts : len(second) * part // parts]:
            there = row & places.get(letter, 0)
            row = (row + there | row - there) & every
        known = (1 << len(first) * part // parts) - 1
        found.append((~row & known).bit_count())
    return found
