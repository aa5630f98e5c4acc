"""Short texts are recognised, however they are varied, and what people write each other is not joined to them."""

import pytest

from tests.bench.near_duplicates import measure
from tests.bench.short_operators import honest_texts, mutants, short_operators, short_texts


def test_every_operator_changes_some_texts_and_none_to_nothing() -> None:
    varied = mutants()
    assert len(varied) == len(short_texts()) * (1 + len(short_operators()))
    assert [mutant for mutant in varied if not mutant.text.strip()] == []
    texts = {mutant.cluster: mutant.text for mutant in varied if mutant.op == "base"}
    assert {mutant.op for mutant in varied if mutant.text != texts[mutant.cluster]} == {*short_operators()}


@pytest.mark.parametrize("seed", [1, 2])
def test_they_are_recognised_and_nothing_of_what_people_write(seed: int) -> None:
    found = measure(mutants(seed), honest_texts())
    assert found["originals_merged"] == 0
    assert found["recall_by_length"]["16 to 43"] >= 0.9
    assert found["recall_by_length"]["44 to 59"] >= 0.97
    assert found["ham_matching_spam"] == 0
    assert found["ham_matching_ham"] < 0.01
