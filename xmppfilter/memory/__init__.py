"""Bounded structures: everything that grows has a capacity and a window.

Filters get them by name from a `State`. None of them reads a clock, a disk or a socket: time comes in as Unix seconds,
changes go out by the outlets that readers open (see `changes`) and come in by `absorb`.
"""
