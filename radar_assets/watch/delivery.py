"""Delivery of messages to the addresses that the environment names, by Apprise."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import apprise

from radar_assets.errors import SettingsError
from radar_assets.watch.alerts import Message, MessageKind

_TYPES = {
    MessageKind.NEW: apprise.NotifyType.FAILURE,
    MessageKind.REMINDER: apprise.NotifyType.WARNING,
    MessageKind.OVER: apprise.NotifyType.SUCCESS,
}
_PREFIXES = {MessageKind.NEW: "", MessageKind.REMINDER: "still: ", MessageKind.OVER: "over: "}


class Notifier:
    """Sends messages to every address; addresses hold secrets and are never shown."""

    def __init__(self, urls: Sequence[str]) -> None:
        _silence()
        self._targets = []
        for number, url in enumerate(urls, 1):
            target = apprise.Apprise()
            if not target.add(url):
                raise SettingsError(
                    f"Apprise does not know notification address {number} of {len(urls)}"
                )
            self._targets.append(target)

    def deliver(self, message: Message) -> bool:
        """Send a message to all addresses; False when none of them accepted it."""
        return self.send(title(message), body(message), _TYPES[message.kind])

    def send_test(self) -> bool:
        """Send a test message; False when no address accepted it."""
        return self.send("radar_assets: a test", "This is a test.", apprise.NotifyType.INFO)

    def send(self, subject: str, text: str, kind: apprise.NotifyType) -> bool:
        """Send a text to all addresses; False when none of them accepted it."""
        accepted = [
            target.notify(title=subject, body=text, notify_type=kind) for target in self._targets
        ]
        return any(accepted)


def title(message: Message) -> str:
    """Subject of a message."""
    return f"{_PREFIXES[message.kind]}{message.alert.title}"


def body(message: Message) -> str:
    """Text of a message: what happened since when, what to do, where to find it."""
    alert = message.alert
    if message.kind is MessageKind.OVER:
        text = f"It began at {message.since:%Y-%m-%d %H:%M} UTC and is over; nothing is to be done."
        return "\n".join(part for part in (text, alert.link) if part)
    since = f"since {message.since:%Y-%m-%d %H:%M} UTC" if alert.is_lasting else ""
    return "\n".join(part for part in (alert.text, since, alert.link) if part) or " "


def _silence() -> None:
    """Keep Apprise from logging addresses, which hold secrets."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
