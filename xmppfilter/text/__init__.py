"""Pure helpers that filters share."""
