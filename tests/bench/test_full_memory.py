"""What fills the memory is in the structures that it should be in, and nowhere else."""

import time
from pathlib import Path

from tests.bench import configurations
from tests.bench.full_memory import STRUCTURES, join
from tests.bench.stall import roomy
from tests.memory.readers import Store
from xmppfilter.build import Core
from xmppfilter.config.loader import load
from xmppfilter.memory.state import State


async def test_everybody_comes_in_and_some_are_about_to_go(tmp_path: Path) -> None:
    config = configurations.write(tmp_path, "stall", roomy(configurations.full(tmp_path), 2000))
    core = Core(load(config).settings, State())
    core.begin(time.time())
    stores = [Store(structure) for structure in core.state.structures.values()]
    for store in stores:
        store.settle()

    longest = await join(core.state, 2000)

    sizes = {name: len(structure) for name, structure in core.state.structures.items()}
    assert {name for name, size in sizes.items() if size} == longest.keys() == set(STRUCTURES)
    assert all(1900 <= sizes[name] <= 2000 for name in STRUCTURES)
    assert not any(store.changes.waiting or store.changes.behind for store in stores)
    core.state.expire(time.time() + 10)
    assert len(core.state.structures["presence_subscribe_rate.senders"]) < 1900
