"""The spam filter of an XMPP server."""

from importlib.metadata import version

__version__ = version("xmppfilter")
