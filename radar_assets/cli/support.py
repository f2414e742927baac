"""Verbs that help when something is wrong: explain, notify, debug-report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from radar_assets.cli.base import AsJson, command, out, print_json, print_line
from radar_assets.cli.output import writing
from radar_assets.errors import NotDelivered, RadarAssetsError, SettingsError
from radar_assets.errors.advice import all_advice
from radar_assets.errors.texts import counted, did_you_mean
from radar_assets.reports import support as reports
from radar_assets.settings import environment, load_network, notification_urls


@command("explain RA502")
def explain(
    code: Annotated[str | None, typer.Argument(help="e.g. RA502; all when omitted")] = None,
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="as docs/errors.md has it")] = False,
    as_json: AsJson = False,
) -> None:
    """Explain the code of an error: what it means, its likely cause and what to do."""
    known = all_advice()
    wanted = {code, code.upper()} if code else None
    chosen = [item for item in known if wanted is None or wanted & {item.code, item.name}]
    if not chosen:
        hint = did_you_mean(str(code), [name for item in known for name in (item.code, item.name)])
        raise typer.BadParameter(f"no code {code!r}{hint}; `radar-assets explain` lists them")
    if as_json:
        print_json([asdict(item) for item in chosen])
    elif markdown:
        print(reports.advice_markdown(chosen), end="")  # noqa: T201 - a console would wrap it
    else:
        reports.advice(out, chosen)


@command("notify --test")
def notify(
    *,
    test: Annotated[bool, typer.Option("--test", help="send a message to every address")] = False,
) -> None:
    """Show how many addresses are notified, and of what; with --test, send them a message."""
    from radar_assets.watch.delivery import Notifier

    wanted = load_network(environment().network_file).notifications
    if wanted is None:
        raise SettingsError("the network file has no table [notifications]: nobody is notified")
    urls = notification_urls(wanted)
    print_line(f"{counted(len(urls), 'address')}: {', '.join(wanted.about)}")
    if test and not Notifier(urls).send_test():
        raise NotDelivered("no address accepted the message")
    if test:
        print_line("the message was accepted")


@command("debug-report -o report.zip", "debug-report")
def debug_report(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="zip file, or - for standard output")
    ] = Path("radar-assets-debug.zip"),
) -> None:
    """Pack versions, settings, recent errors and states into one file, without secrets."""
    from radar_assets.defs.debug import recent
    from radar_assets.defs.instance import instance
    from radar_assets.reports import debug_report as packing

    found = environment()
    try:
        window = load_network(found.network_file).settings.window
        with instance() as records:
            home, content = Path(records.root_directory), recent(records, window)
    except RadarAssetsError as error:
        home, content = None, {"records": str(error)}
    with writing(output) as path:
        packing.write(path, packing.report(found, content, home))
    print_line(
        f"{output} has versions, settings, recent errors and states; secrets are masked", output
    )
