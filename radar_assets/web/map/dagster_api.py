"""Dagster's GraphQL API: what the map asks of the webserver, which launches and knows the runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from radar_assets.errors import PlatformError, SettingsError

_PATIENCE = 30
"""seconds for an answer of the webserver"""

_PLACE = """
query($keys: [AssetKeyInput!]!) { assetNodes(assetKeys: $keys) {
  assetKey { path } repository { name location { name } } } }
"""
_LAUNCH = """
mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on RunConfigValidationInvalid { errors { message } }
  ... on Error { message } } }
"""
_RUN_FIELDS = """
runId status creationTime startTime endTime runConfigYaml assetSelection { path }
tags { key value }
"""
_RUNS = f"""
query($filter: RunsFilter!, $limit: Int!) {{ runsOrError(filter: $filter, limit: $limit) {{
  __typename ... on Runs {{ results {{ {_RUN_FIELDS} }} }} ... on Error {{ message }} }} }}
"""
_TABLES = "runId metadataEntries { ... on TableMetadataEntry { label table { records } } }"
_RECORDS = f"""
query($key: AssetKeyInput!, $windows: [String!]!) {{ assetOrError(assetKey: $key) {{
  __typename ... on Asset {{
    assetMaterializations(partitions: $windows, limit: 1) {{ timestamp {_TABLES} }}
    assetObservations(partitions: $windows, limit: 1) {{ timestamp {_TABLES} }} }} }} }}
"""


@dataclass(frozen=True)
class Recorded:
    """The newest record of a window of an asset."""

    run_id: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class DagsterApi:
    """A webserver of Dagster, by the address of its pages."""

    url: str

    def launch(
        self,
        keys: Sequence[tuple[str, str]],
        config: Mapping[str, Any],
        tags: Mapping[str, str],
    ) -> str:
        """Launch a run of assets (owner, stage); returns its identifier.

        Raises `SettingsError` for what Dagster refuses, `PlatformError` where it does not answer.
        """
        paths = [{"path": list(key)} for key in keys]
        nodes = self._ask(_PLACE, keys=paths)
        if len(nodes) < len(keys):
            raise SettingsError(f"Dagster does not know all of {', '.join(map('/'.join, keys))}")
        place = nodes[0]["repository"]
        selector = {
            "repositoryLocationName": place["location"]["name"],
            "repositoryName": place["name"],
            "pipelineName": "__ASSET_JOB",
            "assetSelection": paths,
        }
        meta = {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
        parameters = {"selector": selector, "runConfigData": config, "executionMetadata": meta}
        answer = self._ask(_LAUNCH, p=parameters)
        if answer["__typename"] != "LaunchRunSuccess":
            faults = [item["message"] for item in answer.get("errors", ())]
            reason = "; ".join(faults) or answer.get("message") or answer["__typename"]
            raise SettingsError(f"Dagster refuses the run: {reason.splitlines()[0]}")
        return str(answer["run"]["runId"])

    def run(self, run_id: str) -> dict[str, Any] | None:
        """A run; None where there is none of that identifier."""
        found = self._runs({"runIds": [run_id]}, 1)
        return found[0] if found else None

    def runs_with(self, tag: tuple[str, str], limit: int = 1) -> list[dict[str, Any]]:
        """Runs that have a tag, the newest first."""
        return self._runs({"tags": [{"key": tag[0], "value": tag[1]}]}, limit)

    def record(self, owner: str, stage: str, window: str, table: str) -> Recorded | None:
        """The newest record of a window of an asset, with the rows of its table."""
        found = self._ask(_RECORDS, key={"path": [owner, stage]}, windows=[window])
        if found["__typename"] != "Asset":
            return None
        events = [*found["assetMaterializations"], *found["assetObservations"]]
        if not events:
            return None
        newest = max(events, key=lambda event: float(event["timestamp"]))
        rows = [
            json.loads(row)
            for entry in newest["metadataEntries"]
            if entry.get("label") == table
            for row in entry["table"]["records"]
        ]
        return Recorded(newest["runId"], rows)

    def _runs(self, wanted: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
        found = self._ask(_RUNS, filter=wanted, limit=limit)
        if found["__typename"] != "Runs":
            raise PlatformError(f"Dagster's webserver: {found.get('message', 'no runs')}")
        for run in found["results"]:
            run["tags"] = {tag["key"]: tag["value"] for tag in run["tags"]}
        return list(found["results"])

    def _ask(self, query: str, **variables: object) -> Any:  # noqa: ANN401
        """The one field of an answer."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.url.rstrip('/')}/graphql", body, headers)  # noqa: S310
        try:
            with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
                content = json.load(answer)
        except (URLError, OSError, ValueError) as error:
            raise PlatformError(
                f"Dagster's webserver at {self.url} does not answer ({error}); "
                "start it, or correct RADAR_ASSETS_DAGSTER_URL"
            ) from None
        if content.get("errors"):
            raise PlatformError(f"Dagster's webserver: {content['errors'][0]['message'][:300]}")
        (value,) = content["data"].values()
        return value
