"""Dagster's check of its database schema, made free of leaks for long-lived processes."""

from __future__ import annotations

from functools import cache

from alembic import util


def remember_migrations() -> None:
    """Let Alembic find the folders of migrations once.

    Dagster opens its records anew for every tick of a sensor, and compares their schema. Each time
    Alembic leaves handlers for the end of the process: 5 kB a tick, a gigabyte a day for eighteen
    radars.
    """
    util.coerce_resource_to_filename = cache(util.coerce_resource_to_filename)
