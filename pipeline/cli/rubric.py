"""``callqa rubric``: rules laid out, read, tried and compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.frame import (
    progress_bar,
    readable,
    rubrics,
    say,
    settings_for,
    settings_of_last_run,
    stop,
    stops,
)
from pipeline.cli.options import (
    DEFAULT_OUT,
    SOME_FAILED,
    Command,
    Config,
    Group,
    Out,
    RubricName,
    Rules,
)
from pipeline.messages import tr

if TYPE_CHECKING:
    from pipeline.rubric.schema import RuleFile

if TYPE_CHECKING:
    from pipeline.night.judged import Judged
    from pipeline.settings import Settings

rubric_app = typer.Typer(
    cls=Group, help=tr("Look at rubrics and try their rules."), no_args_is_help=True
)


@rubric_app.command(
    "init",
    cls=Command,
    help=tr("Lay out the packaged rubrics, rules and lists in DIR, to change them."),
)
def rubric_init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=tr("A new or an empty folder."))],
) -> None:
    """``callqa rubric init``."""
    from pipeline.cli.rules import lay_out

    with stops():
        for line in lay_out(folder):
            say(line)


@rubric_app.command(
    "list", cls=Command, help=tr("One line a rule: id, kind, section, severity, points, title.")
)
def rubric_list(rubric: RubricName = None, rules: Rules = None, config: Config = None) -> None:
    """``callqa rubric list``."""
    from pipeline.judging import judge

    with stops():
        settings = settings_for(Path(), config, rules)
        norms = judge.the_rubric(rubric, settings)
    say(
        tr(
            "{rubric}, {count} rules; another one: --rubric",
            rubric=norms.name,
            count=len(norms.rules),
        )
    )
    for rule_id, rule in norms.rules.items():
        file = rule.file
        say(
            f"{rule_id:28} {file.kind:13} {file.section:10} {_gravity(file):9}"
            f"{(-file.deduct or 0):6g}  {file.title}"
        )


def _gravity(file: RuleFile) -> str:
    """How grave a rule's violations are; a tag is none."""
    return file.outcome if file.tags else file.severity


@rubric_app.command(
    "check",
    cls=Command,
    help=tr(
        "Read rubrics, rules and lists strictly; the first fault is printed with file and line."
    ),
)
def rubric_check(rubric: RubricName = None, rules: Rules = None, config: Config = None) -> None:
    """``callqa rubric check``."""
    from pipeline.judging import judge
    from pipeline.resources import rule_files
    from pipeline.rulebook import orphans

    with stops():
        settings = settings_for(Path(), config, rules)
        for name in rubrics(rubric, settings):
            norms = judge.the_rubric(name, settings)
            judge.check(norms)
            say(
                tr(
                    "{name}: {n} rules, no fault ({version})",
                    name=name,
                    n=len(norms.rules),
                    version=norms.version,
                )
            )
        lost = [] if rubric else orphans(rule_files(settings.rules))
    for path in lost:
        stop(
            tr(
                "{path}: no rubric is about any document in its source, so nothing uses it",
                path=path,
            )
        )


@rubric_app.command(
    "test",
    cls=Command,
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
    from pipeline.judging.examples import ExampleResult, run_examples

    results: list[tuple[str, ExampleResult]] = []
    with stops():
        settings = settings_for(Path(), config, rules)
        found = False
        for name in rubrics(rubric, settings):
            norms = judge.the_rubric(name, settings)
            if rule is not None and rule not in norms.rules:
                continue
            found = True
            how = judge.Judge.of(norms, settings).how
            results += [(name, result) for result in run_examples(norms, how, rule)]
        if not found:
            stop(tr("no rubric has a rule {rule!r}; see: callqa rubric list", rule=rule))
    wrong = [(name, result) for name, result in results if result.fault]
    for name, result in wrong:
        what = f"✗ {name} · {result.rule_id} · {result.example}"
        say(tr("{what}: {why}", what=what, why=result.fault))
    say(tr("{n} examples, {wrong} of them fail.", n=len(results), wrong=len(wrong)))
    if wrong:
        raise typer.Exit(SOME_FAILED)


RubricOrPath = Annotated[
    str, typer.Argument(help=tr("A rubric's name, the path of its .yml, or a folder of rules."))
]


@rubric_app.command(
    "diff",
    cls=Command,
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
    from pipeline.cli.rules import named_rubric, with_rules
    from pipeline.cli.terminal import differences
    from pipeline.night import compare

    with stops():
        here = readable(data, "words")
        settings = with_rules(settings_of_last_run(here, config), rules)
        (first, its), (second, others) = named_rubric(old, settings), named_rubric(new, settings)
        say(tr("old {rules}", rules=its))
        say(tr("new {rules}", rules=others))
        with progress_bar(settings) as bar:
            found = compare.compare(first, second, here, settings, progress=bar)
    for line in differences(found, first, second):
        say(line)


@rubric_app.command(
    "suggest",
    cls=Command,
    help=tr(
        "What people's verdicts say of each rule: how right it is, what it misses, and what to change. "
        "From 200 verdicts on it proposes changes and shows what they would do to the calls of the past."
    ),
)
def rubric_suggest(
    out: Out = DEFAULT_OUT,
    write: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help=tr("A new folder for a copy of the rules with the changes in it.")
        ),
    ] = None,
    config: Config = None,
) -> None:
    """``callqa rubric suggest``."""
    from pipeline.cli.terminal import suggestions
    from pipeline.figures.record import REVIEWS, record
    from pipeline.night.judged import people_said
    from pipeline.store.files import Store
    from pipeline.store.queries import Query

    with stops():
        here = readable(out, "words")
        settings = settings_of_last_run(here, config)
        store = Store(here, settings.timezone)
        reviews, samples = Query(store).reviews(), Query(store).calls_drawn()
        known = people_said(store)
    if not reviews:
        stop(
            tr(
                "{out} holds no verdicts; draw calls with callqa sample, fill in the work lists, then: "
                "callqa rescore --out {out}",
                out=out,
            )
        )
    for line in suggestions(record(reviews, samples)):
        say(line)
    if (missing := REVIEWS - known.count) > 0:
        say(tr("{n} more verdicts on findings, and changes of the rules are proposed", n=missing))
        return
    _propose(here, write, settings, known)


def _propose(out: Path, write: Path | None, settings: Settings, known: Judged) -> None:
    """Say what to change, and what that would do; write it where a folder is named."""
    import tempfile

    from pipeline.cli.rules import copy_rules, with_rules
    from pipeline.cli.terminal import changes, differences, effect_lines
    from pipeline.judging.judge import the_rubric
    from pipeline.night import compare, mend, suggest

    with stops(), tempfile.TemporaryDirectory() as scratch:
        old = the_rubric(None, settings)
        found = suggest.proposals(known, old.rules)
        folder = copy_rules(write or Path(scratch) / "rules", settings)
        applied = mend.apply(folder, found, settings)
        for line in changes(applied):
            say(line)
        if not applied.written:
            return
        new = the_rubric(Path(settings.rubric).stem, with_rules(settings, folder))
        with progress_bar(settings) as bar:
            differ = compare.compare(old, new, out, settings, progress=bar)
        for line in (*differences(differ, old, new), *effect_lines(mend.effects(known, differ))):
            say(line)
    if write is None:
        say(tr("nothing was written; to keep the changes: --write DIR"))
    else:
        say(tr("the rules with these changes: {folder}", folder=write))
