"""Listing the files on a radar's sources."""
