"""What every command does around its work: whose settings, what is said, how it stops."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from pipeline.cli.options import SOME_FAILED, STOPPED, WRONG_USAGE
from pipeline.ingest.addresses import address, copies, with_addresses
from pipeline.messages import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from pipeline.cli.terminal import ProgressBar
    from pipeline.night.how import How
    from pipeline.progress import Progress
    from pipeline.records import Night
    from pipeline.settings import Settings
    from pipeline.store.shards import Shard


def rubrics(asked: str | None, settings: Settings) -> list[str]:
    """The rubric asked for, else all there are."""
    from pipeline.resources import rule_files

    return [asked] if asked else list(rule_files(settings.rules).rubrics)


def check_rubric(rubric: str | None, settings: Settings) -> None:
    """Stop for a rubric that is wrong before anything is written."""
    from pipeline.judging import judge

    judge.check(judge.the_rubric(rubric, settings))


@contextmanager
def stops() -> Iterator[None]:
    """Turn an error into its message and exit 2, and being told to end into exit 4."""
    from pipeline.errors import CallqaError, StoppedError

    try:
        yield
    except StoppedError as error:
        _tell(str(error))
        raise typer.Exit(STOPPED) from None
    except CallqaError as error:
        stop(str(error))
    except Exception as error:
        if (full := _full(error)) is None:
            raise
        _tell(full)
        raise typer.Exit(STOPPED) from None
    except KeyboardInterrupt:
        typer.echo(tr("Interrupted; another run goes on from here."), err=True)
        raise typer.Exit(STOPPED) from None


def _full(error: Exception) -> str | None:
    """What to say of an error that says that there is no room to write; None for any other."""
    from pipeline.store import space

    if not space.is_full(error):
        return None
    return str(space.stopped_error(Path(getattr(error, "filename", None) or "OUT"), error))


def fetch(folder: Path) -> Path:
    """A folder as it lies on this machine; one on an object store is fetched."""
    url = address(folder)
    if url is None:
        return folder
    from pipeline.store.remote import Copy

    copy = Copy(url)
    say(tr("{url}: {n} files fetched", url=url, n=copy.pull()))
    return copy.folder


def readable(out: Path, rooms: str) -> Path:
    """``OUT``, or what a command reads of it, as it lies on this machine; nobody is asked to wait.

    Of one on an object store those ``rooms`` are fetched (``pipeline.store.remote.ROOMS``).
    """
    url = address(out)
    if url is None:
        return out
    from pipeline.store.remote import Copy

    copy = Copy(url, apart="seen", rooms=rooms)
    copy.pull()
    return copy.folder


def require_disk(out: Path, command: str) -> None:
    """Stop for an ``OUT`` on an object store, where a command needs one on a disk."""
    if address(out):
        stop(
            tr(
                "callqa {command} keeps a database beside OUT, which needs a disk: {out} is an object "
                "store's",
                command=command,
                out=out,
            )
        )


@contextmanager
def at_hand(out: Path, command: str, *, wait: bool, shard: Shard | None = None) -> Iterator[Path]:
    """``OUT`` as it lies on this machine, held, or a part of it, while the block writes into it.

    One on an object store is held there and fetched, and put back when the block ends, or is told to.
    """
    url = address(out)
    if url is None:
        with _holding(out, command, wait=wait, shard=shard):
            yield out
        return
    from pipeline.errors import StoppedError
    from pipeline.night.record import run_so_far
    from pipeline.store.remote import Copy
    from pipeline.store.remote_hold import hold_remote

    copy = Copy(url) if shard is None else Copy(url, apart=shard.name, rooms="part")
    told: dict[str, Any] = {"tell": _tell, "lost": _end_as_lost, "shard": shard, "wait": wait}
    with (
        hold_remote(url, command, run=lambda: run_so_far(copy.folder, shard), **told),
        _holding(copy.folder, command, wait=wait, shard=shard),
    ):
        copy.pull()
        try:
            yield copy.folder
        except StoppedError:
            copy.push()
            raise
        say(tr("{url}: {n} files put", url=url, n=copy.push()))


def _tell(line: str) -> None:
    typer.echo(with_addresses(f"callqa: {line}"), err=True)


def _end_as_lost() -> None:
    """Another run took this one for dead: end at once, since both write."""
    from pipeline import ending

    ending.ask()  # so that the signal ends it at once
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _holding(out: Path, command: str, *, wait: bool, shard: Shard | None) -> Iterator[None]:
    """Hold ``out``, or a part of it, while a command writes into it; being told to end lets go."""
    from pipeline.store.access import OWNER
    from pipeline.store.hold import hold

    if out.is_relative_to(copies()):
        OWNER.make_folder(out.parent)
    with _told_to_end(), hold(out, command, shard=shard, wait=wait, tell=_tell, lost=_end_as_lost):
        yield


_CLOSED = (signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()
"""The signal of a terminal that was closed, where there is one."""


@contextmanager
def _told_to_end() -> Iterator[None]:
    """End after the calls in hand at the first signal to end, and at once at the second.

    By default they end a process where it stands, and nothing is put in order. Such a signal is also
    that of a terminal that was closed; a run that was started so that it outlives it (nohup) does.
    """
    from pipeline import ending

    ending.forget()
    line = tr("callqa: ending after what is in hand; once more ends it at once")

    def end(*_: object) -> None:
        if ending.is_asked():
            raise KeyboardInterrupt
        ending.ask()
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"{line}\n".encode())

    closed = [s for s in _CLOSED if signal.getsignal(s) == signal.SIG_DFL]
    told = (signal.SIGTERM, signal.SIGINT, *closed)
    before = {number: signal.signal(number, end) for number in told}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def stop(message: str) -> NoReturn:
    """Say what is wrong, and exit 2."""
    _tell(message)
    raise typer.Exit(WRONG_USAGE)


def say(line: str) -> None:
    """Print a line."""
    typer.echo(with_addresses(line))


def check_digest(settings: Settings) -> None:
    """Stop before the night where its digest could not be sent."""
    if settings.operations.notify:
        from pipeline.night.notify import check

        check(settings)


def send_digest(out: Path, settings: Settings, heard: Night, scored: Night) -> None:
    """Send the night's digest, where one is asked for; that it was not sent ends no run."""
    if not settings.operations.notify:
        return
    from pipeline.night.notify import send

    if not send(out, settings, heard, scored):
        typer.echo(tr("callqa: the digest could not be sent to everybody"), err=True)


