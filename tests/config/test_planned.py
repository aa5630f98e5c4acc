"""What is planned and not there: refused by name, and never something that is there."""

import pytest

from xmppfilter.config.keys import options_of
from xmppfilter.config.loader import ConfigError, load_text
from xmppfilter.config.planned import NOT_BUILT, PLANNED_FILTERS, PLANNED_OPTIONS
from xmppfilter.config.settings import Settings
from xmppfilter.judging.catalogue import filter_module, filter_names

GOOD = "component: {jid: f.example, secret: x}\ndomains: [a.example]\n"


def test_what_is_built_is_not_refused_as_planned() -> None:
    assert not PLANNED_FILTERS & set(filter_names())
    assert not {path[0] for path in PLANNED_OPTIONS if len(path) == 1} & set(options_of(Settings))
    assert not {path[2] for path in PLANNED_OPTIONS if path[0] == "filters"} & {
        option for name in filter_names() for option in options_of(filter_module(name).Config)
    }


@pytest.mark.parametrize("text", [*(f"filters: {{{name}: }}" for name in sorted(PLANNED_FILTERS)), "route: relay"])
def test_what_is_planned_is_refused_as_that(text: str) -> None:
    with pytest.raises(ConfigError, match=NOT_BUILT):
        load_text(f"{GOOD}{text}\n", {})
