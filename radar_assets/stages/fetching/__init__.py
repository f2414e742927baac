"""BUFR files of a window: what sources list, and rows of what was fetched."""
