"""Builds the kernels written in C (xmppfilter/kernels) where a compiler and the headers of Python are; else goes on.

A wheel gets them beside the Python that they stand for. An editable install has them built in place.
"""

import runpy
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

KERNELS = "xmppfilter/kernels"


def compiled(root: Path, folder: Path) -> list[Path]:
    """Compile every kernel under *root*; return the libraries in *folder*, none for what cannot be compiled.

    A kernel is NAME.c, with what stands in a folder NAME if there is one.
    """
    told = runpy.run_path(str(root / KERNELS / "sources.py"))
    extensions = [
        Extension(
            f"_{kernel.stem}",
            list(map(str, told["sources_of"](kernel))),
            include_dirs=[str(kernel.with_suffix(""))],
            define_macros=[("KERNEL_SOURCES", f'"{told["fingerprint"](kernel)}"')],
            depends=list(map(str, (root / KERNELS).rglob("*.h"))),
            extra_compile_args=["-std=c11", "-fvisibility=hidden"],
            optional=True,
        )
        for kernel in sorted((root / KERNELS).glob("*.c"))
    ]
    command = build_ext(Distribution({"name": "kernels", "ext_modules": extensions}))
    command.build_lib = str(folder)
    command.build_temp = str(folder / "objects")
    command.ensure_finalized()
    command.run()
    return sorted(found for found in map(Path, command.get_outputs()) if found.exists())


class Kernels(BuildHookInterface[Any]):
    """The hook that hatchling calls."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the kernels before a wheel is put together."""
        root = Path(self.root)
        self._folder = TemporaryDirectory(prefix="xmppfilter-kernels-")
        libraries = compiled(root, Path(self._folder.name))
        if version == "editable":
            for stale in (root / KERNELS).glob("*.so"):
                stale.unlink()
        if not libraries:
            print("xmppfilter: built without C: a compiler or Python.h is missing", file=sys.stderr)  # noqa: T201
        elif version == "editable":
            for library in libraries:
                shutil.move(library, root / KERNELS / library.name)
        else:
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
            build_data["force_include"].update({str(path): f"{KERNELS}/{path.name}" for path in libraries})

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what was compiled, once it is in the wheel."""
        self._folder.cleanup()
