"""The command line's own language: what typer says of itself, and what is wrong with a command."""

from __future__ import annotations

import gettext
import os
from typing import Any

from pipeline.messages import CATALOGUES, DOMAIN, LOCALE, language, marked, tr

TYPERS = (
    marked("Arguments"),
    marked("Options"),
    marked("Commands"),
    marked("Error"),
    marked("Aborted."),
    marked("[default: {}]"),
    marked("[required]"),
    marked("default: {default}"),
    marked("required"),
    marked("Missing command."),
    marked("Input should be a valid integer, unable to parse string as an integer"),
    marked("No such command {name!r}."),
)
"""What typer looks up in the same domain; here for the catalogue."""


def install() -> None:
    """Let typer find its own few words where ours are; before it is imported."""
    gettext.bindtextdomain(DOMAIN, str(LOCALE))
    os.environ["LANGUAGE"] = CATALOGUES[language()]


def usage(error: BaseException) -> str:
    """What is wrong with a command line, and where help is; empty where the help was shown already."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        return ""
    command = getattr(getattr(error, "ctx", None), "command_path", "callqa")
    told = _translate(kind, error, _name(getattr(error, "param", None)))
    return tr("{told} (help: {command} --help)", told=told, command=command)


_EXTRA = "Got unexpected extra argument(s)"


def _translate(kind: str, error: BaseException, name: str) -> str:
    message, option = getattr(error, "message", ""), getattr(error, "option_name", "")
    if kind == "MissingParameter":
        return tr("{name} is missing", name=name)
    if kind == "NoSuchOption":
        return tr("there is no option {option}", option=option)
    if kind == "BadOptionUsage":
        return tr("{option} needs a value", option=option)
    if message.startswith(_EXTRA):
        return tr(
            "more than there should be: {words}", words=message.removeprefix(_EXTRA).strip(" ()")
        )
    return f"{name}: {tr(message)}" if name else tr(message)


def _name(parameter: Any) -> str:
    """A parameter as it is written in the help."""
    if parameter is None:
        return ""
    named = parameter.metavar if parameter.param_type_name == "argument" else parameter.opts[0]
    return str(named or parameter.name)
