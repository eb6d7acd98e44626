"""``asked``: what only people judge, by a question of the house's own whose answer names the rule.

    kind: asked

    wrong:  an inspector answered 否 to 有没有安抚客户, and the question says that this finds the rule
    right:  he answered 是, or nobody was asked

The machine says of it that it is not measurable: it never passes, and never costs anything here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.detect.base import Kind, Scene, verdict
from pipeline.records import Finding, Outcome, Reason
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params

if TYPE_CHECKING:
    from collections.abc import Iterator


class AskedParams(Params):
    """None: the question stands in the settings."""


def detect(rule: Rule, _params: AskedParams, _scene: Scene) -> Iterator[Finding]:
    """One row, which says that people judge it."""
    yield verdict(rule, Outcome.NOT_MEASURABLE, why="只由人来判断", reason=Reason.ASKED)


KIND = Kind(params=AskedParams, look=detect, needs_agent=False)
