"""What holds for every test."""

import gc

import pytest
from hypothesis import settings

# How long an example may take is no property: on a busy machine any takes long. Tests that bound a time say so.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="module")
def _nothing_to_collect() -> None:
    """Let no collection walk over what the modules before have left: many tests bound what something costs."""
    gc.collect()
    gc.freeze()
