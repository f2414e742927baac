"""A debug report: what whoever looks into a fault needs to know, in one file, without secrets."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from radar_assets.doctor import examine
from radar_assets.settings import Environment, own_variables, secrets
from radar_assets.settings.masking import mask


def report(
    environment: Environment, records: Mapping[str, Any], home: Path | None
) -> dict[str, str]:
    """Texts of a report by file name; `records` tells of Dagster's, `home` is its folder."""
    texts = {
        "versions.json": _json(_versions()),
        "environment.json": _json(own_variables()),
        "doctor.json": _json([asdict(finding) for finding in examine(environment)]),
        "disk.json": _json(_disk(environment.data_root)),
        "network.toml": _text(environment.network_file),
        "dagster.yaml": _text(home / "dagster.yaml" if home else None),
        **{f"{name}.json": _json(value) for name, value in records.items()},
    }
    known = secrets(environment)
    return {name: mask(text, known) for name, text in texts.items()}


def write(path: Path, texts: Mapping[str, str]) -> None:
    """Write a report as a zip file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)


def _versions() -> dict[str, Any]:
    return {
        "python": sys.version,
        "system": platform.platform(),
        "packages": dict(sorted((item.name, item.version) for item in distributions())),
    }


def _disk(root: Path) -> dict[str, Any]:
    folder = next(path for path in (root, *root.parents) if path.exists())
    return {"folder": str(root), **shutil.disk_usage(folder)._asdict()}


def _text(path: Path | None) -> str:
    if path is None:
        return "# the packaged one\n"
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"# cannot be read: {error}\n"


def _json(value: object) -> str:
    return json.dumps(value, indent=1, default=str)
