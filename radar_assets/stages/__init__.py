"""Stages: what each asset takes, makes, records and checks. No Dagster.

A module of this package is one stage, named like it, and holds it in its `STAGE`; it is found by
being there. What stages share lies in the packages: `base` (the descriptor, windows, the workspace,
rows and results), `fetching` (BUFR files), `building` (volumes), `drawing` (products).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from types import MappingProxyType

from radar_assets.errors import SettingsError
from radar_assets.settings import Network, stage_names
from radar_assets.stages.base.rows import MapRow, ProductRow
from radar_assets.stages.base.stage import Scope, Stage

__all__ = ["Scope", "Stage", "all_stages", "downstream_of", "draws", "stage", "stages_of", "tables"]


@cache
def all_stages() -> Mapping[str, Stage]:
    """Every stage, by name: each after those that it takes, and otherwise in alphabetical order."""
    found = {name: import_module(f"{__name__}.{name}").STAGE for name in stage_names()}
    order = TopologicalSorter({name: item.upstream for name, item in found.items()}).static_order()
    return MappingProxyType({name: found[name] for name in order})


def stage(name: str) -> Stage:
    """Return a stage by its name; `SettingsError` lists the known ones."""
    try:
        return all_stages()[name]
    except KeyError:
        known = ", ".join(all_stages())
        raise SettingsError(f"no stage {name!r}; there are {known}") from None


def stages_of(network: Network, owner: str) -> list[Stage]:
    """Stages of a radar, those that it has by the network file, or of a composite; in order."""
    made = [item for item in all_stages().values() if item.is_made(network, owner)]
    if owner in network.composites:
        return [item for item in made if item.scope is Scope.COMPOSITE]
    wanted = network.radar(owner).stages
    mine = (item for item in made if item.scope is Scope.RADAR)
    return [item for item in mine if wanted is None or item.name in wanted]


def draws(name: str) -> bool:
    """Whether a stage makes maps."""
    return issubclass(stage(name).row, ProductRow | MapRow)


def downstream_of(name: str) -> list[Stage]:
    """Stages that take what a stage makes."""
    return [item for item in all_stages().values() if name in item.upstream]


def tables() -> tuple[str, ...]:
    """Names of the tables in records, in the order of stages."""
    return tuple(dict.fromkeys(item.row.table for item in all_stages().values()))
