"""Catches words and patterns that the admin names.

`strings` match anywhere, inside words too unless `whole_words` is on; `regexes` are RE2 (no look-around, no
back-references, no repetition above 1,000, and in return linear time on any text), searched, not anchored. All are
searched for at once, in each of the places that `scan` names: by default in all that a client may show.

`normalize: light` reads texts without regard to case, width, white space and invisible characters (NFKC, and both
Turkish i are i); letters stay the letters they are. `normalize: full` also takes look-alike letters of all scripts for
each other (UTS 39), and takes off accents: `exploit` is found in Cyrillic letters, `и` and `й` are one. Strings are
folded like the text. Regexes are not: they are searched, whatever their case, in the folded text and, as they are, in
the text as it stands; with full, in the light one as well.

`whole_words` goes by the letters, marks and digits of every script. An apostrophe or underscore between two of them
belongs to the word (don't, snake_case); a possessive 's and l', d', qu' do not. Chinese, Japanese, Korean, Thai, Lao,
Khmer and Burmese are written without spaces, or with endings: strings in these scripts are found anywhere.

Never looks at: errors, groupchat from rooms (to a full JID), fallback texts, the body beside an encrypted payload.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Annotated, Any, ClassVar, Final, Literal

import re2
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator
from pydantic import Field as Option

from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import beside, readable
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import Options, Remark, parse_off
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.fields import FIELDS, Field
from xmppfilter.stanza.kind import Kind
from xmppfilter.text.caseless import caseless, read_caseless
from xmppfilter.text.fold import by_looks, fold_light, folded
from xmppfilter.text.memo import remembered
from xmppfilter.text.regexes import never_in_xml, oddities
from xmppfilter.text.words import marked

RULES = {"string": "a string of the list stands in it", "regex": "a regular expression of the list matches"}
_GROUPCHAT: Final = Kind.GROUPCHAT
_LIMITS: Final = {
    "invalid repetition size": "RE2 repeats at most 1,000 times, repetitions within repetitions multiplied",
    "pattern too large": "RE2 has no memory for so much; several shorter ones take less",
    "invalid perl operator": "RE2 has no look-around, no atomic groups and no comments",
    "invalid escape sequence": "RE2 has no back-references, and no escapes of other dialects",
    "bad repetition operator": "RE2 has no possessive repetition",
}
"""What RE2 does without, by what it says of it."""
_SAMPLES: Final = ("", "a", "\u2603 1", "a b\n\nc")
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
        limit = next((f" ({limit})" for said, limit in _LIMITS.items() if said in reason), "")
        raise ValueError(f"{regex!r} is no RE2 regular expression: {reason}{limit}") from wrong
    if all(compiled.search(text) for text in _SAMPLES):
        raise ValueError(f"{regex!r} matches every text")
    if any((found := compiled.search(text)) is not None and found.end() == found.start() for text in _SAMPLES):
        raise ValueError(f"{regex!r} matches where nothing stands: wanted one that needs at least a character")
    return regex


def _depth(value: Any) -> Any:
    return "full" if value is True else parse_off(value)


Depth = Annotated[
    Literal["light", "full"] | None,
    BeforeValidator(_depth),
    WithJsonSchema({"anyOf": [{"enum": ["light", "full", True]}, {"enum": ["off", False]}]}),
]
_FOLDS: Final[dict[str | None, Callable[[str], str]]] = {None: str, "light": caseless, "full": fold_light}


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
    normalize: Depth = Option(
        default=None,
        description="off; light: without regard to case, width, white space and invisible characters; "
        "full (or true): look-alike letters and accents besides. Strings are folded too.",
    )
    whole_words: bool = Option(
        default=False, description="Whether strings match as whole words only, in whatever script; regexes as ever."
    )

    def remarks(self, others: Collection[str]) -> Iterable[Remark]:  # noqa: ARG002 - it looks at nobody else
        """Tell where there is nothing to look for, what can never match, and where RE2 is narrower than others."""
        if not self.strings and not self.regexes:
            yield (), "neither strings nor regexes: it finds nothing"
        if self.whole_words and not self.strings:
            yield ("whole_words",), "there are no strings, and regexes say themselves where words end"
        for place, string in enumerate(self.strings):
            if (never := never_in_xml(string)) is not None:
                yield ("strings", place), never
        for place, regex in enumerate(self.regexes):
            for why in oddities(regex, None if self.normalize is None else _FOLDS[self.normalize]):
                yield ("regexes", place), why

    @model_validator(mode="after")
    def _folded_strings_say_something(self) -> "Config":
        for string in self.strings:
            if not _FOLDS[self.normalize](string).strip():
                raise ValueError(f"nothing is left of {string!r} once it is folded, so it would match every text")
        return self


class _Search:
    """Several patterns sought at once."""

    def __init__(
        self, strings: list[tuple[str, str]], regexes: list[str], *, case_sensitive: bool, whole_words: bool
    ) -> None:
        """Compile *strings*, pairs of what is sought and what the admin wrote, and *regexes*."""
        self._named = [f"string {written!r}" for _, written in strings] + [f"regex {regex!r}" for regex in regexes]
        self._strings = len(strings) if whole_words else 0
        sought = [re2.escape(string) for string, _ in strings]
        self._set = _compiled(sought + regexes, case_sensitive=case_sensitive)
        self._words = _compiled(
            [re2.escape(marked(string)) for string, _ in strings[: self._strings]], case_sensitive=case_sensitive
        )

    def first(self, text: str) -> str | None:
        """Return what the admin wrote for the first pattern, in the order of the list, that is in *text*."""
        found = self._set.Match(text) if self._named else ()
        if found and self._strings and min(found) < self._strings:
            # they stand somewhere, perhaps inside words
            found = [*(self._words.Match(marked(text)) or ()), *(at for at in found if at >= self._strings)]
        return self._named[min(found)] if found else None


def _compiled(patterns: list[str], *, case_sensitive: bool) -> "re2.Set":
    together = re2.Set.SearchSet(_settings(case_sensitive=case_sensitive))
    for pattern in patterns:
        together.Add(pattern)
    if patterns:
        try:
            together.Compile()
        except re2.error as wrong:
            raise ValueError(f"patterns: {len(patterns)} of them together are more than RE2 can compile") from wrong
    return together


def _read_by_looks(text: str) -> str:
    """Return *text* folded by its looks; nothing where that is no other reading."""
    return "" if (looks := by_looks(text)) == text else folded(looks)


def _searches(config: Config) -> Iterator[tuple[Callable[[str], str], _Search]]:
    """Yield how texts are read, and what is sought in what is read."""
    folds = _FOLDS[config.normalize]
    strings = [(folds(string), string) for string in config.strings]
    written = [] if config.normalize else strings
    words = config.whole_words
    yield str, _Search(written, config.regexes, case_sensitive=config.case_sensitive, whole_words=words)
    if not config.normalize:
        return
    search = _Search(strings, config.regexes, case_sensitive=False, whole_words=words)
    if config.normalize == "light":
        yield read_caseless, search
        return
    if config.regexes:
        yield read_caseless, _Search([], config.regexes, case_sensitive=False, whole_words=False)
    yield folded, search
    yield _read_by_looks, search


def _few(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return *texts*, those behind the first ones in one: to search in each takes longer than its characters do."""
    return texts if len(texts) <= _FEW else (*texts[:_FEW], _BETWEEN.join(texts[_FEW:]))


class Filter:
    """Searches the texts for all patterns at once."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE, Kind.GROUPCHAT, Kind.SUBSCRIBE})
    observes: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, config: Config, state: Scope) -> None:  # noqa: ARG002 - the contract's; it keeps nothing
        self._scan = tuple(config.scan)
        self._scan_bodies: tuple[Field, ...] = ("body",) if "body" in config.scan else ()
        self._searches = tuple(_searches(config))
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
        for read, search in self._searches:
            if (found := search.first(read(text))) is not None:
                return found
        return None

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember nothing."""
