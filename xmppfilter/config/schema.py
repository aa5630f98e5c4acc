"""Writes the JSON Schema of a configuration, for editors: the installed filters' options included."""

from typing import Any

from pydantic import BaseModel

from xmppfilter.config.reference import about_filter, in_its_own_way
from xmppfilter.config.settings import FilterSection, Settings
from xmppfilter.judging.catalogue import filter_module, filter_names


def json_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12) of a whole configuration."""
    schema = _schema(Settings, "")
    definitions: dict[str, Any] = schema.pop("$defs")
    del definitions["MountedFilter"], definitions["FilterSection"]
    secret = [{"required": ["secret"]}, {"required": ["secret_file"]}]
    definitions["Component"]["oneOf"] = secret
    definitions["Http"]["not"] = {"required": ["token", "token_file"]}
    filters = {name: _filter(name, definitions) for name in filter_names()}
    schema["properties"]["filters"] = {
        "description": schema["properties"]["filters"]["description"],
        "type": "object",
        "properties": filters,
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "xmppfilter",
        "description": "The configuration of xmppfilter.",
        "$defs": definitions,
    }


def _filter(name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    module = filter_module(name)
    own = _schema(module.Config, f"{name}.")
    definitions.update({f"{name}.{key}": definition for key, definition in own.pop("$defs", {}).items()})
    common = _schema(FilterSection, "")["properties"]
    rules = [*module.RULES, *(f"{name}.{rule}" for rule in module.RULES)]
    common["scores"]["propertyNames"] = {"enum": rules}
    return {
        **own,
        "type": ["object", "null"],
        "title": name,
        "description": about_filter(name)[0],
        "properties": {**common, **own["properties"]},
    }


def _schema(model: type[BaseModel], prefix: str) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template=f"#/$defs/{prefix}{{model}}")
    for section in (schema, *schema.get("$defs", {}).values()):
        section.pop("title", None)
        section["properties"] = {name: _as_written(option) for name, option in section["properties"].items()}
        if not section.get("required"):
            section["type"] = ["object", "null"]  # nothing behind the name means the defaults
    return schema


def _as_written(option: dict[str, Any]) -> dict[str, Any]:
    """Return an option's schema as of what an admin writes: with `15m` for 900.0, and without null."""
    written = {key: value for key, value in option.items() if key not in ("title", "anyOf", "default")}
    choices = [choice for choice in option.get("anyOf", ()) if choice != {"type": "null"}]
    written |= choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {}
    if "$ref" in written or "default" not in option:
        return written
    default = option["default"]
    own_way = in_its_own_way(default, option)
    if own_way is None and default is None:
        return written
    return written | {"default": default if own_way is None else own_way}
