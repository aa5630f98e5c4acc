"""The configuration: from a YAML file to checked settings, and what is said about it."""
