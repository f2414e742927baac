"""Maps of composites, of what the radars' stages have made."""
