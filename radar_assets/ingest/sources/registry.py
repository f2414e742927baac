"""Kinds of sources by URL scheme; each is one module of this package, found by being there."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from pydantic import ValidationError

from radar_assets import settings
from radar_assets.errors import SettingsError
from radar_assets.ingest import sources
from radar_assets.ingest.sources.client import SourceClient
from radar_assets.ingest.sources.kind import SourceKind, SourceSettings
from radar_assets.ingest.sources.pace import Pace


@cache
def kinds() -> Mapping[str, SourceKind]:
    """Every kind of source, by URL scheme."""
    found: dict[str, SourceKind] = {}
    for module in sorted(module.name for module in pkgutil.iter_modules(sources.__path__)):
        kind: SourceKind | None = getattr(
            import_module(f"{sources.__name__}.{module}"), "KIND", None
        )
        if kind is None:
            continue
        if taken := found.keys() & set(kind.schemes):
            raise SettingsError(f"two kinds of source read {taken} addresses")
        found.update(dict.fromkeys(kind.schemes, kind))
    return MappingProxyType(found)


def load_checked_network(path: Path | None = None) -> settings.Network:
    """Read a network file and check the settings of its sources by their kinds.

    Raises one `SettingsError` that lists every fault.
    """
    network = settings.load_network(path)
    try:
        source_settings(network)
    except SettingsError as error:
        raise SettingsError(f"{path or 'the packaged network file'}: {error}") from None
    return network


def source_settings(network: settings.Network) -> dict[str, SourceSettings]:
    """Settings of a network's sources, each checked by its kind.

    Raises one `SettingsError` that lists every fault.
    """
    checked: dict[str, SourceSettings] = {}
    faults: list[str] = []
    for name, source in network.sources.items():
        try:
            checked[name] = check_source(name, source)
        except SettingsError as error:
            faults.append(str(error))
    if faults:
        raise SettingsError("; ".join(faults))
    return checked


def check_source(name: str, source: settings.Source) -> SourceSettings:
    """Settings of a source as its kind knows them; `SettingsError` lists what is wrong."""
    kind = _kind(name, source)
    if isinstance(source, kind.settings):
        return source
    try:
        return kind.settings.model_validate(source.model_dump())
    except ValidationError as error:
        raise SettingsError("; ".join(_faults(name, error))) from None


def open_source(name: str, source: settings.Source, pace: Pace | None = None) -> SourceClient:
    """Make the client that a source's URL calls for; it connects at its first use."""
    checked = check_source(name, source)
    return _kind(name, source).client(name, checked, pace or Pace(checked.max_rate))


def _kind(name: str, source: settings.Source) -> SourceKind:
    scheme = urlsplit(source.url).scheme
    try:
        return kinds()[scheme]
    except KeyError:
        known = ", ".join(f"{known}://" for known in sorted(kinds()) if known)
        raise SettingsError(
            f"sources.{name}.url: must begin with one of {known}, or be a folder"
        ) from None


def _faults(name: str, error: ValidationError) -> Iterator[str]:
    """Describe faults by their keys; values are not repeated, for they may hold a password."""
    for fault in error.errors(include_input=False):
        key = ".".join(("sources", name, *map(str, fault["loc"])))
        yield f"{key}: {fault['msg'].removeprefix('Value error, ')}"
