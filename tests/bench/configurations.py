"""The configurations that the benchmark measures with, written into a folder that lasts as long as the run.

`full` is all filters: 1,000 strings and 100 regular expressions, none of which is in the traffic, and lists of 100,000
entries of all kinds. All other options have their defaults.
"""

import hashlib
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from xmppfilter.build import Core
from xmppfilter.config.loader import load
from xmppfilter.gateway.events import Ticked
from xmppfilter.memory.state import State
from xmppfilter.store.listfiles import read_lists

FIVE: Mapping[str, Any] = {
    "known_spammers": None,
    "error_without_child": None,
    "groupchat_to_bare_jid": None,
    "presence_subscribe_rate": None,
    "same_long_body": None,
}
_HOW = """
    amazing bonus certified cheap confidential crypto discreet exclusive express fabulous guaranteed hot incredible
    instant legendary limited lucrative magic miraculous natural offshore original overnight passive premium pristine
    profitable quick risky secret shiny special stunning surprise triple unbeatable unlimited verified wealthy winning
"""
_WHAT = """
    airdrop arbitrage bargain bitcoin brides broker casino cheques cialis coupon debts diploma doctors dollars earnings
    ethereum followers forex gambling giveaway giftcard inheritance insurance investment jackpot kamagra loans lottery
    mortgage pharmacy pills poker prince profits refund replica roulette signals slots viagra
"""
PHRASES = [f"{how} {what}" for how, what in product(_HOW.split(), _WHAT.split())]
LISTED = 20_000
"""Entries of a fifth of the lists: two fifths are domains."""
WIDE = 1_000
"""Of them, those that stand for all domains below one, or for a network."""


def write(folder: Path, name: str, filters: Mapping[str, Any], **sections: Any) -> Path:
    """Write a configuration with *filters* and other *sections*, and return where it is."""
    settings = {
        "component": {"jid": "filter.example.org", "secret": "secret", "host": "127.0.0.1"},
        "domains": ["example.org"],
        "filters": dict(filters),
        **sections,
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(settings, sort_keys=False))
    path.chmod(0o600)  # there is a secret in it
    return path


def full(folder: Path) -> dict[str, Any]:
    """Return the sections of all filters; their lists are written into *folder*."""
    return {
        **FIVE,
        "blocklist": {"files": _lists(folder)},
        "invitation": None,
        "stranger_rate": None,
        "campaign": None,
        "first_contact": None,
        "mentions": None,
        "patterns": {"strings": PHRASES[:1000], "regexes": [_regex(*phrase.split()) for phrase in PHRASES[1000:1100]]},
    }


def configured(folder: Path, now: float) -> Core:
    """Return a core with all filters, and their lists taken in; files are written into *folder*."""
    core = Core(load(write(folder, "full", full(folder), route="inline")).settings, State(b"secret"))
    core.begin(now)
    lists = core.gateway.library.lists
    assert lists is not None
    for read in read_lists(lists.files):
        assert not read.skipped
        core.gateway.handle(read, now)
        while core.gateway.busy:
            core.gateway.handle(Ticked(), now)
    return core


def _regex(how: str, what: str) -> str:
    return rf"(?i)\b{how}\w{{0,3}}\s+(the\s+)?{what}\b"


def _lists(folder: Path) -> dict[str, list[str]]:
    hashes = [hashlib.sha256(f"listed{n}@hashed.example".encode()).hexdigest() for n in range(LISTED // 2)]
    wide = [f"*.wide{n}.example" for n in range(WIDE)]
    networks = [f"172.16.{n & 255}.{n >> 8 << 6}/26" for n in range(WIDE)]
    lists = {
        "domains": [*(f"listed{n}.example" for n in range(2 * LISTED - WIDE)), *wide],
        "jids": [*(f"listed{n}@named.example" for n in range(LISTED // 2)), *hashes],
        "ips": [*(f"10.{n >> 8}.{n & 255}.7" for n in range(LISTED - WIDE)), *networks],
        "urls": [f"https://listed{n}.example/offer/{n}" for n in range(LISTED)],
    }
    for name, entries in lists.items():
        (folder / f"{name}.txt").write_text("\n".join(entries) + "\n")
    return {name: [str(folder / f"{name}.txt")] for name in lists}
