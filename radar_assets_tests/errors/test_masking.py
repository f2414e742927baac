"""Secrets are taken out of texts, in whatever form texts hold them."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from radar_assets.errors.masking import MASK, PIECE, mask, mask_values, of_address, of_service
from radar_assets_tests.secrets import SECRETS, pieces

WRITERS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": lambda secret: json.dumps({"said": f"it is {secret}!"}),
    "json in json": lambda secret: json.dumps(json.dumps([secret])),
    "utf-8 json": lambda secret: json.dumps([secret], ensure_ascii=False),
    "repr": lambda secret: repr({"said": secret}),
    "ascii": lambda secret: ascii([secret]),
    "bytes": lambda secret: repr(secret.encode()),
    "url": lambda secret: f"ftp://host/{quote(secret, safe='')}",
    "path": quote,
    "form": lambda secret: f"said={quote_plus(secret)}",
    "small hex": lambda secret: re.sub("%..", _lower, quote(secret, safe="")),
    "html": lambda secret: f"<b>{html.escape(secret)}</b>",
    "shell": shlex.quote,
    "one line": lambda secret: " ".join(f"it is {secret}".split()),
    "latin-1": lambda secret: secret.encode().decode("latin-1"),
    "cut": lambda secret: f"said {secret}"[:12],
    "from the middle": lambda secret: f"{secret} was said"[len(secret) - PIECE :],
    "yaml": lambda secret: yaml.safe_dump({"said": secret}, width=10**6),
    "yaml as it is": lambda secret: yaml.safe_dump({"x": secret}, allow_unicode=True, width=10**6),
}


def _lower(found: re.Match[str]) -> str:
    return found[0].lower()


@pytest.mark.parametrize("writer", WRITERS)
@settings(max_examples=50, deadline=None)
@given(secret=SECRETS)
@example(secret='Tr0ub4dor&3 "ñ" \\ %41\n')
def test_no_piece_of_a_secret_stays(writer: str, secret: str) -> None:
    assume("*" not in secret)
    masked = mask(WRITERS[writer](secret), [secret])
    assert not [piece for piece in pieces(secret) if piece in masked]
    if writer in ("url", "form", "small hex"):
        escaped = WRITERS[writer](secret).split("/")[-1].removeprefix("said=")
        assert not [piece for piece in pieces(escaped) if piece in masked]


@settings(max_examples=100, deadline=None)
@given(secret=SECRETS, before=st.text(max_size=7), after=st.text(max_size=7))
def test_a_secret_is_not_read_from_base64(secret: str, before: str, after: str) -> None:
    whole = f"{before}{secret}{after}".encode(errors="replace")
    for coded in (base64.b64encode(whole), base64.urlsafe_b64encode(whole)):
        masked = mask(f"Authorization: {coded.decode()}", [secret])
        inner = coded.decode()[-(-len(before.encode(errors="replace")) * 8 // 6) :][: len(secret)]
        assert not [piece for piece in pieces(inner[:-2]) if piece in masked]


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_characters=":=")), secret=st.text("xyz", min_size=6))
def test_a_text_without_secrets_stays_as_it_is(text: str, secret: str) -> None:
    assume(not pieces(secret) & pieces(text))
    assert mask(text, [secret]) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("ftp://radar:pw@host/L2", "ftp://***@host/L2"),
        ("postgresql+psycopg2://u:p%40@db:5432/x", "postgresql+psycopg2://***@db:5432/x"),
        ("postgresql://u:p@ss@h/d", "postgresql://***@h/d"),
        ("postgresql://u:p/ss@h/d, x", "postgresql://***@h/d, x"),
        ("password: hunter2\nuser: me", "password: ***\nuser: me"),
        ("password: hunter 2\nuser: me", "password: ***\nuser: me"),
        ('"DB_PASSWORD": "hunter 2",', '"DB_PASSWORD": "***",'),
        (r'"DB_PASSWORD": "hunter\" 2",', '"DB_PASSWORD": "***",'),
        ("api_key=abc, x=1", "api_key=***, x=1"),
        (
            'password_env = "RADAR_ASSETS_FTP_PASSWORD"',
            'password_env = "RADAR_ASSETS_FTP_PASSWORD"',
        ),
        ("said s3cret and s3", "said *** and s3"),
        ("said s3cre2t and s3", "said s3cre2t and s3"),
        ("pin and spinning", "*** and spinning"),
        ("nothing: here", "nothing: here"),
    ],
)
def test_secrets_are_masked(text: str, masked: str) -> None:
    assert mask(text, ["s3cret", "pin", ""]) == masked


def test_values_are_masked_before_they_are_written() -> None:
    values = {
        "rows": [{"error": 'it is ñ"ñandú', "size": 3, "none": None}, (2, 1.5)],
        "smtp_password": "short",
        "db": {"token": 17},
    }
    assert mask_values(values, ['ñ"ñandú']) == {
        "rows": [{"error": f"it is {MASK}", "size": 3, "none": None}, [2, 1.5]],
        "smtp_password": MASK,
        "db": {"token": MASK},
    }


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("postgresql://u:p@ss@h/d", {"p@ss"}),
        ("postgresql://u:p/s%40s@h/d", {"p/s%40s", "p/s@s"}),
        ("https://tokentoken@h/d", {"tokentoken"}),
        ("https://host/a", set()),
        ("/srv/radar@home", set()),
    ],
)
def test_the_login_of_an_address_is_its_secret(address: str, found: set[str]) -> None:
    assert of_address(address) == found


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/ccccDDDDeeee",
        "tgram://123456789:AAbbCCddEE/chat567890",
        "mailto://me:pa%20ss%20word@gmail.com?to=someone@example.org",
    ],
)
def test_no_part_of_a_services_address_stays(address: str) -> None:
    known = of_service(address)
    for part in ("B0BBBBBBB", "ccccDDDD", "AAbbCC", "chat567", "pa ss word", "pa%20ss"):
        assert part not in address or part not in mask(f"posting to {part} failed", known)
    assert "T0AAAA" not in mask(address, known)
