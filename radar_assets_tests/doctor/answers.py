"""What the doctor finds."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from radar_assets.doctor import machine
from radar_assets_tests.command import call


def leave(monkeypatch: pytest.MonkeyPatch, gigabytes: int) -> None:
    """Let disks seem to have that much room."""
    free = SimpleNamespace(free=gigabytes << 30)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: free)


def findings() -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code and findings by subject."""
    result = call("doctor", "--json")
    return result.exit_code, {item["subject"]: item for item in json.loads(result.stdout)}


def only_finding(subject: str) -> str:
    """Detail and advice of the one thing that is not well."""
    code, found = findings()
    assert code == 1
    assert [name for name, item in found.items() if item["advice"]] == [subject]
    return f"{found[subject]['detail']} → {found[subject]['advice']}"
