"""Watching a network: which radars send, what is wrong, and who is told when."""
