"""The core without a network: events go in, effects come out."""