def waits(out: Path) -> list[str]:
    """What waits for people in an output folder: coaching, appeals."""
    from pipeline.night.remembered import settings_of
    from pipeline.review.verdicts import has_database
    from pipeline.store.files import Store

    if not Store(out, "UTC").recall("settings"):  # only parts of a night so far
        return []
    settings = settings_of(out)
    if not has_database(out, settings):  # without one nobody has said anything
        return []
    from pipeline.night.notify import waiting

    return waiting(out, settings)


def serving() -> ModuleType:
    """What serves the pages; stops where its packages are not installed."""
    try:
        from pipeline.serve import server
    except ImportError:
        stop(tr("callqa serve needs more packages; first: pip install 'callqa[serve]'"))
    return server


def check_date(text: str) -> None:
    """Stop for what is no date."""
    try:
        date.fromisoformat(text)
    except ValueError:
        stop(tr("{text!r} is no date; expected YYYY-MM-DD", text=text))


def check_ratings(out: Path, settings: Settings) -> None:
    """Stop for a wrong line of people's scores and verdicts before anything is written."""
    from pipeline.figures.ratings import RATINGS, read_ratings
    from pipeline.review.calibration import all_rows
    from pipeline.review.verdicts import all_reviews

    read_ratings(out / RATINGS)
    all_rows(out, settings)
    all_reviews(out, settings)


def check_masking(out: Path, settings: Settings) -> None:
    """Stop where the tables are masked otherwise than the settings have it: the pages show them."""
    from pipeline.night.rescore import masked_otherwise
    from pipeline.store.files import Store

    if masked_otherwise(Store(out, settings.timezone), settings):
        stop(
            tr(
                "what {out} publishes is not masked as the settings say; first: callqa rescore",
                out=out,
            )
        )


def settings_for(folder: Path, config: Path | None, rules: Path | None) -> Settings:
    """The settings for a folder; says whose rules they name."""
    from pipeline.settings import find_settings, load_settings

    return _with_rules_told(load_settings(find_settings(folder, config)), rules)


def settings_of_results(out: Path, config: Path | None, rules: Path | None) -> Settings:
    """The settings that the last run over ``out`` used, unless others are named; says whose rules."""
    return _with_rules_told(settings_of_last_run(out, config), rules)


def _with_rules_told(settings: Settings, rules: Path | None) -> Settings:
    from pipeline.cli.rules import which_rules, with_rules

    settings = with_rules(settings, rules)
    say(which_rules(settings))
    return settings


