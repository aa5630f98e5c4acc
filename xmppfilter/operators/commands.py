"""Carries out what operators order, in plain data: the words of a command in, a result out.

How it looks is the business of whoever asked. What concerns everything that is remembered is done bit by bit, by
whoever asked (see `answers`); nothing is said to be done that cannot be.
"""

from collections.abc import Sequence

from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.effects import Effect
from xmppfilter.operators.answers import whole
from xmppfilter.operators.registry import Call, read
from xmppfilter.registers.command import CommandError, Result

__all__ = ["CommandError", "begin", "run"]


def run(gateway: Gateway, words: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    """Carry out the command *words* at *now*, whole, and return its result and what is to be done besides.

    Raises CommandError.
    """
    result, effects = begin(gateway, read(words), now)
    later: list[Effect] = []
    result = whole(result, lambda effect: later.extend(gateway.command((effect,))))
    return result, (*effects, *later)


def begin(gateway: Gateway, call: Call, now: float) -> tuple[Result, tuple[Effect, ...]]:
    """Do as `run`, but leave in the result as `Rows` and `Later` what takes a while.

    Whoever works these out has `Gateway.command` say what is to be done of what comes of it. Raises CommandError.
    """
    answer = call.run(gateway, now)
    return answer.result, gateway.command(answer.effects)
