"""`xmppfilter explain`: what the running gateway would do with one stanza, and why."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from xmppfilter.cli.asking import ask_first
from xmppfilter.cli.configuration import settings_or_exit
from xmppfilter.cli.replay import opened
from xmppfilter.config.settings import Settings
from xmppfilter.gateway.explaining import read_asked
from xmppfilter.operators.control import ControlError, NobodyAnswersError
from xmppfilter.operators.sockets import control_paths
from xmppfilter.replay.replay import Replay


def explain(
    stanza: Annotated[
        str, typer.Argument(help="A file with one stanza, or with a server's question about one; - is standard input.")
    ] = "-",
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration to judge by.")] = Path(
        "config.yaml"
    ),
    alone: Annotated[
        bool, typer.Option("--alone", help="Judge by the configuration alone, with nothing learnt; ask no gateway.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Say in words what would become of one stanza, and why: the running gateway is asked, and remembers nothing."""
    settings = settings_or_exit(config)
    try:
        with opened(stanza) as lines:
            text = lines.read()
        result, why_alone = _explained(settings, text, alone=alone)
    except OSError as wrong:
        typer.echo(f"{stanza}: {wrong.strerror}", err=True)
        raise typer.Exit(1) from wrong
    except (ValueError, ControlError) as wrong:
        typer.echo(f"{stanza}: {wrong}", err=True)
        raise typer.Exit(1) from wrong
    if as_json:
        typer.echo(json.dumps(result | {"alone": why_alone}, ensure_ascii=False))
    else:
        typer.echo("\n".join((*words_of(result), _basis(result["knew"], why_alone))))


def _explained(settings: Settings, text: str, *, alone: bool) -> tuple[dict[str, Any], str | None]:
    """Return what would become of the stanza in *text*, and why no gateway was asked about it (None: one was)."""
    paths = control_paths(settings)
    why = "--alone"
    if not alone and not paths:
        why = "neither control nor store is configured, so no gateway can be asked"
    elif not alone:
        try:
            return asyncio.run(ask_first(paths, ["explain", text], settings.component.jid))["explained"], None
        except NobodyAnswersError as nobody:
            why = str(nobody)
    return Replay(settings).explain(read_asked(text)), why


def _basis(knew: dict[str, Any], why_alone: str | None) -> str:
    if why_alone is not None:
        return (
            f"judged by the configuration and its files alone, without bans, counts and lists of services ({why_alone})"
        )
    entries = f"{knew['listed']} list entries and {knew['remembered']} other entries"
    return f"the running gateway said so; it knew {knew['senders_offences']} offences of this sender, {entries}"


def words_of(told: dict[str, Any]) -> Iterator[str]:
    """Yield what `explanation_of` has told in words, a sentence a line."""
    article = "an" if told["kind"] == "iq" else "a"
    yield f"{article} {told['kind']} ({told['what']}) from {told['from']} to {told['to']}, taken for a stranger's"
    for name, failure in told["failed"].items():
        yield f"{name} failed and has no opinion: {failure}"
    for name in told["muted"]:
        yield f"{name} is not asked for a while, after too many failures in a row"
    if told["exempt"]:
        yield f"would be delivered without being judged: {_REASONS.get(told['exempt'], told['exempt'])}"
        return
    if not told["findings"]:
        yield "would be delivered: no filter found anything"
        return
    for found in told["findings"]:
        score = found.get("would_score", found["score"])
        watched = ", in monitor mode, so it does not count" if "would_score" in found else ""
        yield f"found: {found['rule']} ({score:+g}{watched}): {found['detail']}"
    together = sum(found["score"] for found in told["findings"])
    once = "; of findings that rest on the same fact the heaviest counts" if round(together, 6) > told["score"] else ""
    yield f"score {told['score']:g}{once}"
    if told["would"] is not None:
        yield f"would be delivered, for this is monitor mode; enforce would {told['would']} it"
    elif told["decided_by"] is None:
        yield f"would be {_PAST[told['action']]}: that is below the threshold"
    else:
        yield f"would be {_PAST[told['action']]}, decided by {told['decided_by']}"


_PAST = {"deliver": "delivered", "tag": "delivered with a tag", "bounce": "bounced", "drop": "dropped"}
_REASONS = {
    "contact": "the two are contacts",
    "self": "a user writes to itself",
    "server": "it is between our server and its users",
    "service": "it is between one of our services and our users",
    "trusted": "its sender is trusted",
    "correspondent": "our user has written to the other before",
    "unfiltered_recipient": "its recipient receives everything",
}
