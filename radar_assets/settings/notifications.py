"""The network file's table of notifications."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from pydantic import Field

from radar_assets.settings.model import Model
from radar_assets.settings.types import Duration, PageAddress, PositiveDuration, VariableName


class About(StrEnum):
    """What notifications may be about."""

    FEEDS = "feeds"
    """radars that are silent"""
    SOURCES = "sources"
    """servers that do not answer or refuse the login"""
    RUNS = "runs"
    """runs that failed for what is not their windows' content"""
    WINDOWS = "windows"
    """windows in which files, volumes or products failed"""
    VOLUMES = "volumes"
    """volumes that were made"""
    PRODUCTS = "products"
    """products that were made"""


class Notifications(Model):
    """Who is told of what."""

    urls_env: VariableName
    """name of the environment variable that holds Apprise addresses, separated by spaces"""
    about: tuple[About, ...] = (About.FEEDS, About.SOURCES, About.RUNS, About.WINDOWS)
    remind_after: PositiveDuration = timedelta(hours=12)
    """pause before a situation that lasts is told again"""
    quiet: Duration = timedelta(minutes=3)
    """a situation is told when it has lasted, or been over, for this long"""
    ui_url: PageAddress = ""
    """base of the links in messages"""
    poll_seconds: int = Field(default=60, ge=5, le=86400)
