"""Remembering what was computed from a volume, for as long as the volume lives."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from radar_assets.radar.volume import Volume

V = TypeVar("V", bound=Volume)
P = ParamSpec("P")
R = TypeVar("R")


def per_volume(function: Callable[Concatenate[V, P], R]) -> Callable[Concatenate[V, P], R]:
    """Call a function once for each volume and arguments, which must be hashable.

    The result must not refer to the volume, or neither of them would ever be freed.
    """
    known: WeakKeyDictionary[V, dict[Hashable, R]] = WeakKeyDictionary()

    @wraps(function)
    def remembering(volume: V, /, *args: P.args, **kwargs: P.kwargs) -> R:
        results = known.setdefault(volume, {})
        key = args, frozenset(kwargs.items())
        if key not in results:
            results[key] = function(volume, *args, **kwargs)
        return results[key]

    return remembering
