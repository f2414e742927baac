"""Structured logs beside Dagster's: an event a line, on stderr, for those who collect logs.

`RADAR_ASSETS_LOG=json` writes every event as a JSON object; without it nothing is written, for
Dagster's own logs tell people all. `RADAR_ASSETS_DEBUG=ingest,volumes` writes all that these
components do, in detail.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from radar_assets.settings import logging_choice


class Component(StrEnum):
    """A part of the platform whose details can be logged."""

    INGEST = "ingest"
    VOLUMES = "volumes"
    PRODUCTS = "products"
    SENSORS = "sensors"


@cache
def logger(component: Component) -> FilteringBoundLogger:
    """The logger of a component, as the environment wants it."""
    choice = logging_choice()
    is_wanted = component.value in choice.debug
    level = "debug" if is_wanted else "info" if choice.is_json else "critical"
    bound: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[*_COMMON, _renderer(is_json=choice.is_json)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    ).bind(component=component.value)
    return bound


@contextmanager
def about(**fields: str) -> Iterator[None]:
    """Let every event of this thread in the context carry some fields, e.g. radar and window."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield


_COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def _renderer(*, is_json: bool) -> Processor:
    if is_json:
        return structlog.processors.JSONRenderer(default=str)
    return structlog.dev.ConsoleRenderer(colors=False, sort_keys=False)
