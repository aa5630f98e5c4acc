"""The slixmpp edge."""
