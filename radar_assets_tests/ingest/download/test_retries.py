"""What is tried again, how often and after which pauses; what never is."""

from __future__ import annotations

import traceback
from datetime import timedelta

import pytest
from tenacity import RetryCallState

from radar_assets.errors import (
    AccessDenied,
    DownloadIncomplete,
    RadarAssetsError,
    RemoteFileMissing,
    SettingsError,
    SourceError,
    SourceUnreachable,
)
from radar_assets.ingest.download.one_file import Retries, _retrying
from radar_assets_tests.ftp_server import GOODBYE, SILENCE, Server
from radar_assets_tests.ingest.place import CONTENT, QUICK, Place, announced

SECRET = "hunter2-ñ"
ALWAYS = 9
ACCESS = {"username_env": "FTP_USER", "password_env": "FTP_PASSWORD"}
SILENT = (SILENCE, 100)
IMPATIENT = {"timeout": timedelta(seconds=1)}

AGAIN = {
    **dict.fromkeys([421, 425, 426, 434, 450, 451, 452], SourceUnreachable),
    100: SourceUnreachable,
    "?": SourceUnreachable,
    GOODBYE: SourceUnreachable,
    SILENCE: SourceUnreachable,
}
NEVER = {
    530: AccessDenied,
    **dict.fromkeys([501, 550], RemoteFileMissing),
    **dict.fromkeys([500, 502, 503, 504, 522, 532, 534, 551, 552, 553], SourceError),
}


def reply(code: int | str) -> str:
    return f"{code} no" if code and code != GOODBYE else str(code)


@pytest.mark.parametrize(
    ("code", "kind", "attempts"),
    [
        *((code, kind, QUICK.attempts) for code, kind in AGAIN.items()),
        *((code, kind, 1) for code, kind in NEVER.items()),
    ],
)
def test_a_reply_tells_whether_to_try_again(
    code: int | str, kind: type[SourceError], attempts: int, place: Place, server: Server
) -> None:
    server.replies["RETR"] = [reply(code)] * ALWAYS
    with pytest.raises(SourceError) as error:
        place.fetch(server, announced(), access=IMPATIENT if code in SILENT else None)
    assert type(error.value) is kind
    assert error.value.attempts == attempts == len(server.sent("RETR"))
    assert len(error.value.retry_reasons) == attempts - 1
    assert not place.data.exists()


@pytest.mark.parametrize("command", ["USER", "PASS", "TYPE", "PASV", "RETR"])
@pytest.mark.parametrize("code", [421, 451, "?", GOODBYE, SILENCE])
def test_what_passes_is_mended_by_another_attempt(
    code: int | str, command: str, place: Place, server: Server
) -> None:
    server.replies[command] = [reply(code)]
    done = place.fetch(server, announced(), access=IMPATIENT if code in SILENT else None)
    assert place.target.read_bytes() == CONTENT
    assert (done.attempts, len(done.retry_reasons)) == (2, 1)


@pytest.mark.parametrize("code", [500, 503, 530, 532])
def test_a_refused_login_is_not_repeated(
    code: int, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTP_USER", "radar")
    monkeypatch.setenv("FTP_PASSWORD", SECRET)
    with Server(place.remote, user="radar", password=SECRET) as server:
        server.replies["PASS"] = [reply(code)] * ALWAYS
        with pytest.raises(
            AccessDenied, match=f"user 'radar' .reply {code}.; check the cred"
        ) as no:
            place.fetch(server, announced(), access=ACCESS)
        assert no.value.attempts == len(server.sent("PASS")) == 1


def test_a_short_read_is_tried_again(place: Place, server: Server) -> None:
    server.drop_after, server.drops, server.fault = 1000, ALWAYS, "lie"
    with pytest.raises(DownloadIncomplete, match="ended after 1000 of") as error:
        place.fetch(server)
    assert error.value.attempts == QUICK.attempts


def test_missing_settings_are_not_waited_for(place: Place, server: Server) -> None:
    with pytest.raises(SettingsError) as error:
        place.fetch(server, announced(), access={"username_env": "NOT_THERE"})
    assert error.value.attempts == 1
    assert server.connections == 0


def test_pauses_double_with_jitter_up_to_a_limit() -> None:
    retrying = _retrying(Retries(attempts=9, pause=1, longest_pause=20))
    for failures in range(1, 12):
        state = RetryCallState(retrying, None, (), {})
        state.attempt_number = failures
        pauses = {retrying.wait(state) for _ in range(50)}
        assert all(min(20, 2 ** (failures - 1)) <= pause <= 20 for pause in pauses)
        assert max(pauses) <= 2 ** (failures - 1) + 1
        assert len(pauses) > 1 or pauses == {20}


ECHOES = [
    ("USER", "331 {}"),
    ("PASS", "530 {} is wrong"),
    ("PASS", "421 {} later"),
    ("PASS", "{}"),
    ("TYPE", "451 {}"),
    ("PASV", "227 {}"),
    ("PASV", "227 (127,0,0,1,999999,1) {}"),
    ("RETR", "550 {}"),
    ("RETR", "553 {}"),
    ("RETR", "450 {}"),
    ("RETR", "{}"),
]


@pytest.mark.parametrize(("command", "words"), ECHOES)
def test_a_server_that_repeats_the_password_does_not_spread_it(
    command: str,
    words: str,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("FTP_USER", "radar")
    monkeypatch.setenv("FTP_PASSWORD", SECRET)
    with Server(place.remote, user="radar", password=SECRET) as server:
        server.replies[command] = [words.format(SECRET)] * ALWAYS
        try:
            text = str(place.fetch(server, announced(), access=ACCESS))
        except RadarAssetsError as error:
            text = f"{error!r} {error.retry_reasons}" + "".join(traceback.format_exception(error))
        assert server.replies[command] != [words.format(SECRET)] * ALWAYS
    assert SECRET not in text + caplog.text
    assert SECRET[:3] not in text.replace(str(place.data.parent), "")
