"""The commands of `xmppfilter`."""
