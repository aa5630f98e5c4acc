"""What an attacker can do to innocent ones: each row of the table takes what it says, and ten accounts at the least."""

import pytest

from tests.attackers import BANNED, LOCKED, Attack
from tests.attacks import TABLE
from tests.make_attacks import DOCUMENT, document

ENOUGH = 10
"""Accounts."""


@pytest.mark.parametrize("attack", TABLE, ids=lambda attack: attack.name)
def test_it_takes_what_the_table_says(attack: Attack) -> None:
    assert attack.least() == attack.works_from
    if attack.works_from is not None:
        assert attack.because, "say what it takes besides"
        assert attack.works_from in attack.tried


def test_no_account_is_locked_by_few_and_nobody_banned_by_one() -> None:
    few = [attack for attack in TABLE if attack.works_from is not None and attack.works_from < ENOUGH]
    assert [attack.name for attack in few if attack.fate == LOCKED] == []
    assert [attack.name for attack in few if attack.fate == BANNED and attack.works_from == 1] == []


def test_the_document_is_what_the_table_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "write it anew: python -m tests.make_attacks"
