"""The command line: the only module that prints. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.cli.terminal import Bar
    from pipeline.records import Night
    from pipeline.rubric.load import Rubric
    from pipeline.settings import Settings

WRONG_USAGE, SOME_FAILED = 2, 3

app = typer.Typer(
    name="callqa",
    help="Score Chinese call recordings against service norms, offline, with evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
rubric_app = typer.Typer(help="Look at rubrics and try their rules.", no_args_is_help=True)
app.add_typer(rubric_app, name="rubric")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of recordings.")]
Out = Annotated[Path, typer.Option(help="Where the results go.")]
RubricName = Annotated[
    str | None,
    typer.Option("--rubric", help="The rubric; default: callqa.toml's, then gas-hotline."),
]
Config = Annotated[
    Path | None, typer.Option("--config", help="Settings; default: callqa.toml in DIR or here.")
]
Jobs = Annotated[int, typer.Option(min=1, help="Processes that transcribe side by side.")]
Engine = Annotated[str, typer.Option(help="What runs the jobs.")]

DEFAULT_OUT = Path("out")


@app.command()
def score(
    folder: Folder,
    out: Out = DEFAULT_OUT,
    rubric: RubricName = None,
    config: Config = None,
    jobs: Jobs = 1,
    engine: Engine = "local",
) -> None:
    """Transcribe what is new in DIR, score it, and write the tables and the pages."""
    from pipeline.judging import judge
    from pipeline.night.rescore import score_kept
    from pipeline.night.transcribe import transcribe

    with _stops():
        settings = _settings(folder, config)
        name = judge.the_rubric(rubric, settings).name
        _check_ratings(out)
        with _bar() as bar:
            heard = transcribe(
                folder, out, settings, rubric=name, jobs=jobs, engine=engine, progress=bar
            )
            scored = score_kept(out, settings, progress=bar, dates=heard.dates)
            _report(out, settings, bar, scored.dates)
    _say_what_happened(heard, scored, out)


@app.command()
def transcribe(
    folder: Folder,
    out: Out = DEFAULT_OUT,
    config: Config = None,
    jobs: Jobs = 1,
    engine: Engine = "local",
) -> None:
    """Transcribe what is new in DIR and keep it; score nothing."""
    from pipeline.judging import judge
    from pipeline.night.transcribe import transcribe as hear_folder

    with _stops():
        settings = _settings(folder, config)
        name = judge.the_rubric(None, settings).name
        with _bar() as bar:
            heard = hear_folder(
                folder, out, settings, rubric=name, jobs=jobs, engine=engine, progress=bar
            )
    _say(f"{heard.found} 个文件，新转写 {heard.transcribed} 个。")
    _list_failures(heard)


@app.command()
def rescore(out: Out = DEFAULT_OUT, rubric: RubricName = None, config: Config = None) -> None:
    """Score again what has been transcribed, without the speech model, and write the pages."""
    from pipeline.night.rescore import score_kept

    with _stops():
        settings = _settings_of(out, config)
        _check_ratings(out)
        with _bar() as bar:
            scored = score_kept(out, settings, rubric=rubric, progress=bar)
            _report(out, settings, bar)
    _say(f"重新评分：{scored.scored} 通已评分，{scored.not_scored} 通不评分。")
    _list_failures(scored)


@app.command()
def report(out: Out = DEFAULT_OUT, config: Config = None) -> None:
    """Write the pages again from the tables."""
    with _stops(), _bar() as bar:
        _report(out, _settings_of(out, config), bar)
    _say(f"报告：{out / 'reports' / 'index.html'}")


@app.command()
def explain(
    call_id: Annotated[str, typer.Argument(metavar="CALL_ID", help="The call's id.")],
    out: Out = DEFAULT_OUT,
    rubric: RubricName = None,
    config: Config = None,
) -> None:
    """Print a call's arithmetic: every rule, what it found and what it cost."""
    from pipeline.cli.terminal import arithmetic
    from pipeline.night.rescore import find_call

    with _stops():
        settings = _settings_of(out, config)
        found = find_call(out, call_id, settings, rubric)
    if found is None:
        _stop(f"在 {out} 里没有通话 {call_id}")
    for line in arithmetic(found):
        _say(line)


@app.command()
def doctor(config: Config = None) -> None:
    """Say what is installed, which model would be used, and what is missing."""
    from pipeline.cli import doctor as checks

    with _stops():
        settings = _settings(Path(), config)
        report_lines = checks.examine(settings)
    for line in report_lines:
        _say(f"{'✓' if line.good else '✗'} {line.what}：{line.detail}")
    if not all(line.good for line in report_lines):
        raise typer.Exit(WRONG_USAGE)


@rubric_app.command("list")
def rubric_list(rubric: RubricName = None) -> None:
    """One line a rule: id, kind, section, severity, points, title."""
    from pipeline.judging import judge

    with _stops():
        norms = judge.the_rubric(rubric, _settings(Path(), None))
    for rule_id, rule in norms.rules.items():
        file = rule.file
        _say(
            f"{rule_id:28} {file.kind:13} {file.section:10} {file.severity:9}"
            f"{(-file.deduct or 0):6g}  {file.title}"
        )


