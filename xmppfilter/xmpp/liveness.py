"""Notices that nobody is at the other end of a connection any more: a machine that lost power says no farewell.

An idle connection is probed by the kernel (TCP keepalive). While something of ours is on its way it does not probe, but
tries to deliver that for a quarter of an hour; so we look ourselves. TCP_USER_TIMEOUT would do, too, but it gives up
servers that are only slow: one that acknowledges, and takes nothing for a minute, is alive.
"""

import ipaddress
import socket
import struct
from asyncio import BaseTransport
from typing import Final, NamedTuple

LOOK_EVERY: Final = 10.0
"""Seconds between two looks."""
SILENT_FOR: Final = 45.0
"""Seconds for which what we sent may be sent again and again without any acknowledgement."""
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
"""Seconds of idleness before the first probe, seconds between two, and how many may stay unanswered."""
_TCP_INFO: Final = struct.Struct("8B13I")
"""The beginning of Linux' struct tcp_info (linux/tcp.h)."""


class Path(NamedTuple):
    """What the kernel knows of the way to the other end."""

    retransmits: int
    """How often in a row something was sent again without being acknowledged."""
    last_ack: float
    """Seconds since the last acknowledgement."""

    @property
    def is_dead(self) -> bool:
        """Whether nobody is there any more."""
        return self.retransmits > 0 and self.last_ack >= SILENT_FOR


def keep_alive(transport: BaseTransport) -> None:
    """Let the kernel probe the connection while it is idle, where it knows how."""
    connection = transport.get_extra_info("socket")
    if connection is None or connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if (option := getattr(socket, name, None)) is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)


def is_dead(transport: BaseTransport) -> bool:
    """Return whether what was sent is in vain; False where that cannot be known."""
    path = path_of(transport)
    return path is not None and path.is_dead


def path_of(transport: BaseTransport) -> Path | None:
    """Return what the kernel knows of the connection, or None where it does not tell."""
    connection, option = transport.get_extra_info("socket"), getattr(socket, "TCP_INFO", None)
    if connection is None or option is None:
        return None
    try:
        told = _TCP_INFO.unpack(connection.getsockopt(socket.IPPROTO_TCP, option, _TCP_INFO.size))
    except (OSError, struct.error):
        return None
    return Path(retransmits=told[2], last_ack=told[-1] / 1000)


def is_loopback(host: str) -> bool:
    """Return whether *host*, a name or an address, is this machine by its loopback interface."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
