"""What all routes have in common: the id of a question goes back as it came."""

import pytest

from xmppfilter.routes.route import written_id
from xmppfilter.stanza.view import Stanza


@pytest.mark.parametrize(
    ("id_", "written"),
    [
        ("id='c1'", "c1"), ("id='a&amp;b'", "a&amp;b"), ("id='a&#10;b'", "a&#10;b"), ('id="it\'s"', "it&apos;s"),
        ("id='\u00fc'", "\u00c3\u00bc"), ("", ""),
    ],
)  # fmt: skip
def test_an_id_stands_in_an_attribute_again(id_: str, written: str) -> None:
    stanza = Stanza.parse(f"<iq type='set' from='a@b.example' {id_}/>".encode())
    assert written_id(stanza) == written
