"""Coverage-guided fuzzing of what reads bytes and names from the outside."""
