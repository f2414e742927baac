"""Why quality control removed an echo."""

from __future__ import annotations

from enum import IntEnum


class Reason(IntEnum):
    """Classes of removed echo; 0 for what was not removed."""

    KEPT = 0
    INTERFERENCE = 1
    """other transmitters and the sun: spokes"""
    CLUTTER = 2
    """ground, buildings, ships, sea"""
    BIOLOGICAL = 3
    """insects and birds"""
    NOISE = 4
    """weak, incoherent or without any likeness to weather"""
    SMALL_OBJECT = 5
    """too few connected gates, or too little correlation in all of them"""
    SECOND_TRIP = 6
    """weather beyond the unambiguous range, mapped too near"""
