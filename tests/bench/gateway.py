"""The process that is measured: the component with some filters. `python -m tests.bench.gateway PORT FILTER...`.

Ends on SIGTERM, and prints what it counted as JSON.
"""

import asyncio
import gc
import json
import logging
import signal
import sys

from xmppfilter.build import Core
from xmppfilter.config.catalogue import filter_module
from xmppfilter.config.settings import Component, FilterSection, MountedFilter, Settings
from xmppfilter.memory.state import State
from xmppfilter.xmpp.component import FilterComponent


def settings(port: int, filters: list[str]) -> Settings:
    return Settings(
        component=Component(jid="filter.example.org", secret="secret", port=port),
        domains=["example.org"],
        filters=[
            MountedFilter(name=name, config=filter_module(name).Config(), common=FilterSection()) for name in filters
        ],
    )


async def main(port: int, filters: list[str]) -> None:
    configured = settings(port, filters)
    gc.freeze()  # what is loaded by now stays; the collector need not look at it again
    core = Core(configured, State())
    component = FilterComponent(configured.component, "secret", core.gateway)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await component.run_until(stop)
    counts = core.gateway.counts
    print(json.dumps({"judged": sum(counts.kinds), "actions": counts.actions, "failures": counts.failures}), flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
