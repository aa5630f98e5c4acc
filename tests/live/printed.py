"""Commands and configuration as they are printed and documented: found in the text, and run literally."""

import re
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text that somebody is told to run or to paste."""

    before: str
    """The sentence that leads to it."""
    text: str


def printed_blocks(text: str) -> list[Block]:
    """Return what a program printed indented by four, each piece with the line above it."""
    found = re.finditer(r"^(?P<before>\S.*)\n\n(?P<text>(?:(?: {4}.*)?\n)+)", text, re.MULTILINE)
    return [Block(piece["before"], dedent(piece["text"]).strip("\n")) for piece in found]


def section(markdown: str, title: str) -> str:
    """Return what stands under the heading *title*, down to the next heading of its rank or above."""
    found = re.search(rf"^(#+) {re.escape(title)}\n", markdown, re.MULTILINE)
    assert found is not None, f"no heading {title!r}"
    rest = markdown[found.end() :]
    # a comment in a code block looks like a heading: blocks are passed over
    for line in re.finditer(r"^```.*?^```|^(#+) ", rest, re.MULTILINE | re.DOTALL):
        if line[1] and len(line[1]) <= len(found[1]):
            return rest[: line.start()]
    return rest


def fenced(markdown: str, language: str) -> list[str]:
    """Return the code blocks of a language, without the indentation that they have in a list."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", markdown, re.DOTALL | re.MULTILINE)
    return [dedent(block).strip("\n") for block in found]
