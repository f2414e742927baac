"""Structured logs beside Dagster's: an event a line, on stderr, for log collectors.

`RADAR_ASSETS_LOG=json` writes every event as a JSON object; without it nothing is written, because
Dagster's own logs are written for people. `RADAR_ASSETS_DEBUG=ingest,volumes` adds the details of
these components. Secrets are masked before an event is written in any form.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from radar_assets.errors.masking import mask_values
from radar_assets.settings import logging_choice


class Component(StrEnum):
    """A part of the platform whose details can be logged."""

    INGEST = "ingest"
    VOLUMES = "volumes"
    PRODUCTS = "products"
    SENSORS = "sensors"
    RUNS = "runs"


@cache
def logger(component: Component) -> FilteringBoundLogger:
    """The logger of a component, with the level that the environment sets."""
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
    """Add fields, e.g. radar and window, to every event that this thread logs in the context."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield


def _without_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    return {name: mask_values(value) for name, value in event.items()}


_COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _without_secrets,
]


def _renderer(*, is_json: bool) -> Processor:
    if is_json:
        return structlog.processors.JSONRenderer(default=str)
    return structlog.dev.ConsoleRenderer(colors=False, sort_keys=False)
