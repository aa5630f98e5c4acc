# ruff: noqa: RUF001 - look-alikes and several scripts are what is tested
"""Names by which strangers pass for somebody in charge."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.text.roles import claims_office, claims_role, may_claim_role, passes_for

OURS = "example.org"
OFFICIAL = """
    admin Admin ADMIN adm1n аdmin admin1 admin2024 4admin a.d.m.i.n SUPP0RT suppport support support-team supportteam
    support_24 SupportTeam AdminBot techsupport jabberadmin sysadmin helpdesk moderator Moderator_Anna security
    exampleadmin example-support admin@example.org postmaster staff operator
    Админ администратор модератор техподдержка адмін підтримка
    Sicherheit Kundendienst modératrice Modérateur administración soporte segurança suporte assistenza wsparcie yönetici
    管理员 客服小王 官方 サポート 관리자
    example.org example-org EXAMPLE_ORG_team examp1e.org exampleorg
""".split()  # noqa: SIM905 - a table
NOBODYS = """
    tom adminton Modernator badmin administrative supporter supportive opera operation operators moderate modern
    modelado secure staffan gustaf mod root info hello example anexample myexampleorg org bob@example.org @example.org
    служба админка 管理 服务
""".split()  # noqa: SIM905 - a table
SPACED = ["The Moderator", "Служба поддержки", "Служба безопасности", "Example Support", "Team example.org", " admin "]


@pytest.mark.parametrize("name", [*OFFICIAL, *SPACED])
def test_a_role_or_our_name(name: str) -> None:
    assert claims_office(name, OURS)


@pytest.mark.parametrize("name", [*NOBODYS, "", " ", "Tom Sawyer"])
def test_nobodys_name(name: str) -> None:
    assert not claims_office(name, OURS)


@pytest.mark.parametrize(
    ("other", "ours", "passes"),
    [
        ("admin-example.org", OURS, True),
        ("example-org.support.test", OURS, True),
        ("example.org.evil.test", OURS, True),
        ("examp1e-org.evil.test", OURS, True),
        ("admin.examp1e.org", OURS, True),
        ("exampleorg.test", OURS, True),
        ("support-example.com", OURS, True),
        ("examplesupport.net", OURS, True),
        ("example.org", OURS, False),
        ("chat.example.org", OURS, False),
        ("examp1e.org", OURS, False),  # as a whole it looks the same: found elsewhere
        ("example.com", OURS, False),
        ("example.test", OURS, False),
        ("myexample.org", OURS, False),
        ("forexample.org", OURS, False),
        ("support.other.test", OURS, False),
        ("support-chat.test", "chat.im", False),
        ("support-jabber.test", "jabber.ccc.de", False),
        ("support-ccc.test", "jabber.ccc.de", True),
        ("support.localhost.test", "localhost", False),
        ("example.org", "chat.example.org", False),
    ],
)
def test_domains_that_pass_for_ours(other: str, ours: str, passes: bool) -> None:
    assert passes_for(other, ours) is passes


@given(
    st.text("admin4@|!. _-oprstuwevxAIl1$5y\u0441\u0430", max_size=14) | st.sampled_from(OFFICIAL),
    st.text("a.|1-_", max_size=3),
)
def test_a_quick_look_misses_no_role(name: str, sign: str) -> None:
    for written in (name, sign.join(name), sign + name.upper()):
        assert may_claim_role(written) or not claims_role(written, OURS)


@pytest.mark.parametrize("name", ["tom", "juliet.capulet", "sender12345", "maria-1987", "jürgen"])
def test_a_quick_look_is_enough_for_most(name: str) -> None:
    assert may_claim_role(name) is not name.isascii()


@given(st.text(max_size=200), st.sampled_from([OURS, "localhost", "xmpp.chat", "1.2"]))
def test_nothing_whatever_breaks_it(name: str, domain: str) -> None:
    claims_office(name, domain)
    passes_for(name, domain)


@pytest.mark.parametrize(
    "unit", ["a", "aA", "a.b.", "1", "@", "管", "\ufdfa", "\u0301", "rn", "admi", "example.", "\u202e", "s u "]
)
def test_a_name_of_any_length_is_read_in_no_time(unit: str) -> None:
    name = unit * (65_536 // len(unit.encode()))
    start = time.process_time()
    claims_office(name, OURS)
    assert time.process_time() - start < 0.05  # some 2 ms; a busy machine may take many times that
