"""The command line: the only module that prints. Nothing heavy is imported before it is needed.

What a command does is said once, in its ``help``, which is looked up in the user's language.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from pipeline.cli import messages
from pipeline.messages import tr

messages.install()
import typer  # noqa: E402  it looks its own words up when it is imported
from typer.core import TyperCommand, TyperGroup  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.cli.terminal import Bar
    from pipeline.records import Night
    from pipeline.settings import Settings

WRONG_USAGE, SOME_FAILED = 2, 3
_USAGE: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises for any wrong command line, and exports no name for."""


class _Command(TyperCommand):
    def get_help_option(self, *arguments: Any) -> Any:
        return _told(super().get_help_option(*arguments))


class _Group(TyperGroup):
    def get_help_option(self, *arguments: Any) -> Any:
        return _told(super().get_help_option(*arguments))


def _told(option: Any) -> Any:
    """The option ``--help``, which says in the user's language what it does."""
    option.help = tr("Show this message and exit.")
    return option


app = typer.Typer(
    name="callqa",
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
rubric_app = typer.Typer(
    cls=_Group, help=tr("Look at rubrics and try their rules."), no_args_is_help=True
)
app.add_typer(rubric_app, name="rubric")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help=tr("The folder of recordings."))]
Out = Annotated[Path, typer.Option(help=tr("Where the results go."))]
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
Jobs = Annotated[int, typer.Option(min=1, help=tr("Processes that transcribe side by side."))]
Engine = Annotated[str, typer.Option(help=tr("What runs the jobs."))]

DEFAULT_OUT = Path("out")


def _version(asked: bool) -> None:
    if asked:
        from pipeline import __version__

        _say(f"callqa {__version__}")
        raise typer.Exit


@app.callback(
    help=tr("Score Chinese call recordings against service norms, offline, with evidence.")
)
def callqa(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help=tr("Say which version this is.")
        ),
    ] = False,
) -> None:
    """``callqa``."""


@app.command(
    cls=_Command,
    help=tr("Transcribe what is new in DIR, score it, and write the tables and the pages."),
)
def score(
    folder: Folder,
    out: Out = DEFAULT_OUT,
    rubric: RubricName = None,
    rules: Rules = None,
    config: Config = None,
    jobs: Jobs = 1,
    engine: Engine = "local",
    allow_empty: AllowEmpty = False,
) -> None:
    """``callqa score``."""
    from pipeline.judging.judge import asked
    from pipeline.night.rescore import score_kept
    from pipeline.night.transcribe import transcribe

    with _stops():
        settings = _settings(folder, config, rules)
        _check_rubric(rubric, settings)
        _check_ratings(out)
        with _bar() as bar:
            heard = transcribe(
                folder,
                out,
                settings,
                rubric=asked(rubric, settings),
                jobs=jobs,
                engine=engine,
                progress=bar,
                allow_empty=allow_empty,
            )
            scored = score_kept(out, settings, progress=bar, dates=heard.dates)
            _report(out, settings, bar, scored.dates)
    _say_what_happened(heard, scored, out)


@app.command(cls=_Command, help=tr("Transcribe what is new in DIR and keep it; score nothing."))
def transcribe(
    folder: Folder,
    out: Out = DEFAULT_OUT,
    rules: Rules = None,
    config: Config = None,
    jobs: Jobs = 1,
    engine: Engine = "local",
    allow_empty: AllowEmpty = False,
) -> None:
    """``callqa transcribe``."""
    from pipeline.judging.judge import asked
    from pipeline.night.transcribe import transcribe as hear_folder

    with _stops():
        settings = _settings(folder, config, rules)
        _check_rubric(None, settings)
        with _bar() as bar:
            heard = hear_folder(
                folder,
                out,
                settings,
                rubric=asked(None, settings),
                jobs=jobs,
                engine=engine,
                progress=bar,
                allow_empty=allow_empty,
            )
    _say(tr("{found} files: {new} transcribed", found=heard.found, new=heard.transcribed))
    _list_failures(heard)


@app.command(
    cls=_Command,
    help=tr(
        "Score again what has been transcribed, without the speech model, and write the pages."
        "\n\nA rubric or rules that are named here stay those of OUT until others are named."
    ),
)
def rescore(
    out: Out = DEFAULT_OUT,
    rubric: RubricName = None,
    rules: Rules = None,
    config: Config = None,
) -> None:
    """``callqa rescore``."""
    from pipeline.judging.judge import asked
    from pipeline.night.rescore import score_kept
    from pipeline.night.transcribe import remember_settings

    with _stops():
        settings = _settings_of(out, config, rules)
        _check_rubric(rubric, settings)
        _check_ratings(out)
        if rules or config:
            remember_settings(out, settings)
        wanted = asked(rubric, settings) if rubric else None
        with _bar() as bar:
            scored = score_kept(out, settings, rubric=wanted, progress=bar)
            _report(out, settings, bar)
    _say(
        tr(
            "Scored again: {scored} calls, {not_scored} not scored.",
            scored=scored.scored,
            not_scored=scored.not_scored,
        )
    )
    _list_failures(scored)


