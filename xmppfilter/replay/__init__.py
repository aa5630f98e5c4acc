"""Recorded traffic: written down, read again, and judged again."""
