"""Servers and folders that hold BUFR files, and connections to them."""
