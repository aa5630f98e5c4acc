"""Where the control socket of a gateway is: its own, though several keep their stores in one folder."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from xmppfilter.config.settings import Settings

LONGEST_PATH: Final = 107
"""Bytes that the path of a Unix socket may have on Linux."""
PATIENCE: Final = 2.0
"""Seconds to wait for whoever may listen on a socket."""


def control_paths(settings: Settings) -> tuple[Path, ...]:
    """Return where the control socket may be, the best place first; empty: nowhere.

    It is where `control` says; or else beside the store, under a name of its own where another gateway listens there.
    """
    store = settings.store.sqlite if settings.store is not None else None
    return places(settings.control, store, settings.component.jid)


def places(control: str | None, store: str | None, jid: str | None) -> tuple[Path, ...]:
    """Return the same by the path of `control`, that of the store, and the component's JID, each if it is known."""
    if control is not None:
        return (Path(control),)
    if store is None:
        return ()
    common = Path(store).with_name("control.sock")
    if jid is None:
        return (common,)
    name = f"control-{jid}.sock"
    if "/" in jid or len(bytes(common.parent / name)) > LONGEST_PATH:
        name = f"control-{sha256(jid.encode()).hexdigest()[:8]}.sock"
    return common, common.with_name(name)


async def is_answered(path: Path) -> bool:
    """Whether somebody listens on *path*; in doubt, somebody does."""
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_unix_connection(path)
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    except (OSError, TimeoutError):
        return await asyncio.to_thread(path.is_socket)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def first_free(paths: Sequence[Path]) -> Path:
    """Return the first of *paths* that nobody listens on. Raises OSError where there is none."""
    for path in paths:
        if not await is_answered(path):
            return path
    raise OSError(
        f"{paths[-1]}: another process listens on this socket; give each gateway its own by control, or stop the other"
    )
