"""Bringing files here, whole or not at all."""
