"""Says in an admin's words what was found, and what pydantic wanted instead."""

import re
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from xmppfilter.config.keys import LIST_TAG, SECTION_TAG, field_at
from xmppfilter.config.mistakes import Book, PathParts, any_of, did_you_mean, quoted
from xmppfilter.config.nodes import Node
from xmppfilter.config.planned import NOT_BUILT, PLANNED_WORDS
from xmppfilter.config.yaml_text import scalar

_WANTED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "list_type": "a list, such as [one, another]",
    "dict_type": "a section: lines of 'name: value' below it",
    "model_type": "a section: lines of 'name: value' below it",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least {min_length} in the list",
    "too_long": "at most {max_length} in the list",
}
_NUMBERS: Final = frozenset({"int_type", "float_type", "int_from_float"})
_QUOTED: Final = re.compile(r"'([^']*)'")
_LOOSE_DURATION: Final = re.compile(r"(\d{1,9})\s*(s|m|h|d|w)[a-z]*", re.IGNORECASE)


def found(node: Node) -> str:
    """Return a description of the value of *node*."""
    value = node.value
    match value:
        case _ if node.variable is not None:
            text = f"what ${{{node.variable}}} holds"  # not the value: it may be a secret
        case None:
            text = "nothing"
        case bool():
            spelled = node.raw.lower()
            means = "true" if value else "false"
            text = spelled if spelled == means else f"{node.raw}, which YAML reads as {means}"
        case int() | float():
            text = f"the number {node.raw}"
        case str():
            text = quoted(value)
        case list():
            text = "a list" if value else "an empty list"
        case dict():
            text = "a section" if value else "an empty section"
    return text


def wanted_text(node: Node) -> str:
    """Return what was wanted where YAML has read something else than text."""
    if isinstance(node.value, bool | int | float):
        return f"text: put it in quotes, '{node.raw}'"
    return "text"


def note_errors(wrong: ValidationError, section: Node, path: PathParts, model: type[BaseModel], book: Book) -> None:
    """Note every error that pydantic found in *section*, which stands at *path*."""
    for error in wrong.errors(include_url=False, include_input=False):
        _note(error, section, path, model, book)


def _note(error: ErrorDetails, section: Node, path: PathParts, model: type[BaseModel], book: Book) -> None:
    below = tuple(part for part in error["loc"] if part not in (LIST_TAG, SECTION_TAG))
    is_key = below[-1:] == ("[key]",)
    below = below[:-1] if is_key else below
    here = (*path, *below)
    position, node = section.find(below)
    if error["type"] == "missing":
        if here not in book.excused:
            book.mistake(position, here, f"found nothing, wanted {_described(model, below)}")
        return
    if is_key or node is None:
        # what is wrong is the name itself, or the section as a whole
        name, position = str(here[-1]) if here else "", section.find_key(below)
        node = Node(name, position, raw=name)
    book.mistake(position, here, _sentence(error["type"], error.get("ctx", {}), error["msg"], node, book))


def _sentence(kind: str, context: dict[str, Any], message: str, here: Node, book: Book) -> str:
    if kind == "literal_error":
        return _one_of(_QUOTED.findall(str(context["expected"])), here, book)
    if kind == "value_error":
        return _as_the_option_says(str(context["error"]), here)
    if kind == "string_type":
        return f"found {found(here)}, wanted {wanted_text(here)}"
    limits = {name: int(n) if isinstance(n, float) and n.is_integer() else n for name, n in context.items()}
    wanted = _WANTED[kind].format(**limits) if kind in _WANTED else message
    hint = ""
    if kind in _NUMBERS | {"bool_type"} and isinstance(here.value, str):
        meant = scalar(here.value)
        hint = ": leave the quotes out" if here.variable is None and not isinstance(meant, str) else ""
    return f"found {found(here)}, wanted {wanted}{hint}"


def _one_of(words: list[str], here: Node, book: Book) -> str:
    word = next(iter(here.value), "") if isinstance(here.value, dict) else str(here.value)
    planned = re.match(r"[a-z]*", word)
    if planned and planned[0] in PLANNED_WORDS and planned[0] not in words:
        return f"found {planned[0]}, which is {NOT_BUILT}, wanted {any_of(words)}"
    guess = book.suggest(word, words) if isinstance(here.value, str) else None
    return f"found {found(here)}, wanted {any_of(words)}{did_you_mean(guess)}"


def _as_the_option_says(message: str, here: Node) -> str:
    """Return the words of an option's own check, with what was found before them."""
    start = f"{here.value!r} "
    if message.startswith(start) and here.variable is None:
        return f"found {here.value!r}, which {message.removeprefix(start)}"
    if not message.startswith("wanted"):
        return f"found {found(here)}: {message}"
    wanted = message.partition("; found ")[0]
    return f"found {found(here)}, {wanted}{_advice(wanted, here)}"


def _advice(wanted: str, here: Node) -> str:
    """Return advice on how to write what was meant."""
    if "duration" in wanted:
        return _unit(here)
    is_word = isinstance(here.value, bool | int | float) and "size" not in wanted and "port" not in wanted
    return f": put it in quotes, '{here.raw}'" if is_word else ""


def _unit(here: Node) -> str:
    if isinstance(here.value, int | float) and here.value > 0:
        return f": a bare number has no unit, write {here.raw}s for seconds or {here.raw}m for minutes"
    if isinstance(here.value, str) and (loose := _LOOSE_DURATION.fullmatch(here.value)):
        return did_you_mean(f"{loose[1]}{loose[2].lower()}")
    return ""


def _described(model: type[BaseModel], path: PathParts) -> str:
    """Return the description of the option at *path*."""
    described = field_at(model, path)
    if described is None or not described.description:
        return "it, for it is required"
    text = described.description.rstrip(".")
    return f"{text[0].lower()}{text[1:]}"
