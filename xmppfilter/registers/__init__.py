"""What is known and may be asked and changed by others: bans, rosters, correspondents, standing orders."""
