"""Bans with long names take no more memory than many with short ones: both servers."""

from pathlib import Path

import pytest

from tests.live.shimmed import EVIL, shimmed

pytestmark = [pytest.mark.live, pytest.mark.parametrize("kind", ["prosody", "ejabberd"])]

MOST_BYTES = 2 * 1024 * 1024


async def test_bans_are_bounded_in_bytes_and_the_last_to_end_stay(tmp_path: Path, kind: str) -> None:
    senders = [f"{number:04}{'x' * 1000}@{EVIL}" for number in range(3000)]
    room_for = MOST_BYTES // len(senders[0])
    first, *_, last = kept = senders[-room_for + 10 :]  # a separator or two may count, too
    async with shimmed(tmp_path, kind, "verdict") as s:
        alice = await s.login()
        for begin in range(0, len(senders), 50):
            bans = "".join(
                f"<ban jid='{sender}' until='2100-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z'/>"
                for number, sender in enumerate(senders[begin : begin + 50], begin)
            )
            await s.push(content=bans)
        gone = senders[len(senders) - len(kept) - 20]
        for number, sender in enumerate((senders[0], gone, first, last)):
            s.evil.send(f"<presence from='{sender}' to='{alice.jid}' id='p{number}'/>")
        await alice.take(lambda stanza: stanza.get("id") == "p3", "presence")
        asked = [asked.stanza.get("from") for asked in s.filter.asked]
    assert asked == [first, last]