def settings_of_last_run(out: Path, config: Path | None) -> Settings:
    """The settings that the last run over ``out`` used, unless others are named."""
    from pipeline.night.remembered import settings_of
    from pipeline.settings import load_settings

    return load_settings(config) if config else settings_of(out)


def progress_bar(settings: Settings) -> ProgressBar:
    """Progress, as the terminal or the log file shows it; names of files are masked as published."""
    from pipeline.cli.terminal import ProgressBar
    from pipeline.privacy.files import shown_as

    live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return ProgressBar(live=live, shown=shown_as(settings), log=settings.operations.log)


def report_on(
    out: Path, settings: Settings, progress: Progress, dates: Sequence[str] | None = None
) -> None:
    """Write the pages."""
    from pipeline.night.run import write_pages

    write_pages(out, settings, progress=progress, dates=dates)


def how_run(jobs: int, engine: str, *places: Path, allow_empty: bool) -> How:
    """How a night over these places is to be run; stops where its engine cannot reach them."""
    from pipeline.night.how import How

    remote = next(filter(address, places), None)
    if engine == "ray" and remote is not None:
        stop(
            tr(
                "--engine ray needs folders that every node has mounted: {out} is an object store's",
                out=remote,
            )
        )
    return How(jobs=jobs, engine=engine, allow_empty=allow_empty)


def whole_night(
    folder: Path, out: Path, settings: Settings, *, rubric: str | None, how: How
) -> tuple[Night, Night]:
    """A night from its folder to its pages: what was heard, and how its dates came out."""
    from pipeline.night.record import record_run
    from pipeline.night.run import run_night
    from pipeline.settings import rubric_asked_for

    check_rubric(rubric, settings)
    check_ratings(out, settings)
    with progress_bar(settings) as bar, record_run(out, "score", settings, bar) as run:
        heard, scored = run_night(
            folder, out, settings, rubric=rubric_asked_for(rubric, settings), how=how, progress=run
        )
        run.came_to(heard, scored)
    return heard, scored


def part_of(shard: str | None) -> Shard | None:
    """The part that ``--shard`` names; None where it names none."""
    from pipeline.store.shards import Shard

    return None if shard is None else Shard.read(shard)


def fetch_recordings(out: Path, settings: Settings) -> None:
    """Fetch what the pages of ``OUT``'s parts are to play, where it lies on an object store."""
    from pipeline.store.files import Store

    if settings.privacy.audio != "none":
        for folder in Store(out, settings.timezone).shards.parts():
            if "://" in folder:
                fetch(Path(folder))


def run_part(
    command: str,
    folder: Path,
    out: Path,
    settings: Settings,
    *,
    rubric: str | None,
    shard: Shard,
    how: How,
    wait: bool,
) -> None:
    """Run one part of a night, and say what it came to."""
    from pipeline.night.record import record_run
    from pipeline.night.shards import PartAsked, hear_part
    from pipeline.settings import rubric_asked_for

    check_rubric(rubric, settings)
    name, named = rubric_asked_for(rubric, settings), f"{command} --shard {shard}"
    with (
        at_hand(out, named, wait=wait, shard=shard) as here,
        progress_bar(settings) as bar,
        record_run(here, named, settings, bar, shard=shard) as run,
    ):
        told = PartAsked(command=command, folder=folder, out=here, rubric=name, shard=shard)
        heard = hear_part(told, settings, how=how, progress=run)
        run.came_to(heard)
    say(
        tr(
            "part {shard}: {found} files, {new} transcribed; when all parts are done: callqa publish "
            "{out}",
            shard=shard,
            found=heard.found,
            new=heard.transcribed,
            out=out,
        )
    )
    tell_failures(settings, heard)


def say_what_happened(heard: Night, scored: Night, out: Path, settings: Settings) -> None:
    """The line that sums a night up, and where to look."""
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
    say(line)
    say(tr("Report: {path}", path=out / "reports" / "index.html"))
    tell_failures(settings, heard, scored)


def tell_failures(settings: Settings, *nights: Night) -> None:
    """Name every recording that could not be used, as it is published; exit 3 where there is one."""
    failures = [f for night in nights for f in night.failures]
    if not failures:
        return
    from pipeline.cli.terminal import log_line
    from pipeline.night.failures import failure_line
    from pipeline.privacy.files import shown_as

    shown = shown_as(settings)
    for failed in failures:
        line = shown(f"  {failure_line(failed)}")
        typer.echo(log_line(line, settings.operations.log), err=True)
    raise typer.Exit(SOME_FAILED)
