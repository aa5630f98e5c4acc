"""`xmppfilter help`, `example` and `schema`: the options, told by the code that reads them."""

import json
from collections.abc import Iterator
from shutil import get_terminal_size
from textwrap import wrap
from typing import Annotated, Final

import typer

from xmppfilter.config.example import example as example_text
from xmppfilter.config.example import section
from xmppfilter.config.mistakes import Book, did_you_mean, printable
from xmppfilter.config.reference import Option, about_filter, describe, filters_in_order
from xmppfilter.config.schema import json_schema
from xmppfilter.config.settings import FilterSection
from xmppfilter.config.tigase import TIGASE
from xmppfilter.judging.catalogue import filter_module, filter_names

_WIDEST: Final = 100
_LONGEST_LINE: Final = 120


def help_(
    name: Annotated[str | None, typer.Argument(metavar="[FILTER]", help="The filter; without: lists them all.")] = None,
) -> None:
    """Say what a filter does, what its options are and how they are written."""
    if name is None:
        typer.echo("\n".join(_all_filters()))
        return
    known = filter_names()
    ours = TIGASE[name].ours if name in TIGASE else name
    if ours not in known:
        guess = did_you_mean(Book("").suggest(name, known))
        typer.echo(f"{printable(name)} is no filter{guess or '.'} There are: {', '.join(known)}", err=True)
        raise typer.Exit(1)
    typer.echo("\n".join(_one_filter(ours)))


def example() -> None:
    """Print the example configuration: every section and option, with its default and what it is."""
    typer.echo(example_text(), nl=False)


def schema() -> None:
    """Print the JSON Schema of the configuration, for editors that complete and check while one types."""
    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _all_filters() -> Iterator[str]:
    yield "The filters, in the order in which they run:"
    yield ""
    names = filters_in_order()
    widest = max(map(len, names), default=0)
    for name in names:
        yield f"  {name:<{widest}}  {about_filter(name)[0]}"
    yield ""
    yield "xmppfilter help FILTER tells the rest."


def _one_filter(name: str) -> Iterator[str]:
    module = filter_module(name)
    first, rest = about_filter(name)
    yield f"{name}: {first}"
    for paragraph in rest.split("\n\n"):
        yield ""
        yield from _filled(paragraph, "")
    yield from _options("Options", describe(module.Config))
    yield from ("", "Rules, for score, actions and the log")
    for rule, meaning in module.RULES.items():
        yield f"  {name}.{rule}"
        yield from _filled(meaning, "      ")
    yield from _options("Options of every filter", describe(FilterSection))
    yield from ("", "Example", "  filters:", *(f"    {line}" for line in section(name)))


def _options(title: str, options: list[Option]) -> Iterator[str]:
    if not options:
        return
    yield from ("", title)
    yield from _lines(options, "  ")


def _lines(options: list[Option], indent: str) -> Iterator[str]:
    for option in options:
        default = "" if option.default is None else f"; default {option.default}"
        named = f"{indent}{option.name}: {option.kind}"
        if len(named) + len(default) <= _LONGEST_LINE:
            yield named + default
        else:
            yield f"{named};"
            yield f"{indent}    {default[2:]}"
        yield from _filled(option.description, f"{indent}    ")
        if option.section is not None:
            yield from _lines(describe(option.section), f"{indent}    ")


def _filled(text: str, indent: str) -> list[str]:
    width = min(_WIDEST, get_terminal_size().columns)
    return wrap(" ".join(text.split()), max(40, width), initial_indent=indent, subsequent_indent=indent)
