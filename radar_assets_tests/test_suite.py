"""What holds for the tests themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MODULES = {path.relative_to(TESTS).as_posix(): path for path in TESTS.rglob("*.py")}


@pytest.mark.parametrize("name", MODULES)
def test_helpers_come_from_modules_of_helpers(name: str) -> None:
    for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(TESTS.name):
            source = str(node.module).rpartition(".")[2]
            assert not source.startswith("test_"), f"{name}:{node.lineno}"
            assert source != "conftest", f"{name}:{node.lineno}"
