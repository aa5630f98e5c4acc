"""Writes the example configuration: every section and option, with its default and what it is."""

from collections.abc import Iterator
from textwrap import dedent, wrap
from typing import Final

from pydantic import BaseModel

from xmppfilter.config.reference import Option, about_filter, describe, filters_in_order
from xmppfilter.config.settings import FilterSection, Settings
from xmppfilter.judging.catalogue import filter_module

_WIDTH: Final = 110
_HEAD: Final = dedent("""\
    # The configuration of xmppfilter, with every option and its default. Written by `xmppfilter example`.
    # Only component and domains must be there. Lines that begin with # and an option are off.
    #
    # `xmppfilter check-config FILE` tells every mistake with its line, `xmppfilter init` writes a short one to begin
    # with, `xmppfilter help FILTER` says what a filter does. Durations are 90s, 15m, 12h, 7d; sizes are 64KiB, 1MiB.
    # ${NAME} in a text is replaced from the environment ($${NAME} is not). Paths are relative to this file's folder.
    """)


def example() -> str:
    """Return the example, as YAML."""
    return "\n".join([_HEAD, *_options(Settings, "")]).rstrip() + "\n"


def _options(model: type[BaseModel], indent: str) -> Iterator[str]:
    for option in describe(model):
        yield from _comment(option.description, indent)
        if option.name == "filters" and model is Settings:
            yield f"{indent}filters:"
            yield from _filters(f"{indent}  ")
        elif option.section is not None:
            yield f"{indent}{option.name}:"
            yield from _options(option.section, f"{indent}  ")
        elif option.name == "secret":
            yield f"{indent}{option.line.removeprefix('# ')}"  # one of two must be there
        else:
            yield f"{indent}{option.line}"
        if not indent:
            yield ""


def _filters(indent: str) -> Iterator[str]:
    yield from _comment("Each of them also takes:", indent)
    for option in describe(FilterSection):
        yield from _comment(f"  {option.line.removeprefix('# '):<28} {option.description}", indent)
    for name in filters_in_order():
        yield ""
        yield from _comment(about_filter(name)[0], indent)
        yield f"{indent}{name}:"
        yield from _options(filter_module(name).Config, f"{indent}  ")


def section(name: str) -> list[str]:
    """Return the lines of a filter's section with its defaults, without comments."""
    return [f"{name}:", *(f"  {option.line}" for option in own_options(name))]


def own_options(name: str) -> list[Option]:
    """Return the options that the filter *name* has of its own."""
    return describe(filter_module(name).Config)


def _comment(text: str, indent: str) -> Iterator[str]:
    lead = " " * (len(text) - len(text.lstrip()))
    for line in wrap(text, _WIDTH - len(indent) - 2, subsequent_indent=f"{lead}  " if lead else ""):
        yield f"{indent}# {line}"
