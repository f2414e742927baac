"""What lies on a radar's sources."""
