"""Whether each source can be reached and logged in to, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path, PurePosixPath

from radar_assets.doctor.finding import Finding, examined
from radar_assets.errors import ConnectionLimit, SourceError
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets.ingest.sources.registry import check_source, open_source
from radar_assets.settings import Network, Source

_PATIENCE = 20
"""seconds that all sources get to answer"""
_TIMEOUT = timedelta(seconds=8)
_AHEAD = timedelta(minutes=5)


def connections(network: Network, root: Path) -> Iterator[Finding]:
    """Check every source that a radar has; none is waited for longer than some seconds."""
    sources, used = NetworkSources(network, root), _used(network)
    pool = ThreadPoolExecutor(max(1, len(used)))
    answers = {name: pool.submit(_source, name, used[name], sources) for name in used}
    wait(answers.values(), _PATIENCE)
    pool.shutdown(wait=False, cancel_futures=True)
    for name, done in answers.items():
        yield (
            done.result()
            if done.done()
            else Finding(f"source {name}", f"no answer in {_PATIENCE} s", "check the server")
        )


def _used(network: Network) -> dict[str, set[str]]:
    """Names of the radars of each source."""
    used: dict[str, set[str]] = {}
    for name, radar in network.radars.items():
        for source in radar.sources:
            used.setdefault(source, set()).add(name)
    return used


def _source(name: str, radars: set[str], sources: NetworkSources) -> Finding:
    limit = sources.health(name).limit(datetime.now(UTC))
    found = examined(
        f"source {name}",
        partial(_reach, name, sources.network.sources[name], radars, is_limited=limit is not None),
        "check its url and login in the network file",
    )
    known = sources.health(name).describe()
    return replace(found, detail=f"{found.detail}; so far {known}") if known else found


def _reach(name: str, source: Source, radars: set[str], *, is_limited: bool) -> str:
    checked = check_source(name, source)
    timeout = min(getattr(checked, "timeout", _TIMEOUT), _TIMEOUT)
    patient = checked.model_copy(update={"timeout": timeout})
    with closing(open_source(name, patient)) as opened:
        try:
            entries = opened.list_folder(PurePosixPath())
        except ConnectionLimit:
            if is_limited:
                return f"{opened.url}, where all connections that it grants are in use"
            raise
        found = radars & {entry.name for entry in entries}
        if not found:
            raise SourceError(f"{opened.url} has no folder of any of the radars it is to have")
        times = [entry.modified_at for entry in entries if entry.modified_at]
        now = datetime.now(UTC)
        ahead = max(times, default=now) - now
        if ahead > _AHEAD:
            raise SourceError(f"its clock is {ahead} ahead of this machine's: one of them is wrong")
        return f"{opened.url}, folders of {len(found)} of {len(radars)} radars"
