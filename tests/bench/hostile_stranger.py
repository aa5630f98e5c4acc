"""A hostile stranger: it sends little, and each stanza is made to cost, or to push out, as much as it can.

It sends in turn what is too large to be taken, what is expensive to read, many bodies at once, and what claims to come
from ever new occupants of a room; and between them ordinary messages as a banned sender, none of which may pass.
"""

from collections.abc import Iterator
from itertools import count

from tests.bench.traffic import Wrap
from tests.hostile import HOSTILE

BYTES_A_SECOND = 64 << 10
"""What a server lets one remote server, or one client, send."""
LARGEST = 1 << 20
"""Bytes that a stanza may have, by default."""
TOO_LARGE = 175_000
"""Apostrophes: escaped to six bytes each they are more than max_stanza_size."""
BANNED = "spammer-banned@hostile.example/x"
"""Begins like those that the traffic's `UNWANTED` counts when they come back."""
FROM_HOSTILE = b' from="hostile'
"""What a stanza of the others has that comes back."""
_BODIES = "".join(f"<body>{{n}}-{body} {'a text of one hundred letters and more ' * 3}</body>" for body in range(40))


class HostileStranger:
    """Writes its stanzas in turn; the same one never comes twice."""

    def __init__(self, wrap: Wrap) -> None:
        self._wrap = wrap
        self._numbers = count(1)
        self.oversized = 0
        """How many were too large to be taken."""
        self.sent = 0
        """How many were not."""

    def note(self, data: bytes) -> None:
        """Count what has been sent."""
        if len(data) > LARGEST:
            self.oversized += 1
        else:
            self.sent += 1

    def earn_ban(self) -> bytes:
        """Return what gets the banned sender its ban: an error that carries none."""
        return self._wrapped(
            f"<message xmlns='jabber:client' type='error' to='user1@example.org' from='{BANNED}' id='b'/>"
        )

    def stanzas(self) -> Iterator[bytes]:
        """Yield its stanzas, without an end."""
        while True:
            yield self._message("hostile", f"<body>{'&apos;' * TOO_LARGE}</body>")
            for inside in HOSTILE.values():
                if " from=" not in inside:  # which is what is counted of all that comes back
                    yield self._small(inside)
                for _ in range(20):
                    yield self._small(_BODIES)
                    yield self._small(
                        "<body>Hello</body><x xmlns='http://jabber.org/protocol/muc#user'/>", occupant=True
                    )
                    yield self._as_banned()

    def _small(self, inside: str, *, occupant: bool = False) -> bytes:
        number = next(self._numbers)
        inside = inside.replace("{n}", str(number))
        return self._message(f"hostile{'' if occupant else number}", inside, f"{'nick' * 200}{number}")

    def _as_banned(self) -> bytes:
        number = next(self._numbers)
        if number % 3 == 0:  # an offence now and then: among thousands of others only the latest are remembered
            return self.earn_ban()
        body = f"<body>Good morning {number}</body>"
        return self._wrapped(
            f"<message xmlns='jabber:client' to='user1@example.org' from='{BANNED}' id='b'>{body}</message>"
        )

    def _message(self, name: str, inside: str, resource: str = "x") -> bytes:
        to = f"user{next(self._numbers) % 1000}@example.org"
        start = (
            f"<message xmlns='jabber:client' type='chat' to='{to}' id='p' from=\"{name}@hostile.example/{resource}\">"
        )
        return self._wrapped(f"{start}{inside}</message>")

    def _wrapped(self, stanza: str) -> bytes:
        return self._wrap(stanza, next(self._numbers)).encode()
