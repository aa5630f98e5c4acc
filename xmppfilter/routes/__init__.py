"""How a server hands stanzas over and gets them back."""
