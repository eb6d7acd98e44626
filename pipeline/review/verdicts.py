"""People's verdicts on findings: filled-in work lists, the database, ``OUT/reviews.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.judging.reviewed import WHOLE
from pipeline.messages import tr
from pipeline.records import Review, Verdict
from pipeline.text.csvfile import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pipeline.settings import Settings
    from pipeline.store.schema import AcknowledgementRow, AnswerRow, AppealRow

DATABASE = "review.db"
"""Where accounts and verdicts are kept in the output folder, unless the settings name a server."""
REVIEWS, FOLDER = "reviews.csv", "reviews"
"""People's verdicts in the output folder: their own file, and the folder of the work lists."""
_COLUMNS = ("call_id", "rule_id", "verdict", "reviewer")
_MORE = ("turn", "comment")
COLUMNS = (*_COLUMNS, *_MORE)
"""The columns of a table of verdicts."""


def has_database(out: Path, settings: Settings) -> bool:
    """Whether anybody may have said anything in the web application: without accounts nobody has."""
    return bool(settings.serve.database) or (out / DATABASE).is_file()


def all_reviews(out: Path, settings: Settings) -> list[Review]:
    """Every verdict on calls of an output folder, in the order in which they count.

    Those of the work lists come first, then those of the web application; what stands in
    ``reviews.csv`` counts last.
    """
    lists = [one for path in work_lists(out) for one in read_reviews(path)]
    return [*lists, *_in_database(out, settings), *read_reviews(out / REVIEWS)]


def work_lists(out: Path) -> list[Path]:
    """The files of the work lists."""
    return sorted((out / FOLDER).glob("*/*.csv"))


def stamp(out: Path, settings: Settings) -> str:
    """What tells whether anything was said in the web application since it was last asked for."""
    if not has_database(out, settings):
        return ""
    from pipeline.review.said import last_number

    return f"said {last_number(out, settings)}"


def stamp_beside(out: Path, settings: Settings) -> str:
    """Likewise of what changes no score: ratings, what agents acknowledged, answers to questions."""
    if not has_database(out, settings):
        return ""
    from pipeline.review.rated import last_numbers

    return f"beside {last_numbers(out, settings)}"


def _in_database(out: Path, settings: Settings) -> list[Review]:
    if not has_database(out, settings):
        return []
    from pipeline.review.said import everything

    return [one.review for one in everything(out, settings)]


def appeals_by_date(out: Path, settings: Settings) -> Mapping[str, list[AppealRow]]:
    """By date of the call: what was contested in the web application, as it is published."""
    if not has_database(out, settings):
        return {}
    from pipeline.review.appeals import rows_by_date

    return rows_by_date(out, settings)


def acknowledged_by_date(out: Path, settings: Settings) -> Mapping[str, list[AcknowledgementRow]]:
    """By date of the call: what agents acknowledged in the web application, as it is published."""
    if not has_database(out, settings):
        return {}
    from pipeline.review.acknowledged import rows_by_date

    return rows_by_date(out, settings)


def answers_by_date(out: Path, settings: Settings) -> Mapping[str, list[AnswerRow]]:
    """By date of the call: what inspectors answered to the house's own questions, as published."""
    if not has_database(out, settings):
        return {}
    from pipeline.review.answered import rows_by_date

    return rows_by_date(out, settings)


def tell_of_work(out: Path, settings: Settings, inspectors: Sequence[str]) -> None:
    """Tell inspectors of new work lists, where anybody is told of anything and they have accounts."""
    if inspectors and settings.mail.sends and has_database(out, settings):
        from pipeline.review.told import of_work

        of_work(out, settings, inspectors)


def read_reviews(path: Path) -> list[Review]:
    """People's verdicts in the order in which they stand; [] without the file.

    A line without a verdict says nothing yet. Any other is ``call_id,rule_id,verdict,reviewer`` and, if
    there are such columns, ``turn`` and ``comment``; ``done`` names no rule. Raises
    ``ConfigurationError`` with file and line for a missing column, a line that is not complete, and an
    unknown verdict.
    """
    return [
        _review(values, path, line)
        for line, values in lines(path, _COLUMNS, _MORE)
        if values["verdict"]
    ]


def _review(values: Mapping[str, str], path: Path, line: int) -> Review:
    def wrong(fault: str) -> ConfigurationError:
        return ConfigurationError(fault, path=path, line=line)

    for name in ("call_id", "reviewer"):
        if not values[name]:
            raise wrong(tr("no {column}", column=name))
    if values["verdict"] not in set(Verdict):
        known = ", ".join(Verdict)
        fault = tr("verdict: {verdict!r} is none; expected one of {known}", **values, known=known)
        raise wrong(fault)
    verdict = Verdict(values["verdict"])
    if (verdict in WHOLE) == bool(values["rule_id"]):
        raise wrong(
            tr("rule_id: expected with every verdict but {whole}", whole=", ".join(sorted(WHOLE)))
        )
    turn = values["turn"]
    if turn and not turn.isdecimal():
        raise wrong(tr("turn: {turn!r} is none; expected a number, counted from 0", turn=turn))
    return Review(
        call_id=values["call_id"].removeprefix("'"),
        reviewer=values["reviewer"],
        verdict=verdict,
        rule_id=values["rule_id"],
        turn=int(turn) if turn else None,
        comment=values["comment"],
    )


def by_call(reviews: Iterable[Review]) -> dict[str, tuple[Review, ...]]:
    """The verdicts on each call."""
    found: dict[str, list[Review]] = {}
    for one in reviews:
        found.setdefault(one.call_id, []).append(one)
    return {call_id: tuple(own) for call_id, own in found.items()}
