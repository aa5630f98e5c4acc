"""The names under which Tigase's documentation knows our filters: read as ours, with a note."""

from dataclasses import dataclass, field
from typing import Final

from xmppfilter.config.mistakes import Book
from xmppfilter.config.nodes import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrant:
    """One filter of Tigase's spam processor."""

    ours: str
    options: dict[str, str] = field(default_factory=dict)
    """Its options, by its names."""
    minutes: frozenset[str] = frozenset()
    """Options that Tigase writes as a bare number of minutes."""
    alike: dict[str, int] = field(default_factory=dict)
    """Options of ours at which the filter does what Tigase's does, where that is not the default."""


_SUBSCRIBE: Final = Migrant(ours="presence_subscribe_rate", options={"limit-per-minute": "limit_per_minute"})

TIGASE: Final[dict[str, Migrant]] = {
    "message-same-long-body": Migrant(
        ours="same_long_body",
        options={
            "body-size": "body_size",
            "number-limit": "number_limit",
            "counter-size-limit": "counter_size_limit",
        },
        alike={"offence_from": 1},
    ),
    "message-error-ensure-error-child": Migrant(ours="error_without_child"),
    "muc-message-ensure-to-full-jid": Migrant(ours="groupchat_to_bare_jid"),
    "presence-subscribe": _SUBSCRIBE,
    "presence-subcribe": _SUBSCRIBE,  # as its documentation misspells it
    "known-spammers": Migrant(
        ours="known_spammers",
        options={
            "ban-time": "ban_time",
            "cache-time": "cache_time",
            "disable-account": "disable_account",
            "print-spammers-frequency": "print_frequency",
            "print-frequency": "print_frequency",
        },
        minutes=frozenset({"ban-time", "cache-time", "print-spammers-frequency", "print-frequency"}),
    ),
}


def translate(written: str, key: tuple[int, int], section: Node, book: Book) -> Node:
    """Return *section*, which stands behind Tigase's name *written*, with our names for its options."""
    migrant = TIGASE[written]
    book.note(key, ("filters", written), f"Tigase's name, read as {migrant.ours}")
    options: dict[str, Node] = {}
    keys: dict[str, tuple[int, int]] = {}
    for name, node in section.mapping().items():
        ours = migrant.options.get(name, name)
        position, path = section.keys[name], ("filters", written, name)
        if ours in options:
            book.mistake(
                position, path, f"found {ours} a second time, wanted once; line {keys[ours][0]} has it already"
            )
            continue
        value = node
        if ours != name:
            if name in migrant.minutes and isinstance(node.value, int) and not isinstance(node.value, bool):
                value = Node(f"{node.value}m", node.position, raw=node.raw)
                book.note(position, path, f"Tigase's option, read as {ours}: {node.value}m")
            else:
                book.note(position, path, f"Tigase's option, read as {ours}")
        options[ours], keys[ours] = value, position
    return Node(options, section.position, keys=keys)
