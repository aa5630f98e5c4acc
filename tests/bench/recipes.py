"""Recipes of hostile stanzas: what is repeated where, in few words that a search can vary and people read.

A recipe is a handful of parts. Each has a carrier, which is an element that holds text or an attribute, and a unit that
is repeated in it. `{n}` in a unit is another number each time, `{r}` twelve other letters and figures.
"""

import re
from dataclasses import dataclass, replace
from random import Random
from xml.sax.saxutils import escape

XHTML = "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>%s</body></html>"
MUC = "<x xmlns='http://jabber.org/protocol/muc#user'>%s</x>"
OOB = "<x xmlns='jabber:x:oob'>%s</x>"
FORM = "<x xmlns='jabber:x:data' type='form'>%s</x>"
FORWARDED = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>%s</message></forwarded>"
CARRIERS: dict[str, tuple[str, str]] = {
    "body": ("%s", "<body>%s</body>"),
    "body in CDATA": ("%s", "<body><![CDATA[%s]]></body>"),
    "subject": ("%s", "<subject>%s</subject>"),
    "thread": ("%s", "<thread>%s</thread>"),
    "status": ("%s", "<status>%s</status>"),
    "nick": ("%s", "<nick xmlns='http://jabber.org/protocol/nick'>%s</nick>"),
    "xhtml": (XHTML, "<p>%s</p>"),
    "xhtml link": (XHTML, "<a href='%s'/>"),
    "xhtml image": (XHTML, "<img src='%s' alt='x'/>"),
    "inviter": (MUC, "<invite from='%s'/>"),
    "reason": (MUC, "<invite from='a@b.example'><reason>%s</reason></invite>"),
    "room": ("%s", "<x xmlns='jabber:x:conference' jid='%s'/>"),
    "room's reason": ("%s", "<x xmlns='jabber:x:conference' jid='a@b.example' reason='%s'/>"),
    "oob": (OOB, "<url>%s</url>"),
    "oob description": (OOB, "<desc>%s</desc>"),
    "form": (FORM, "<field var='a'><value>%s</value></field>"),
    "form label": (FORM, "<field label='%s'/>"),
    "forwarded": (FORWARDED, "<body>%s</body>"),
    "fallback": ("%s", "<fallback xmlns='urn:xmpp:fallback:0' for='%s'><body start='1' end='7'/></fallback>"),
    "reference": ("%s", "<reference xmlns='urn:xmpp:reference:0' type='data' uri='%s'/>"),
    "encrypted": (
        "%s",
        "<encrypted xmlns='urn:xmpp:omemo:2'><header><keys jid='%s'/></header></encrypted>",
    ),
    "child": ("%s", "<a b='%s'/>"),
    "element": ("%s", "<event xmlns='urn:example:{n}'><items node='%s'/></event>"),
    "attributes": ("<a %s/>", " a{n}='%s'"),
    "prefixes": ("<a %s/>", " xmlns:a{n}='%s'"),
    "nested": ("%s", "<a><b>%s</b></a>"),
    "id": ("", ""),
    "sender": ("", ""),
    "resource": ("", ""),
}
"""What stands around all of it, and around each piece. The last ones are attributes of the stanza itself."""
_OF_STANZA = ("id", "sender", "resource")
KINDS = {
    "chat": "<message type='chat' id='i%s' from='%s@%s%s' to='alice@example.org'>%s</message>",
    "normal": "<message id='i%s' from='%s@%s%s' to='alice@example.org'>%s</message>",
    "error": "<message type='error' id='i%s' from='%s@%s%s' to='alice@example.org'>%s</message>",
    "subscribe": "<presence type='subscribe' id='i%s' from='%s@%s%s' to='alice@example.org'>%s</presence>",
}
FRAGMENTS = (
    "http://", "hxxp:", "ftp:", "http:", "xmpp:", "mailto:", "tel:+49151", "tg:", "whatsapp:", "://", "//", "www.", ".",
    ".", ":", "@", "@", "/", "\\", "?", "#", "%41", "%2F", "%3A", "%40", "%CC%81", "%E2%80%8B", "%", "[.]", "(dot)",
    "{dot}", "[", "]", "((", "[:]//", " dot ", " . ", "\u70b9", "\u202e", "\u202c", "\u200b", "\u200d", "\u00ad",
    "\ufeff", "xn--", "xn--{r}", "xn--{r}.", "xn--80ak6aa92e", "xn--a9z", "\u00fc", "\u00fc{n}", "\u0301", "\u0316",
    "a\u0301\u0316", "\u0e01", "\u0e48", "\u597d", "\u4f60", "\u3002", "\uff0e", "\uff41", "\ufdfa", "\U0001f525",
    "\U0001d4d5", "\u1100", "\uac00", "\u05d0", "\u0627", "\u0939\u093f", "\u0430", "a", "b", "e", "i1", "0", "8 9",
    "+4915112345", "1.2.3.4", "0x7f.1", "[::1]", "[::", "{n}", "{r}", "example", ".com", ".co.uk", "telegram",
    "whatsapp",     "@abcd", "t.me/", "wa.me/", "?a=", "&", "<", ">", "'", '"', ";", ",", "|", "-", "_",
    "*", "~", " ", " ", "\n", "\t",
    "?OTRv", "buy {n} followers", "casino bonus", "now is the time for all good men ", "f r e e ", "aaaa", "rn", "vv",
    "\\40", "\\20", "/../", "/./", "user", "spam.example", "a.b", "a.b ", "a@b.c ", "http://a.bc/d ",
)  # fmt: skip
"""What units are made of: all that is special to somebody who reads texts."""
_NUMBERED = re.compile(r"\{[nr]\}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_LONGEST_UNIT = 160
_MOST_PARTS = 3
_OTHER_KIND = 0.3


@dataclass(frozen=True)
class Part:
    """One thing that is repeated."""

    carrier: str
    unit: str
    before: str = ""
    times: int = 0
    """How often the unit stands in one element; 0: one element has all."""
    share: int = 1
    """Of the stanza, in relation to the other parts."""

    def __str__(self) -> str:
        inside = f"{self.before!r} + " * bool(self.before) + repr(self.unit) + f" x {self.times}" * bool(self.times)
        return f"{self.carrier}({inside}{f', share {self.share}' * (self.share > 1)})"


@dataclass(frozen=True)
class Recipe:
    """One stanza of any size."""

    parts: tuple[Part, ...]
    kind: str = "chat"

    def __str__(self) -> str:
        return f"{self.kind}: " + " ".join(map(str, self.parts))


def render(recipe: Recipe, size: int, salt: str = "") -> bytes:
    """Return the stanza, of at most *size* bytes, or little more; with another *salt* nobody has seen its texts."""
    writer = _Writer(salt)
    whole = sum(part.share for part in recipe.parts)
    own = {"id": "", "sender": "evil.example", "resource": "/x"}
    inside = ""
    for part in recipe.parts:
        room = size * part.share // whole
        if part.carrier in _OF_STANZA:
            text = writer.repeated(part, min(room, 1000))
            own[part.carrier] = f"/{text}" if part.carrier == "resource" else text
        else:
            inside += writer.elements(part, room)
    local = f"m{salt}"
    return (KINDS[recipe.kind] % (own["id"], local, own["sender"], own["resource"], inside)).encode()


class _Writer:
    def __init__(self, salt: str) -> None:
        self._salt = salt
        self._count = 0
        self._random = Random(salt)

    def elements(self, part: Part, room: int) -> str:
        around, each = CARRIERS[part.carrier]
        written: list[str] = []
        left = room - len(around)
        while left > 0:
            text = self.repeated(part, left if part.times else left - len(each))
            if part.carrier == "prefixes":
                text = text.replace("}", "")  # expat refuses it in the name of a namespace
            element = self._filled(each).replace("%s", text)
            written.append(element)
            left -= max(1, len(element.encode()))
            if not part.times:
                break
        return around.replace("%s", "".join(written))

    def repeated(self, part: Part, room: int) -> str:
        """Return as much of a part's text as there is room for, escaped, and with something nobody has seen."""
        text = self._escaped(f"{self._salt} " * (part.carrier == "body") + part.before)
        left = room - len(text.encode())
        done = 0
        units: list[str] = []
        while left > 0 and (not part.times or done < part.times):
            unit = self._escaped(self._filled(part.unit))
            left -= max(1, len(unit.encode()))
            if left >= 0 or not units:
                units.append(unit)
            done += 1
        return text + "".join(units)

    def _filled(self, unit: str) -> str:
        return _NUMBERED.sub(self._number, unit)

    def _number(self, found: re.Match[str]) -> str:
        if found[0] == "{r}":
            return "".join(self._random.choices(_LETTERS, k=12))
        self._count += 1
        return f"{self._count}{self._salt}"

    @staticmethod
    def _escaped(text: str) -> str:
        return escape(text, {"'": "&apos;", '"': "&quot;"})


def random_unit(random: Random) -> str:
    return "".join(random.choices(FRAGMENTS, k=random.choice((1, 1, 2, 2, 3, 4))))


def mutated(recipe: Recipe, random: Random) -> Recipe:
    """Return *recipe* with something changed."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        recipe = _once(recipe, random)
    return recipe


def _once(recipe: Recipe, random: Random) -> Recipe:
    parts, at = recipe.parts, random.randrange(len(recipe.parts))
    match random.randrange(14):
        case 0 if len(parts) > 1:
            return replace(recipe, parts=parts[:at] + parts[at + 1 :])
        case 1 if len(parts) < _MOST_PARTS:
            return replace(recipe, parts=(*parts, Part(random.choice(list(CARRIERS)), random_unit(random))))
        case 2 if random.random() < _OTHER_KIND:
            return replace(recipe, kind=random.choice(list(KINDS)))
    return replace(recipe, parts=(*parts[:at], _varied(parts[at], random), *parts[at + 1 :]))


def _varied(part: Part, random: Random) -> Part:
    unit = part.unit
    begin, end = sorted(random.choices(range(len(unit) + 1), k=2))
    match random.randrange(10):
        case 0:
            return replace(part, carrier=random.choice(list(CARRIERS)))
        case 1:
            return replace(part, times=random.choice((0, 0, 1, 2, 4, 10, 50, 250)))
        case 2:
            return replace(part, before=random.choice(("", random_unit(random), random_unit(random) * 20)))
        case 3:
            return replace(part, share=random.choice((1, 2, 5)))
        case 4:
            return replace(part, unit=random_unit(random))
        case 5:
            unit *= random.choice((2, 3, 10))
        case 6 | 7:  # leave something out
            unit = unit[:begin] + unit[end:] or "a"
        case _:  # put something in
            unit = unit[:begin] + random_unit(random) + unit[begin:]
    return replace(part, unit=unit[:_LONGEST_UNIT])
