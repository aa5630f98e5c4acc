"""Nobody is blocked for what others pad their spam with; the spam is."""

import pytest

from tests.bench import padding


@pytest.mark.parametrize("name", ["behind", "two in turn", "sent honestly before, behind"])
def test_spam_is_blocked_and_its_padding_is_not(name: str) -> None:
    found = padding.run(None, 2, 1, {name: padding.WAYS[name]})[name]
    assert found["blocked"] == 0
    assert found["passed"] < 0.35
