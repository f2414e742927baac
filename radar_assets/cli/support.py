"""Verbs that help when something is wrong: explain, notify, debug-report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from radar_assets.cli.base import AsJson, app, errors, out, print_json, say
from radar_assets.errors import NotDelivered, RadarAssetsError, SettingsError
from radar_assets.errors.advice import all_advice
from radar_assets.reports import support as reports
from radar_assets.settings import environment, load_network, notification_urls


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


@app.command()
def notify(
    *,
    test: Annotated[bool, typer.Option("--test", help="send a message to every address")] = False,
) -> None:
    """Say who is told of what; with --test, send a message to try."""
    from radar_assets.watch.delivery import Notifier

    with errors():
        wanted = load_network(environment().network_file).notifications
        if wanted is None:
            raise SettingsError("the network file has no table [notifications]: nobody is told")
        urls = notification_urls(wanted)
        say(f"{len(urls)} addresses are told of {', '.join(wanted.about)}")
        if test and not Notifier(urls).send_test():
            raise NotDelivered("no address accepted the message")
    if test:
        say("the message was accepted")


@app.command("debug-report")
def debug_report(
    *,
    output: Annotated[Path, typer.Option("-o", help="zip file to write")] = Path(
        "radar-assets-debug.zip"
    ),
) -> None:
    """Pack versions, settings, recent errors and states into one file, without secrets."""
    from radar_assets.defs.debug import recent
    from radar_assets.defs.instance import instance
    from radar_assets.reports import debug_report as packing

    with errors():
        place = environment()
        try:
            window = load_network(place.network_file).settings.window
            with instance() as records:
                home, told = Path(records.root_directory), recent(records, window)
        except RadarAssetsError as error:
            home, told = None, {"records": str(error)}
        packing.write(output, packing.report(place, told, home))
    say(f"{output} has versions, settings, recent errors and states; secrets are masked")
