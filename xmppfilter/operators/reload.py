"""The command `reload`, for help and logs: whoever runs a gateway by a configuration's file carries it out."""

from typing import Final

from xmppfilter.gateway.gateway import Gateway
from xmppfilter.registers.command import Answer, CommandError, Context, Record, Value, command

_RESULT: Final = Record(
    "what came of it",
    {
        "reloaded": Value("the configuration's file"),
        "needs_restart": Value("sections that only a restart applies", "texts"),
    },
)


@command("reload", _RESULT, changes=True)
def reload(_gateway: Gateway, _context: Context) -> Answer:
    """Read the configuration again, and fetch all lists; a bad one changes nothing."""
    raise CommandError("reload: this gateway was not started from a configuration's file")
