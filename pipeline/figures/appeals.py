"""How many contested findings were overturned, by rule and by who had confirmed them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.shares import Share, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipeline.store.schema import AppealRow


@dataclass(frozen=True, kw_only=True)
class Overturned:
    """The appeals against one rule, or against what one person confirmed; ``open`` wait for a decision.

    ``share`` is of those that were decided; None where none was. ``name`` is empty for the machine.
    """

    name: str
    appeals: int
    open: int
    share: Share | None


def by_rule(rows: Iterable[AppealRow]) -> list[Overturned]:
    """By rule, the most contested first."""
    return _by(rows, lambda row: row.rule_id)


def by_reviewer(rows: Iterable[AppealRow]) -> list[Overturned]:
    """By who had confirmed the finding, the most contested first."""
    return _by(rows, lambda row: row.reviewer)


def _by(rows: Iterable[AppealRow], name: Callable[[AppealRow], str]) -> list[Overturned]:
    grouped: dict[str, list[AppealRow]] = defaultdict(list)
    for row in rows:
        grouped[name(row)].append(row)
    found = [_overturn_share(key, own) for key, own in grouped.items()]
    return sorted(found, key=lambda one: (-one.appeals, one.name))


def _overturn_share(name: str, own: Sequence[AppealRow]) -> Overturned:
    states = [row.state for row in own]
    granted, refused = states.count("granted"), states.count("refused")
    return Overturned(
        name=name,
        appeals=len(own),
        open=states.count("open"),
        share=share(granted, granted + refused),
    )
