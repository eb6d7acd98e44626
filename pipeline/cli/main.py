"""The command line: the only room that prints. Nothing heavy is imported before it is needed.

What a command does is said once, in its ``help``, which is looked up in the user's language.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import messages
from pipeline.cli.calibrate import calibrate_app
from pipeline.cli.frame import (
    at_hand,
    check_date,
    check_digest,
    check_masking,
    check_ratings,
    check_rubric,
    fetch,
    fetch_recordings,
    how_run,
    part_of,
    progress_bar,
    readable,
    report_on,
    require_disk,
    run_part,
    say,
    say_what_happened,
    send_digest,
    serving,
    settings_for,
    settings_of_last_run,
    settings_of_results,
    stop,
    stops,
    tell_failures,
    waits,
    whole_night,
)
from pipeline.cli.options import (
    DEFAULT_OUT,
    USAGE,
    WRONG_USAGE,
    AllowEmpty,
    Before,
    Command,
    Config,
    Dates,
    Engine,
    Folder,
    Group,
    Jobs,
    Keep,
    MaybeFolder,
    NoReport,
    Out,
    OutFolder,
    RubricName,
    Rules,
    Scorers,
    ShardOf,
    Wait,
)
from pipeline.cli.reviews import reviews_app
from pipeline.cli.rubric import rubric_app
from pipeline.cli.users import user_app
from pipeline.ingest.addresses import address, forget_others
from pipeline.messages import tr

app = typer.Typer(
    name="callqa",
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(rubric_app, name="rubric")
app.add_typer(calibrate_app, name="calibrate")
app.add_typer(reviews_app, name="reviews")
app.add_typer(user_app, name="user")


def _version(asked: bool) -> None:
    if asked:
        from pipeline import __version__

        say(f"callqa {__version__}")
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
    cls=Command,
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
    shard: ShardOf = None,
    allow_empty: AllowEmpty = False,
    wait: Wait = False,
) -> None:
    """``callqa score``."""
    from pipeline.night.unchanged import Inputs, repeat_last_run, settle

    with stops():
        part = part_of(shard)
        how = how_run(jobs, engine, folder, out, allow_empty=allow_empty)
        folder = fetch(folder)
        settings = settings_for(folder, config, rules)
        if part is not None:
            run_part("score", folder, out, settings, rubric=rubric, shard=part, how=how, wait=wait)
            return
        check_digest(settings)
        with at_hand(out, "score", wait=wait) as here:
            inputs = Inputs.of(folder, here, settings, rubric)
            nights = repeat_last_run(inputs, settings)
            if nights is None:
                nights = whole_night(folder, here, settings, rubric=rubric, how=how)
                settle(inputs, settings, *nights)
    heard, scored = nights
    send_digest(here, settings, heard, scored)
    say_what_happened(heard, scored, here, settings)


@app.command(cls=Command, help=tr("Transcribe what is new in DIR and keep it; score nothing."))
def transcribe(
    folder: Folder,
    out: Out = DEFAULT_OUT,
    rules: Rules = None,
    config: Config = None,
    jobs: Jobs = 1,
    engine: Engine = "local",
    shard: ShardOf = None,
    allow_empty: AllowEmpty = False,
    wait: Wait = False,
) -> None:
    """``callqa transcribe``."""
    from pipeline.night.record import record_run
    from pipeline.night.transcribe import find, hear
    from pipeline.settings import rubric_asked_for

    with stops():
        part = part_of(shard)
        how = how_run(jobs, engine, folder, out, allow_empty=allow_empty)
        folder = fetch(folder)
        settings = settings_for(folder, config, rules)
        if part is not None:
            run_part(
                "transcribe", folder, out, settings, rubric=None, shard=part, how=how, wait=wait
            )
            return
        check_rubric(None, settings)
        name = rubric_asked_for(None, settings)
        with (
            at_hand(out, "transcribe", wait=wait) as here,
            progress_bar(settings) as bar,
            record_run(here, "transcribe", settings, bar) as run,
        ):
            plan = find(folder, here, settings, rubric=name, how=how, progress=run)
            heard = hear(plan, here, how=how, progress=run)
            run.came_to(heard)
    say(tr("{found} files: {new} transcribed", found=heard.found, new=heard.transcribed))
    tell_failures(settings, heard)


@app.command(
    cls=Command,
    help=tr(
        "Fold the parts of nights that were run with --shard together: the ledger, the tables and the "
        "pages, as if they had been one run."
    ),
)
def publish(
    out: OutFolder, jobs: Scorers = 0, no_report: NoReport = False, wait: Wait = False
) -> None:
    """``callqa publish``."""
    from pipeline.night.record import record_run
    from pipeline.night.shards import publish as fold
    from pipeline.night.shards import settings_of_parts

    with stops(), at_hand(out, "publish", wait=wait) as here:
        settings = settings_of_parts(here)
        if settings is None:
            say(tr("{out} holds no parts of a night to publish", out=out))
            return
        check_ratings(here, settings)
        fetch_recordings(here, settings)
        with progress_bar(settings) as bar, record_run(here, "publish", settings, bar) as run:
            done = fold(here, progress=run, jobs=jobs, pages=not no_report)
            run.came_to(done.heard, done.scored)
    say(tr("{n} parts folded together", n=done.parts))
    say_what_happened(done.heard, done.scored, here, settings)


@app.command(
    cls=Command,
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
    date: Dates = None,
    jobs: Scorers = 0,
    no_report: NoReport = False,
    wait: Wait = False,
) -> None:
    """``callqa rescore``."""
    from pipeline.night.record import record_run
    from pipeline.night.remembered import remember_settings
    from pipeline.night.rescore import score_kept
    from pipeline.settings import rubric_asked_for

    with stops(), at_hand(out, "rescore", wait=wait) as here:
        settings = settings_of_results(here, config, rules)
        check_rubric(rubric, settings)
        check_ratings(here, settings)
        if rules or config:
            remember_settings(here, settings)
        wanted = rubric_asked_for(rubric, settings) if rubric else None
        with progress_bar(settings) as bar, record_run(here, "rescore", settings, bar) as run:
            scored = score_kept(here, settings, rubric=wanted, dates=date, progress=run, jobs=jobs)
            if not no_report:
                report_on(here, settings, run, scored.dates if date else None)
            run.came_to(scored)
    say(
        tr(
            "Scored again: {scored} calls, {not_scored} not scored.",
            scored=scored.scored,
            not_scored=scored.not_scored,
        )
    )
    tell_failures(settings, scored)


@app.command(cls=Command, help=tr("Write the pages again from the tables."))
def report(out: Out = DEFAULT_OUT, config: Config = None, wait: Wait = False) -> None:
    """``callqa report``.

    It holds OUT too: pages that are made while the tables change are neither the old nor the new ones,
    and two reports at once take each other's half-written pages away as strangers.
    """
    with stops(), at_hand(out, "report", wait=wait) as here:
        settings = settings_of_last_run(here, config)
        check_masking(here, settings)
        say(tr("rules: those kept in {folder} when the calls were scored", folder=here / "rubrics"))
        with progress_bar(settings) as bar:
            report_on(here, settings, bar)
    say(tr("Report: {path}", path=here / "reports" / "index.html"))


@app.command(
    cls=Command,
    help=tr("Print a scored call's arithmetic: every rule, what it found and what it cost."),
)
def explain(
    call_id: Annotated[str, typer.Argument(metavar="CALL_ID", help=tr("The call's id."))],
    out: Out = DEFAULT_OUT,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain", help=tr("Mask nothing: judge the call again from the words that are kept.")
        ),
    ] = False,
) -> None:
    """``callqa explain``."""
    from pipeline.cli.rules import rules_kept
    from pipeline.cli.terminal import arithmetic
    from pipeline.night.explain import explain, unmask
    from pipeline.store.files import Store

    with stops():
        here = readable(out, "words" if plain else "scores")
        settings = settings_of_last_run(here, None)
        store = Store(here, settings.timezone)
        found = explain(store, call_id, settings)
        if found is None:
            stop(tr("{out} has no scored call {call_id}", out=out, call_id=call_id))
        if plain:
            found = unmask(store, found, settings)
    say(rules_kept(store, found.norms))
    for line in arithmetic(found):
        say(line)


@app.command(
    cls=Command,
    help=tr("Draw a week's calls for people to look at, and write a work list for each inspector."),
)
def sample(
    out: Out = DEFAULT_OUT,
    week: Annotated[
        str | None,
        typer.Option(metavar="2026-W47", help=tr("The week; default: the latest with calls.")),
    ] = None,
    config: Config = None,
    wait: Wait = False,
) -> None:
    """``callqa sample``."""
    from pipeline.figures.record import record
    from pipeline.review.verdicts import tell_of_work
    from pipeline.review.worklists import sample as drawn
    from pipeline.store.files import Store
    from pipeline.store.queries import Query

    with stops(), at_hand(out, "sample", wait=wait) as here:
        settings = settings_of_last_run(here, config)
        store = Store.of(here, settings)
        skip = settings.sampling.skip_proven
        known = record(Query(store).reviews(), Query(store).calls_drawn()) if skip else ()
        proven = [one.rule_id for one in known if one.proven]
        found = drawn(store, settings, week, proven)
        tell_of_work(here, settings, list(found.lists))
    say(
        tr(
            "{week}: {drawn} of {calls} scored calls are to be looked at, {by_chance} of them drawn by "
            "chance.",
            week=found.week,
            drawn=found.drawn,
            calls=found.calls,
            by_chance=found.by_chance,
        )
    )
    for path in found.lists.values():
        say(tr("work list: {path}", path=path))
    for path in found.stood:
        say(tr("{path} was there already and stays as it is", path=path))


@app.command(
    cls=Command,
    help=tr(
        "Check an output folder: every manifest, every sum, every kept transcript; what is wrong, and "
        "what would mend it."
    ),
)
def verify(out: OutFolder) -> None:
    """``callqa verify``."""
    from pipeline.night.verify import complaints
    from pipeline.store.files import Store

    with stops():
        here = readable(out, "words")
        wrong = list(complaints(Store(here, settings_of_last_run(here, None).timezone)))
    for line in wrong:
        say(f"✗ {line}")
    if wrong:
        raise typer.Exit(1)
    say(tr("{out} is whole", out=out))


@app.command(
    cls=Command,
    help=tr(
        "Remove what is kept and published of the dates before one: words, tables, pages, playable "
        "recordings; say what went."
    ),
)
def purge(out: OutFolder, before: Before, keep: Keep = None, wait: Wait = False) -> None:
    """``callqa purge``."""
    from pipeline.night import purge as purging

    with stops():
        check_date(before)
        if keep not in {None, "scores"}:
            stop(tr("--keep {keep}: expected scores", keep=keep))
        scores = keep is not None
        with at_hand(out, "purge", wait=wait) as here:
            settings = settings_of_last_run(here, None)
            check_ratings(here, settings)
            with progress_bar(settings) as bar:
                done = purging.purge(here, settings, before=before, scores=scores, progress=bar)
            if url := address(out):
                forget_others(url)
    for line in purging.lines(done, scores=scores):
        say(line)


@app.command(
    cls=Command,
    help=tr("Say how far the run over OUT is and when it will be done, or how the last one ended."),
)
def status(out: OutFolder) -> None:
    """``callqa status``."""
    from pipeline.cli.standing import describe
    from pipeline.store import status as runs

    with stops():
        here = readable(out, "standing")
        found = runs.status(here, address(out))
        if found is None:
            stop(tr("{out} holds no results; first run: callqa score DIR --out {out}", out=out))
        waiting = waits(here)
    for line in (*describe(found, out), *waiting):
        say(line)


@app.command(
    cls=Command,
    help=tr(
        "Serve the pages with search over all nights, reviews and appeals; without accounts only to "
        "this machine, and only to read."
    ),
)
def serve(
    out: OutFolder,
    host: Annotated[str, typer.Option(help=tr("The address to answer on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help=tr("Its port."))] = 8765,
    config: Config = None,
) -> None:
    """``callqa serve``."""
    with stops():
        require_disk(out, "serve")
        settings = settings_of_last_run(out, config)
        check_masking(out, settings)
        check_ratings(out, settings)
        server = serving()
        desk = server.made_ready(out, settings, host)
        say(tr("callqa at http://{host}:{port}/", host=host, port=port))
        if desk.database is None:
            say(tr("nobody has an account: read only; to review: callqa user add"))
        server.run(desk, host, port)


@app.command(
    cls=Command,
    help=tr(
        "Say what is installed, which model would be used, and what is missing; whether a night over "
        "DIR into OUT can begin: disk, memory, lock, clock."
    ),
)
def doctor(
    folder: MaybeFolder = None, out: Out = DEFAULT_OUT, config: Config = None, wait: Wait = False
) -> None:
    """``callqa doctor``."""
    from pipeline.cli import doctor as checks
    from pipeline.cli import machine
    from pipeline.settings import find_settings, load_settings

    with stops():
        settings = load_settings(find_settings(folder or Path(), config))
        report_lines = [
            *checks.examine(settings),
            *machine.examine(settings, folder, out, wait=wait),
        ]
    for line in report_lines:
        what = f"{'✓' if line.good else '✗'} {line.what}"
        say(tr("{what}: {why}", what=what, why=line.detail) if line.detail else what)
    if not all(line.good for line in report_lines):
        raise typer.Exit(WRONG_USAGE)


def main() -> None:
    """The ``callqa`` command."""
    try:
        sys.exit(app(standalone_mode=False))
    except typer.Abort:
        sys.exit(130)
    except USAGE as error:
        if told := messages.usage(error):
            typer.echo(f"callqa: {told}", err=True)
        sys.exit(WRONG_USAGE)
