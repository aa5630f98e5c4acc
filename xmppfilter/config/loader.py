"""Loads a YAML file into checked settings, or reports every mistake in it at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from xmppfilter.config.checks import check
from xmppfilter.config.credentials import read_secret, read_token
from xmppfilter.config.environment import substitute
from xmppfilter.config.filters import mount
from xmppfilter.config.keys import fit
from xmppfilter.config.messages import found, note_errors
from xmppfilter.config.mistakes import Book, ConfigError, Mistake
from xmppfilter.config.nodes import Node
from xmppfilter.config.places import check_places
from xmppfilter.config.settings import MountedFilter, Settings
from xmppfilter.config.yaml_text import MAX_BYTES, UnreadableError, decode, parse
from xmppfilter.judging.options import FileNames

__all__ = ["ConfigError", "Loaded", "Mistake", "load", "load_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration that can be used."""

    settings: Settings
    """Paths in it are absolute. The secret is not in it, so that nothing can log it."""
    secret: str
    """The secret that the server and the component share; empty where secrets were not wanted."""
    token: str | None
    """The bearer token of the HTTP listener; None where it needs none, or secrets were not wanted."""
    notes: tuple[Mistake, ...]
    """Remarks that are no mistakes, but worth knowing."""


def load(path: Path, environ: Mapping[str, str] | None = None, *, secrets: bool = True) -> Loaded:
    """Read the configuration in *path*, with `${NAME}` from *environ* (by default the process's own).

    Without *secrets* neither the secret's file nor the environment need be there, for nothing will connect. Raises
    ConfigError with every mistake, also where the file itself cannot be read.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as wrong:
        raise ConfigError([Mistake(str(path), 1, 1, "", f"cannot be read: {wrong.strerror}")]) from wrong
    return load_text(text, environ, name=str(path), folder=path.absolute().parent, secrets=secrets)


def load_text(
    text: str | bytes,
    environ: Mapping[str, str] | None = None,
    *,
    name: str = "config.yaml",
    folder: Path | None = None,
    secrets: bool = True,
) -> Loaded:
    """Read the configuration *text*; *name* is what mistakes call it, and paths in it are relative to *folder*.

    Raises ConfigError.
    """
    book = Book(name)
    try:
        written = parse(decode(text) if isinstance(text, bytes) else text, book)
    except UnreadableError as wrong:
        book.mistake(wrong.position, (), str(wrong))
        raise ConfigError(book.mistakes) from wrong
    reading = _Reading(book, folder or Path.cwd(), secrets=secrets)
    settings = reading.read(written or Node(None, (1, 1)), os.environ if environ is None else environ)
    if settings is None or book.mistakes:
        raise ConfigError(book.mistakes)
    return Loaded(settings=settings, secret=reading.secret or "", token=reading.token, notes=tuple(sorted(book.notes)))


class _Reading:
    """Reads one file."""

    def __init__(self, book: Book, folder: Path, *, secrets: bool) -> None:
        self.secret: str | None = None
        self.token: str | None = None
        self._book = book
        self._folder = folder
        self._secrets = secrets

    def read(self, root: Node, environ: Mapping[str, str]) -> Settings | None:
        """Return the settings in *root*; None where mistakes leave no settings."""
        if not isinstance(root.value, dict):
            wanted = "the sections component and domains, as 'xmppfilter example' shows them"
            self._book.mistake(root.position, (), f"found {found(root)}, wanted {wanted}")
            return None
        root = substitute(root, environ, self._book, required=self._secrets)
        rest = root.without("filters")
        component, http = (root.find((name,))[1] for name in ("component", "http"))
        # secrets are read apart from all else, so that no message about the rest can have one in it
        if component is not None and isinstance(component.value, dict):
            rest.mapping()["component"] = component.without("secret")
        if http is not None and isinstance(http.value, dict):
            rest.mapping()["http"] = http.without("token")
        top = fit(Settings, rest, (), self._book)
        if component is not None and isinstance(component.value, dict) and self._secrets:
            self.secret = read_secret(root, self._folder, self._book)
        if http is not None and isinstance(http.value, dict) and self._secrets:
            self.token = read_token(root, self._folder, self._book)
        filters = root.mapping().get("filters")
        mounted = mount(filters, self._book) if filters is not None and filters.value is not None else []
        check(root, self._book)
        try:
            settings = Settings.model_validate(top.plain())
        except ValidationError as wrong:
            note_errors(wrong, root, (), Settings, self._book)
            return None
        filters_on = [self._with_files(filter_) for filter_ in mounted]
        settings = settings.model_copy(update={"filters": filters_on, **self._with_paths(settings)})
        if self._secrets:
            check_places(settings, root, self._book)
        return settings

    def _with_files(self, mounted: MountedFilter) -> MountedFilter:
        """Return a filter whose files no longer depend on where the configuration is."""
        files = {name: value.within(self._folder) for name, value in mounted.config if isinstance(value, FileNames)}
        return mounted.model_copy(update={"config": mounted.config.model_copy(update=files)}) if files else mounted

    def _with_paths(self, settings: Settings) -> dict[str, Any]:
        """Return the sections that name files, with paths that no longer depend on where the configuration is."""
        component, store, http = settings.component, settings.store, settings.http
        secret_file, control = component.secret_file, settings.control
        token_file = http and http.token_file and str(self._folder / http.token_file)
        return {
            "component": component.model_copy(update={"secret_file": secret_file and str(self._folder / secret_file)}),
            "store": store and store.model_copy(update={"sqlite": str(self._folder / store.sqlite)}),
            "http": http and http.model_copy(update={"token_file": token_file}),
            "control": control and str(self._folder / control),
        }
