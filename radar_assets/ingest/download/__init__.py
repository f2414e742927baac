"""Downloads: a file is stored whole or not at all."""
