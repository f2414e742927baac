"""Serving maps over HTTP."""
