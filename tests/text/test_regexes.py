"""What is odd about patterns."""

import pytest

from xmppfilter.text.caseless import caseless
from xmppfilter.text.fold import fold_light
from xmppfilter.text.regexes import never_in_xml, oddities


def test_what_xml_cannot_carry() -> None:
    assert "U+0007" in str(never_in_xml("a\x07"))
    assert never_in_xml("a\tb\n\u2603") is None


@pytest.mark.parametrize(
    ("regex", "said"),
    [
        ("$5 off", "never match: $"),
        (r"win\$?$x", "never match: $"),
        ("x^y", "never match: ^"),
        ("a\x00", "never match: XML"),
        ("\\b\u043a", "\\b knows ASCII alone"),
        ("(?m)^a$\nb", ""),
        (r"\$5|^a|(?:b$|c)", ""),
        ("[$]5", ""),
        (r"\Q$5\E", ""),
        ("a$b?", ""),
        ("[A-Z]+", ""),
    ],
)
def test_what_never_matches(regex: str, said: str) -> None:
    found = list(oddities(regex, None))
    assert found == [] if not said else said in found[0]


@pytest.mark.parametrize(
    ("regex", "light", "full"),
    [
        ("caf\u00e9", "", "reads 'e'"),
        ("\u043a\u0430\u0437", "", "reads 'k'"),
        ("stra\u00dfe", "reads 'ss'", "reads 'ss'"),
        ("a\u200bb", "is left out", "is left out"),
        ("[A-Z]{5}", "small letters too", "small letters too"),
        ("(?i)[A-Z]{5}", "", ""),
        ("[A-Za-z]", "", ""),
        ("two  words", "one space", "one space"),
        (r"a\nb", "one space", "one space"),
        (r"two\s+words", "", ""),
        ("caf\u00e9?", "", ""),
    ],
)
def test_what_folding_changes(regex: str, light: str, full: str) -> None:
    for said, fold in ((light, caseless), (full, fold_light)):
        found = list(oddities(regex, fold))
        assert found == [] if not said else said in found[0]
