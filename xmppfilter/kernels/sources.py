"""What the sources of a kernel in C are told by, so that what was built of older ones is not used in their place.

Only Python's own library is imported: the build loads this file by itself.
"""

from hashlib import sha256
from pathlib import Path


def sources_of(kernel: Path) -> list[Path]:
    """Return the sources of *kernel*, NAME.c: itself, and what stands in a folder NAME if there is one."""
    return [kernel, *sorted(kernel.with_suffix("").glob("*.c"))]


def fingerprint(kernel: Path) -> str:
    """Return 64 hex digits that change with *kernel*, NAME.c, and with all that it may include."""
    found = sha256()
    for path in (*sources_of(kernel), *sorted(kernel.with_suffix("").glob("*.h")), *sorted(kernel.parent.glob("*.h"))):
        content = path.read_bytes()
        found.update(b"%s %d\n%s" % (path.name.encode(), len(content), content))
    return found.hexdigest()
