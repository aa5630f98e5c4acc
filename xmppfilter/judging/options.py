"""The types that options are written in: what an admin may type, and what the program gets."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.whom import WANTED, Whom

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([smhdw])")
_SIZES: Final = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_OF_PATTERNS: Final = re.compile(r"[*?+^$|\\(){}]")
"""What no domain has in it: who writes that means a pattern."""
_LISTEN: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.]{1,15})):([0-9]{1,5})")
_HOST_NAME: Final = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63})*\.?")
_LONGEST_NAME: Final = 253
_HOST_AND_PORT: Final = re.compile(r"[^\s]+:([0-9]{1,5})")
_HIGHEST_PORT: Final = 65535
_SHORTEST: Final = 1.0
_LONGEST: Final = 3650 * 86400.0
"""Seconds; a time that much later can still be written as a date."""
_SIZE: Final = re.compile(r"(\d{1,12})(KiB|MiB|GiB)?")


Remark = tuple[tuple[str | int, ...], str]
"""Where in a section something odd stands (names of options, places in lists), and what is odd about it."""


class Options(BaseModel):
    """The base of every section of the configuration: unknown names are mistakes, and nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    by_rule: ClassVar[Mapping[str, Sequence[str]]] = {}
    """Options whose keys must be names of filters or of their rules, each with the other keys that it may have."""

    def remarks(self, others: Collection[str]) -> Iterable[Remark]:  # noqa: ARG002 - for those that ask
        """Yield what is no mistake, but worth knowing; *others* are the names of the filters that are on besides."""
        return ()


class FileNames(Options):
    """A section of nothing but lists of file names."""

    def within(self, folder: Path) -> Self:
        """Return the same with every name that is not absolute taken from *folder*."""
        return self.model_copy(update={name: [str(folder / path) for path in paths] for name, paths in self})


def parse_duration(value: Any) -> float:
    """Return `90s`, `15m`, `12h`, `7d` or `2w` in seconds. Raises ValueError."""
    if isinstance(value, str) and (found := _DURATION.fullmatch(value)) and float(found[1]) > 0:
        return float(found[1]) * _UNITS[found[2]]
    raise ValueError("wanted a duration such as 90s, 15m, 12h or 7d")


def _option_duration(value: Any) -> float:
    seconds = parse_duration(value)
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError(f"wanted {format_duration(_SHORTEST)} to {format_duration(_LONGEST)}")
    return seconds


def _a_minute(seconds: float) -> float:
    if seconds < _UNITS["m"]:
        raise ValueError("wanted 1m or longer")
    return seconds


def format_duration(seconds: float) -> str:
    """Return *seconds* as an admin would write it."""
    for unit in ("d", "h", "m"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:.12g}{unit}"
    return f"{seconds:.12g}s"


