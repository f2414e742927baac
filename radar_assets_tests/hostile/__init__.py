"""Files and servers meant to do harm: one clear error, little memory, soon."""
