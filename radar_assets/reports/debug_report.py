"""A debug report: what is needed to find the cause of a fault, in one file, without secrets."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import yaml

from radar_assets.doctor import examine
from radar_assets.errors.masking import in_values, mask, mask_known, mask_values
from radar_assets.settings import Environment, own_variables, secrets


def report(
    environment: Environment, records: Mapping[str, Any], home: Path | None
) -> dict[str, str]:
    """Texts of a report by file name; `records` describes Dagster's, `home` is its folder.

    Secrets are masked in the values, before JSON escapes them, and in the texts once more.
    """
    files = {
        "network.toml": _text(environment.network_file),
        "dagster.yaml": _text(home / "dagster.yaml" if home else None),
    }
    values = {
        "versions": _versions(),
        "environment": own_variables(),
        "doctor": [asdict(finding) for finding in examine(environment)],
        "disk": _disk(environment.data_root),
        **records,
    }
    known = secrets(environment, files["dagster.yaml"]).union(*map(_written_in, files.values()))
    texts = {f"{name}.json": _json(mask_values(item, known)) for name, item in values.items()}
    return {
        **{name: mask(text, known) for name, text in files.items()},
        **{name: mask_known(text, known) for name, text in texts.items()},
    }


def _written_in(text: str) -> set[str]:
    """Secrets that a configuration itself holds; none where it cannot be read."""
    for read in (tomllib.loads, yaml.safe_load):
        with suppress(ValueError, RecursionError, yaml.YAMLError):
            return set(in_values(read(text)))
    return set()


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
