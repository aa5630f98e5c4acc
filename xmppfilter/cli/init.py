"""`xmppfilter init`: from nothing to a configuration that only watches, and what the server needs."""

import os
import secrets
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from textwrap import dedent
from typing import Annotated, Final, NoReturn

import typer

from xmppfilter.cli.server_lines import EJABBERD_FILE, EJABBERD_LARGEST, ejabberd_file, ejabberd_lines, prosody_lines
from xmppfilter.config.reference import about_filter, as_yaml
from xmppfilter.stanza.jid import Jid, JidError

CONFIG: Final = "config.yaml"
SECRET: Final = "secret"  # noqa: S105 - a file's name
FILTERS: Final = {
    "known_spammers": (),
    "error_without_child": (),
    "groupchat_to_bare_jid": (),
    "unreadable": (),
    "presence_subscribe_rate": ("burst_per_day: 100",),
    "blocklist": (
        "# Lists by pubsub. Needs DNS and s2s for the component's own domain; status says what was fetched.",
        "services: [{jid: xmppbl.org}]",
    ),
    "invitation": (),
    "mentions": (),
    "stranger_rate": (),
    "first_contact": (),
    "campaign": (),
    "same_long_body": (
        "window: 1h",
        "# Exact copies alone are no spam beside campaign: greetings and jokes are handed on, too. Alone it weighs 10.",
        "score: 5",
    ),
    "test": (),
}
"""What is on from the start, with the options that are not left at their defaults."""


MAILBOXES: Final = ("abuse", "postmaster")
"""Of every domain, by RFC 2142; who has no such accounts loses nothing."""


class Route(StrEnum):
    """How the server hands stanzas over."""

    VERDICT = "verdict"
    INLINE = "inline"


class Server(StrEnum):
    """The servers that there is a module for."""

    PROSODY = "prosody"
    EJABBERD = "ejabberd"


def init(
    server: Annotated[Server | None, typer.Option(help="The server's kind.")] = None,
    domain: Annotated[
        list[str] | None, typer.Option(help="A domain whose users are to be protected; may be given again.")
    ] = None,
    jid: Annotated[
        str | None, typer.Option(help="The component's address.  [default: filter. before the domain]")
    ] = None,
    route: Annotated[
        Route, typer.Option(help="verdict: the server asks; inline: it sends stanzas through xmppfilter.")
    ] = Route.VERDICT,
    output_dir: Annotated[Path, typer.Option(help="Where the files are written.")] = Path(),
) -> None:
    """Write a first configuration and a random secret, and print what the server needs. Nothing is overwritten.

    What is not given is asked for on a terminal.
    """
    kind = server or Server(_ask("--server", "Which server is it: prosody or ejabberd?", [*Server]))
    given = domain or [_ask("--domain", "Which domain's users are to be protected?")]
    spelled: dict[str, str] = {}
    for text in given:
        spelled.setdefault(*_domain(text))
    domains = list(spelled.values())
    meant, address = _domain(jid or f"filter.{domains[0]}")
    if meant in spelled:
        _leave(f"{address} is a protected domain, the component needs an address of its own")
    secret = secrets.token_urlsafe(32)
    files = {SECRET: (f"{secret}\n", 0o600), CONFIG: (configuration(address, domains, kind, route), 0o644)}
    if kind is Server.EJABBERD:
        files[EJABBERD_FILE] = (ejabberd_file(address, domains, secret, route), 0o600)
    _write(output_dir, files)
    config, *others = (str(output_dir / name) for name in (CONFIG, *(name for name in files if name != CONFIG)))
    typer.echo(f"Written: {', '.join([config, *others])}.")
    typer.echo(f"The user that runs xmppfilter must be able to read {config} and {output_dir / SECRET}.\n")
    if kind is Server.PROSODY:
        typer.echo(prosody_lines(address, domains, secret, route))
    else:
        typer.echo(ejabberd_lines(output_dir))
    config = shlex.quote(config)
    typer.echo(
        dedent(f"""\
        Then run:

            xmppfilter check-config {config}
            xmppfilter run --config {config}

        While the configuration says `mode: monitor`, everything is delivered and the log says what would not have been;
        `xmppfilter status --config {config}` tells whether the server asks, and counts what would have been stopped.
        When that is what you want, write `mode: enforce` and run: xmppfilter ctl --config {config} reload""")
    )


def configuration(jid: str, domains: list[str], kind: Server, route: Route = Route.VERDICT) -> str:
    """Return a first configuration: the filters that need no words of yours, in monitor mode."""
    large = f"# ejabberd writes a quotation mark as six bytes.\nmax_stanza_size: {EJABBERD_LARGEST >> 20}MiB\n"
    head = dedent(f"""\
        # xmppfilter's configuration. `xmppfilter example` shows every option, `xmppfilter help` tells of the filters.
        component:
          jid: {as_yaml(jid)}
          secret_file: {SECRET}
          host: 127.0.0.1
          port: 5347

        domains: {as_yaml(domains)}
        # rooms: [conference.{domains[0]}]
        # services: [pubsub.{domains[0]}, upload.{domains[0]}]
        # admins: [admin@{domains[0]}]
        {f"route: {route.value}" if route is not Route.VERDICT else "# route: verdict"}

        policy:
          mode: monitor  # judges, and delivers everything; enforce does what is said below
          action: drop
          # Complaints quote what they are about (RFC 2142).
          unfiltered_recipients: {as_yaml([f"{name}@{domain}" for domain in domains for name in MAILBOXES])}

        """)
    filters = ["filters:"]
    for name, options in FILTERS.items():
        filters += [f"  # {about_filter(name)[0]}", f"  {name}:", *(f"    {option}" for option in options)]
    return (
        head
        + (f"{large}\n" if kind is Server.EJABBERD else "")
        + "\n".join(filters)
        + "\n\n# Bans outlive a restart here; packages use /var/lib/xmppfilter.\nstore:\n  sqlite: state.db\n"
    )


def on_terminal() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty()


def _ask(option: str, question: str, choices: list[Server] | None = None) -> str:
    if not on_terminal():
        _leave(f"{option} is missing, and there is no terminal to ask at")
    while True:
        answer: str = typer.prompt(question).strip().lower()
        if choices is None or answer in choices:
            return answer


def _domain(text: str) -> tuple[str, str]:
    """Return the domain *text* in our normal form, and as it is spelled: a server knows it by one spelling alone."""
    try:
        jid = Jid.parse(text)
    except JidError as wrong:
        _leave(str(wrong))
    if jid.full != jid.domain:
        _leave(f"{text!r} is no domain")
    return jid.domain, text.lower().removesuffix(".")


def _write(folder: Path, files: dict[str, tuple[str, int]]) -> None:
    """Write all *files*, each with its mode, or none."""
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in files:
            if os.path.lexists(folder / name):
                _leave(f"{folder / name} is there already, and is left as it is")
        for name, (text, mode) in files.items():
            # made with its mode, and only where nothing is: no moment in which others can read it
            handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            written.append(folder / name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
    except OSError as wrong:
        for path in written:
            path.unlink(missing_ok=True)
        _leave(f"{wrong.filename or folder}: {wrong.strerror}")


def _leave(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)
