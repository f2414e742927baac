"""The workspace as a Dagster resource: what is configured in the UI, and the object it makes."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from pydantic import Field

from radar_assets.settings import Environment
from radar_assets.stages.base.workspace import Workspace


class WorkspaceResource(dg.ConfigurableResource[Workspace]):
    """Folders, network file and public address that assets and sensors share."""

    data_root: str = Field(description="Folder of all files the platform makes.")
    network_file: str | None = Field(
        default=None, description="Network file (TOML); the packaged one when absent."
    )
    public_url: str | None = Field(
        default=None, description="Base URL under which the products folder is served."
    )

    @classmethod
    def of(cls, environment: Environment) -> WorkspaceResource:
        """Make the resource that the process environment describes."""
        return cls(
            data_root=str(environment.data_root),
            network_file=str(environment.network_file) if environment.network_file else None,
            public_url=environment.public_url,
        )

    def create_resource(self, context: dg.InitResourceContext) -> Workspace:
        """Make the workspace that stages take."""
        del context
        network_file = Path(self.network_file) if self.network_file else None
        return Workspace(Path(self.data_root), network_file, self.public_url)
