"""Near-duplicate texts: found again by runs of their letters, and counted together."""
