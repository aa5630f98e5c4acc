"""What `ctl` has said yes to is so after the process was killed in that very moment. No server is needed."""

import json
from pathlib import Path

from tests.live.gateway import FIVE, GatewayProcess
from tests.process.test_reload import nobody

WORDS = (
    ("spammers ban m@evil.example 1h", "spammers show m@evil.example", '"offences"'),
    ("spammers pardon m@evil.example", "spammers show m@evil.example", '{"spammer": null}'),
    ("mode enforce", "status", '"mode_by": "the operator"'),
    ("lists add domain evil.example", "lists show domain evil.example", '"listed": true'),
    ("lists remove domain evil.example", "lists show domain evil.example", '"listed": false'),
    ("allow add domain good.example", "allow show domain good.example", '"allowed": true'),
)
"""What is ordered, what is asked after the restart, and what stands in the answer."""


async def test_what_was_answered_outlives_kill_9(tmp_path: Path) -> None:
    gateway = GatewayProcess(
        tmp_path,
        jid="filter.example.org",
        port=nobody(),
        domains=["example.org"],
        filters={**FIVE, "blocklist": None},
        policy={"mode": "monitor"},
    )
    gateway.start()
    try:
        await gateway.until(lambda status: not status["connected"], "running")
        for order, question, expected in WORDS:
            assert "not_stored" not in await gateway.ctl(*order.split())
            gateway.child.kill()
            gateway.start()
            await gateway.until(lambda status: not status["connected"], "running")
            assert expected in json.dumps(await gateway.ctl(*question.split())), order
    finally:
        await gateway.stop()
