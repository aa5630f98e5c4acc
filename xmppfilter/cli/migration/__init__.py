"""Reads what other spam filters are configured by, and drafts a configuration of ours that does the same."""
