"""A child process of a test: started in a group of its own, waited for with deadlines, always ended."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_POLL_SECONDS = 0.02


class ChildFailedError(RuntimeError):
    """The child ended, or did not become ready in time; the message carries the end of its output."""


class Child:
    """One child process and what it printed."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        output: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.command = [str(part) for part in command]
        self.output_path = output
        with output.open("ab") as sink:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **env} if env else None,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def output(self) -> str:
        """Everything that the child has printed so far."""
        return self.output_path.read_text(errors="replace")

    def wait_until(self, ready: Callable[[], bool], what: str, timeout: float = 20) -> None:
        """Wait until *ready()* is true; raises ChildFailedError when the child ends first or *timeout* seconds pass."""
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.running:
                raise ChildFailedError(self._explain(f"ended with {self._process.returncode} before it was {what}"))
            if time.monotonic() > deadline:
                raise ChildFailedError(self._explain(f"was not {what} within {timeout:g} s"))
            time.sleep(_POLL_SECONDS)

    def stop(self, timeout: float = 15) -> int:
        """Ask the child to end (TERM), kill its whole group after *timeout* seconds, and return its exit status."""
        if self.running:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
        return self.kill()

    def kill(self) -> int:
        """Kill the child and whatever it started, and return the child's exit status."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait(10)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the child alone."""
        self._process.send_signal(number)

    def _explain(self, what: str) -> str:
        return f"{' '.join(self.command)} {what}; the end of its output:\n{self.output[-3000:]}"
