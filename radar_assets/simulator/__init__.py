"""Synthetic storms, radars that see them, and an FTP server that delivers what they saw."""
