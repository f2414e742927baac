"""Asset checks: their specs, and events that record what they say."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from radar_assets.defs.keys import asset_key
from radar_assets.stages import Stage
from radar_assets.stages.base.result import Verdict
from radar_assets.stages.base.workspace import Workspace

_SHOWN = 20


def check_specs(owner: str, stages: Iterable[Stage]) -> list[dg.AssetCheckSpec]:
    """Specs of all checks of an owner's assets."""
    return [
        dg.AssetCheckSpec(
            check.name, asset=asset_key(owner, stage.name), description=check.description
        )
        for stage in stages
        for check in stage.checks
    ]


def evaluation(
    verdict: Verdict, asset: dg.AssetKey, partition: str | None = None
) -> dg.AssetCheckEvaluation:
    """The event that records a verdict."""
    return dg.AssetCheckEvaluation(
        asset_key=asset,
        check_name=verdict.check,
        passed=not verdict.faults,
        severity=dg.AssetCheckSeverity(verdict.severity.value),
        partition=partition,
        description="; ".join(verdict.faults[:_SHOWN]) or None,
        metadata={"faults": len(verdict.faults)},
    )


def present_evaluations(
    workspace: Workspace, owner: str, stages: Iterable[Stage]
) -> list[dg.AssetCheckEvaluation]:
    """What the checks say that are about an owner at this moment rather than about a window."""
    return [
        evaluation(stage.judge(workspace, owner), asset_key(owner, stage.name))
        for stage in stages
        if stage.judge
    ]
