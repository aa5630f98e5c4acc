"""The process that is measured: the real application. `python -m tests.bench.gateway PORT CONFIG [COUNT]`.

It connects to PORT whatever CONFIG says, logs from WARNING on as the plain one does, and prints what it has counted as
a line of JSON: on SIGUSR2, and when SIGTERM has ended it. With COUNT it watches its own loop (probe.py), and as soon as
it is connected lets so many senders and bodies come in (full_memory.py): `growing` says what that took when it is
over. On SIGALRM things happen to it (incidents.py), and `incidents` says what these took.
"""

import asyncio
import json
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench.full_memory import join
from tests.bench.incidents import Incidents, Took
from tests.bench.probe import Probe
from xmppfilter.app import App
from xmppfilter.config.loader import load
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.observe.tasks import spawn

ONE_MOMENT = 0.01


class Measured:
    """One application, and what it tells of itself."""

    def __init__(self, port: int, config: Path, count: int) -> None:
        loaded = load(config)
        component = loaded.settings.component.model_copy(update={"port": port})
        settings = loaded.settings.model_copy(update={"component": component})
        self.app = App(config, replace(loaded, settings=settings))
        self._count = count
        self._probe: Probe | None = None
        self._growing: dict[str, float] | None = None
        self._incidents: dict[str, Took] | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR2, self.tell)
        loop.add_signal_handler(signal.SIGALRM, lambda: spawn(self._have_incidents(), name="things happen"))
        if self._count:
            loop.call_later(ONE_MOMENT, self._look_for_connection)
        await self.app.run()
        self.tell()

    @property
    def gateway(self) -> Gateway:
        return self.app._core.gateway

    def tell(self) -> None:
        counts, store = self.gateway.counts, self.app._store
        failures = [counts.failures, counts.malformed, counts.disbelieved, counts.invalid]
        failures += [health.failures for health in self.gateway.setup.pipeline.health.values()]
        told: dict[str, Any] = {
            "judged": sum(counts.kinds),
            "actions": counts.actions,
            "rules": counts.rules,
            "failures": sum(failures) + (store.errors if store is not None else 0),
            "unwritten": store.unwritten if store is not None else 0,
            "tasks": len(asyncio.all_tasks()),
            "tracked": {name: len(structure) for name, structure in self.gateway.state.structures.items()},
            "growing": self._growing,
            "incidents": self._incidents,
            "stops": self._probe.taken() if self._probe is not None else None,
        }
        print(json.dumps(told), flush=True)

    def _look_for_connection(self) -> None:
        if hasattr(self.app, "_component") and self.gateway.connected:
            spawn(self._fill_memory(), name="its memory is filled")
        else:
            asyncio.get_running_loop().call_later(ONE_MOMENT, self._look_for_connection)

    async def _fill_memory(self) -> None:
        self._growing = await join(self.gateway.state, self._count)
        self._probe = Probe()

    async def _have_incidents(self) -> None:
        try:
            self._incidents = await Incidents(self.app).happen()
        except Exception as failure:  # or whoever waits for it would wait for ever
            self._incidents = {"all of it": Took(0.0, 0.0, finished=False, failure=repr(failure))}
            raise


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(Measured(int(sys.argv[1]), Path(sys.argv[2]), int(next(iter(sys.argv[3:]), "0"))).run())
