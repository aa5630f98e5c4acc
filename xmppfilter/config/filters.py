"""Reads the section `filters`: each filter's own options by its own module, those of all by `FilterSection`."""

from typing import TypeVar

from pydantic import ValidationError

from xmppfilter.config.keys import fit, options_of
from xmppfilter.config.messages import found, note_errors
from xmppfilter.config.mistakes import Book, PathParts, any_of, did_you_mean, printable
from xmppfilter.config.nodes import Node
from xmppfilter.config.planned import NOT_BUILT, PLANNED_FILTERS
from xmppfilter.config.settings import FilterSection, MountedFilter
from xmppfilter.config.tigase import TIGASE, translate
from xmppfilter.judging.catalogue import filter_module, filter_names
from xmppfilter.judging.options import Options

Section = TypeVar("Section", bound=Options)


def mount(node: Node, book: Book) -> list[MountedFilter]:
    """Return the filters that *node*, which stands behind `filters:`, turns on; mistakes go into *book*."""
    if not isinstance(node.value, dict):
        wanted = "names with a colon behind them, such as 'same_long_body:'"
        book.mistake(node.position, ("filters",), f"found {found(node)}, wanted {wanted}")
        return []
    mounted: list[MountedFilter] = []
    lines: dict[str, int] = {}
    written_as: dict[str, tuple[Node, tuple[int, int]]] = {}
    for written, section in node.value.items():
        key = node.keys[written]
        name = _name(written, key, book)
        if name is None:
            continue
        if name in lines:
            already = f"found {name} a second time, wanted once; line {lines[name]} has it already"
            book.mistake(key, ("filters", written), already)
            continue
        lines[name] = key[0]
        if (one := _mounted(name, written, key, section, book)) is not None:
            mounted.append(one)
            written_as[name] = (section, key)
    for one in mounted:
        section, key = written_as[one.name]
        for where, what in one.config.remarks(lines.keys() - {one.name}):
            position = section.find(where)[0] if where else key
            book.note(position, ("filters", one.name, *where), what)
    return mounted


def _name(written: str, key: tuple[int, int], book: Book) -> str | None:
    """Return the name of the filter meant by *written*; None where there is no such filter."""
    known = filter_names()
    if written in known:
        return written
    if written in TIGASE:
        return TIGASE[written].ours
    path = ("filters", written)
    if written in PLANNED_FILTERS:
        book.mistake(key, path, f"found {written}, which is {NOT_BUILT}, wanted {any_of(known)}")
    else:
        guess = did_you_mean(book.suggest(written, known))
        book.mistake(key, path, f"found {printable(written)}, wanted {any_of(known)}{guess}")
    return None


def _mounted(name: str, written: str, key: tuple[int, int], section: Node, book: Book) -> MountedFilter | None:
    """Return the filter *name* as *section* configures it; None where there is a mistake in it."""
    if section.value is None:
        section = Node({}, key)
    if not isinstance(section.value, dict):
        off = "; to turn it off, leave it out" if section.value is False else ""
        wanted = "nothing behind the colon, or options in the lines below"
        book.mistake(section.position, ("filters", written), f"found {found(section)}, wanted {wanted}{off}")
        return None
    if written != name:
        section = translate(written, key, section, book)
    module, path = filter_module(name), ("filters", name)
    theirs = options_of(module.Config)
    common = tuple(key for key in options_of(FilterSection) if key not in theirs)
    config = _validated(module.Config, section.without(*common), path, book, also=common)
    shared = _validated(FilterSection, section.only(*common), path, book)
    if config is None or shared is None:
        return None
    return MountedFilter(name=name, config=config, common=shared)


def _validated(
    model: type[Section], section: Node, path: PathParts, book: Book, also: tuple[str, ...] = ()
) -> Section | None:
    fitted = fit(model, section, path, book, also)
    try:
        return model.model_validate(fitted.plain())
    except ValidationError as wrong:
        note_errors(wrong, section, path, model, book)
        return None
