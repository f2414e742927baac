"""Whether what an option names exists: a wrong name is refused, never an empty answer."""

from __future__ import annotations

import re
from collections.abc import Container

import typer

from radar_assets.errors import SettingsError
from radar_assets.errors.advice import all_advice
from radar_assets.errors.texts import did_you_mean
from radar_assets.radar.names import VolumeId
from radar_assets.settings import Network, stage_names


def check_radar(radar: str | None, network: Network, recorded: Container[str]) -> None:
    """Raise `SettingsError` for a radar that neither the network file nor any record knows."""
    if radar and radar not in recorded:
        network.radar(radar)


def check_volume(text: str, *, is_number: bool = True) -> None:
    """Raise `BadName` for what is no volume's identifier, nor, where allowed, its number."""
    if not (is_number and re.fullmatch(r"[0-9]{1,2}", text)):
        VolumeId.parse(text)


def known_stages(names: list[str] | str | None) -> list[str] | str | None:
    """Callback of options that name stages; a stage that does not exist is bad usage."""
    for name in [names] if isinstance(names, str) else names or ():
        if name not in stage_names():
            raise typer.BadParameter(f"no stage {name!r}; there are {', '.join(stage_names())}")
    return names


def check_code(text: str | None) -> None:
    """Raise `SettingsError` for what looks like an error's code and is none."""
    codes = [item.code for item in all_advice()]
    if text and re.fullmatch(r"(?i)RA[0-9]+", text) and text not in codes:
        raise SettingsError(f"no error has the code {text!r}{did_you_mean(text.upper(), codes)}")
