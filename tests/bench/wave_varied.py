"""One varied text, a copy a second: on the five filters alone, and on what `xmppfilter init` writes.

Two hundred accounts on forty servers send one text of 250 letters to strangers, each to another user and each varied:
by another greeting, random figures, words put in, look-alike letters. Nothing was learnt before.
"""

import random
from collections import Counter
from typing import Any
from xml.sax.saxutils import escape

import yaml

from tests.bench.operators import FILLERS
from xmppfilter.cli.init import Server, configuration
from xmppfilter.config.loader import load_text
from xmppfilter.replay.replay import Replay
from xmppfilter.stanza.view import Stanza

DOMAIN = "example.org"
COPIES = 2000
ACCOUNTS, SERVERS = 200, 40
FIVE = ("known_spammers", "error_without_child", "groupchat_to_bare_jid", "presence_subscribe_rate", "same_long_body")
TEXT = (
    "make {} dollars a week from home with our proven system, no experience needed and no risk at all, the first"
    " hundred members get a bonus, we pay every friday and you may stop whenever you like, just write to us today"
)
GREETINGS = ("hello", "hi there", "good morning", "dear friend", "hey you", "greetings", "good evening", "psst")
ALIKE = {"a": "\u0430", "e": "\u0435", "o": "\u043e", "p": "\u0440", "c": "\u0441", "x": "\u0445"}


def varied(dice: random.Random) -> str:
    """Return a copy of the text that no other is equal to."""
    words = TEXT.format(dice.randrange(1000, 9999)).split()
    for _ in range(dice.randrange(4)):
        words.insert(dice.randrange(len(words)), dice.choice(FILLERS))
    text = " ".join(words)
    if dice.random() < 0.3:
        text = "".join(ALIKE.get(char, char) if dice.random() < 0.3 else char for char in text)
    return f"{dice.choice(GREETINGS)}, {text} {dice.randrange(10**6):06}"


def settings(*, alone: bool) -> str:
    """Return what `init` writes in enforce mode, or (*alone*) the five filters of it."""
    found: dict[str, Any] = yaml.safe_load(configuration(f"filter.{DOMAIN}", [DOMAIN], Server.PROSODY))
    found["component"] = {"jid": f"filter.{DOMAIN}", "secret": "secret of a wave"}
    found["policy"]["mode"] = "enforce"
    found.pop("store")
    if alone:
        found["filters"] = dict.fromkeys(FIVE)
    return yaml.safe_dump(found, sort_keys=False)


def passed(*, alone: bool, copies: int, seed: int) -> float:
    """Return the share of *copies* that is delivered."""
    dice = random.Random(seed)
    replay = Replay(load_text(settings(alone=alone), {}).settings)
    actions: Counter[str] = Counter()
    for number in range(copies):
        account = dice.randrange(ACCOUNTS)
        row = replay.feed(
            Stanza.read(
                f"<message from='bot{account}@spam{account % SERVERS}.example/x' to='user{number}@{DOMAIN}' type='chat'"
                f" id='c{number}'><body>{escape(varied(dice))}</body></message>"
            ),
            1_700_000_000.0 + number,
        )
        actions[row["action"]] += 1
    return actions["deliver"] / copies


def run(copies: int, seed: int) -> dict[str, float]:
    """Return the shares that pass, by what the wave is played on."""
    return {
        "the five alone": passed(alone=True, copies=copies, seed=seed),
        "what init writes": passed(alone=False, copies=copies, seed=seed),
    }
