"""Who is told of what, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from radar_assets.watch.reminders import Kind, Ledger, Rules, Situation

NOON = datetime(2025, 11, 18, 12, tzinfo=UTC)
RULES = Rules(remind_after=timedelta(hours=12), quiet=timedelta(minutes=3))
SILENT = Situation(key="feed/RMA1", title="RMA1 is silent", text="since long")
BROKEN = Situation(key="window/RMA1/x", title="a file is broken", is_lasting=False)


class Night:
    """Looks at times after noon, at which messages are delivered, or not."""

    def __init__(self) -> None:
        self.ledger = Ledger()

    def look(self, minute: float, *present: Situation, delivered: bool = True) -> list[Kind]:
        now = NOON + timedelta(minutes=minute)
        ledger = Ledger.from_json(self.ledger.to_json()).seen(present, now, RULES)
        due = ledger.due(now, RULES)
        if delivered:
            for message in due:
                ledger = ledger.told(message, now)
        self.ledger = ledger
        return [message.kind for message in due]


def test_a_situation_is_told_once_when_it_lasts_and_when_it_is_over() -> None:
    night = Night()
    assert night.look(0, SILENT) == []
    assert night.look(2, SILENT) == []
    assert night.look(3, SILENT) == [Kind.NEW]
    assert [night.look(minute, SILENT) for minute in range(4, 60)] == [[]] * 56
    assert night.look(60) == []
    assert night.look(63) == [Kind.OVER]
    assert night.look(64) == []
    assert night.ledger == Ledger()


def test_a_situation_that_lasts_is_told_again() -> None:
    night = Night()
    kinds = [kind for minute in range(0, 60 * 30, 10) for kind in night.look(minute, SILENT)]
    assert kinds == [Kind.NEW, Kind.REMINDER, Kind.REMINDER]


def test_what_is_over_at_once_is_not_told() -> None:
    night = Night()
    assert night.look(0, SILENT) == night.look(1) == night.look(10) == []


def test_what_comes_and_goes_is_one_situation() -> None:
    night = Night()
    night.look(0, SILENT)
    assert night.look(5, SILENT) == [Kind.NEW]
    for minute in range(6, 60, 2):
        assert night.look(minute) == []
        assert night.look(minute + 1, SILENT) == []


def test_a_single_event_is_told_at_once_and_once() -> None:
    night = Night()
    assert night.look(0, BROKEN) == [Kind.NEW]
    assert [night.look(minute, BROKEN) for minute in range(1, 2000, 50)] == [[]] * 40
    assert night.look(2000) == []
    assert night.ledger == Ledger()


def test_what_could_not_be_delivered_is_due_again() -> None:
    night = Night()
    assert night.look(0, BROKEN, delivered=False) == [Kind.NEW]
    assert night.look(1, BROKEN, delivered=False) == [Kind.NEW]
    assert night.look(2, BROKEN) == [Kind.NEW]
    assert night.look(3, BROKEN) == []


def test_messages_tell_since_when() -> None:
    ledger = Ledger().seen([SILENT], NOON, RULES)
    later = NOON + timedelta(minutes=5)
    (message,) = ledger.seen([SILENT], later, RULES).due(later, RULES)
    assert message.since == NOON


def test_a_ledger_that_cannot_be_read_is_empty() -> None:
    assert Ledger.from_json("{nonsense") == Ledger.from_json(None) == Ledger()


@given(st.lists(st.booleans(), max_size=80))
def test_news_and_ends_alternate(presence: list[bool]) -> None:
    night = Night()
    kinds = []
    for minute, is_there in enumerate(presence):
        kinds += night.look(minute, *([SILENT] if is_there else []))
    ends = [kind for kind in kinds if kind is not Kind.REMINDER]
    assert ends == [Kind.NEW, Kind.OVER] * (len(ends) // 2) + [Kind.NEW] * (len(ends) % 2)
