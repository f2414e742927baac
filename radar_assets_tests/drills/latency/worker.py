"""The Celery application of long-lived workers; `worker_settings` is written by the drill."""

from __future__ import annotations

from celery import Celery
from dagster_celery.tasks import create_execute_job_task

app = Celery("dagster")
app.config_from_object("worker_settings")
execute_job = create_execute_job_task(app)
