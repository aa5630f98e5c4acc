"""Lets `python -m xmppfilter` do what `xmppfilter` does."""

from xmppfilter.cli.main import main

main()
