"""What a text says: folding, links, hosts, disguises. Pure functions."""
