"""What scan strategies consist of, as the network file says."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from radar_assets.settings.model import Model
from radar_assets.settings.types import FieldName, Text


class StrategyVolume(Model):
    """What one volume of a scan strategy consists of."""

    description: Text = ""
    fields: tuple[FieldName, ...] | None = Field(default=None, min_length=1)
    """fields of a complete volume; None where they are not known"""
    sweeps: int | None = Field(default=None, ge=1, le=1000)
    """sweeps of a whole volume"""
    rays: int | None = Field(default=None, ge=1, le=100_000)
    """rays of every sweep"""
    gates: int | None = Field(default=None, ge=1, le=100_000)
    """gates of the longest sweep"""
    gate_size: float | None = Field(default=None, gt=0, le=100_000)
    """metres"""
    nyquist_velocity: tuple[Annotated[float, Field(gt=0, le=1000)], ...] = ()
    """m/s, one value for all sweeps or one per sweep; empty where it is not known"""
    scan_rate: tuple[Annotated[float, Field(ge=1, le=120)], ...] = ()
    """degrees per second, likewise; used where the files code no duration of their sweeps"""
