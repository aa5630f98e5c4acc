"""`xmppfilter run` on a machine whose clock is set: `python -m tests.process.moved_clock CONFIG`.

The file `clock` beside CONFIG has two numbers: by how many seconds the time of day is set wrong, and how many have
passed besides those that really have.
"""

import asyncio
import sys
import time
from pathlib import Path

from xmppfilter.app import App
from xmppfilter.config.loader import load
from xmppfilter.observe.clock import Clock, steady
from xmppfilter.observe.log import configure_logging


class Machine:
    """The two clocks of a machine, as the file says."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def wall(self) -> float:
        wrong, passed = self._read()
        return time.time() + wrong + passed

    def passed(self) -> float:
        return steady() + self._read()[1]

    def _read(self) -> tuple[float, float]:
        wrong, passed = self._file.read_text().split()
        return float(wrong), float(passed)


if __name__ == "__main__":
    config = Path(sys.argv[1])
    loaded = load(config)
    configure_logging(loaded.settings.log.format, loaded.settings.log.level)
    machine = Machine(config.with_name("clock"))
    app = App(config, loaded)
    app._clock = Clock(machine.wall, machine.passed)
    asyncio.run(app.run())
