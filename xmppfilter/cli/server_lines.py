"""What `xmppfilter init` tells an admin to do on the server, and what goes into its configuration."""

import json
import shlex
from pathlib import Path
from textwrap import dedent, indent
from typing import Final

from xmppfilter.config.reference import as_yaml
from xmppfilter.config.settings import Settings

LARGEST: Final[int] = Settings.model_fields["max_stanza_size"].default
"""Bytes of the largest question that xmppfilter takes where its configuration does not say otherwise."""
EJABBERD_LARGEST: Final = 4 << 20
"""The same for ejabberd, which writes quotation marks and apostrophes as six bytes: six times 512 KiB, and a rest."""
EJABBERD_FILE = "mod_xmppfilter.yml"
"""What ejabberd wants the file of this module's settings to be called."""


def prosody_lines(jid: str, domains: list[str], secret: str, route: str) -> str:
    """Return the commands and sections that Prosody needs, each indented by four."""
    inline = route == "inline"
    options = '    xmppfilter_route = "inline"\n' if inline else ""
    hosts = "\n".join(
        f"VirtualHost {_lua(domain)}\n"
        '    modules_enabled = { "xmppfilter" }  -- where the host has such a list already: add it to that\n'
        f"    xmppfilter_component = {_lua(jid)}\n{options}"
        for domain in domains
    )
    believes = "    validate_from_addresses = false  -- it sends in everybody's name\n" if inline else ""
    component = f"Component {_lua(jid)}\n    component_secret = {_lua(secret)}\n{believes}"
    return _steps(
        (
            "Prosody, as root. Copy the module, from the folder that xmppfilter was installed from:",
            """\
            mkdir -p /usr/local/lib/prosody/modules
            cp -r deploy/prosody/mod_xmppfilter /usr/local/lib/prosody/modules/
            """,
        ),
        (
            "Put this above the first VirtualHost of /etc/prosody/prosody.cfg.lua, unless it is there, as on Debian:",
            'plugin_paths = { "/usr/local/lib/prosody/modules" }\n',
        ),
        (
            "Put this above the first VirtualHost, for questions about the largest stanzas (s2s_stanza_size_limit):",
            f"component_stanza_size_limit = {LARGEST}  -- max_stanza_size of xmppfilter\n",
        ),
        ("Paste this at the end of /etc/prosody/prosody.cfg.lua:", f"{hosts}\n{component}"),
        ("Restart Prosody:", "systemctl restart prosody\n"),
    )


def ejabberd_lines(folder: Path) -> str:
    """Return the commands that ejabberd needs; `EJABBERD_FILE` was written into *folder*."""
    steps = _steps(
        (
            "ejabberd, as root. Install the module, from the folder that xmppfilter was installed from:",
            """\
            mkdir -p /var/lib/ejabberd/.ejabberd-modules/sources
            cp -r deploy/ejabberd/mod_xmppfilter /var/lib/ejabberd/.ejabberd-modules/sources/
            chown -R ejabberd: /var/lib/ejabberd/.ejabberd-modules
            ejabberdctl module_install mod_xmppfilter
            """,
        ),
        (
            "Then switch it on; ejabberd.yml stays as it is:",
            f"""\
            cp {shlex.quote(str(folder / EJABBERD_FILE))} /etc/ejabberd/modules.d/
            chown ejabberd: /etc/ejabberd/modules.d/{EJABBERD_FILE}
            ejabberdctl reload_config
            """,
        ),
    )
    elsewhere = """\
        The paths are Debian's. Elsewhere: the home of the user that runs ejabberd, and CONTRIB_MODULES_CONF_DIR
        of ejabberdctl.cfg, which is .ejabberd-modules/conf in that home where it is not set.
        """
    sizes = f"""\
        xmppfilter looks into stanzas of {EJABBERD_LARGEST} bytes at most (max_stanza_size in its configuration), as
        ejabberd writes them to it: a quotation mark as six bytes. So all fits that the listeners of Debian's
        ejabberd.yml take (max_stanza_size: 262144 of clients, 524288 of servers), whatever it is made of, as long as
        the component's listener has no max_stanza_size of its own.
        """
    return f"{steps}\n{dedent(elsewhere)}\n{dedent(sizes)}"


def _steps(*steps: tuple[str, str]) -> str:
    """Return sentences, each with what it leads to below it, indented by four."""
    return "\n".join(f"{sentence}\n\n{indent(dedent(text), '    ')}" for sentence, text in steps)


def ejabberd_file(jid: str, domains: list[str], secret: str, route: str) -> str:
    """Return the settings of ejabberd's module, listener included; ejabberd adds them to what ejabberd.yml says."""
    inline = route == "inline"
    believes = "    check_from: false  # it sends in everybody's name\n" if inline else ""
    option = "        route: inline\n" if inline else ""
    hosts = "".join(
        f"  {as_yaml(domain)}:\n    modules:\n      mod_xmppfilter:\n        component: {as_yaml(jid)}\n{option}"
        for domain in domains
    )
    return (
        "# ejabberd reads this beside ejabberd.yml: `ejabberdctl reload_config`.\n"
        "# To switch the filter off, remove this file and reload; before `ejabberdctl module_uninstall`, too.\n"
        "listen:\n"
        "  - port: 5347\n"
        '    ip: "127.0.0.1"\n'
        "    module: ejabberd_service\n"
        f"{believes}"
        "    hosts:\n"
        f"      {as_yaml(jid)}:\n"
        f"        password: {json.dumps(secret)}\n"
        "\n"
        "append_host_config:\n"
        f"{hosts}"
    )


def _lua(text: str) -> str:
    """Return *text* as a string of Lua, whose escapes for what a domain or secret may have are JSON's."""
    return json.dumps(text, ensure_ascii=False)
