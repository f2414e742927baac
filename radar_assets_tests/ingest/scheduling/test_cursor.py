"""Cursors as text: those of today, those of version 1 without loss, and what is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from radar_assets.ingest.listing.model import Listing, hours_of
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.decide import decide
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.polling import hours_to_list
from radar_assets_tests.ingest.world import expected


@dataclass(frozen=True)
class Stored:
    """A cursor that version 1 stored, and what it decided next from a listing without files."""

    situation: str
    start: str
    now: str
    cursor: dict[str, Any]
    listed: list[list[str]]
    requests: list[list[Any]]
    summary: str


VERSION_1 = [
    Stored(**item)
    for item in json.loads(Path(__file__).with_name("cursors_version_1.json").read_text("utf-8"))
]
each_stored = pytest.mark.parametrize("stored", VERSION_1, ids=lambda item: item.situation)


def flat(cursor: Cursor) -> dict[str, Any]:
    """A cursor in the form of version 1; what is as in an empty one is left out."""
    state = {
        part: getattr(cursor, part).model_dump(mode="json")
        for part in type(cursor).model_fields
        if part != "pending"
    }
    fields = {
        "done_until": state["windows"]["until"],
        "done": state["windows"]["later"],
        "requests": state["requests"]["open"],
        "number": state["requests"]["number"],
        "empty": state["empty"]["ranges"],
        "emptied_at": state["empty"]["requested_at"],
        "pending": cursor.pending,
        "swept_until": state["rescan"]["position"],
        "swept_at": state["rescan"]["continued_at"],
        "barred": state["unlistable"]["spans"],
        "barred_at": state["unlistable"]["tried_at"],
        "failures": state["outage"]["failures"],
        "failed_at": state["outage"]["failed_at"],
        "down_since": state["outage"]["since"],
    }
    return {name: value for name, value in fields.items() if value}


def complete(cursor: dict[str, Any]) -> dict[str, Any]:
    """A cursor of version 1 with the fields of its requests that were left out as usual."""
    usual = {"fingerprints": [], "attempt": 1, "number": 0, "failed_at": None}
    requests = [usual | request for request in cursor.get("requests", ())]
    return cursor | ({"requests": requests} if requests else {})


def test_the_stored_cursors_have_every_field_of_version_1() -> None:
    assert set().union(*(item.cursor for item in VERSION_1)) == {
        *("done_until", "done", "requests", "number", "empty", "emptied_at", "pending"),
        *("swept_until", "swept_at", "barred", "barred_at", "failures", "failed_at", "down_since"),
    }


@each_stored
def test_a_cursor_of_version_1_is_read_without_loss(stored: Stored) -> None:
    cursor = Cursor.from_json(json.dumps(stored.cursor))
    assert flat(cursor) == complete(stored.cursor)
    assert Cursor.from_json(cursor.to_json()) == cursor


@each_stored
def test_a_cursor_of_version_1_leads_to_the_same_requests(stored: Stored) -> None:
    cursor = Cursor.from_json(json.dumps(stored.cursor))
    plan, now = (
        Plan("RMA1", datetime.fromisoformat(stored.start)),
        datetime.fromisoformat(stored.now),
    )
    spans = hours_to_list(cursor, plan, now)
    listing = Listing(covered=tuple(hour for span in spans for hour in hours_of(*span)))
    decision = decide(cursor, listing, now, plan, expected=expected, outcomes={})
    assert [[first.isoformat(), last.isoformat()] for first, last in spans] == stored.listed
    assert [[r.run_key, r.attempt] for r in decision.requests] == stored.requests
    assert decision.summary == stored.summary


def test_a_stored_cursor_has_its_version() -> None:
    assert json.loads(Cursor().to_json()) == {"version": 2}


BROKEN = [
    *(None, "", "{}", "null", "[]", "{", '"x"', "2025-11-18", "[" * 100_000, "\udcff"),
    *('{"done": 3}', '{"done_until": "x"}', '{"done_until": "2025-11-18T12:00:00"}'),
    *('{"version": 3}', '{"version": []}', '{"version": null}', '{"version": 2, "windows": 3}'),
]


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: repr(text)[:40])
def test_a_broken_cursor_starts_afresh(text: str | None) -> None:
    assert Cursor.from_json(text) == Cursor()
