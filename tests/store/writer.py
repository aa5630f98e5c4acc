"""Writes into a store until it is killed; a line on standard output for each flush that is done."""

import asyncio
import sys

from xmppfilter.memory.state import State
from xmppfilter.store.sqlite import SqliteStore

NOW = 1_700_000_000.0
FOREVER = 1e12


async def main() -> None:
    store = await SqliteStore.open(sys.argv[1])
    state = State(store.secret)
    bans = state.bans("bans", capacity=100_000, seconds=FOREVER)
    keys = state.set("keys", capacity=100_000, seconds=FOREVER)
    await store.load(state, NOW)
    number = 0
    while True:
        for _ in range(50):
            jid = f"spammer{number}@example.org"
            bans.offend(state.key(jid), jid, when=NOW, ban_time=900.0, weight=100)
            keys.add(state.key(jid), NOW)
            number += 1
        await store.flush()
        print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
