"""Tests of what watches a network."""
