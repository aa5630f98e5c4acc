"""Names by which strangers pass for somebody in charge: a role (admin, support, moderator) or a name like our domain's.

Names are compared word by word, as they look (`xmppfilter.text.fold`), so that `adm1n` is a role and `adminton` is
none. A role may be glued to one of a few words that go with it (`techsupport`), or to the domain's own name.
"""

import re
from functools import lru_cache
from itertools import groupby, islice
from typing import Final

from xmppfilter.stanza.jid import MAX_PART_BYTES
from xmppfilter.text.fold import fold, fold_light, skeleton
from xmppfilter.text.memo import remembered

_ROLES: Final = {
    "English": """
        admin admins administrator administrators administration helpdesk hostmaster moderator moderators operator
        postmaster security servicedesk staff superuser support sysadmin sysop webmaster
    """,
    "German": """
        administratorin betreiber kundendienst kundenservice moderatorin sicherheit systemverwalter verwalter verwaltung
    """,
    "French": "administrateur administratrice assistance modérateur modératrice sécurité",
    "Spanish": "administrador administradora administración moderador moderadora seguridad soporte",
    "Portuguese": "administração atendimento segurança suporte",
    "Italian": "amministratore amministrazione assistenza moderatore sicurezza",
    "Polish": "administracja wsparcie bezpieczeństwo",
    "Turkish": "yönetici yönetim destek güvenlik moderatör",
    "Russian": """
        админ админы администратор администрация администрации безопасность безопасности модератор модераторы оператор
        поддержка поддержки саппорт техподдержка техподдержки
    """,
    "Ukrainian": "адмін адміністратор адміністрація безпека безпеки підтримка підтримки",
}
"""Words that say somebody is in charge, in the languages of whoever is expected here."""
_UNSPACED: Final = """
    管理员 管理員 客服 客户服务 版主 技术支持 官方 安全中心 管理者 運営 サポート 관리자 운영자 고객센터
"""
"""The same in Chinese, Japanese and Korean, which put no spaces between words: these are found anywhere."""
_COMPANIONS: Final = """
    account bot center centre chat customer desk im it jabber main net online server service site super sys system team
    tech the user web xmpp тех
"""
"""Words that are glued to a role: `supportteam`, `jabberadmin`."""
_GENERIC: Final = frozenset({"chat", "conference", "jabber", "mail", "server", "talk", "www", "xmpp"})
"""Labels that say nothing of whose domain it is."""
_SHORTEST_NAME: Final = 3
_LONGEST_KEPT: Final = 256
"""Characters of a domain that is remembered: the same ones write again and again."""
_SHORTEST_GLUED: Final = 8
"""Characters of a domain's labels without the dots that are not taken for a word by chance."""
_HUMP: Final = re.compile(r"(?<=[a-zß-öø-ÿа-яё])(?=[A-ZÀ-ÖØ-ÞА-ЯЁ])")
_BEHIND_AT: Final = re.compile(r"@\S+")
_WORDS: Final = re.compile(r"[^\W\d_]+")
_LABELS: Final = re.compile(r"[^\W_]+")


def _with_companions(roles: set[str], companions: list[str]) -> set[str]:
    return roles | {glued for role in roles for word in companions for glued in (role + word, word + role)}


_LIGHT: Final = frozenset(
    _with_companions({fold_light(role) for said in _ROLES.values() for role in said.split()}, _COMPANIONS.split())
)
_FULL: Final = frozenset(map(fold, _LIGHT))
_ROLES_FOLDED: Final = frozenset(fold(role) for said in _ROLES.values() for role in said.split())
_ANYWHERE: Final = re.compile("|".join(re.escape(fold_light(role)) for role in _UNSPACED.split()))
_ANY_ROLE: Final = re.compile("|".join(map(re.escape, sorted(_ROLES_FOLDED))))
"""Is found in whatever has a role among its words, and in little else."""

# A look at names of ASCII that is quicker than folding them. Folding makes letters of figures and signs here and there,
# and leaves out what stands between letters, and doubled letters; here that is done everywhere, so a role that is there
# when folded is there as well.
_READ_AS: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZl0134578@$!", b"abcdefghijkimnopqrstuvwxyzioieastbasi")
_BETWEEN: Final = bytes(code for code in range(128) if not chr(code).isalnum() and chr(code) not in "@$!|")
_MANIFOLD: Final = "|"
"""Is read as a letter here, and left out there."""


