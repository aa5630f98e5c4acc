"""The filters that are installed, and what each of their modules must have."""

import pytest

from xmppfilter.judging.catalogue import filter_module, filter_names
from xmppfilter.judging.filter import Stage


def test_names_come_in_alphabetical_order() -> None:
    assert filter_names() == sorted(set(filter_names()))
    assert "known_spammers" in filter_names()


def test_there_is_no_module_for_another_name() -> None:
    with pytest.raises(KeyError):
        filter_module("none")


@pytest.mark.parametrize("name", filter_names())
def test_a_module_has_what_the_contract_says(name: str) -> None:
    module = filter_module(name)
    assert isinstance(module.Filter.stage, Stage)
    assert module.Filter.kinds
    assert module.RULES
    assert all(doc and "\n" not in doc for doc in module.RULES.values())
    assert "Never looks at:" in (module.__doc__ or "")
