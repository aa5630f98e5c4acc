"""Writes deploy/ATTACKS.md anew: `python -m tests.make_attacks`."""

from pathlib import Path

from tests.attackers import Attack
from tests.attacks import TABLE

DOCUMENT = Path(__file__).parents[1] / "deploy" / "ATTACKS.md"
HEAD = """\
# What strangers can do to your users by way of the filter

Whoever decides what arrives can be used against those whom it protects. Below is what somebody might try so that an
innocent one is blocked, banned or disabled, that spam arrives, or that a stranger learns what is none of its business.
Every row is a test, played with all filters on and the options that `xmppfilter init` writes. "Not by 60" was tried
with 1, 9 and 60 accounts or the like. They are each on a server of their own, which costs an attacker nothing but a
domain, unless the row says otherwise. Contacts of a user are never judged, so none of this concerns them.

| somebody might | so that | it takes |
| --- | --- | --- |
"""


def document() -> str:
    return HEAD + "".join(map(_row, TABLE))


def _row(attack: Attack) -> str:
    return f"| {attack.what} | {attack.fate} | {_takes(attack)} |\n"


def _takes(attack: Attack) -> str:
    if attack.works_from is None:
        return f"not by {max(attack.tried)}" + f": {attack.because}" * bool(attack.because)
    return f"{attack.works_from} account{'s' * (attack.works_from > 1)}; {attack.because}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