def _parse_size(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        return int(found[1]) * _SIZES[found[2] or ""]
    raise ValueError("wanted a size such as 512, 64KiB or 1MiB")


def parse_off(value: Any) -> Any:
    """Return None for `off`, and all else as it is: YAML 1.1 reads off and no as false, so all three are taken."""
    return None if value is False or value in ("off", "no", "false") else value


def _parse_jid(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("wanted a JID such as user@example.org")  # noqa: TRY004 - pydantic gathers ValueErrors
    try:
        jid = Jid.parse(value)
    except JidError as wrong:
        raise ValueError(str(wrong)) from wrong
    if "*" in jid.local or _OF_PATTERNS.search(jid.domain):
        raise ValueError(f"wanted a JID or domain as it is, for this takes no patterns; found {value!r}")
    return jid.full


def _parse_bare_jid(value: Any) -> str:
    jid = _parse_jid(value)
    if "/" in jid:
        raise ValueError(f"wanted a bare JID such as user@example.org, without a resource; found {value!r}")
    return jid


def _parse_whom(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(WANTED)  # noqa: TRY004 - pydantic gathers ValueErrors
    try:
        return Whom(value).text
    except JidError as wrong:
        raise ValueError(str(wrong)) from wrong


def _parse_domains(value: Any) -> str:
    wanted = "wanted a domain such as example.org, or *.example.org for all below it"
    if not isinstance(value, str) or "@" in value:
        raise ValueError(wanted)
    try:
        return Whom(value).text
    except JidError as wrong:
        raise ValueError(wanted) from wrong


def _parse_network(value: Any) -> str:
    wanted = "wanted an IP address or a network such as 192.0.2.0/24 or 2001:db8::/32"
    if not isinstance(value, str):
        raise ValueError(wanted)  # noqa: TRY004 - pydantic gathers ValueErrors
    try:
        return str(ip_network(value.strip("[]")))
    except ValueError as wrong:
        raise ValueError(f"{wanted}: {wrong}") from wrong


def _parse_domain(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("wanted a domain such as example.org")  # noqa: TRY004 - pydantic gathers ValueErrors
    jid = _parse_jid(value)
    if "@" in jid or "/" in jid:
        raise ValueError(f"wanted a domain such as example.org; found {value!r}")
    return jid


def parse_listen(value: Any) -> tuple[str, int]:
    """Return the address and the port of `127.0.0.1:8799`, `[::1]:8799` or `localhost:8799`. Raises ValueError."""
    found = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    host = (found[1] or found[2]) if found else ""
    port = int(found[3]) if found else 0
    try:
        known = host == "localhost" or ip_address(host).version == (6 if found and found[1] else 4)
    except ValueError:
        known = False
    if not known or not 0 < port <= _HIGHEST_PORT:
        raise ValueError("wanted an address and a port such as 127.0.0.1:8799 or '[::1]:8799'")
    return host, port


def is_loopback(host: str) -> bool:
    """Whether *host*, an IP address or a name, means this machine alone."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _parse_listen(value: Any) -> str:
    parse_listen(value)
    return str(value)


def _parse_host(value: Any) -> str:
    wanted = "wanted a name such as xmpp.example.org or an address such as 127.0.0.1 or ::1"
    if not isinstance(value, str):
        raise ValueError(wanted)  # noqa: TRY004 - pydantic gathers ValueErrors
    host = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    try:
        return str(ip_address(host))
    except ValueError:
        if host == value and len(host) <= _LONGEST_NAME and _HOST_NAME.fullmatch(host):
            return host
    if (found := _HOST_AND_PORT.fullmatch(value)) is not None:
        raise ValueError(f"{wanted}, and the port {found[1]} under port")
    raise ValueError(wanted)


def _no_nul(name: str) -> str:
    if "\0" in name:
        raise ValueError("wanted a file's name, which has no NUL in it")
    return name


_DURATION_SCHEMA: Final = {"type": "string", "pattern": r"^\d+(\.\d+)?[smhdw]$"}
_OFF_SCHEMA: Final = {"enum": ["off", False]}
COUNT_OR_OFF_SCHEMA: Final = WithJsonSchema({"anyOf": [{"type": "integer"}, _OFF_SCHEMA]})

Duration = Annotated[float, BeforeValidator(_option_duration), WithJsonSchema(_DURATION_SCHEMA)]
"""Seconds, written as `90s`, `15m`, `12h`, `7d`."""
MinuteOrLonger = Annotated[
    float, BeforeValidator(_option_duration), AfterValidator(_a_minute), WithJsonSchema(_DURATION_SCHEMA)
]
"""The same for what makes no sense more often than once a minute."""
DurationOrOff = Annotated[
    Annotated[float, BeforeValidator(_option_duration)] | None,
    BeforeValidator(parse_off),
    WithJsonSchema({"anyOf": [_DURATION_SCHEMA, _OFF_SCHEMA]}),
]
Size = Annotated[int, BeforeValidator(_parse_size), WithJsonSchema({"type": ["string", "integer"]})]
"""Bytes, written as `64KiB`."""
CountOrOff = Annotated[
    Annotated[int, Field(ge=1, le=1_000_000)] | None,
    BeforeValidator(parse_off),
    COUNT_OR_OFF_SCHEMA,
]
_NUMBER_OR_OFF_SCHEMA: Final = WithJsonSchema({"anyOf": [{"type": "number"}, _OFF_SCHEMA]})
ScoreOrOff = Annotated[
    Annotated[float, Field(ge=0, le=1_000_000)] | None, BeforeValidator(parse_off), _NUMBER_OR_OFF_SCHEMA
]
ThresholdOrOff = Annotated[
    Annotated[float, Field(gt=0, le=1_000_000)] | None, BeforeValidator(parse_off), _NUMBER_OR_OFF_SCHEMA
]
"""A score that clean stanzas, whose score is 0, do not reach."""
JidText = Annotated[str, BeforeValidator(_parse_jid)]
"""A JID in its normal form."""
WhomText = Annotated[str, BeforeValidator(_parse_whom), WithJsonSchema({"type": "string"})]
"""A bare JID, a domain, or a pattern of them; see `whom`."""
DomainsText = Annotated[str, BeforeValidator(_parse_domains), WithJsonSchema({"type": "string"})]
"""A domain, which means everybody there, or `*.example.org` for all domains below one."""
NetworkText = Annotated[str, BeforeValidator(_parse_network), WithJsonSchema({"type": "string"})]
"""An IP address or a network, in its normal form."""
BareJidText = Annotated[str, BeforeValidator(_parse_bare_jid)]
DomainText = Annotated[str, BeforeValidator(_parse_domain)]
HostText = Annotated[str, BeforeValidator(_parse_host)]
"""A host's name or address; an IPv6 address with or without brackets."""
FileText = Annotated[str, AfterValidator(_no_nul)]
"""A file's name."""
ListenText = Annotated[str, BeforeValidator(_parse_listen)]
"""An address and a port to listen on, for `parse_listen`."""
Mode = Literal["enforce", "monitor"]
