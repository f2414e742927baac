"""Slots for connections, shared by threads and processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from radar_assets.errors import StorageError
from radar_assets.ingest.sources.slots import Purpose, Slot, Slots
from radar_assets_tests.waiting import LONG, wait_until

HOLD = """
import sys
from pathlib import Path
from radar_assets.ingest.sources.slots import Slots
slot = Slots(Path(sys.argv[1]), int(sys.argv[2])).take("fetching")
print(slot.number, flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(folder: Path, count: int) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a slot until it ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().strip().isdecimal()
        yield process
        process.kill()


@pytest.mark.parametrize(
    ("count", "purpose", "numbers"),
    [
        (1, "listing", [0]),
        (1, "fetching", [0]),
        (2, "listing", [0]),
        (2, "fetching", [1]),
        (4, "listing", [0, 1, 2]),
        (4, "fetching", [3, 2, 1]),
    ],
)
def test_one_slot_is_left_for_the_other_purpose(
    count: int, purpose: Purpose, numbers: list[int], tmp_path: Path
) -> None:
    slots = Slots(tmp_path, count)
    taken = [slots.take(purpose) for _ in range(count + 1)]
    assert [slot.number for slot in taken if slot] == numbers


def test_a_source_without_limit_needs_no_files(tmp_path: Path) -> None:
    slots = Slots(tmp_path, None)
    slot = slots.take("fetching")
    assert slot
    slots.free(slot)
    assert not slots.has_queue("fetching")
    assert list(tmp_path.iterdir()) == []


def test_a_freed_slot_can_be_taken_again(tmp_path: Path) -> None:
    one, other = Slots(tmp_path, 1), Slots(tmp_path, 1)
    slot = one.take("fetching")
    assert slot
    assert other.take("listing") is None
    one.free(slot)
    assert other.take("listing")


def test_the_slot_of_a_killed_process_is_free(tmp_path: Path) -> None:
    slots = Slots(tmp_path, 1)
    with holder(tmp_path, 1) as process:
        assert slots.take("fetching") is None
        process.kill()
        process.wait()
        assert slots.take("fetching")


def test_who_waits_gets_the_next_slot_and_others_see_it_waiting(tmp_path: Path) -> None:
    slots, elsewhere = Slots(tmp_path, 1), Slots(tmp_path, 1)
    slot = slots.take("fetching")
    assert slot
    got: list[object] = []
    waiter = threading.Thread(
        target=lambda: got.append(
            elsewhere.wait("fetching", LONG, lambda: elsewhere.take("fetching"))
        )
    )
    waiter.start()
    wait_until(lambda: slots.is_wanted(slot), "a wish for the slot")
    assert slots.has_queue("fetching")
    assert not slots.has_queue("listing")
    wait_until(lambda: not elsewhere.is_wanted(slot), "the wish to be seen as its own")
    slots.free(slot)
    waiter.join()
    assert got != [None]
    assert not slots.has_queue("fetching")


def test_waiting_ends(tmp_path: Path) -> None:
    slots = Slots(tmp_path, 1)
    slot = slots.take("fetching")
    assert slot
    assert slots.wait("fetching", 0.1, lambda: slots.take("fetching")) is None
    assert not slots.has_queue("fetching")


def test_looking_whether_somebody_waits_is_not_taken_for_waiting(tmp_path: Path) -> None:
    slots = [Slots(tmp_path, 1) for _ in range(4)]
    seen: list[bool] = []

    def take(mine: Slots) -> None:
        seen.extend(mine.has_queue("fetching") for _ in range(50))

    threads = [threading.Thread(target=take, args=[mine]) for mine in slots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 200
    assert not any(seen)


def test_a_folder_that_cannot_hold_the_locks_is_said_and_connections_are_given_up() -> None:
    slots = Slots(Path("/proc/radar_assets"), 1)
    with pytest.raises(StorageError, match="see that the data folder can be written"):
        slots.take("fetching")
    assert slots.is_wanted(Slot(0))