@app.command(cls=_Command, help=tr("Write the pages again from the tables."))
def report(out: Out = DEFAULT_OUT, config: Config = None) -> None:
    """``callqa report``."""
    with _stops():
        settings = _remembered(out, config)
        _say(tr("rules: those kept in {folder} when the calls were scored", folder=out / "rubrics"))
        with _bar() as bar:
            _report(out, settings, bar)
    _say(tr("Report: {path}", path=out / "reports" / "index.html"))


@app.command(
    cls=_Command,
    help=tr("Print a scored call's arithmetic: every rule, what it found and what it cost."),
)
def explain(
    call_id: Annotated[str, typer.Argument(metavar="CALL_ID", help=tr("The call's id."))],
    out: Out = DEFAULT_OUT,
) -> None:
    """``callqa explain``."""
    from pipeline.cli.rules import rules_kept
    from pipeline.cli.terminal import arithmetic
    from pipeline.report.explain import explained
    from pipeline.store.files import Store

    with _stops():
        store = Store(out, _remembered(out, None).timezone)
        found = explained(store, call_id)
    if found is None:
        _stop(tr("{out} has no scored call {call_id}", out=out, call_id=call_id))
    _say(rules_kept(store, found.norms))
    for line in arithmetic(found):
        _say(line)


@app.command(
    cls=_Command, help=tr("Say what is installed, which model would be used, and what is missing.")
)
def doctor(config: Config = None) -> None:
    """``callqa doctor``."""
    from pipeline.cli import doctor as checks
    from pipeline.settings import find_settings, load_settings

    with _stops():
        settings = load_settings(find_settings(Path(), config))
        report_lines = checks.examine(settings)
    for line in report_lines:
        _say(
            f"{'✓' if line.good else '✗'} {line.what}" + (f"：{line.detail}" if line.detail else "")
        )
    if not all(line.good for line in report_lines):
        raise typer.Exit(WRONG_USAGE)


@rubric_app.command(
    "init",
    cls=_Command,
    help=tr("Lay out the packaged rubrics, rules and lists in DIR, to change them."),
)
def rubric_init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=tr("A new or an empty folder."))],
) -> None:
    """``callqa rubric init``."""
    from pipeline.cli.rules import lay_out

    with _stops():
        for line in lay_out(folder):
            _say(line)


@rubric_app.command(
    "list", cls=_Command, help=tr("One line a rule: id, kind, section, severity, points, title.")
)
def rubric_list(rubric: RubricName = None, rules: Rules = None, config: Config = None) -> None:
    """``callqa rubric list``."""
    from pipeline.judging import judge

    with _stops():
        settings = _settings(Path(), config, rules)
        norms = judge.the_rubric(rubric, settings)
    for rule_id, rule in norms.rules.items():
        file = rule.file
        _say(
            f"{rule_id:28} {file.kind:13} {file.section:10} {file.severity:9}"
            f"{(-file.deduct or 0):6g}  {file.title}"
        )


@rubric_app.command(
    "check",
    cls=_Command,
    help=tr(
        "Read rubrics, rules and lists strictly; the first fault is printed with file and line."
    ),
)
def rubric_check(rubric: RubricName = None, rules: Rules = None, config: Config = None) -> None:
    """``callqa rubric check``."""
    from pipeline.judging import judge
    from pipeline.resources import rule_files
    from pipeline.rubric.load import orphans

    with _stops():
        settings = _settings(Path(), config, rules)
        for name in _rubrics(rubric, settings):
            norms = judge.the_rubric(name, settings)
            judge.check(norms)
            _say(
                tr(
                    "{name}: {n} rules, no fault ({version})",
                    name=name,
                    n=len(norms.rules),
                    version=norms.version,
                )
            )
        lost = [] if rubric else orphans(rule_files(settings.rules))
    for path in lost:
        _stop(
            tr(
                "{path}: no rubric is about any document in its source, so nothing uses it",
                path=path,
            )
        )


@rubric_app.command(
    "test",
    cls=_Command,
    help=tr("Run the examples inside the rule files, in every rubric unless one is named."),
)
def rubric_test(
    rubric: RubricName = None,
    rule: Annotated[str | None, typer.Option(help=tr("Only this rule's examples."))] = None,
    rules: Rules = None,
    config: Config = None,
) -> None:
    """``callqa rubric test``."""
    from pipeline.judging import judge
    from pipeline.judging.examples import Result, run_examples

    results: list[tuple[str, Result]] = []
    with _stops():
        settings = _settings(Path(), config, rules)
        found = False
        for name in _rubrics(rubric, settings):
            norms = judge.the_rubric(name, settings)
            if rule is not None and rule not in norms.rules:
                continue
            found = True
            how = judge.Judge.of(norms, settings).how
            results += [(name, result) for result in run_examples(norms, how, rule)]
        if not found:
            _stop(tr("no rubric has a rule {rule!r}; see: callqa rubric list", rule=rule))
    wrong = [(name, result) for name, result in results if result.fault]
    for name, result in wrong:
        _say(f"✗ {name} · {result.rule_id} · {result.example}：{result.fault}")
    _say(tr("{n} examples, {wrong} of them fail.", n=len(results), wrong=len(wrong)))
    if wrong:
        raise typer.Exit(SOME_FAILED)


