"""What was compiled of older sources is not used."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from xmppfilter import kernels
from xmppfilter.kernels.sources import fingerprint, sources_of

KERNELS = Path(kernels.__file__).parent


def test_the_sources_are_the_kernel_and_its_folder(tmp_path: Path) -> None:
    kernel = tmp_path / "fold.c"
    (tmp_path / "fold").mkdir()
    for name in ("fold.c", "fold/b.c", "fold/a.c", "fold/a.h", "runs.c", "kernel.h"):
        (tmp_path / name).write_text("")
    assert sources_of(kernel) == [kernel, tmp_path / "fold/a.c", tmp_path / "fold/b.c"]


@pytest.mark.parametrize(
    ("name", "tells"),
    [("fold.c", True), ("fold/a.c", True), ("fold/a.h", True), ("kernel.h", True), ("runs.c", False)],
)
def test_a_change_of_what_it_is_built_of_tells(tmp_path: Path, name: str, tells: bool) -> None:
    (tmp_path / "fold").mkdir()
    for each in ("fold.c", "fold/a.c", "fold/a.h", "runs.c", "kernel.h"):
        (tmp_path / each).write_text("")
    before = fingerprint(tmp_path / "fold.c")
    (tmp_path / name).write_text("\n")
    assert (fingerprint(tmp_path / "fold.c") != before) is tells


EVERY = {path.stem for path in KERNELS.glob("*.c")}


@pytest.mark.parametrize(
    ("changed", "said", "stale"),
    [(("fold.c",), "partly", {"fold"}), (("kernel.h",), "no", EVERY), ((), "yes", {""})],
)
def test_a_library_of_older_sources_is_let_be(
    tmp_path: Path, changed: tuple[str, ...], said: str, stale: set[str]
) -> None:
    pytest.importorskip("xmppfilter.kernels._fold")
    shutil.copytree(KERNELS.parent, tmp_path / "xmppfilter", ignore=shutil.ignore_patterns("__pycache__"))
    for name in changed:
        with (tmp_path / "xmppfilter/kernels" / name).open("a") as source:
            source.write("\n")
    given = {name: value for name, value in os.environ.items() if name != "XMPPFILTER_PURE"}
    code = "from xmppfilter import kernels; print(kernels.__file__, kernels.in_use)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=given | {"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    where, _, told = done.stdout.strip().partition(" ")
    assert where == str(tmp_path / "xmppfilter/kernels/__init__.py")
    words, _, names = told.partition(": built of older sources: ")
    assert (words, set(names.split(", "))) == (said, stale)
