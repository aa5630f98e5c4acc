"""Describes options in words, from the models themselves: the example, the help and the schema are made of this."""

from dataclasses import dataclass
from textwrap import dedent
from typing import Any, Final

import yaml
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from xmppfilter.config.keys import options_of, section_of
from xmppfilter.judging.catalogue import filter_module, filter_names
from xmppfilter.judging.options import Duration, DurationOrOff, Size, format_duration

_DURATION: Final = TypeAdapter(Duration).json_schema()
_OFF: Final = TypeAdapter(DurationOrOff).json_schema()["anyOf"][1]
_SIZE: Final = TypeAdapter(Size).json_schema()
_WORDS: Final = {"integer": "whole number", "number": "number", "boolean": "true or false", "string": "text"}
_UNITS: Final = {"GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option, as an admin sees it."""

    name: str
    kind: str
    """What is written behind it, in words."""
    default: str | None
    """The default or example as YAML; None where there is none."""
    example: str | None
    """As it would be written."""
    description: str
    required: bool
    section: type[BaseModel] | None
    """The options below it, where it is a section."""

    @property
    def line(self) -> str:
        """Return the option as a line of YAML; commented out where it says no more than its absence."""
        bare = self.default in (None, "{}", "[]")
        value = self.example if self.example is not None and bare else self.default
        line = f"{self.name}:" if value is None else f"{self.name}: {value}"
        return line if self.required or not (bare and self.default != value) else f"# {line}"


def describe(model: type[BaseModel]) -> list[Option]:
    """Return the options of a section, in their order."""
    properties = model.model_json_schema()["properties"]
    return [_described(name, field, properties[name]) for name, field in options_of(model).items()]


def _described(name: str, field: FieldInfo, schema: dict[str, Any]) -> Option:
    default = field.get_default(call_default_factory=True)
    section = section_of(field.annotation)
    is_section = section is not None and not isinstance(default, list) and not schema.get("additionalProperties")
    nested = isinstance(default, BaseModel) or is_section
    examples = field.examples or [None]
    return Option(
        name=name,
        kind=_kind(schema),
        default=None if nested or default is PydanticUndefined else _default(default, schema),
        example=None if examples[0] is None else as_yaml(examples[0]),
        description=field.description or "",
        required=field.is_required(),
        section=section if nested else None,
    )


def _default(value: Any, schema: dict[str, Any]) -> str | None:
    own_way = in_its_own_way(value, schema)
    return as_yaml(value) if own_way is None and value is not None else own_way


def _kind(schema: dict[str, Any]) -> str:
    """Return in words what an option with that JSON schema takes."""
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            return " or ".join(_kind(choice) for choice in schema[choices] if choice != {"type": "null"})
    if "enum" in schema:
        return "off" if schema == _OFF else ", ".join("true" if word is True else str(word) for word in schema["enum"])
    match schema:
        case {"pattern": pattern} if pattern == _DURATION["pattern"]:
            words = "duration (90s, 15m, 12h, 7d)"
        case {"type": kind} if kind == _SIZE["type"]:
            words = "size (512, 64KiB, 1MiB)"
        case {"type": "array", **rest}:
            words = f"list of {_kind(rest.get('items') or {})}"
        case {"type": "object", **rest}:
            words = f"names, each with {_kind(rest.get('additionalProperties') or {})}"
        case {"$ref": _}:
            words = "section"
        case _:
            words = _WORDS.get(schema.get("type", ""), "anything") + _bounds(schema)
    return words


def _bounds(schema: dict[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f" from {least} on"
    return f" up to {most}" if most is not None else ""


def in_its_own_way(value: Any, schema: dict[str, Any]) -> str | None:
    """Return *value*, of an option with that JSON schema, where what is written is not what is kept: 15m, 1MiB, off."""
    choices = schema.get("anyOf", [schema])
    if value is None:
        return "off" if _OFF in choices else None
    if isinstance(value, float) and any(choice.get("pattern") == _DURATION["pattern"] for choice in choices):
        return format_duration(value)
    if schema.get("type") == _SIZE["type"]:
        unit = next((unit for unit, size in _UNITS.items() if value and value % size == 0), "")
        return f"{value // _UNITS.get(unit, 1)}{unit}"
    return None


def as_yaml(value: Any) -> str:
    """Return *value* as YAML in one line."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text: str = yaml.safe_dump(value, default_flow_style=True, width=1_000_000, allow_unicode=True, sort_keys=False)
    return text.removesuffix("...\n").strip()


def filters_in_order() -> list[str]:
    """Return the installed filters in the order in which they run."""
    return sorted(filter_names(), key=lambda name: filter_module(name).Filter.stage)


def about_filter(name: str) -> tuple[str, str]:
    """Return the first sentence of a filter's documentation, and the rest."""
    first, _, rest = dedent(filter_module(name).__doc__ or "").strip().partition("\n")
    return first, rest.strip()
