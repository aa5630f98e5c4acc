"""Compares what stands in a section with the options that there are, before pydantic looks at the values."""

from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from xmppfilter.config.mistakes import Book, PathParts, any_of, did_you_mean, printable
from xmppfilter.config.nodes import Node
from xmppfilter.config.planned import NOT_BUILT, PLANNED_OPTIONS

LIST_TAG: Final = "<list>"
SECTION_TAG: Final = "<section>"
"""What pydantic calls the two shapes of an option that is a list or a section: no part of where it stands."""


def options_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of *model* by the names that an admin writes."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def fit(model: type[BaseModel], node: Node, path: PathParts, book: Book, also: tuple[str, ...] = ()) -> Node:
    """Return the section *node* without what is no option of *model*, and without what is left empty.

    Both are noted as mistakes. An empty section or list means its default. *also* are further names to suggest.
    """
    known = options_of(model)
    kept: dict[str, Node] = {}
    for key, child in node.mapping().items():
        here = (*path, key)
        if key not in known:
            _unknown(key, [*known, *also], node, path, book)
        elif child.value is None:
            # an option that must be given will be missed
            if not known[key].is_required() and not _may_be_empty(known[key].annotation):
                book.mistake(node.keys[key], here, "found nothing, wanted a value, or the line left out")
        else:
            kept[key] = _fit_value(known[key].annotation, child, here, book)
    return Node(kept, node.position, keys=node.keys)


def _unknown(key: str, known: list[str], node: Node, path: PathParts, book: Book) -> None:
    here = (*path, key)
    if here in PLANNED_OPTIONS:
        book.mistake(node.keys[key], here, f"found {key}, which is {NOT_BUILT}, wanted it left out")
        book.excused.update((*path, other) for other in known)
        return
    guess = book.suggest(key, known)
    if guess:
        book.excused.add((*path, guess))
    wanted = f"wanted {any_of(known)}" if known else "wanted none: there is nothing to set"
    book.mistake(node.keys[key], here, f"found {printable(key)}, {wanted}{did_you_mean(guess)}")


def _fit_value(annotation: Any, node: Node, path: PathParts, book: Book) -> Node:
    """Fit what lies below an option: sections within sections, within lists and within mappings."""
    for kind in _kinds(annotation):
        origin, arguments = get_origin(kind) or kind, get_args(kind)
        if isinstance(node.value, dict):
            if isinstance(origin, type) and issubclass(origin, BaseModel):
                return fit(origin, node, path, book)
            if origin is dict and arguments:
                below = {key: _fit_value(arguments[1], child, (*path, key), book) for key, child in node.value.items()}
                return Node(below, node.position, keys=node.keys)
        elif isinstance(node.value, list) and origin is list and arguments:
            items = [_fit_value(arguments[0], child, (*path, place), book) for place, child in enumerate(node.value)]
            return Node(items, node.position)
    return node


def _kinds(annotation: Any) -> list[Any]:
    """Return the types that an annotation allows."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [kind for argument in get_args(annotation) for kind in _kinds(argument)]
    return [annotation]


def section_of(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a section; None for a plain value."""
    for kind in _kinds(annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _may_be_empty(annotation: Any) -> bool:
    """Return whether nothing behind the name means the default: a section or list whose lines are all left out."""
    section = section_of(annotation)
    if section is not None:
        return not any(field.is_required() for field in section.model_fields.values())
    return any((get_origin(kind) or kind) in (list, dict) for kind in _kinds(annotation))


def field_at(model: type[BaseModel], path: PathParts) -> FieldInfo | None:
    """Return the field of *model* at *path*; None where there is no such field."""
    name, *rest = path
    field = options_of(model).get(str(name))
    if field is None or not rest:
        return field
    below: Any = field.annotation
    while rest:
        section = section_of(below)
        if section is not None:
            return field_at(section, tuple(rest))
        kind = next((kind for kind in _kinds(below) if get_origin(kind) in (list, dict)), None)
        if kind is None:
            return field
        below, rest = get_args(kind)[-1], rest[1:]
    return field
