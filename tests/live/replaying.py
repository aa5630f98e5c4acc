"""`xmppfilter replay`, as an administrator would call it."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any


async def replay(config: Path, recording: Path) -> list[dict[str, Any]]:
    """Run `xmppfilter replay --json` and return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "xmppfilter", "replay", "--config", str(config), "--json", str(recording)),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in out.decode().split("\n") if line]
