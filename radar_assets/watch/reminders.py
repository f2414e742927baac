"""Who was told of what: each situation once, with reminders, and when it is over.

Pure: a ledger, what is the case now, and the clock give the messages that are due. A message that
could not be delivered is due again at the next look, for only `told` notes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Kind(StrEnum):
    """What a message is for."""

    NEW = "new"
    REMINDER = "reminder"
    OVER = "over"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Situation(_Model):
    """Something that is wrong, for as long as it is."""

    key: str
    """the same for as long as the situation lasts, e.g. feed/RMA1"""
    title: str
    text: str = ""
    """what happened, and what to do"""
    link: str = ""
    is_lasting: bool = True
    """whether its end is told, and reminders of it come; else it is told once"""


class Message(_Model):
    """What is to be told of a situation."""

    kind: Kind
    situation: Situation
    since: datetime


class Entry(_Model):
    """What is known of a situation."""

    situation: Situation
    since: datetime
    told_at: datetime | None = None
    gone_since: datetime | None = None


class Rules(_Model):
    """How often messages come."""

    remind_after: timedelta
    quiet: timedelta
    """a situation must have lasted, or be over, for this long before that is told"""


class Ledger(_Model):
    """What was told, by the key of the situation."""

    entries: Mapping[str, Entry] = {}

    @classmethod
    def from_json(cls, text: str | None) -> Ledger:
        """Read what `to_json` wrote; empty where it cannot be read."""
        try:
            return cls.model_validate_json(text or "{}")
        except ValueError:
            return cls()

    def to_json(self) -> str:
        """Write as text."""
        return self.model_dump_json(exclude_defaults=True)

    def seen(self, situations: Iterable[Situation], now: datetime, rules: Rules) -> Ledger:
        """After a look that found these situations.

        What is gone and was never told is forgotten, and so is what was told and needs no end.
        """
        present = {item.key: item for item in situations}
        entries = {}
        for key, item in present.items():
            known = self.entries.get(key)
            entries[key] = Entry(
                situation=item,
                since=known.since if known else now,
                told_at=known.told_at if known else None,
            )
        for key, known in self.entries.items():
            if key not in present and _is_kept(known, now, rules):
                gone = known.gone_since or now
                entries[key] = known.model_copy(update={"gone_since": gone})
        return Ledger(entries=entries)

    def due(self, now: datetime, rules: Rules) -> list[Message]:
        """Messages that are due, by the age of their situations."""
        found = []
        for entry in sorted(self.entries.values(), key=lambda entry: entry.since):
            kind = _kind(entry, now, rules)
            if kind:
                found.append(Message(kind=kind, situation=entry.situation, since=entry.since))
        return found

    def told(self, message: Message, now: datetime) -> Ledger:
        """After a message was delivered."""
        key, entries = message.situation.key, dict(self.entries)
        if message.kind is Kind.OVER:
            del entries[key]
        else:
            entries[key] = entries[key].model_copy(update={"told_at": now})
        return Ledger(entries=entries)


def _is_kept(entry: Entry, now: datetime, rules: Rules) -> bool:
    """Whether what is gone is remembered: to tell its end, or that it was told."""
    if entry.told_at is None:
        return False
    return entry.situation.is_lasting or now - entry.told_at < rules.remind_after


def _kind(entry: Entry, now: datetime, rules: Rules) -> Kind | None:
    if entry.gone_since:
        is_over = entry.situation.is_lasting and now - entry.gone_since >= rules.quiet
        return Kind.OVER if is_over else None
    if entry.told_at is None:
        is_sure = not entry.situation.is_lasting or now - entry.since >= rules.quiet
        return Kind.NEW if is_sure else None
    is_old = entry.situation.is_lasting and now - entry.told_at >= rules.remind_after
    return Kind.REMINDER if is_old else None
