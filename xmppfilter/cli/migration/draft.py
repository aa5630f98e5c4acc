"""A configuration in the making: what was understood of another filter's, and what was not."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from xmppfilter.config.mistakes import printable, quoted
from xmppfilter.config.planned import NOT_BUILT
from xmppfilter.config.reference import as_yaml
from xmppfilter.judging.catalogue import filter_module, filter_names
from xmppfilter.judging.options import BareJidText, DomainText

PLACEHOLDER: Final = "example.org"
# What the loader would take for a variable of the environment.
_REFERENCE: Final = re.compile(r"\$\{(?=[A-Za-z_][^{}]*\})")
_DOMAIN: Final[TypeAdapter[str]] = TypeAdapter(DomainText)
_JID: Final[TypeAdapter[str]] = TypeAdapter(BareJidText)


class MigrationError(Exception):
    """The file cannot be read as what it was said to be; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """Something that does not go over to the draft, or not as it was."""

    line: int
    """In the file that was read, from 1."""
    text: str


@dataclass(slots=True)
class Draft:
    """What is going to be the configuration."""

    port: int | None = None
    action: str | None = None
    actions: dict[str, str] = field(default_factory=dict)
    filters: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Options by filter; filters that this version does not have yet are among them."""
    remarks: list[Remark] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)
    admins: list[str] = field(default_factory=list)
    unfiltered: list[str] = field(default_factory=list)
    """Bare JIDs that receive everything."""
    trusted: list[str] = field(default_factory=list)
    """Bare JIDs that no filter judges."""
    strangers: str | None = None

    def tell(self, line: int, text: str) -> None:
        """Remark on something in *line*."""
        self.remarks.append(Remark(line, text))

    def no_counterpart(self, line: int, name: str, instead: str = "") -> None:
        """Remark that nothing of ours is like the option *name*; *instead* says what comes nearest."""
        self.tell(line, f"{printable(name)}: has no counterpart here{f'; {instead}' if instead else ''}")

    def turn_on(self, name: str) -> None:
        """Have the filter *name*."""
        self.filters.setdefault(name, {})

    def set(self, line: int, name: str, option: str, value: Any) -> None:
        """Have the filter *name* with *option*, unless the filter refuses the value: then that is remarked."""
        options = self.filters.get(name, {}) | {option: value}
        why = _refusal(name, options)
        if why is None:
            self.filters[name] = options
        else:
            self.tell(line, f"{name}.{option} cannot be {_short(value)}: {why}")

    def add(self, line: int, name: str, path: tuple[str, ...], items: Iterable[Any]) -> None:
        """Have *items* at the end of the list that stands at *path* in the filter *name*; what it refuses is told."""
        given = list(items)
        options = self.filters.get(name, {})
        if _refusal(name, _with(options, path, given)) is not None:
            # whichever is to blame is found by itself
            refused = [(item, _refusal(name, _with({}, path, [item]))) for item in given]
            given = [item for item, why in refused if why is None]
            for item, why in refused:
                if why is not None:
                    self.tell(line, f"{name}.{path[0]} cannot have {_short(item)}: {why}")
        if given:
            self.filters[name] = _with(options, path, given)

    def add_domain(self, line: int, domain: object) -> None:
        """Protect *domain*."""
        self._add_address(line, self.domains, domain, _DOMAIN)

    def add_room(self, line: int, domain: object) -> None:
        """Know *domain* for a MUC service."""
        self._add_address(line, self.rooms, domain, _DOMAIN)

    def add_admin(self, line: int, jid: object) -> None:
        """Know *jid* for an operator."""
        self._add_address(line, self.admins, jid, _JID)

    def add_unfiltered(self, line: int, jid: object) -> None:
        """Let *jid* receive everything."""
        self._add_address(line, self.unfiltered, jid, _JID)

    def add_trusted(self, line: int, jid: object) -> None:
        """Have *jid* judged by no filter."""
        self._add_address(line, self.trusted, jid, _JID)

    def _add_address(self, line: int, addresses: list[str], text: object, kind: TypeAdapter[str]) -> None:
        try:
            address = kind.validate_python(text)
        except ValidationError:
            self.tell(line, f"{_short(text)} is no address that can be taken over")
            return
        if address not in addresses:
            addresses.append(address)

    def text(self, source: str) -> str:
        """Return the draft as YAML; *source* is what its head calls the file it was made from."""
        return "".join(f"{line}\n" for line in self._lines(source))

    def _lines(self, source: str) -> Iterator[str]:
        domains = self.domains or [PLACEHOLDER]
        rooms = [room for room in self.rooms if room not in domains]
        yield f"# Made by `xmppfilter migrate` from {_one_line(source)}. `xmppfilter example` shows every option."
        if not self.domains:
            yield f"# No domain of yours was found in it: put yours in place of {PLACEHOLDER}."
        yield from _section("component", self._component(domains, rooms))
        yield from ("", f"domains: {_value(domains)}")
        for name, addresses in (("rooms", rooms), ("admins", self.admins)):
            if addresses:
                yield f"{name}: {_value(addresses)}"
        if self.trusted:
            yield f"trusted: {_value({'jids': self.trusted})}"
        yield from (
            "",
            "policy:",
            "  mode: monitor  # judges, and delivers everything; enforce does what is said below",
        )
        yield f"  action: {self.action or 'drop'}"
        if self.strangers:
            yield f"  strangers: {self.strangers}"
        if self.unfiltered:
            yield f"  unfiltered_recipients: {_value(self.unfiltered)}"
        if self.actions:
            yield f"  actions: {_value(self.actions)}"
        yield from ("", "filters:")
        for name, options in self.filters.items():
            lines = [f"  {line}" for line in _section(name, options)]
            if name in filter_names():
                yield from lines
            else:
                yield f"  # {name} is {NOT_BUILT}; what it would be:"
                yield from (f"  # {line[2:]}" for line in lines)

    def _component(self, domains: list[str], rooms: list[str]) -> dict[str, Any]:
        name = "filter"
        while f"{name}.{domains[0]}" in (*domains, *rooms):
            name = f"x{name}"
        port = {} if self.port is None else {"port": self.port}
        return {"jid": f"{name}.{domains[0]}", "secret_file": "secret", **port}


def _refusal(name: str, options: dict[str, Any]) -> str | None:
    """Return why the filter *name* would not take *options*; None where it would, or is not there to ask."""
    if name not in filter_names():
        return None
    try:
        filter_module(name).Config.model_validate(options)
    except ValidationError as wrong:
        return wrong.errors(include_url=False, include_context=False)[0]["msg"].removeprefix("Value error, ")
    return None


def _with(options: dict[str, Any], path: tuple[str, ...], items: list[Any]) -> dict[str, Any]:
    """Return *options* with *items* at the end of the list that stands at *path* in them, each once."""
    first, *rest = path
    if rest:
        return options | {first: _with(options.get(first, {}), tuple(rest), items)}
    return options | {first: list({repr(item): item for item in [*options.get(first, []), *items]}.values())}


def _section(name: str, options: dict[str, Any]) -> Iterator[str]:
    yield f"{name}:"
    for option, value in options.items():
        if isinstance(value, dict):
            yield from (f"  {line}" for line in _section(option, value))
        elif isinstance(value, list) and value:
            yield f"  {option}:"
            yield from (f"    - {_value(item)}" for item in value)
        else:
            yield f"  {option}: {_value(value)}"


def _value(value: Any) -> str:
    text = as_yaml(value)
    if "\n" in text:
        # in one line, for it may stand in a comment
        text = "".join(
            char if char.isprintable() else f"\\U{ord(char):08x}" for char in json.dumps(value, ensure_ascii=False)
        )
    return _REFERENCE.sub("$${", text)


def _short(value: object) -> str:
    return quoted(value) if isinstance(value, str) else quoted(str(value)).strip("'")


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
