"""People's verdicts on findings: ``OUT/reviews.csv``, and the work lists that were filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.records import Review, Verdict
from pipeline.text.csvfile import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

REVIEWS, FOLDER = "reviews.csv", "reviews"
"""People's verdicts in the output folder: their own file, and the folder of the work lists."""
_COLUMNS = ("call_id", "rule_id", "verdict", "reviewer")
_MORE = ("turn", "comment")
COLUMNS = (*_COLUMNS, *_MORE)
"""The columns of a table of verdicts."""


def all_reviews(out: Path) -> list[Review]:
    """Every verdict that an output folder holds, that of the work lists first."""
    paths = (*sorted((out / FOLDER).glob("*/*.csv")), out / REVIEWS)
    return [review for path in paths for review in read_reviews(path)]


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
    if (verdict is Verdict.DONE) == bool(values["rule_id"]):
        raise wrong(tr("rule_id: expected with every verdict but {done}", done=Verdict.DONE))
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
