"""A component in name only: sends back whatever bytes it is sent. `python -m tests.bench.echo PORT`."""

import asyncio
import sys

_ACCEPTED = b"<handshake/>"


class Echo(asyncio.Protocol):
    """Greets the server as a component does, and echoes what follows its welcome."""

    def __init__(self) -> None:
        self._welcome: bytes | None = b""
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"<stream:stream><handshake></handshake>")

    def data_received(self, data: bytes) -> None:
        if self._welcome is not None:
            self._welcome += data
            if _ACCEPTED not in self._welcome:
                return
            data = self._welcome.partition(_ACCEPTED)[2]
            self._welcome = None
        self._transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self.gone.set()


async def main(port: int) -> None:
    _, echo = await asyncio.get_running_loop().create_connection(Echo, "127.0.0.1", port)
    await echo.gone.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
