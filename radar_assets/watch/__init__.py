"""Monitoring of a network: which radars send, and who is notified of what is wrong."""
