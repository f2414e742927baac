"""The tree of errors: codes, advice, and the documentation of both."""

import errno
from pathlib import Path

import pytest

from radar_assets import errors
from radar_assets.errors.advice import DEFECT, SYSTEM, advice, all_advice, full_text
from radar_assets.stages.base.rows import failure
from radar_assets_tests.command import call

DOCS = Path(__file__).parents[2] / "docs/errors.md"


def test_every_class_is_documented_with_its_code() -> None:
    assert call("explain", "--markdown").stdout == DOCS.read_text(encoding="utf-8")
    page = DOCS.read_text(encoding="utf-8")
    for name in errors.__all__:
        assert f"| {getattr(errors, name).code} | `{name}` |" in page
    assert DEFECT.code in page
    assert SYSTEM.code in page


def test_all_classes_can_be_imported_from_one_place() -> None:
    known = {kind.__name__ for kind in errors.RadarAssetsError.known.values()}
    assert known == set(errors.__all__)


def test_advice_is_short_enough_to_leave_room_for_what_happened() -> None:
    for item in all_advice():
        tail = item.write("", None)
        assert len(tail) < 280, item.code
        assert item.meaning
        assert not item.cause.endswith(".")
        assert not item.remedy.endswith(".")


def test_a_class_needs_a_code_of_its_own() -> None:
    with pytest.raises(TypeError, match="RA101 is no new code"):
        type("Twin", (errors.RadarAssetsError,), {}, code="RA101", cause="", remedy="")
    with pytest.raises(TypeError, match="code"):
        type("Bare", (errors.RadarAssetsError,), {})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BufrTruncated("cut short"), "RA211"),
        (errors.SettingsError("wrong"), "RA101"),
        (OSError(errno.ENOSPC, "No space left on device"), "RA602"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "RA690"),
        (ZeroDivisionError("division by zero"), "RA900"),
    ],
)
def test_every_error_has_advice(error: Exception, code: str) -> None:
    assert advice(error).code == code
    assert f"[{code}; likely cause: " in full_text(error)
    assert failure(error)["error_code"] == code


def test_a_long_message_is_cut_and_the_advice_is_kept() -> None:
    text = full_text(errors.BufrCorrupt("x" * 1000))
    assert len(text) == 500
    assert text.endswith(f"{errors.BufrCorrupt.remedy}]")
    assert "… [RA212;" in text


def test_a_message_is_one_line() -> None:
    assert "\n" not in full_text(ValueError("one\ntwo"))


def test_explain_takes_a_code_or_a_class() -> None:
    for name in ("ra502", "SourceUnreachable"):
        shown = call("explain", name).stdout
        assert "RA502 SourceUnreachable" in shown
        assert errors.SourceUnreachable.remedy in shown
        assert "RA101" not in shown


def test_explain_refuses_an_unknown_code() -> None:
    result = call("explain", "RA999")
    assert result.exit_code == 2
    assert "RA999" in result.stderr
