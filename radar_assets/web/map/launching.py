"""Routes that launch runs and say how far they are; each needs a token."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool

from radar_assets.stages.base.workspace import Workspace
from radar_assets.web.map.access import Access
from radar_assets.web.map.processing import (
    Processing,
    ProcessingRequest,
    ProcessingState,
    RunState,
    Target,
    target_of_volume,
    target_of_window,
)

_LOG = logging.getLogger(__name__)

Name = Annotated[str, Path(max_length=100)]
_VOLUME = "/volumes/{volume_id}/processing"
_WINDOW = "/windows/{owner}/{window}/processing"


def launching_routes(workspace: Workspace, processing: Processing, access: Access) -> APIRouter:
    """Routes that launch and follow runs."""

    async def reader(request: Request) -> None:
        await access.of(request)

    async def launch(
        request: Request, owner: str, target: Target, wanted: ProcessingRequest
    ) -> RunState:
        name = await access.launching(request, owner)
        state = await run_in_threadpool(processing.launch, target, wanted, name)
        _LOG.warning("%s asked for %s: run %s", name, target, state.run_id)
        return state

    router = APIRouter(prefix="/api")

    @router.post(_VOLUME, status_code=202)
    async def process_volume(
        request: Request, volume_id: Name, wanted: ProcessingRequest
    ) -> RunState:
        """Launch a run of one volume's products; the same request twice is one run."""
        await access.of(request, is_launch=True)
        target = target_of_volume(workspace, volume_id)
        return await launch(request, target.window.owner, target, wanted)

    @router.post(_WINDOW, status_code=202)
    async def process_window(
        request: Request, owner: Name, window: Name, wanted: ProcessingRequest
    ) -> RunState:
        """Launch a run of one window of a radar or composite."""
        await access.of(request, is_launch=True)
        target = target_of_window(workspace, owner, window)
        return await launch(request, owner, target, wanted)

    @router.get(_VOLUME, dependencies=[Depends(reader)])
    def volume_state(volume_id: Name) -> ProcessingState:
        """How far each product of a volume is."""
        return processing.state(target_of_volume(workspace, volume_id))

    @router.get(_WINDOW, dependencies=[Depends(reader)])
    def window_state(owner: Name, window: Name) -> ProcessingState:
        """How far each product of a window is."""
        return processing.state(target_of_window(workspace, owner, window))

    @router.get("/runs/{run_id}", dependencies=[Depends(reader)])
    def run(run_id: Name) -> RunState:
        """A run of Dagster."""
        return processing.run(run_id)

    return router
