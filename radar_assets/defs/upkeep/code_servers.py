"""Code servers that work on one instance: an old one leaves the work to the one that replaces it.

Two code servers may listen on the same port, and the daemon then speaks to either of them. So each
notes in Dagster's storage with which network file and release it works. Sensors do nothing in one
that works with others than a server that was started later.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps

import dagster as dg
import psutil

from radar_assets.radar.release import release
from radar_assets.settings import Network
from radar_assets.stages.base.workspace import Workspace

_KEY = "radar_assets/code_servers"
_NOTED_EVERY = timedelta(minutes=1)
_SILENT_AFTER = timedelta(minutes=5)
"""age of its last note at which a server on another machine counts as ended"""
_TOLERANCE = 2.0
"""seconds within which the starts of a process agree"""

Evaluate = Callable[[dg.SensorEvaluationContext, Workspace], dg.SensorResult]


@dataclass(frozen=True)
class CodeServer:
    """A process whose sensors work on an instance."""

    host: str
    process: int
    started_at: float
    """seconds since 1970"""
    version: str
    """digest of its network file and release"""
    noted_at: float
    """seconds since 1970"""

    def __str__(self) -> str:
        started = datetime.fromtimestamp(self.started_at, UTC)
        return f"process {self.process} on {self.host}, started {started:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def place(self) -> tuple[str, int]:
        """Its machine and process."""
        return self.host, self.process

    def replaces(self, other: CodeServer) -> bool:
        """Whether it was started later, and works with another network file or release."""
        return self.started_at > other.started_at and self.version != other.version

    def is_alive(self, now: float) -> bool:
        """Whether the process exists; on another machine, whether it has noted itself lately."""
        if self.host != socket.gethostname():
            return now - self.noted_at < _SILENT_AFTER.total_seconds()
        try:
            started: float = psutil.Process(self.process).create_time()
        except psutil.Error:
            return False
        return abs(started - self.started_at) < _TOLERANCE


def version_of(network: Network) -> str:
    """Digest of what a code server works with: the network, and the release of the code."""
    text = f"{release()} {network.model_dump_json()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def unless_replaced(evaluate: Evaluate) -> Evaluate:
    """Let a sensor do nothing, and say so, in a code server that another one has replaced."""

    @wraps(evaluate)
    def guarded(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult:
        newer = _newer(context.instance, workspace.network)
        if newer is None:
            return evaluate(context, workspace)
        text = (
            f"this code server (process {os.getpid()} on {socket.gethostname()}) works with "
            f"another network file or release than {newer}, and leaves the work to it: end this one"
        )
        context.log.warning(text)
        return dg.SensorResult(skip_reason=text, cursor=context.cursor)

    return guarded


def code_servers(instance: dg.DagsterInstance) -> list[CodeServer]:
    """Code servers that are alive and have polled, the newest first."""
    now = datetime.now(UTC).timestamp()
    alive = (server for server in _noted(instance) if server.is_alive(now))
    return sorted(alive, key=lambda server: server.started_at, reverse=True)


def _newer(instance: dg.DagsterInstance, network: Network) -> CodeServer | None:
    """A server that was started later and works with something else; this one is noted."""
    mine, others = _this_process(network), list[CodeServer]()
    is_noted = False
    for server in code_servers(instance):
        if server.place != mine.place:
            others.append(server)
        elif server.version == mine.version:
            is_noted = mine.noted_at - server.noted_at < _NOTED_EVERY.total_seconds()
    if not is_noted:
        text = json.dumps([asdict(server) for server in (mine, *others)])
        instance.daemon_cursor_storage.set_cursor_values({_KEY: text})
    return next((server for server in others if server.replaces(mine)), None)


def _this_process(network: Network) -> CodeServer:
    process, now = psutil.Process(), datetime.now(UTC).timestamp()
    return CodeServer(
        host=socket.gethostname(),
        process=process.pid,
        started_at=process.create_time(),
        version=version_of(network),
        noted_at=now,
    )


def _noted(instance: dg.DagsterInstance) -> list[CodeServer]:
    """What servers have noted; nothing that another release has written in another form."""
    text = instance.daemon_cursor_storage.get_cursor_values({_KEY}).get(_KEY)
    try:
        return [CodeServer(**item) for item in json.loads(text or "[]")]
    except (TypeError, ValueError):
        return []
