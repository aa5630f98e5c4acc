"""Logs, metrics, timings, tasks and the clock of the running gateway."""
