"""Blocklists: entries, where they come from (files, RTBL nodes, operators), and how they are looked up."""
