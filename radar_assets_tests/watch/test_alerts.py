"""What is notified when, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from radar_assets.watch.alerts import Alert, AlertRecord, MessageKind, Notified, Rules

NOON = datetime(2025, 11, 18, 12, tzinfo=UTC)
RULES = Rules(remind_after=timedelta(hours=12), quiet=timedelta(minutes=3))
SILENT = Alert(key="feed/RMA1", title="RMA1 is silent", text="since long")
BROKEN = Alert(key="window/RMA1/x", title="a file is broken", is_lasting=False)


class Night:
    """Checks at times after noon, whose messages are delivered, or not."""

    def __init__(self) -> None:
        self.notified = Notified()

    def check(self, minute: float, *present: Alert, delivered: bool = True) -> list[MessageKind]:
        now = NOON + timedelta(minutes=minute)
        notified = Notified.from_json(self.notified.to_json()).updated(present, now, RULES)
        due = notified.due(now, RULES)
        if delivered:
            for message in due:
                notified = notified.delivered(message, now)
        self.notified = notified
        return [message.kind for message in due]


def test_an_alert_is_notified_once_when_it_lasts_and_when_it_is_over() -> None:
    night = Night()
    assert night.check(0, SILENT) == []
    assert night.check(2, SILENT) == []
    assert night.check(3, SILENT) == [MessageKind.NEW]
    assert [night.check(minute, SILENT) for minute in range(4, 60)] == [[]] * 56
    assert night.check(60) == []
    assert night.check(63) == [MessageKind.OVER]
    assert night.check(64) == []
    assert night.notified == Notified()


def test_an_alert_that_lasts_is_repeated() -> None:
    night = Night()
    kinds = [kind for minute in range(0, 60 * 30, 10) for kind in night.check(minute, SILENT)]
    assert kinds == [MessageKind.NEW, MessageKind.REMINDER, MessageKind.REMINDER]


def test_what_is_over_at_once_is_not_notified() -> None:
    night = Night()
    assert night.check(0, SILENT) == night.check(1) == night.check(10) == []


def test_what_comes_and_goes_is_one_alert() -> None:
    night = Night()
    night.check(0, SILENT)
    assert night.check(5, SILENT) == [MessageKind.NEW]
    for minute in range(6, 60, 2):
        assert night.check(minute) == []
        assert night.check(minute + 1, SILENT) == []


def test_a_single_event_is_notified_at_once_and_once() -> None:
    night = Night()
    assert night.check(0, BROKEN) == [MessageKind.NEW]
    assert [night.check(minute, BROKEN) for minute in range(1, 2000, 50)] == [[]] * 40
    assert night.check(2000) == []
    assert night.notified == Notified()


def test_what_could_not_be_delivered_is_due_again() -> None:
    night = Night()
    assert night.check(0, BROKEN, delivered=False) == [MessageKind.NEW]
    assert night.check(1, BROKEN, delivered=False) == [MessageKind.NEW]
    assert night.check(2, BROKEN) == [MessageKind.NEW]
    assert night.check(3, BROKEN) == []


def test_messages_say_since_when() -> None:
    notified = Notified().updated([SILENT], NOON, RULES)
    later = NOON + timedelta(minutes=5)
    (message,) = notified.updated([SILENT], later, RULES).due(later, RULES)
    assert message.since == NOON


def test_a_ledger_that_cannot_be_read_is_empty() -> None:
    assert Notified.from_json("{nonsense") == Notified.from_json(None) == Notified()


@given(st.lists(st.booleans(), max_size=80))
def test_news_and_ends_alternate(presence: list[bool]) -> None:
    night = Night()
    kinds = []
    for minute, is_there in enumerate(presence):
        kinds += night.check(minute, *([SILENT] if is_there else []))
    ends = [kind for kind in kinds if kind is not MessageKind.REMINDER]
    assert ends == [MessageKind.NEW, MessageKind.OVER] * (len(ends) // 2) + [MessageKind.NEW] * (
        len(ends) % 2
    )


OLD_CURSOR = """
{"entries": {
  "window/RMA1/x": {
    "situation": {"key": "window/RMA1/x", "title": "a file is broken", "is_lasting": false},
    "since": "2025-11-18T12:00:00Z", "told_at": "2025-11-18T12:00:00Z"},
  "source/s": {
    "situation": {"key": "source/s", "title": "source s is down"},
    "since": "2025-11-18T12:06:00Z"},
  "feed/RMA1": {
    "situation": {"key": "feed/RMA1", "title": "RMA1 is silent", "text": "since long"},
    "since": "2025-11-18T12:00:00Z", "told_at": "2025-11-18T12:05:00Z",
    "gone_since": "2025-11-18T12:06:00Z"}}}
"""
"""as releases wrote it that wrote situations"""


def test_an_older_cursor_is_read_without_loss_and_notifies_nothing_twice() -> None:
    notified = Notified.from_json(OLD_CURSOR)
    down = Alert(key="source/s", title="source s is down")
    noon, five, six = NOON, NOON + timedelta(minutes=5), NOON + timedelta(minutes=6)
    assert notified.entries == {
        BROKEN.key: AlertRecord(alert=BROKEN, since=noon, notified_at=noon),
        down.key: AlertRecord(alert=down, since=six),
        SILENT.key: AlertRecord(alert=SILENT, since=noon, notified_at=five, over_since=six),
    }
    now = NOON + timedelta(minutes=8)
    assert notified.updated([BROKEN, SILENT, down], now, RULES).due(now, RULES) == []
