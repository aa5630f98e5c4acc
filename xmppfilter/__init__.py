"""The spam filter of an XMPP server.

The rooms of this package, from the outermost to what carries it all:

cli         the commands of `xmppfilter`
app         builds, starts, reloads and stops everything that touches a network, a disk or a clock
replay      recorded traffic: written down, read again, judged again
operators   what operators say and are told: commands, the control socket, HTTP
xmpp        the stream to the server (XEP-0114), on slixmpp
store       what outlives the process: SQLite, and the files of lists
observe     logs, metrics, clocks, and the tasks that are watched
build       puts the core together from a configuration
gateway     the core without a network: events go in, effects come out
config      from a YAML file to checked settings, and what is said about them
filters     one file for each filter
routes      how servers hand stanzas over and get them back (deploy/PROTOCOL.md)
lists       blocklists: entries, files, RTBL nodes, and how they are looked up
registers   what is known and may be asked and changed by others: bans, rosters, correspondents, orders
judging     the decision: what a filter is, the pipeline, the policy, the verdict
duplicates  near-duplicate texts, found again and counted together
text        what a text says: folding, links, hosts
stanza      what comes in: addresses, XML, the stanza
memory      bounded structures
kernels     what every stanza and text passes, in Python and in C

Each imports only from rooms below it; import-linter checks that (pyproject.toml).
"""

from importlib.metadata import version

__version__ = version("xmppfilter")
