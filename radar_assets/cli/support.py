"""Verbs that help when something is wrong: explain."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from radar_assets.cli.base import AsJson, app, out, print_json
from radar_assets.radar.errors.advice import all_advice
from radar_assets.reports import support as reports


@app.command()
def explain(
    code: Annotated[str | None, typer.Argument(help="e.g. RA502; all when left out")] = None,
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="as docs/errors.md has it")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what the code of an error means, its likely cause and what to do."""
    known = all_advice()
    wanted = {code, code.upper()} if code else None
    chosen = [item for item in known if wanted is None or wanted & {item.code, item.name}]
    if not chosen:
        raise typer.BadParameter(f"no code {code!r}; `radar-assets explain` lists them")
    if as_json:
        print_json([asdict(item) for item in chosen])
    elif markdown:
        print(reports.advice_markdown(chosen), end="")  # noqa: T201 - a console would wrap it
    else:
        reports.advice(out, chosen)
