"""What all reports are made of: tables, and lines of trouble."""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text


def complain(console: Console, text: str, *, style: str = "red") -> None:
    """Print a line of trouble as it is."""
    console.print(text, style=style, markup=False, soft_wrap=True)


def table_of(title: str, columns: Iterable[str]) -> Table:
    """Start a table."""
    table = Table(title=Text(title), title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table
