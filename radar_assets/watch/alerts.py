"""Alerts: each is notified once, again while it lasts, and when it is over.

Pure: what was notified, the alerts of this moment and the clock give the messages that are due. A
message that could not be delivered is due again at the next check, for only `delivered` notes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AliasChoices, BaseModel, ConfigDict, Field


class MessageKind(StrEnum):
    """What a message is for."""

    NEW = "new"
    REMINDER = "reminder"
    OVER = "over"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Alert(_Model):
    """Something that is wrong, for as long as it is, or news."""

    key: str
    """the same for as long as the alert lasts, e.g. feed/RMA1"""
    title: str
    text: str = ""
    """what happened, and what to do"""
    link: str = ""
    is_lasting: bool = True
    """whether it ends and is repeated while it lasts; else it is notified once, at once"""


class Message(_Model):
    """What is to be sent about an alert."""

    kind: MessageKind
    alert: Alert
    since: datetime


class AlertRecord(_Model):
    """What is known of an alert. The second names of fields are those of older cursors."""

    alert: Alert = Field(validation_alias=AliasChoices("alert", "situation"))
    since: datetime
    notified_at: datetime | None = Field(
        default=None, validation_alias=AliasChoices("notified_at", "told_at")
    )
    over_since: datetime | None = Field(
        default=None, validation_alias=AliasChoices("over_since", "gone_since")
    )


class Rules(_Model):
    """How often messages are sent."""

    remind_after: timedelta
    quiet: timedelta
    """an alert must have lasted, or be over, for this long before that is notified"""


class Notified(_Model):
    """Alerts that are on or were notified, by their keys."""

    entries: Mapping[str, AlertRecord] = {}

    @classmethod
    def from_json(cls, text: str | None) -> Notified:
        """Read what `to_json` wrote; empty where it cannot be read."""
        try:
            return cls.model_validate_json(text or "{}")
        except ValueError:
            return cls()

    def to_json(self) -> str:
        """Write as text."""
        return self.model_dump_json(exclude_defaults=True)

    def updated(self, alerts: Iterable[Alert], now: datetime, rules: Rules) -> Notified:
        """After a check that found these alerts.

        An alert that is over and was never notified is forgotten, and so is one that was notified
        and needs no end.
        """
        present = {alert.key: alert for alert in alerts}
        entries = {}
        for key, alert in present.items():
            known = self.entries.get(key)
            entries[key] = AlertRecord(
                alert=alert,
                since=known.since if known else now,
                notified_at=known.notified_at if known else None,
            )
        for key, known in self.entries.items():
            if key not in present and _is_kept(known, now, rules):
                over = known.over_since or now
                entries[key] = known.model_copy(update={"over_since": over})
        return Notified(entries=entries)

    def due(self, now: datetime, rules: Rules) -> list[Message]:
        """Messages that are due, oldest alert first."""
        found = []
        for entry in sorted(self.entries.values(), key=lambda entry: entry.since):
            kind = _kind(entry, now, rules)
            if kind:
                found.append(Message(kind=kind, alert=entry.alert, since=entry.since))
        return found

    def delivered(self, message: Message, now: datetime) -> Notified:
        """After a message was delivered."""
        key, entries = message.alert.key, dict(self.entries)
        if message.kind is MessageKind.OVER:
            del entries[key]
        else:
            entries[key] = entries[key].model_copy(update={"notified_at": now})
        return Notified(entries=entries)


def _is_kept(entry: AlertRecord, now: datetime, rules: Rules) -> bool:
    """Whether an alert that is over is remembered: to notify its end, or that it was notified."""
    if entry.notified_at is None:
        return False
    return entry.alert.is_lasting or now - entry.notified_at < rules.remind_after


def _kind(entry: AlertRecord, now: datetime, rules: Rules) -> MessageKind | None:
    if entry.over_since:
        is_over = entry.alert.is_lasting and now - entry.over_since >= rules.quiet
        return MessageKind.OVER if is_over else None
    if entry.notified_at is None:
        is_sure = not entry.alert.is_lasting or now - entry.since >= rules.quiet
        return MessageKind.NEW if is_sure else None
    is_old = entry.alert.is_lasting and now - entry.notified_at >= rules.remind_after
    return MessageKind.REMINDER if is_old else None
