"""Catches words and patterns that the admin names.

`strings` match anywhere, inside words too; `regexes` are RE2 (no look-around, no back-references, and in return linear
time on any text), searched, not anchored. All are searched for at once, in each of the places that `scan` names: by
default in all that a client may show.

Never looks at: errors, groupchat from rooms (to a full JID), fallback texts, the body beside an encrypted payload.
"""

import re
from collections.abc import Collection, Iterable
from typing import Annotated, ClassVar, Final

import re2
from pydantic import AfterValidator, model_validator
from pydantic import Field as Option

from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import beside, readable
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import Options, Remark
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.fields import FIELDS, Field
from xmppfilter.stanza.kind import Kind
from xmppfilter.text.fold import by_looks, fold_light, folded
from xmppfilter.text.memo import remembered

RULES = {"string": "a string of the list stands in it", "regex": "a regular expression of the list matches"}
_GROUPCHAT: Final = Kind.GROUPCHAT
_ASCII_ONLY: Final = re.compile(r"(?<!\\)(?:\\\\)*+(\\[bBwWdD])")
"""What RE2 knows of ASCII letters and digits alone, behind an even number of backslashes."""
_FEW: Final = 64
"""Texts of one place in one stanza that are searched one by one."""
_BETWEEN: Final = "\n\0\n"
"""No text has it, so no words on both sides of it are next to each other."""
MEMORY: Final = 256 << 20
"""Bytes that the compiled set may use at most; RE2 takes what it needs."""


def _settings(*, case_sensitive: bool) -> "re2.Options":
    options = re2.Options()
    options.log_errors = False  # we tell of them ourselves
    options.max_mem = MEMORY
    options.case_sensitive = case_sensitive
    return options


def _says_something(string: str) -> str:
    if not string.strip():
        raise ValueError("wanted a string with something in it: an empty one stands in every text")
    return string


def _compiles(regex: str) -> str:
    try:
        compiled = re2.compile(regex, _settings(case_sensitive=True))
    except re2.error as wrong:
        reason = wrong.args[0].decode("utf-8", "replace") if isinstance(wrong.args[0], bytes) else str(wrong)
        hint = " (RE2 has no look-around and no back-references)" if "(?" in regex or "\\" in regex else ""
        raise ValueError(f"{regex!r} is no RE2 regular expression: {reason}{hint}") from wrong
    if all(compiled.search(text) for text in ("", "a", "\u2603 1")):
        raise ValueError(f"{regex!r} matches every text")
    return regex


class Config(Options):
    """Options of patterns."""

    strings: list[Annotated[str, AfterValidator(_says_something)]] = Option(
        default_factory=list,
        description="Literal strings; each is spam wherever it stands.",
        examples=[["buy followers now", "t.me/crypto_profit"]],
    )
    regexes: list[Annotated[str, AfterValidator(_compiles)]] = Option(
        default_factory=list,
        description="RE2 regular expressions; each is spam wherever it matches.",
        examples=[[r"(?i)casino\s+bonus"]],
    )
    case_sensitive: bool = Option(default=True, description="Whether upper and lower case are different letters.")
    scan: list[Field] = Option(
        default=list(FIELDS),
        min_length=1,
        description="Where to look; other is all else that a client may show (forms, files, unknown extensions).",
    )
    normalize: bool = Option(
        default=False,
        description="Compare without regard to case, white space and invisible characters; strings are folded too.",
    )

    def remarks(self, others: Collection[str]) -> Iterable[Remark]:  # noqa: ARG002 - it looks at nobody else
        """Tell where there is nothing to look for, and where RE2 is narrower than other dialects."""
        if not self.strings and not self.regexes:
            yield (), "neither strings nor regexes: it finds nothing"
        for place, regex in enumerate(self.regexes):
            if not regex.isascii() and (narrow := _ASCII_ONLY.search(regex)) is not None:
                why = f"{narrow[1]} knows ASCII alone in RE2, and there are other letters beside it: write [\\pL\\pN_]"
                yield ("regexes", place), why

    @model_validator(mode="after")
    def _folded_strings_say_something(self) -> "Config":
        for string in self.strings if self.normalize else ():
            if not fold_light(string).strip():
                raise ValueError(f"nothing is left of {string!r} once it is folded, so it would match every text")
        return self


class _Search:
    """Several patterns sought at once."""

    def __init__(self, patterns: list[tuple[str, str]], *, case_sensitive: bool) -> None:
        """Compile *patterns*: pairs of what RE2 is given and what the admin wrote."""
        self._named = [named for _, named in patterns]
        self._set = re2.Set.SearchSet(_settings(case_sensitive=case_sensitive))
        for pattern, _ in patterns:
            self._set.Add(pattern)
        if patterns:
            try:
                self._set.Compile()
            except re2.error as wrong:
                raise ValueError(f"patterns: {len(patterns)} of them together are more than RE2 can compile") from wrong

    def first(self, text: str) -> str | None:
        """Return what the admin wrote for the first pattern, in the order of the list, that is in *text*."""
        if not self._named:
            return None
        found = self._set.Match(text)
        return self._named[min(found)] if found else None


def _few(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return *texts*, those behind the first ones in one: to search in each takes longer than its characters do."""
    return texts if len(texts) <= _FEW else (*texts[:_FEW], _BETWEEN.join(texts[_FEW:]))


class Filter:
    """Searches the texts for all patterns at once."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE, Kind.GROUPCHAT, Kind.SUBSCRIBE})
    observes: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, config: Config, state: Scope) -> None:  # noqa: ARG002 - the contract's; it keeps nothing
        strings = [(re2.escape(string), f"string {string!r}") for string in config.strings]
        regexes = [(regex, f"regex {regex!r}") for regex in config.regexes]
        self._scan = tuple(config.scan)
        self._scan_bodies: tuple[Field, ...] = ("body",) if "body" in config.scan else ()
        self._plain = _Search(regexes if config.normalize else strings + regexes, case_sensitive=config.case_sensitive)
        self._folded: _Search | None = None
        if config.normalize:
            strings = [(re2.escape(fold_light(string)), f"string {string!r}") for string in config.strings]
            self._folded = _Search(strings + regexes, case_sensitive=False)
        self._first = remembered(self._search)

    def check(self, case: Case, now: float) -> Finding | None:  # noqa: ARG002 - the contract's
        """Find the first pattern in the first place that has one."""
        if case.kind is _GROUPCHAT and case.recipient.resource:
            return None
        others = () if case.ordinary else case.once(beside)
        for field in self._scan if others else self._scan_bodies:
            in_field = (part.text for part in others if part.field == field)
            for text in _few(case.once(readable) if field == "body" else tuple(in_field)):
                if (found := self._first(text)) is not None:
                    where = "elsewhere" if field == "other" else f"in the {field}"
                    return Finding(f"patterns.{found.partition(' ')[0]}", f"the {found} is {where}")
        return None

    def _search(self, text: str) -> str | None:
        found = self._plain.first(text)
        if found is None and self._folded is not None:
            found = self._folded.first(folded(text))
            if found is None and (looks := by_looks(text)) != text:
                found = self._folded.first(folded(looks))
        return found

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember nothing."""
