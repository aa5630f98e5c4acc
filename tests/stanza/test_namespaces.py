"""A namespace is spelled in one place."""

import ast
import re
from pathlib import Path

import xmppfilter

_PACKAGE = Path(xmppfilter.__file__).parent
_NAMESPACE = re.compile(
    r"(?:urn:(?:xmpp|ietf)|jabber:|http://jabber\.org/|http://etherx|http://www\.w3\.org/)[^\s<>'\"{}]*"
)


def test_no_other_module_spells_one() -> None:
    spelled = [
        (path.relative_to(_PACKAGE).as_posix(), node.value)
        for path in _PACKAGE.rglob("*.py")
        if path.name != "namespaces.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAMESPACE.fullmatch(node.value)
    ]
    assert spelled == []