_TOLD_BY: Final = 5
"""Letters of a role that few other names begin a part with."""


def _stretched(role: str) -> bytes:
    """Return an expression for how *role* begins, each letter but the last once or more often."""
    *letters, last = (letter.encode() for letter, _ in islice(groupby(role), _TOLD_BY))
    return b"".join(letter + letter + b"*" for letter in letters) + last


_ANY_STRETCHED: Final = re.compile(b"|".join(sorted({_stretched(role) for role in _ROLES_FOLDED if role.isascii()})))


def may_claim_role(name: str) -> bool:
    """Whether a role may be among the words of *name*: False proves that there is none."""
    if not name.isascii() or _MANIFOLD in name:
        return True
    return _ANY_STRETCHED.search(name.encode().translate(_READ_AS, _BETWEEN)) is not None


def claims_office(name: str, domain: str) -> bool:
    """Whether a nick or localpart says that who bears it is in charge, or speaks for *domain*.

    No more is read of it than an address may have, and of an address in it no domain: whose that is, is for whoever
    compares addresses.
    """
    shown = name[:MAX_PART_BYTES]
    if "@" in shown:
        shown = _BEHIND_AT.sub("", shown)
    return (may_claim_role(shown) and claims_role(shown, domain)) or claims_domain(shown, domain)


@remembered
def claims_role(name: str, domain: str) -> bool:
    """Whether *name* has a role among its words, with or without the name of *domain*."""
    folded = fold(name)
    if not _ANY_ROLE.search(folded):
        return not name.isascii() and _ANYWHERE.search(fold_light(name)) is not None
    words = _WORDS.findall(folded)
    if not name.islower():
        words += _WORDS.findall(fold(_HUMP.sub(" ", name)))
    return (
        not _FULL.isdisjoint(words)
        or not _glued_to(domain).isdisjoint(words)
        or not _LIGHT.isdisjoint(_WORDS.findall(fold_light(name)))  # a number behind a word is no letter of it
    )


def claims_domain(name: str, domain: str) -> bool:
    """Whether *name* has *domain* in it, or looks as if it had: `example-org.support.test`."""
    labels, longest, glued = _labels(domain)
    # one word is no sign of anything
    if len(labels) <= 1 or longest not in (alike := skeleton(name)):
        return False
    words = _LABELS.findall(alike)
    if len(glued) >= _SHORTEST_GLUED and glued in words:
        return True
    return any(tuple(words[at : at + len(labels)]) == labels for at in range(len(words) - len(labels) + 1))


def passes_for(other: str, domain: str) -> bool:
    """Whether the domain *other* calls itself like *domain*, or a role of it, and is neither that nor below it.

    What looks the same as a whole (`examp1e.org`) is for whoever compares the two.
    """
    return _passes_for(other, domain) if len(other) <= _LONGEST_KEPT else _passes_for.__wrapped__(other, domain)


@lru_cache(maxsize=8192)
def _passes_for(other: str, domain: str) -> bool:
    own = _known_by(domain)
    if (own and skeleton(own) not in skeleton(other)) or other == domain or other.endswith(f".{domain}"):
        return False
    if claims_domain(other, domain):
        return skeleton(other) != skeleton(domain)
    words = _WORDS.findall(fold(other.rpartition(".")[0]))
    return not _glued_to(domain).isdisjoint(words) or (fold(own) in words and not _FULL.isdisjoint(words))


@lru_cache(maxsize=256)
def _labels(domain: str) -> tuple[tuple[str, ...], str, str]:
    """Return the labels of *domain* as they look, the longest of them, and all of them without the dots."""
    labels = tuple(_LABELS.findall(skeleton(domain)))
    return labels, max(labels, key=len, default=""), "".join(labels)


@lru_cache(maxsize=256)
def _glued_to(domain: str) -> frozenset[str]:
    """Return the roles with the domain's own name at either end, folded."""
    own = fold(_known_by(domain))
    return frozenset(glued for role in _ROLES_FOLDED for glued in (own + role, role + own)) if own else frozenset()


@lru_cache(maxsize=256)
def _known_by(domain: str) -> str:
    """Return the label by which people know *domain*; an empty string where every label is generic."""
    labels = [label for label in domain.split(".")[:-1] if len(label) >= _SHORTEST_NAME and label not in _GENERIC]
    return max(labels, key=len, default="")
