"""What leaves a process holds no secret: errors, rows, logs and debug reports."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings

from radar_assets.errors import AccessDenied, BufrCorrupt, StorageError, masking
from radar_assets.errors.advice import full_text
from radar_assets.logs import Component, logger
from radar_assets.reports import debug_report
from radar_assets.settings import Source, credentials, environment
from radar_assets.stages.base.rows import failure
from radar_assets_tests.secrets import SECRETS, pieces

SOURCE = Source(url="ftp://host/L2", username_env="OUTPUTS_USER", password_env="OUTPUTS_PASSWORD")
NETWORK = """
[sources.one]
url = "ftp://host/L2"
password_env = "OUTPUTS_PASSWORD"
[radars.RMA1]
sources = ["one"]
latitude = 0
longitude = 0
"""

without_reset = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """Forgets what this test's process has read."""
    before = set(masking._known)
    yield
    masking._known.clear()
    masking._known.update(before)


def read(secret: str, patch: pytest.MonkeyPatch) -> None:
    """Let the process read a secret as the password of a source."""
    assume("\0" not in secret and "*" not in secret)
    masking._known.clear()
    patch.setenv("OUTPUTS_USER", "radar")
    patch.setenv("OUTPUTS_PASSWORD", secret)
    assert credentials(SOURCE) == ("radar", secret)


def is_hidden(secret: str, *texts: str) -> bool:
    return not [piece for piece in pieces(secret) for text in texts if piece in text]


@without_reset
@given(secret=SECRETS)
@example(secret='Tr0ub4dor&3 "ñ" \\ %41')
def test_no_error_tells_a_secret(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read(secret, monkeypatch)
    for error in (
        AccessDenied(f"the server said {secret!r}"),
        BufrCorrupt(f"{secret} is no message", bit=17),
        StorageError(f"cannot write /srv/{secret}"),
        OSError(13, "Permission denied", secret),
        ValueError(f"{secret!a} and {json.dumps(secret)}"),
    ):
        texts = [full_text(error), full_text(error, None), json.dumps(failure(error))]
        if not isinstance(error, OSError | ValueError):
            texts += [str(error), repr(error), "".join(traceback.format_exception(error))]
        assert is_hidden(secret, *texts), texts


@pytest.mark.parametrize("form", ["json", "text"])
@without_reset
@given(secret=SECRETS)
@example(secret='Tr0ub4dor&3 "ñ" \\ %41')
def test_no_log_tells_a_secret(
    form: str, secret: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read(secret, monkeypatch)
    monkeypatch.setenv("RADAR_ASSETS_LOG", form)
    monkeypatch.setenv("RADAR_ASSETS_DEBUG", "ingest")
    logger.cache_clear()
    logger(Component.INGEST).info(
        f"fetched {secret}",
        path=Path("/srv") / secret,
        rows=[{"said": secret}],
        exc_info=ValueError(f"it is {secret}"),
    )
    logger.cache_clear()
    shown = capsys.readouterr().err
    assert "fetched" in shown or is_hidden("fetched", secret)
    assert is_hidden(secret, shown)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(secret=SECRETS)
@example(secret='Tr0ub4dor&3 "ñ" \\ %41')
@example(secret="p@ss/w?rd#1 \n 2")
def test_no_debug_report_tells_a_secret(
    secret: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read(secret, monkeypatch)
    masking._known.clear()
    network, home = tmp_path / "network.toml", tmp_path / "dagster.yaml"
    network.write_text(NETWORK, "utf-8")
    storage = {"a": f"postgresql://u:{secret}@host/d", "password": secret}
    home.write_text(yaml.safe_dump(storage, allow_unicode=True), "utf-8")
    monkeypatch.setenv("RADAR_ASSETS_NETWORK", str(network))
    monkeypatch.setenv("RADAR_ASSETS_ANYTHING", secret)
    monkeypatch.setattr(debug_report, "examine", lambda _: [])
    records = {"failures": [{"error_message": f"said {secret!r}", "path": f"/srv/{secret}"}]}
    texts = debug_report.report(environment(), records, tmp_path)
    assert "host" in texts["dagster.yaml"] or is_hidden("postgresql://u:***@host", secret)
    assert is_hidden(secret, *texts.values())
    escaped = json.dumps(secret)[1:-1]
    assert is_hidden(escaped, texts["failures.json"])
