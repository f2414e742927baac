"""Stored files in the long run: taken over, past their age, left behind."""
