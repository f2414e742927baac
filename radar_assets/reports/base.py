"""Parts that all reports share: tables and lines, safe to print whatever they hold."""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from radar_assets.errors.texts import printable


def print_line(console: Console, text: str, *, style: str | None = None) -> None:
    """Print a line whole and literally; control characters are shown as escapes."""
    console.print(printable(text), style=style, markup=False, highlight=False, soft_wrap=True)


def print_fault(console: Console, text: str, *, style: str = "red") -> None:
    """Print what is wrong."""
    print_line(console, text, style=style)


class ReportTable(Table):
    """A table whose cells are shown literally."""

    def __init__(self, title: str, columns: Iterable[str]) -> None:
        super().__init__(
            title=Text(printable(title)), title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0)
        )
        for column in columns:
            self.add_column(column, no_wrap=True)

    def add(self, *cells: object) -> None:
        """Add a row; nothing is shown for None."""
        self.add_row(*("" if cell is None else Text(printable(str(cell))) for cell in cells))
