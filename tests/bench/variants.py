"""Who is compared: Prosody and ejabberd, each alone, with a filter of its own kind, and with ours.

Neither server archives: an archive in files grows slower with every message, and that is no filter's doing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.bench.strangers import LISTED
from tests.live import dns, ejabberd, prosody
from tests.live.ejabberd import SECRET, Ejabberd
from tests.live.gateway import GatewayProcess
from tests.live.prosody import Prosody

HOST = "example.org"
FILTER = "filter.example.org"
RECIPIENTS = [f"user{number}@{HOST}" for number in range(8)]
"""They are online, and get the mail in turn."""
LISTED_SENDER = f"known@{LISTED}"

Kind = Literal["prosody", "ejabberd"]
Filter = Literal["none", "own", "ours"]
Probe = Literal["listed", "disguised"]
Server = Prosody | Ejabberd


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the table, and which probes it must stop."""

    key: str
    label: str
    kind: Kind
    filter: Filter
    stops: frozenset[Probe] = frozenset()


VARIANTS = (
    Variant("prosody", "Prosody", "prosody", "none"),
    Variant("prosody_firewall", "Prosody, mod_firewall", "prosody", "own", frozenset({"listed"})),
    Variant("prosody_verdict", "Prosody, xmppfilter (verdict)", "prosody", "ours", frozenset({"disguised"})),
    Variant("ejabberd", "ejabberd", "ejabberd", "none"),
    Variant("ejabberd_spam_filter", "ejabberd, mod_spam_filter", "ejabberd", "own", frozenset({"listed"})),
    Variant("ejabberd_verdict", "ejabberd, xmppfilter (verdict)", "ejabberd", "ours", frozenset({"disguised"})),
)


def the_gateway(directory: Path, server: Server) -> GatewayProcess:
    """Return our gateway as it is run in earnest, with the five filters; not started."""
    port = server.component_port if isinstance(server, Prosody) else server.component_ports[FILTER]
    return GatewayProcess(directory, jid=FILTER, port=port, domains=[HOST], secret=SECRET)


def the_prosody(filter_: Filter, directory: Path, nameserver: int) -> Prosody:
    """Return a Prosody that asks *nameserver*, a local UDP port; not started."""
    host: dict[str, Any] = {}
    if filter_ == "own":
        host = {"modules_enabled": ["firewall"], "firewall_scripts": _firewall_scripts(directory)}
    elif filter_ == "ours":
        host = prosody.shim(FILTER)
    return Prosody(
        directory,
        hosts={HOST: host},
        components={FILTER: {"component_secret": SECRET}} if filter_ == "ours" else {},
        options={"unbound": dns.resolver_options(nameserver)},
        modules=("pep", "vcard4", "vcard_legacy", "version", "time"),
        s2s=True,
    )


FIREWALL_SCRIPTS = Path("/usr/lib/prosody/modules/mod_firewall/scripts")


def _firewall_scripts(directory: Path) -> list[str]:
    """Return the rules against spam as they are shipped, but for the place of the blocklist."""
    directory.mkdir(parents=True, exist_ok=True)
    blocklist, script = directory / "blocklist.txt", directory / "spam-blocklists.pfw"
    blocklist.write_text(f"{LISTED}\n")
    script.write_text(with_list_in_file((FIREWALL_SCRIPTS / script.name).read_text(), blocklist))
    return ["module:scripts/spam-blocking.pfw", str(script)]


def with_list_in_file(script: str, blocklist: Path) -> str:
    """Let a script of mod_firewall read a file where it would fetch a list from the network."""
    changed, count = re.subn(r"^(%LIST .*?:\s*)https://\S+", rf"\g<1>file:{blocklist}", script, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"wanted one list from the network in mod_firewall's script, found {count}")
    return changed


def the_ejabberd(filter_: Filter, directory: Path, nameserver: int) -> Ejabberd:
    """Return an ejabberd that asks *nameserver*, a local UDP port; not started."""
    host: dict[str, Any] = {}
    if filter_ == "own":
        directory.mkdir(parents=True, exist_ok=True)
        jids, urls = directory / "jids.txt", directory / "urls.txt"
        jids.write_text(f"{LISTED_SENDER}\n")
        urls.write_text("https://spam.example/\n")
        host = {"mod_spam_filter": {"spam_jids_file": str(jids), "spam_urls_file": str(urls)}}
    elif filter_ == "ours":
        host = ejabberd.shim(FILTER)
    return Ejabberd(
        directory,
        hosts={HOST: host},
        components={FILTER: {}} if filter_ == "ours" else {},
        modules={"mod_s2s_dialback": {}, "mod_pubsub": {"plugins": ["flat", "pep"]}, "mod_vcard": {}, "mod_caps": {}},
        nameserver=nameserver,
        preloaded=filter_ == "ours",
    )


_PACKAGES: Mapping[str, str] = {
    "prosody": "/usr/bin/prosody",
    "lua-unbound": "/usr/lib/*/lua/5.*/lunbound.so",
    "prosody-modules": f"{FIREWALL_SCRIPTS}/spam-blocking.pfw",
    "ejabberd": "/usr/lib/*/ejabberd-*/ebin/ejabberd.app",
    "ejabberd-mod-spam-filter": "/usr/lib/*/ejabberd-*/ebin/mod_spam_filter.beam",
}
"""The Debian packages that are needed, and a file of each."""


def check_packages(packages: Mapping[str, str] = _PACKAGES) -> None:
    """See that everything is installed that is compared; raises RuntimeError."""
    if missing := [package for package, pattern in packages.items() if not any(Path("/").glob(pattern.lstrip("/")))]:
        raise RuntimeError(
            f"servers and their own filters are compared: install the Debian packages {' '.join(missing)}"
        )
