"""All commands, wherever they stand: finds the one that words mean, and reads its parameters.

Some stand among what operators and the gateway have of their own, others beside registers and in filters: these can be
carried out only while their filter is on.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from types import ModuleType
from typing import Any, Final

from xmppfilter.config.mistakes import Book, any_of, did_you_mean, quoted
from xmppfilter.gateway import explaining, status
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.catalogue import filter_module, filter_names
from xmppfilter.operators import lists, mode, reload
from xmppfilter.registers import senders, spammers
from xmppfilter.registers.bans import BanList
from xmppfilter.registers.command import Answer, Command, CommandError, Context, Parameter, commands_of
from xmppfilter.registers.senders import Senders

log = logging.getLogger(__name__)

_OF_THE_GATEWAY: Final[tuple[ModuleType, ...]] = (status, explaining, mode, lists, reload)
"""Modules whose commands act on the gateway as a whole."""
_OF_REGISTERS: Final[tuple[tuple[ModuleType, type, str], ...]] = (
    (spammers, BanList, "known_spammers"),
    (senders, Senders, "mentions"),
)
"""Modules whose commands act on one register, its kind, and the filter that opens it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A command, and what it acts on."""

    command: Command
    find: Callable[[Gateway], Any]
    """Returns what it acts on. Raises CommandError where that is not there."""
    of: str = ""
    """The filter that offers it; empty: it is always there."""


@dataclass(frozen=True, slots=True)
class Call:
    """A command with its parameters, as an operator gave it."""

    offer: Offer
    arguments: tuple[Any, ...]

    @property
    def command(self) -> Command:
        """Return what is called."""
        return self.offer.command

    def run(self, gateway: Gateway, now: float) -> Answer:
        """Carry it out at *now*. Raises CommandError."""
        context = Context(now, gateway.setup.policy)
        return self.command.run(self.offer.find(gateway), context, *self.arguments)


@cache
def offers() -> tuple[Offer, ...]:
    """Return every command that there is, whichever filters are on."""
    return (*_own(), *_of_registers(), *_of_filters())


def _own() -> Iterator[Offer]:
    for module in _OF_THE_GATEWAY:
        for command in commands_of(module):
            yield Offer(command, lambda gateway: gateway)


def _of_registers() -> Iterator[Offer]:
    for module, kind, name in _OF_REGISTERS:
        for command in commands_of(module):
            yield Offer(command, partial(_opened, kind, name, command.words[0]), name)


def _opened(kind: type, name: str, word: str, gateway: Gateway) -> Any:
    register = gateway.setup.registers.get(kind)
    if register is None:
        raise CommandError(f"{word}: the filter {name} is not on")
    return register


def _of_filters() -> Iterator[Offer]:
    for name in filter_names():
        try:
            found = commands_of(filter_module(name).Filter)
        except Exception as wrong:  # noqa: BLE001 - somebody else's package: it costs no other command anything
            log.warning("no commands of a filter", extra={"filter": name, "why": f"{type(wrong).__name__}: {wrong}"})
            continue
        for command in found:
            yield Offer(command, partial(_mounted, name, command.words[0]), name)


def _mounted(name: str, word: str, gateway: Gateway) -> Any:
    for mount in gateway.setup.pipeline.mounts:
        if mount.name == name:
            return mount.filter
    raise CommandError(f"{word}: the filter {name} is not on")


_Row = dict[str, tuple[Offer, ...]]
"""What begins with one word, by the second (empty: there is none); several differ in the number of their parameters."""


@cache
def _by_words() -> dict[str, _Row]:
    found: dict[str, _Row] = {}
    for offer in offers():
        first, second = (*offer.command.words, "")[:2]
        row = found.setdefault(first, {})
        row[second] = (*row.get(second, ()), offer)
    return found


def read(words: Sequence[str]) -> Call:
    """Return what *words* call. Raises CommandError, saying what was found, what was wanted and where."""
    row = _row(words)
    if "" in row:
        return _fitting(row[""], words[1:])
    return _fitting(_offers_of(row, words), words[2:])


def begun_by(words: Sequence[str]) -> tuple[Offer, ...]:
    """Return the offers that *words*, of which there may be more or less, are about. Raises CommandError."""
    row = _row(words)
    if "" in row or len(words) == 1:
        return tuple(chain.from_iterable(row.values()))
    return _offers_of(row, words)


def _row(words: Sequence[str]) -> _Row:
    """Return the offers that begin with the first of *words*."""
    known = _by_words()
    if not words:
        raise CommandError(f"no command; wanted one of {', '.join(known)}")
    if words[0] not in known:
        guess = did_you_mean(Book("").suggest(words[0], known))
        raise CommandError(f"no command {quoted(words[0])}; wanted one of {', '.join(known)}{guess}")
    return known[words[0]]


def _offers_of(row: _Row, words: Sequence[str]) -> tuple[Offer, ...]:
    """Return the offers in *row* that have the second of *words*."""
    if len(words) == 1:
        raise CommandError(f"{words[0]}: found nothing behind it; wanted {any_of(row)}")
    if words[1] not in row:
        guess = did_you_mean(Book("").suggest(words[1], row))
        raise CommandError(f"{words[0]}: found {quoted(words[1])}; wanted {any_of(row)}{guess}")
    return row[words[1]]


def only_reads(words: Sequence[str]) -> bool:
    """Whether *words*, as right or wrong as they are, can mean nothing but commands that change nothing."""
    row = _by_words().get(words[0], {}) if words else {}
    meant = row.get("") or row.get(words[1] if len(words) > 1 else "") or ()
    return bool(meant) and not any(offer.command.changes for offer in meant)


def _fitting(candidates: Sequence[Offer], rest: Sequence[str]) -> Call:
    """Return the call of the one among *candidates* that takes as many parameters as *rest* has."""
    for offer in candidates:
        if offer.command.least <= len(rest) <= offer.command.most:
            return Call(offer, _arguments(offer.command, rest))
    wanted = ", or ".join(_behind(offer.command) for offer in candidates)
    found = quoted(" ".join(rest)) if rest else "nothing behind it"
    raise CommandError(f"{candidates[0].command.name}: found {found}; wanted {wanted}")


def _behind(command: Command) -> str:
    match command.parameters:
        case []:
            return "nothing behind it"
        case [Parameter(choices=()) as only]:
            return f"{only.usage} ({only.doc})"
    return " ".join(parameter.usage for parameter in command.parameters)


def _arguments(command: Command, words: Sequence[str]) -> tuple[Any, ...]:
    parameters = iter(command.parameters)
    values: list[Any] = []
    parameter: Parameter | None = None
    for word in words:
        if parameter is None or not parameter.repeated:
            parameter = next(parameters)
        values.append(_value(command, parameter, word))
    return tuple(values)


def _value(command: Command, parameter: Parameter, word: str) -> Any:
    try:
        return parameter.read(word)
    except ValueError as wrong:
        guess = did_you_mean(Book("").suggest(word, parameter.choices)) if parameter.choices else ""
        raise CommandError(f"{command.name}: found {quoted(word)}; {wrong}{guess}") from wrong
