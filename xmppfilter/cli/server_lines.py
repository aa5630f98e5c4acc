"""What `xmppfilter init` tells an admin to put into the server's configuration."""

import json
from textwrap import dedent

from xmppfilter.config.reference import as_yaml


def prosody_lines(jid: str, domains: list[str], secret: str) -> str:
    """Return what Prosody's configuration needs."""
    hosts = "\n".join(
        dedent(f"""\
            VirtualHost {_lua(domain)}
                modules_enabled = {{ "xmppfilter" }}  -- add it to the list that is there
                xmppfilter_component = {_lua(jid)}
            """)
        for domain in domains
    )
    head = dedent("""\
        Prosody: copy deploy/prosody/mod_xmppfilter to /usr/local/lib/prosody/modules, then in prosody.cfg.lua:

        -- above the first VirtualHost
        plugin_paths = { "/usr/local/lib/prosody/modules" }

        """)
    component = f"Component {_lua(jid)}\n    component_secret = {_lua(secret)}\n"
    return f"{head}{hosts}\n{component}\nand restart Prosody.\n"


def ejabberd_lines(jid: str, domains: list[str], secret: str) -> str:
    """Return what ejabberd's configuration needs."""
    return dedent(f"""\
        ejabberd: copy deploy/ejabberd/mod_xmppfilter to .ejabberd-modules/sources in the home of the user that runs
        ejabberd, run `ejabberdctl module_install mod_xmppfilter`, then add to these sections of ejabberd.yml:

        listen:
          - port: 5347
            ip: "127.0.0.1"
            module: ejabberd_service
            hosts:
              {as_yaml(jid)}:
                password: {json.dumps(secret)}

        modules:
          mod_xmppfilter:
            component: {as_yaml(jid)}

        and run `ejabberdctl reload_config`. Where the server has other hosts as well, the second
        block goes under append_host_config instead, for {" and for ".join(domains)}.
        """)


def _lua(text: str) -> str:
    """Return *text* as a string of Lua, whose escapes for what a domain or secret may have are JSON's."""
    return json.dumps(text, ensure_ascii=False)
