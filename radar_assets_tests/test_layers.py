"""The one arrow: Dagster code imports pure code, never the other way round."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import radar_assets
from radar_assets_tests.waiting import LONG

ROOT = Path(radar_assets.__file__).parent
MODULES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in ROOT.rglob("*.py")
}
SHELL = {name for name in MODULES if name.startswith("defs/") or name == "definitions.py"}
HEAVY = {"pyart", "matplotlib", "xarray", "cv2"}
ROOMS = (
    "errors",
    "files",
    "radar",
    "maps",
    "accumulation",
    "products",
    "accumulation",
    "settings",
    "formats",
    "logs",
    "ingest",
    "watch",
    "stages",
    "simulator",
    "defs",
    "definitions",
    "web",
    "doctor",
    "reports",
    "demo",
    "cli",
)
"""packages and modules of the top level; each imports only those before it"""
INGEST = ("sources", "listing", "download", "scheduling", "archive")
LATE = {"radar/pyart_radar.py", "formats/engine.py"}
"""imported when it is called, or xarray wants it"""

IMPORT = """
import sys
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
print(*sys.modules)
"""


@cache
def imported(source: str) -> frozenset[str]:
    """Full names of all modules and objects that a module imports, wherever it does so."""
    return frozenset(_imported(source))


def _imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def importers(package: str) -> set[str]:
    """Modules that import a package or something of it."""
    return {
        name
        for name, source in MODULES.items()
        if any(f"{found}.".startswith(f"{package}.") for found in imported(source))
    }


def room(name: str) -> str:
    """Package or module of the top level that a file belongs to."""
    return name.partition("/")[0].removesuffix(".py")


def importers_of(file: str) -> set[str]:
    """Modules that import the module of a file, or something of it."""
    module = ".".join(("radar_assets", *Path(file).with_suffix("").parts))
    return importers(module) if not module.endswith(".__init__") else set()


def test_only_the_shell_imports_dagster() -> None:
    assert importers("dagster")
    assert importers("dagster") <= SHELL


def test_every_room_has_its_place_in_the_order() -> None:
    assert set(ROOMS) == {room(name) for name in MODULES} - {"__init__"}


@pytest.mark.parametrize("outer", ROOMS)
def test_no_import_climbs(outer: str) -> None:
    inner = ROOMS[: ROOMS.index(outer)]
    assert not [name for name in importers(f"radar_assets.{outer}") if room(name) in inner]


def test_no_modules_import_each_other_in_a_circle() -> None:
    needs = {name: {file for file in MODULES if name in importers_of(file)} for name in MODULES}
    for module in LATE:  # imported by a function, when it is called
        needs[module] = set()
    TopologicalSorter(needs).prepare()  # raises CycleError


@pytest.mark.parametrize("inner", range(len(INGEST)))
def test_packages_of_ingest_know_only_those_before_them(inner: int) -> None:
    for outer in INGEST[inner + 1 :]:
        found = importers(f"radar_assets.ingest.{outer}")
        assert not [name for name in found if name.startswith(f"ingest/{INGEST[inner]}/")]


def test_encoders_know_rasters_only() -> None:
    encoders = {
        name
        for name in MODULES
        if name in ("maps/png.py", "maps/cog.py", "maps/render.py")
        or name.startswith("maps/quicklook/")
    }
    assert len(encoders) >= 8
    for package in ("radar", "products", "maps.layer", "maps.gridding"):
        assert encoders.isdisjoint(importers(f"radar_assets.{package}")), package


def test_polar_data_become_rasters_in_one_place() -> None:
    assert importers("radar_assets.maps.layer.Layer") & {
        name for name in MODULES if name.startswith("maps/")
    } == {"maps/gridding.py"}


def test_only_entry_points_import_the_shell() -> None:
    callers = {
        "cli/archive.py",
        "cli/operate.py",
        "cli/review.py",
        "cli/support.py",
        "reports/__init__.py",
        "doctor/records.py",
        "demo/once.py",
    }
    assert importers("radar_assets.defs") <= SHELL | callers


def test_pure_code_loads_neither_dagster_nor_heavy_libraries() -> None:
    pure = sorted(MODULES.keys() - SHELL - LATE)
    loaded = loaded_by(*pure)
    assert {"radar_assets.cli", "radar_assets.radar.cfradial", "numpy"} <= loaded
    assert loaded.isdisjoint({"dagster", *HEAVY})


def test_the_engine_of_xarray_loads_no_dagster() -> None:
    loaded = loaded_by("formats/engine.py")
    assert "xarray" in loaded
    assert loaded.isdisjoint({"dagster", "pyart", "matplotlib", "xradar", "rasterio", "dask"})


def test_definitions_load_no_heavy_libraries() -> None:
    loaded = loaded_by("definitions.py")
    assert "dagster" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_environment_is_read_in_the_settings_only() -> None:
    readers = {name for name, source in MODULES.items() if "environ" in attributes_of_os(source)}
    assert readers == {"settings/__init__.py"}
    assert not [name for name, source in MODULES.items() if "getenv" in attributes_of_os(source)]


def attributes_of_os(source: str) -> set[str]:
    """What a module uses of `os`, as `os.name` or imported from it."""
    used = {name.removeprefix("os.") for name in imported(source) if name.startswith("os.")}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os":
            used.add(node.attr)
    return used


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_at_most_300_lines(name: str) -> None:
    assert len(MODULES[name].splitlines()) <= 300


@pytest.mark.parametrize("name", MODULES)
def test_a_function_has_at_most_40_lines_below_its_docstring(name: str) -> None:
    functions = [f for f in ast.walk(ast.parse(MODULES[name])) if isinstance(f, ast.FunctionDef)]
    lengths = {f.name: lines_of(f) for f in functions}
    assert not {name: length for name, length in lengths.items() if length > 40}


def lines_of(function: ast.FunctionDef) -> int:
    """Lines of a function's statements."""
    has_docstring = ast.get_docstring(function) is not None
    statements = function.body[1:] if has_docstring else function.body
    return statements[-1].end_lineno - statements[0].lineno + 1 if statements else 0


def test_the_composition_root_has_no_logic() -> None:
    source = MODULES["definitions.py"]
    assert len(source.splitlines()) < 60
    logic = (ast.FunctionDef, ast.ClassDef, ast.If, ast.For, ast.While, ast.Try)
    assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, logic)]


def loaded_by(*modules: str) -> set[str]:
    """Names of all modules that a new process has after importing some of ours."""
    names = [
        ".".join(("radar_assets", *Path(name).with_suffix("").parts)).removesuffix(".__init__")
        for name in modules
    ]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, *names],
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
