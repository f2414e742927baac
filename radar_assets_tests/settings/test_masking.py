"""Secrets are taken out of texts."""

from __future__ import annotations

import pytest

from radar_assets.settings.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("ftp://radar:pw@host/L2", "ftp://***@host/L2"),
        ("postgresql+psycopg2://u:p%40@db:5432/x", "postgresql+psycopg2://***@db:5432/x"),
        ("password: hunter2\nuser: me", "password: ***\nuser: me"),
        ('"DB_PASSWORD": "hunter 2",', '"DB_PASSWORD": "***",'),
        ("api_key=abc, x=1", "api_key=***, x=1"),
        (
            'password_env = "RADAR_ASSETS_FTP_PASSWORD"',
            'password_env = "RADAR_ASSETS_FTP_PASSWORD"',
        ),
        ("said s3cret and s3", "said *** and s3"),
        ("nothing: here", "nothing: here"),
    ],
)
def test_secrets_are_masked(text: str, masked: str) -> None:
    assert mask(text, ["s3cret", ""]) == masked
