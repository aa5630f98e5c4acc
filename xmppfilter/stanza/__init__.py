"""What comes in: addresses, XML, and a stanza seen upon the sender's own bytes."""