@rubric_app.command("check")
def rubric_check(rubric: RubricName = None) -> None:
    """Read rubrics, rules and lexicons strictly; the first fault is printed with file and line."""
    from pipeline.judging import judge
    from pipeline.resources import RUBRICS
    from pipeline.rubric.load import orphans

    with _stops():
        settings = _settings(Path(), None)
        for name in _rubrics(rubric):
            norms = judge.the_rubric(name, settings)
            judge.Judge.of(norms, settings)
            _say(f"{name}：{len(norms.rules)} 条规则，没有错误（{norms.version}）")
        lost = [] if rubric else orphans(RUBRICS)
    for path in lost:
        _stop(f"{path}: no rubric is about any document in its source, so nothing uses it")


@rubric_app.command("test")
def rubric_test(
    rubric: RubricName = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule's examples.")] = None,
) -> None:
    """Run the examples inside the rule files, in every rubric unless one is named."""
    from pipeline.judging import judge
    from pipeline.judging.examples import Result, run_examples

    results: list[tuple[str, Result]] = []
    with _stops():
        settings = _settings(Path(), None)
        found = False
        for name in _rubrics(rubric):
            norms = judge.the_rubric(name, settings)
            found = found or rule in {None, *norms.rules}
            how = judge.Judge.of(norms, settings).how
            results += [(name, result) for result in run_examples(norms, how, rule)]
        if not found:
            _stop(f"no rubric has a rule {rule!r}; see: callqa rubric list")
    wrong = [(name, result) for name, result in results if result.fault]
    for name, result in wrong:
        _say(f"✗ {name} · {result.rule_id} · {result.example}：{result.fault}")
    _say(f"{len(results)} 个例子，{len(wrong)} 个不符。")
    if wrong:
        raise typer.Exit(SOME_FAILED)


RubricOrPath = Annotated[str, typer.Argument(help="A rubric's name, or the path of its .yml.")]


@rubric_app.command("diff")
def rubric_diff(
    old: RubricOrPath,
    new: RubricOrPath,
    data: Annotated[Path, typer.Option(help="The results whose calls are judged again.")],
    config: Config = None,
) -> None:
    """Show which calls of the past would change score, by how much and why; nothing is written."""
    from pipeline.cli.terminal import differences
    from pipeline.judging import judge
    from pipeline.night import compare

    with _stops():
        settings = _settings_of(data, config)
        rubrics = judge.the_rubric(old, settings), judge.the_rubric(new, settings)
        with _bar() as bar:
            found = compare.compare(*rubrics, data, settings, progress=bar)
    for line in differences(found, *rubrics):
        _say(line)


def _rubrics(asked: str | None) -> list[str]:
    """The rubric asked for, else all there are."""
    from pipeline.resources import RUBRICS
    from pipeline.rubric.load import rubric_names

    return [asked] if asked else rubric_names(RUBRICS)


class _stops:  # noqa: N801  reads as a verb at its place
    """Turn a ``ConfigurationError`` into its message and exit 2, an interrupt into exit 130."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from pipeline.errors import CallqaError

        if isinstance(error, CallqaError):
            _stop(str(error))
        if isinstance(error, KeyboardInterrupt):
            typer.echo("已中断；再运行一次会接着做。", err=True)
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


def _settings(folder: Path, config: Path | None) -> Settings:
    from pipeline.settings import find_settings, load_settings

    return load_settings(find_settings(folder, config))


def _settings_of(out: Path, config: Path | None) -> Settings:
    """The settings that the last run over ``out`` used, unless others are named."""
    from pipeline.night.transcribe import settings_of

    return _settings(Path(), config) if config else settings_of(out)


def _bar() -> Bar:
    from pipeline.cli.terminal import Bar

    return Bar(live=sys.stderr.isatty() and os.environ.get("TERM") != "dumb")


def _report(out: Path, settings: Settings, bar: Bar, dates: Sequence[str] | None = None) -> None:
    from pipeline.judging import judge
    from pipeline.report import write_reports

    def rubric(name: str) -> Rubric:
        return judge.the_rubric(name, settings)

    write_reports(out, settings, rubrics=rubric, progress=bar, dates=dates)


def _say_what_happened(heard: Night, scored: Night, out: Path) -> None:
    again = heard.found - heard.transcribed - len(heard.failures)
    _say(
        f"{heard.found} 个文件：新转写 {heard.transcribed} 个"
        + (f"，以前转写过 {again} 个" if again else "")
        + (f"，不能用 {len(heard.failures)} 个" if heard.failures else "")
        + f"。{scored.scored} 通已评分，{scored.not_scored} 通不评分，{scored.review} 通需人工复核。"
    )
    _say(f"报告：{out / 'reports' / 'index.html'}")
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
    app()
