"""Recorded traffic: recorder, reader, and replay through the core."""
