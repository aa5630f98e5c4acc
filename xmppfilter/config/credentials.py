"""Finds secrets: written out, in a file, or in the environment. No mistake ever shows one."""

import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xmppfilter.config.mistakes import Book, PathParts, quoted
from xmppfilter.config.nodes import Node

_LONGEST: Final = 4096
_TOKEN: Final = re.compile(r"[!-~]{16,}")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a secret is given: `section.option`, or `section.option_file`."""

    section: str
    option: str

    @property
    def choices(self) -> str:
        return f"{self.option}, {self.option}_file, or {self.option}: ${{NAME}} from the environment"


_SECRET: Final = _Place("component", "secret")
_BEARER: Final = _Place("http", "token")


def read_secret(root: Node, folder: Path, book: Book) -> str | None:
    """Return the secret that the section `component` gives, or None where there is a mistake about it.

    A `secret_file` that is not absolute is sought in *folder*.
    """
    if not _is_given(_SECRET, root) and not {("component", "secret"), ("component", "secret_file")} & book.excused:
        book.mistake(root.keys["component"], ("component",), f"found no secret, wanted {_SECRET.choices}")
    return _read(_SECRET, root, folder, book)


def read_token(root: Node, folder: Path, book: Book) -> str | None:
    """Return the token that the section `http` gives; None where there is none, or a mistake about it."""
    token = _read(_BEARER, root, folder, book)
    if token is not None and not _TOKEN.fullmatch(token):
        wanted = "16 or more letters, digits and signs, without spaces: it travels in a header, and can be guessed at"
        option = "token" if "token" in root.mapping()["http"].mapping() else "token_file"
        position = root.find(("http", option))[0]
        book.mistake(position, ("http", option), f"found a token that will not do, wanted {wanted}")
        return None
    return token


def _is_given(place: _Place, root: Node) -> bool:
    return bool({place.option, f"{place.option}_file"} & root.mapping()[place.section].mapping().keys())


def _read(place: _Place, root: Node, folder: Path, book: Book) -> str | None:
    section = root.mapping()[place.section]
    given, file = section.mapping(), f"{place.option}_file"
    if place.option in given and file in given:
        later = max(section.keys[place.option], section.keys[file])
        book.mistake(later, (place.section,), f"found {place.option} and {file}, wanted one of them: {place.choices}")
        return None
    if place.option in given:
        return _written(given[place.option], place, book)
    return _in_file(given[file], folder, place, book) if file in given else None


def _written(node: Node, place: _Place, book: Book) -> str | None:
    path: PathParts = (place.section, place.option)
    match node.value:
        case str() if node.value.strip():
            return node.value
        case str() if node.variable is not None:
            book.mistake(node.position, path, f"found nothing in ${{{node.variable}}}, wanted the {place.option} in it")
        case None | str():
            book.mistake(node.position, path, f"found nothing, wanted {place.choices}")
        case bool() | int() | float():
            kind = "true or false" if isinstance(node.value, bool) else "a number"
            book.mistake(node.position, path, f"found what YAML reads as {kind}, wanted text: put it in quotes")
        case _:
            book.mistake(node.position, path, "found a list or section, wanted text")
    return None


def _in_file(node: Node, folder: Path, place: _Place, book: Book) -> str | None:
    path: PathParts = (place.section, f"{place.option}_file")
    if node.value is None:
        return None  # noted like any other option with nothing behind it
    if not isinstance(node.value, str) or not node.value or "\0" in node.value:
        book.mistake(node.position, path, f"found no file's name, wanted the file that holds the {place.option}")
        return None
    file = folder / node.value
    named = quoted(str(file), 200)
    try:
        with file.open("rb") as stream:
            mode = stat.S_IMODE(file.stat().st_mode)
            secret = stream.read(_LONGEST + 1).decode().rstrip("\r\n")
    except OSError as wrong:
        book.mistake(node.position, path, f"found {named}, which cannot be read ({wrong.strerror}), wanted a file")
        return None
    except UnicodeDecodeError:
        book.mistake(node.position, path, f"found {named}, which is not in UTF-8, wanted one line of text in it")
        return None
    if not secret.strip() or len(secret) > _LONGEST or "\n" in secret:
        what = "empty" if not secret.strip() else "more than one short line"
        wanted = f"wanted the {place.option} in it, and nothing else"
        book.mistake(node.position, path, f"found {named}, which is {what}, {wanted}")
        return None
    if mode & stat.S_IROTH:
        book.note(node.position, path, f"{named} can be read by every user of this machine; chmod 600 mends that")
    return secret
