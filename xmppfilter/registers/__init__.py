"""What is known and may be asked and changed by others: rosters, bans, standing orders."""
