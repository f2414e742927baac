"""The codes of errors, as a report and as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from radar_assets.errors.advice import Advice

_HEAD = """# Codes of errors

Every error has a code, in the log, in the records (`error_code`) and on the command line. This page
is what `radar-assets explain --markdown` prints.

| code | class | what it means | likely cause | what to do |
|---|---|---|---|---|
"""


def advice(console: Console, items: Iterable[Advice]) -> None:
    """Show what codes mean and what to do."""
    for item in items:
        console.print(f"[bold]{item.code}[/bold] {item.name}", highlight=False)
        for title, text in (
            ("means", item.meaning),
            ("likely cause", item.cause),
            ("what to do", item.remedy),
        ):
            console.print(f"  {title}: {text}", markup=False, highlight=False, soft_wrap=True)


def advice_markdown(items: Iterable[Advice]) -> str:
    """Write codes as the page of the documentation."""
    lines = (
        f"| {item.code} | `{item.name}` | {item.meaning} | {item.cause} | {item.remedy} |\n"
        for item in items
    )
    return _HEAD + "".join(lines).replace("<", "&lt;")
