"""What runs write on standard error: what the platform has to say, not Dagster's own events."""

from __future__ import annotations

import logging
import sys
from typing import Any

import dagster as dg

from radar_assets.errors.masking import mask_known
from radar_assets.logs import Component, logger
from radar_assets.settings import logging_choice

SHELL_LOGGER = "shell"
SHELL_CONFIG: dict[str, Any] = {"loggers": {SHELL_LOGGER: {}}}
"""run configuration with which a run from the shell writes by `shell_logger` alone"""


class _Handler(logging.Handler):
    """Writes the first line of a message; tracebacks and events are in the log of the run."""

    def emit(self, record: logging.LogRecord) -> None:
        meta: dict[str, Any] = getattr(record, "dagster_meta", None) or {}
        text = mask_known(meta.get("orig_message") or record.getMessage()).split("\n", 1)[0]
        if logging_choice().is_json:
            write = logger(Component.RUNS)
            level = write.error if record.levelno >= logging.ERROR else write.warning
            level("message", message=text, run_id=meta.get("run_id"))
        else:
            sys.stderr.write(f"{record.levelname.lower()}: {text}\n")


def run_logger() -> logging.Logger:
    """A logger of warnings and errors of the platform, without Dagster's own events."""
    found = logging.Logger("radar_assets", logging.WARNING)  # noqa: LOG001 - not a global one
    handler = _Handler()
    handler.addFilter(lambda record: getattr(record, "dagster_event", None) is None)
    found.addHandler(handler)
    return found


@dg.logger(None, description="Warnings and errors of the platform, on standard error.")
def shell_logger(_context: dg.InitLoggerContext) -> logging.Logger:
    """Logger of runs from the shell."""
    return run_logger()
