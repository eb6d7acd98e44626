"""``callqa reviews``: what people said of calls, taken elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.frame import readable, say, settings_of_last_run, stops
from pipeline.cli.options import DEFAULT_OUT, Command, Config, Group, Out
from pipeline.messages import tr

reviews_app = typer.Typer(
    cls=Group, help=tr("Use people's verdicts elsewhere."), no_args_is_help=True
)


@reviews_app.callback()
def reviews() -> None:
    """``callqa reviews``: the group stays one with a single command."""


@reviews_app.command(
    "export",
    cls=Command,
    help=tr(
        "Write verdicts as labelled calls for bench/accuracy and as training lines for the models of "
        "tones, in words as they are published."
    ),
)
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=tr("Where they go."))],
    out: Out = DEFAULT_OUT,
    config: Config = None,
) -> None:
    """``callqa reviews export``."""
    from pipeline.night.labelled import export as exported
    from pipeline.store.files import Store

    with stops():
        here = readable(out, "words")
        settings = settings_of_last_run(here, config)
        found = exported(Store.of(here, settings), settings, folder)
    for name, count in found.calls.items():
        say(tr("{n} labelled calls: {path}", n=count, path=folder / "calls" / f"{name}.yml"))
    for label, count in found.lines.items():
        say(tr("{n} lines: {path}", n=count, path=folder / "lines" / f"{label}.tsv"))
    if not found.calls and not found.lines:
        say(tr("{out} holds no verdicts that could be used elsewhere", out=out))
