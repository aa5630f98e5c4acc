"""Every test of a kernel runs on what is said in Python and on what is compiled of C."""

from importlib import import_module
from types import ModuleType

import pytest


def _compiled(name: str) -> ModuleType:
    module: ModuleType = pytest.importorskip(
        f"xmppfilter.kernels._{name}", reason="no kernel is compiled: pip install -e ."
    )
    return module


@pytest.fixture(params=["python", "compiled"], scope="module")
def kernel(request: pytest.FixtureRequest) -> ModuleType:
    """Return either form of the kernel that the module is the test of."""
    name = request.module.__name__.rpartition("test_")[2]
    return _compiled(name) if request.param == "compiled" else import_module(f"xmppfilter.kernels.{name}")


@pytest.fixture(scope="module")
def compiled(request: pytest.FixtureRequest) -> ModuleType:
    """Return the compiled form of that kernel."""
    return _compiled(request.module.__name__.rpartition("test_")[2])
