"""The sensor that notifies people: once, with reminders, and when it is over."""

import dagster as dg

from radar_assets.defs.watch.alerts import present_alerts
from radar_assets.settings import Notifications, notification_urls
from radar_assets.stages.base.workspace import Workspace
from radar_assets.watch.alerts import Notified, Rules
from radar_assets.watch.delivery import Notifier, title


def notifications_sensor(wanted: Notifications) -> dg.SensorDefinition:
    """Sensor that collects the alerts of the network and delivers the messages that are due."""
    rules = Rules(remind_after=wanted.remind_after, quiet=wanted.quiet)

    @dg.sensor(
        name="notifications",
        description=f"Notifies of {', '.join(wanted.about)}: once, with reminders, and when over.",
        minimum_interval_seconds=wanted.poll_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def notify(
        context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
    ) -> dg.SensorResult:
        now = workspace.now()
        present = present_alerts(workspace, context.instance, wanted.about, wanted.ui_url)
        notified = Notified.from_json(context.cursor).updated(present, now, rules)
        notifier, sent = Notifier(notification_urls(wanted)), []
        for message in notified.due(now, rules):
            if not notifier.deliver(message):
                context.log.error("no address accepted a message; it is tried again")
                break
            notified = notified.delivered(message, now)
            sent.append(title(message))
        summary = f"{len(present)} alerts; sent: {'; '.join(sent) or 'nothing new'}"
        context.log.info(summary)
        return dg.SensorResult(skip_reason=summary, cursor=notified.to_json())

    return notify
