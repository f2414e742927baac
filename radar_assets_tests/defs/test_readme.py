"""The README's configuration of a run is one that the launchpad takes."""

from __future__ import annotations

import re

import dagster as dg
import yaml

from radar_assets.defs.assets import owner_assets
from radar_assets.settings import load_network
from radar_assets_tests.repository import ROOT


def test_the_launchpads_example_is_a_configuration() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    config = yaml.safe_load(example)
    (owner,) = config["ops"]
    definitions = dg.Definitions(
        assets=[owner_assets(load_network(), owner)],
        resources={"workspace": dg.ResourceDefinition.hardcoded_resource(None)},
    )
    job = definitions.resolve_implicit_global_asset_job_def()
    assert dg.validate_run_config(job, config)["ops"][owner]["config"]["products"] == ["COLMAX"]
