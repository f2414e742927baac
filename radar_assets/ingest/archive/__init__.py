"""Stored files in the long run: adopted from an older daemon, past their age, unfinished."""
