"""The sensor that tells people what is wrong: once, with reminders, and when it is over."""

import dagster as dg

from radar_assets.defs.watch.situations import situations
from radar_assets.settings import Notifications, notification_urls
from radar_assets.stages.base.workspace import Workspace
from radar_assets.watch.delivery import Postman, title
from radar_assets.watch.reminders import Ledger, Rules


def notifications_sensor(wanted: Notifications) -> dg.SensorDefinition:
    """Sensor that looks at the whole network and delivers the messages that are due."""
    rules = Rules(remind_after=wanted.remind_after, quiet=wanted.quiet)

    @dg.sensor(
        name="notifications",
        description=f"Tells of {', '.join(wanted.about)}: once, with reminders, and when over.",
        minimum_interval_seconds=wanted.poll_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def tell(
        context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
    ) -> dg.SensorResult:
        now = workspace.now()
        present = situations(workspace, context.instance, wanted.about, wanted.ui_url)
        ledger = Ledger.from_json(context.cursor).seen(present, now, rules)
        postman, told = Postman(notification_urls(wanted)), []
        for message in ledger.due(now, rules):
            if not postman.deliver(message):
                context.log.error("no address took a message; it is tried again")
                break
            ledger = ledger.told(message, now)
            told.append(title(message))
        summary = f"{len(present)} situations; told: {'; '.join(told) or 'nothing new'}"
        context.log.info(summary)
        return dg.SensorResult(skip_reason=summary, cursor=ledger.to_json())

    return tell
