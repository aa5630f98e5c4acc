"""Free TCP ports on the loopback interface."""

import random
import socket
from contextlib import ExitStack

# Below Linux's ephemeral range, so that no outgoing connection takes a port between our look and the server's bind.
_LOWEST = 20_000
_HIGHEST = 32_000
_ATTEMPTS = 1_000


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Return *count* distinct ports that nobody listens on; raises RuntimeError when none can be found."""
    with ExitStack() as held:
        ports: list[int] = []
        for _ in range(_ATTEMPTS):
            if len(ports) == count:
                return ports
            probe = held.enter_context(socket.socket())
            port = random.randint(_LOWEST, _HIGHEST)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            ports.append(port)
        if len(ports) == count:
            return ports
    raise RuntimeError(f"wanted {count} free ports on {host} between {_LOWEST} and {_HIGHEST}, found {len(ports)}")


def free_port(host: str = "127.0.0.1") -> int:
    """Return one free port."""
    return free_ports(1, host)[0]
