"""A rubric as an output folder keeps it: whole, so that what was scored can be read for good.

Whoever reads one looks at a few of its keys only and lets the others be: a rubric that an older or a
newer callqa has kept still gives its titles, clauses, caps and levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

if TYPE_CHECKING:
    from pipeline.rubric.load import Rubric
    from pipeline.text.lexicon import Lexicon


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class KeptSection(_Lenient):
    """A part of the scorecard and the most it can cost."""

    title: str
    cap: float


class KeptLevel(_Lenient):
    """A name for scores of ``at_least`` and more."""

    name: str
    at_least: float


class KeptFile(_Lenient):
    """What the rubric's own file said, with all that it extends."""

    title: str
    mode: Literal["deduct", "weighted"] = "deduct"
    low_confidence: float
    sections: dict[str, KeptSection]
    levels: list[KeptLevel]


class KeptRule(_Lenient):
    """A rule: its clause, and its file's keys with what the rubric says otherwise."""

    source: str
    data: dict[str, Any]

    @property
    def title(self) -> str:
        """Its name for people."""
        return str(self.data.get("title", ""))

    @property
    def tags(self) -> bool:
        """Whether it only says what a call is about."""
        return self.data.get("outcome") == "tag"

    @property
    def why(self) -> str:
        """Why the rule is there, in its own words; empty where it says nothing."""
        return str(self.data.get("why", ""))


class KeptRubric(_Lenient):
    """What the pages say of a rubric."""

    name: str
    version: str
    file: KeptFile
    rules: dict[str, KeptRule]


def kept_name(name: str, version: str) -> str:
    """What the file of a rubric of this version is called, without its suffix."""
    return f"{name}-{version.rpartition('+')[2]}"


def content(rubric: Rubric) -> bytes:
    """A rubric as it is kept: the same rubric gives the same bytes."""
    return to_json(
        {"name": rubric.name, "version": rubric.version, **whole(rubric)}, indent=1, by_alias=True
    )


def whole(rubric: Rubric) -> dict[str, Any]:
    """All that decides what a rubric says of a call: its numbers, rules and lists."""
    return {
        "file": rubric.file,
        "rules": {
            rule_id: {"source": rule.source, "data": rule.data}
            for rule_id, rule in rubric.rules.items()
        },
        "lexicons": rubric.lexicons,
    }


def read_kept(data: bytes) -> KeptRubric | None:
    """A rubric out of its file; None where that cannot be read."""
    try:
        return KeptRubric.model_validate_json(data)
    except ValidationError:
        return None


def read_lists(data: bytes) -> dict[str, Lexicon] | None:
    """The lists of a rubric out of its file; None where they cannot be read."""
    from pipeline.text.lexicon import Lexicon

    try:
        return TypeAdapter(dict[str, Lexicon]).validate_python(from_json(data)["lexicons"])
    except (ValueError, KeyError, TypeError):
        return None