RubricOrPath = Annotated[
    str, typer.Argument(help=tr("A rubric's name, the path of its .yml, or a folder of rules."))
]


@rubric_app.command(
    "diff",
    cls=_Command,
    help=tr(
        "Show which calls of the past would change score, by how much and why; nothing is written."
    ),
)
def rubric_diff(
    old: RubricOrPath,
    new: RubricOrPath,
    data: Annotated[Path, typer.Option(help=tr("The results whose calls are judged again."))],
    rules: Rules = None,
    config: Config = None,
) -> None:
    """``callqa rubric diff``."""
    from pipeline.cli.rules import named, with_rules
    from pipeline.cli.terminal import differences
    from pipeline.night import compare

    with _stops():
        settings = with_rules(_remembered(data, config), rules)
        (first, its), (second, others) = named(old, settings), named(new, settings)
        _say(tr("old {rules}", rules=its))
        _say(tr("new {rules}", rules=others))
        with _bar() as bar:
            found = compare.compare(first, second, data, settings, progress=bar)
    for line in differences(found, first, second):
        _say(line)


def _rubrics(asked: str | None, settings: Settings) -> list[str]:
    """The rubric asked for, else all there are."""
    from pipeline.resources import rule_files

    return [asked] if asked else list(rule_files(settings.rules).rubrics)


def _check_rubric(rubric: str | None, settings: Settings) -> None:
    """Stop for a rubric that is wrong before anything is written."""
    from pipeline.judging import judge

    judge.check(judge.the_rubric(rubric, settings))


class _stops:  # noqa: N801  reads as a verb at its place
    """Turn a ``ConfigurationError`` into its message and exit 2, an interrupt into exit 130."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from pipeline.errors import CallqaError

        if isinstance(error, CallqaError):
            _stop(str(error))
        if isinstance(error, KeyboardInterrupt):
            typer.echo(tr("Interrupted; another run goes on from here."), err=True)
            raise typer.Exit(130) from None


def _stop(message: str) -> NoReturn:
    typer.echo(f"callqa: {message}", err=True)
    raise typer.Exit(WRONG_USAGE)


def _say(line: str) -> None:
    typer.echo(line)


def _check_ratings(out: Path) -> None:
    """Stop for a wrong line of people's scores before anything is written."""
    from pipeline.figures.ratings import RATINGS, read_ratings

    read_ratings(out / RATINGS)


def _settings(folder: Path, config: Path | None, rules: Path | None) -> Settings:
    """The settings for a folder; says whose rules they name."""
    from pipeline.settings import find_settings, load_settings

    return _telling(load_settings(find_settings(folder, config)), rules)


def _settings_of(out: Path, config: Path | None, rules: Path | None) -> Settings:
    """The settings that the last run over ``out`` used, unless others are named; says whose rules."""
    return _telling(_remembered(out, config), rules)


def _telling(settings: Settings, rules: Path | None) -> Settings:
    from pipeline.cli.rules import which_rules, with_rules

    settings = with_rules(settings, rules)
    _say(which_rules(settings))
    return settings


def _remembered(out: Path, config: Path | None) -> Settings:
    from pipeline.night.transcribe import settings_of
    from pipeline.settings import load_settings

    return load_settings(config) if config else settings_of(out)


def _bar() -> Bar:
    from pipeline.cli.terminal import Bar

    return Bar(live=sys.stderr.isatty() and os.environ.get("TERM") != "dumb")


def _report(out: Path, settings: Settings, bar: Bar, dates: Sequence[str] | None = None) -> None:
    from pipeline.report import write_reports

    write_reports(out, settings, progress=bar, dates=dates)


def _say_what_happened(heard: Night, scored: Night, out: Path) -> None:
    again = heard.found - heard.transcribed - len(heard.failures)
    line = tr("{found} files: {new} transcribed", found=heard.found, new=heard.transcribed)
    if again:
        line += tr(", {n} transcribed before", n=again)
    if heard.failures:
        line += tr(", {n} not to be used", n=len(heard.failures))
    line += tr(
        ". {scored} calls scored, {not_scored} not scored, {review} for a person to look at.",
        scored=scored.scored,
        not_scored=scored.not_scored,
        review=scored.review,
    )
    _say(line)
    _say(tr("Report: {path}", path=out / "reports" / "index.html"))
    _list_failures(heard, scored)


def _list_failures(*nights: Night) -> None:
    """Name every recording that could not be used; exit 3 where there is one."""
    failures = [f for night in nights for f in night.failures]
    for failed in failures:
        typer.echo(f"  ✗ {failed.file}：{failed.message}", err=True)
    if failures:
        raise typer.Exit(SOME_FAILED)


def main() -> None:
    """The ``callqa`` command."""
    try:
        sys.exit(app(standalone_mode=False))
    except typer.Abort:
        sys.exit(130)
    except _USAGE as error:
        if told := messages.usage(error):
            typer.echo(f"callqa: {told}", err=True)
        sys.exit(WRONG_USAGE)
