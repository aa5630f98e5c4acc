"""What holds for every test."""

from hypothesis import settings

# How long an example may take is no property: on a busy machine any takes long. Tests that bound a time say so.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
