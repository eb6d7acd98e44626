"""The options of the commands, each said once, and how typer shows them in the user's language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from pipeline.messages import tr

WRONG_USAGE, SOME_FAILED, STOPPED = 2, 3, 4
USAGE: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises for any wrong command line, and exports no name for."""


class Command(TyperCommand):
    """A command whose ``--help`` is told in the user's language."""

    def get_help_option(self, *arguments: Any) -> Any:
        """The option ``--help``."""
        return _with_help(super().get_help_option(*arguments))

    def format_help(self, *arguments: Any) -> None:
        """Print the help."""
        _fold_long_words()
        super().format_help(*arguments)


class Group(TyperGroup):
    """A group of commands whose ``--help`` is told in the user's language."""

    def get_help_option(self, *arguments: Any) -> Any:
        """The option ``--help``."""
        return _with_help(super().get_help_option(*arguments))

    def format_help(self, *arguments: Any) -> None:
        """Print the help."""
        _fold_long_words()
        super().format_help(*arguments)


def _fold_long_words() -> None:
    """Let typer break a Chinese sentence where its column ends.

    It has no spaces, and rich cuts off the end of a word that is longer than its column.
    """
    from rich.text import Text
    from typer import rich_utils

    class Folding(Text):
        @classmethod
        def from_markup(cls, *arguments: Any, **how: Any) -> Text:
            return super().from_markup(*arguments, **{"overflow": "fold", **how})

    vars(rich_utils)["Text"] = Folding


def _with_help(option: Any) -> Any:
    """The option ``--help``, which says in the user's language what it does."""
    option.help = tr("Show this message and exit.")
    return option


Folder = Annotated[Path, typer.Argument(metavar="DIR", help=tr("The folder of recordings."))]
MaybeFolder = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help=tr("The folder of recordings."))
]
Out = Annotated[Path, typer.Option(help=tr("Where the results go."))]
OutFolder = Annotated[Path, typer.Argument(metavar="OUT", help=tr("The output folder."))]
Dates = Annotated[
    list[str] | None,
    typer.Option("--date", metavar="YYYY-MM-DD", help=tr("Only this date; may be repeated.")),
]
Before = Annotated[
    str,
    typer.Option("--before", metavar="YYYY-MM-DD", help=tr("The first date that stays.")),
]
Keep = Annotated[
    str | None,
    typer.Option(
        "--keep", metavar="scores", help=tr("What stays of them: scores, without any words.")
    ),
]
RubricName = Annotated[
    str | None,
    typer.Option("--rubric", help=tr("The rubric; default: callqa.toml's, then gas-hotline.")),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", help=tr("Settings; default: callqa.toml in DIR or here.")),
]
Rules = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="DIR",
        help=tr(
            "A folder of your own rules and lists; default: callqa.toml's, then the packaged ones."
        ),
    ),
]
AllowEmpty = Annotated[
    bool,
    typer.Option("--allow-empty", help=tr("A folder in which nothing is found is no error.")),
]
Wait = Annotated[
    bool, typer.Option("--wait", help=tr("Wait for the end of another run that holds OUT."))
]
ShardOf = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="K/N",
        help=tr("Only the K-th of N parts; callqa publish OUT folds them together."),
    ),
]
Jobs = Annotated[int, typer.Option(min=1, help=tr("Processes that transcribe side by side."))]
Scorers = Annotated[
    int,
    typer.Option(
        "--jobs", min=0, help=tr("Processes that score side by side; 0: as many as cores.")
    ),
]
NoReport = Annotated[
    bool, typer.Option("--no-report", help=tr("Only the tables: the pages stay as they are."))
]
Engine = Annotated[
    str,
    typer.Option(
        metavar="local|ray", help=tr("What runs the jobs: this machine, or a Ray cluster.")
    ),
]

DEFAULT_OUT = Path("out")
