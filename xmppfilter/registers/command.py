"""Commands of operators: words, typed parameters, documentation and result, beside what they act on.

A command is a function (or a method) under `@command`. Its first parameter is what it acts on, the second a `Context`;
each further one is `Annotated` with a `Parameter`, which says how it is written, and its default makes it optional.
The docstring is the documentation. Help, the documents and any other front end are rendered from these records alone.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from inspect import Parameter as Argument
from inspect import getdoc, signature
from types import FunctionType, ModuleType
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

from xmppfilter.judging.effects import Effect
from xmppfilter.judging.policy import Policy
from xmppfilter.stanza.jid import Jid, JidError

Result = dict[str, Any]
"""What a command answers, as plain data; what takes a while stands in it as `Rows` or `Later`."""

_RECORD: Final = "xmppfilter_command"
_Function = TypeVar("_Function", bound=Callable[..., "Answer"])


class CommandError(ValueError):
    """Words that are no command, or cannot be carried out; the message says what was found and what was wanted."""


# --- what a command is given, and what it answers


@dataclass(frozen=True, slots=True)
class Context:
    """What every command is given besides its parameters."""

    now: float
    """Unix time in seconds."""
    policy: Policy


@dataclass(frozen=True, slots=True)
class Rows:
    """A list whose members are found one by one; a None is a step that has found nothing."""

    found: Iterator[Any]


@dataclass(frozen=True, slots=True)
class Later:
    """A value that is known when the work is done, effects and all: it is what the work returns."""

    work: Generator[Effect | None, None, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a command, and what is to be done besides."""

    result: Result
    effects: tuple[Effect, ...] = ()


# --- parameters


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one parameter is written."""

    name: str
    """As help shows it, in capitals: JID."""
    doc: str
    read: Callable[[str], Any] = str
    """Returns the value of a word. Raises ValueError, saying what was wanted."""
    choices: tuple[str, ...] = ()
    """The words that it may be; empty: any that can be read. Taken from the annotation, as are the two below."""
    optional: bool = False
    repeated: bool = False
    """Whether any number of them may follow."""

    @property
    def usage(self) -> str:
        """Return how it stands in the usage of a command: `[DURATION]`, `enforce|monitor`, `[JID...]`."""
        said = ("|".join(self.choices) or self.name) + "..." * self.repeated
        return f"[{said}]" if self.optional else said


# --- results


@dataclass(frozen=True, slots=True)
class Value:
    """Text, a number, a flag, or a list of texts."""

    doc: str
    kind: Literal["text", "number", "flag", "texts", "text or texts"] = "text"
    null: bool = False
    """Whether it may be unknown."""
    optional: bool = False
    """Whether it may be left out."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers, or whatever each is, by names that are not known beforehand."""

    doc: str
    each: "Shape" = Value("how many", "number")
    shown: bool = False
    """Whether people see it."""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One value of every row of a table."""

    name: str
    shape: "Shape"
    title: str = ""
    """What people see above it; empty: the column is for programs only."""
    cell: Callable[[Result], str] | None = None
    """Returns what people see of it, given the row; None: the value as it is."""


@dataclass(frozen=True, slots=True)
class Table:
    """A list of rows, all alike."""

    doc: str
    columns: tuple[Column, ...]
    streamed: bool = False
    """Whether the rows are found one by one, for there may be many."""
    sentence: Callable[[Result, Result], str] | None = None
    """Returns in words what a row says, given the result and the row; None: people see a table."""


@dataclass(frozen=True, slots=True)
class Record:
    """Values by name, in the order in which people see them."""

    doc: str
    fields: Mapping[str, "Shape"]
    headline: Callable[[Result], str] | None = None
    """Returns in words what is most important of the result."""
    notes: Callable[[Result], Iterator[str]] | None = None
    """Yields in words what people have to know besides, a sentence a line."""
    null: bool = False
    optional: bool = False


Shape = Value | Counts | Table | Record
"""What a result, or a part of one, looks like."""


# --- the command


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    words: tuple[str, ...]
    """What it is called with."""
    doc: str
    result: Record
    changes: bool
    """Whether it changes something, so that it is logged and recorded."""
    run: Callable[..., Answer]
    """Carries it out, given what it acts on, the context and the parameters. Raises CommandError."""
    parameters: tuple[Parameter, ...] = ()

    @property
    def name(self) -> str:
        """Return its words in one."""
        return " ".join(self.words)

    @property
    def usage(self) -> str:
        """Return how it is called: `spammers ban JID [DURATION]`."""
        return " ".join((*self.words, *(parameter.usage for parameter in self.parameters)))

    @property
    def least(self) -> int:
        """Return how many parameters have to be given."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def most(self) -> float:
        """Return how many parameters may be given."""
        return float("inf") if any(each.repeated for each in self.parameters) else len(self.parameters)


def command(words: str, result: Record, *, changes: bool = False) -> Callable[[_Function], _Function]:
    """Make a function the command *words*, one or two, whose *result* looks like that; see above."""
    if len(words.split()) not in {1, 2}:
        raise TypeError(f"found {words!r}; wanted one or two words")

    def record(function: _Function) -> _Function:
        vars(function)[_RECORD] = (words, result, changes)
        return function

    return record


def commands_of(holder: type | ModuleType) -> tuple[Command, ...]:
    """Return the commands whose functions *holder*, a class or a module, defines, in their order there."""
    return tuple(
        _command_of(value)
        for value in vars(holder).values()
        if isinstance(value, FunctionType) and _RECORD in vars(value) and _is_at_home(value, holder)
    )


def _is_at_home(function: FunctionType, holder: type | ModuleType) -> bool:
    return isinstance(holder, type) or function.__module__ == holder.__name__


def _command_of(function: FunctionType) -> Command:
    words, result, changes = vars(function)[_RECORD]
    hints = get_type_hints(function, include_extras=True)
    _, _, *arguments = signature(function).parameters.values()
    return Command(
        words=tuple(words.split()),
        doc=getdoc(function) or "",
        result=result,
        changes=changes,
        run=function,
        parameters=tuple(_parameter(argument, hints[argument.name]) for argument in arguments),
    )


def _parameter(argument: Argument, hint: Any) -> Parameter:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"{argument.name}: wanted Annotated[..., Parameter(...)], for words are read by it")
    kind: Any
    written: Parameter
    kind, written = get_args(hint)
    repeated = argument.kind is Argument.VAR_POSITIONAL
    written = replace(written, optional=repeated or argument.default is not Argument.empty, repeated=repeated)
    if get_origin(kind) is not Literal:
        return written
    choices = get_args(kind)
    return replace(written, choices=choices, read=_choice_of(choices))


def read_jid(text: str) -> Jid:
    """Return the JID *text*. Raises ValueError."""
    try:
        return Jid.parse(text)
    except JidError as wrong:
        raise ValueError(f"wanted a JID such as user@example.org: {wrong}") from wrong


def _choice_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(word: str) -> str:
        if word not in choices:
            *most, last = choices
            raise ValueError(f"wanted {', '.join(most)} or {last}")
        return word

    return read
