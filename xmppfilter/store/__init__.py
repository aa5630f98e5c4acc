"""Persistence: the SQLite store, and the files that hold lists."""
