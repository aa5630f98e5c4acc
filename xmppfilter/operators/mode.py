"""The command `mode`: the standing order that a register keeps, and what the gateway makes of it at once."""

from typing import Annotated, Final, Literal

from xmppfilter.gateway.gateway import Gateway
from xmppfilter.registers.command import Answer, Context, Counts, Parameter, Record, Value, command

_RESULT: Final = Record(
    "the mode",
    {
        "mode": Value("the mode from now on"),
        "was": Value("the mode until now"),
        "not_changed": Counts("domains and users with a mode of their own", each=Value("which"), optional=True),
    },
)
_MODE: Final = Parameter("MODE", "enforce blocks spam; monitor judges, and lets everything pass")


@command("mode", _RESULT, changes=True)
def mode(gateway: Gateway, context: Context, mode: Annotated[Literal["enforce", "monitor"], _MODE]) -> Answer:
    """Change the mode: until it is changed again, here or in the configuration.

    The order holds over reloads, and over restarts where there is a store.
    """
    was = "monitor" if context.policy.rules.monitor else "enforce"
    gateway.order_mode(mode, context.now)
    own = context.policy.own_modes
    return Answer({"mode": mode, "was": was} | ({"not_changed": own} if own else {}))
