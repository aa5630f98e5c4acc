"""The kind of a stanza, by its name and type."""

import pytest

from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.view import Stanza


def read(name: str, attributes: str) -> Stanza:
    return Stanza.read(f"<{name} from='mallory@evil.example/x' to='alice@example.org' {attributes}/>")


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("message", {
            None: Kind.MESSAGE, "chat": Kind.MESSAGE, "normal": Kind.MESSAGE, "headline": Kind.MESSAGE,
            "": Kind.MESSAGE, "other": Kind.MESSAGE, "Error": Kind.MESSAGE, "groupchat": Kind.GROUPCHAT,
            "error": Kind.ERROR,
        }),
        ("presence", {
            None: Kind.PRESENCE, "subscribe": Kind.SUBSCRIBE, "subscribed": Kind.PRESENCE, "unavailable": Kind.PRESENCE,
            "probe": Kind.PRESENCE, "error": Kind.PRESENCE, "Subscribe": Kind.PRESENCE,
        }),
        ("iq", {
            "get": Kind.IQ, "set": Kind.IQ, "result": Kind.IQ_REPLY, "error": Kind.IQ_REPLY, None: Kind.IQ_REPLY,
            "other": Kind.IQ_REPLY,
        }),
    ],
)  # fmt: skip
def test_kinds(name: str, kinds: dict[str | None, Kind]) -> None:
    for kind, wanted in kinds.items():
        assert read(name, f"type='{kind}'" if kind is not None else "").kind is wanted
        if kind:
            spelled = "".join(f"&#{ord(character)};" for character in kind)
            assert read(name, f"type='{spelled}'").kind is wanted
