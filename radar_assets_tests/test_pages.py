"""Pages that commands write parts of, and the judgement of benchmarks."""

from __future__ import annotations

from pathlib import Path

from radar_assets_tests.benchmarks.report import BUDGETS, Step, steps, tables
from radar_assets_tests.pages import write

PAGE = "# Head\n\n<!-- part -->\nold\n<!-- /part -->\ntail\n"


def entry(group: str, name: str, seconds: float, **extra: object) -> dict[str, object]:
    return {"group": group, "name": name, "stats": {"min": seconds}, "extra_info": extra}


def test_only_the_part_is_written(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(PAGE, "utf-8")
    for _ in range(2):
        write(path, "part", "new")
        assert path.read_text("utf-8") == PAGE.replace("old", "\nnew")


def test_a_file_without_the_part_holds_the_text_alone(tmp_path: Path) -> None:
    write(tmp_path / "new.md", "part", "text")
    assert (tmp_path / "new.md").read_text("utf-8") == "text"


def test_a_step_is_judged_by_its_floor() -> None:
    group = "decode BUFR, 3 fields"
    results = [entry(group, "test_decode", 0.16), entry(group, "test_decode_floor", 0.1)]
    (step,) = steps({"benchmarks": results})
    assert step.misses()
    assert "**missed**" in tables([step], "it")
    (step,) = steps({"benchmarks": [*results[1:], entry(group, "test_decode", 0.14)]})
    assert not step.misses()


def test_what_was_not_measured_misses_no_budget() -> None:
    assert all(not Step(name).misses() for name in BUDGETS)
    assert steps({"benchmarks": []}) == []


def test_what_a_benchmark_measured_itself_is_judged_in_its_unit() -> None:
    (step,) = steps({"benchmarks": [entry("memory of a window", "test", 1, value=700, unit="MB")]})
    assert step.misses()
    assert "| 700 MB |" in tables([step], "it")
