"""Stages: what each asset takes, makes, records and checks; no Dagster."""
