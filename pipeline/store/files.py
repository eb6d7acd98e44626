"""What is kept and what is published: transcripts as they were heard, and the Parquet tables.

``OUT/transcripts/`` holds what was expensive (``store.transcripts``). ``OUT/data/`` holds the tables,
one file a table and date; ``publishing`` writes a date whole. ``OUT/rubrics/`` holds what scored them.
Every write is atomic: a reader sees the old file or the new one, and a killed run leaves nothing
half-written behind. Who may read them is ``access``.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from pydantic import TypeAdapter

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.rubric.kept import KeptRubric, content, kept_name, read_kept, read_lists
from pipeline.store import publishing
from pipeline.store.access import OWNER, Access, atomic
from pipeline.store.answers import KeptAnswers
from pipeline.store.columns import R, Row, columns, from_arrow, schema, to_arrow
from pipeline.store.manifest import not_whole, table_path
from pipeline.store.publishing import Publication
from pipeline.store.shards import Shards
from pipeline.store.transcripts import Transcripts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pipeline.progress import Progress
    from pipeline.rubric.load import Rubric
    from pipeline.settings import Settings
    from pipeline.text.lexicon import Lexicon


ROOMS = ("transcripts", "answers", "data", "rubrics", "reports", "reviews", "calibration", "shards")
"""The folders of ``OUT`` that are made here, by the reports and by the parts of a night."""


class Store:
    """One output folder."""

    def __init__(self, out: Path, zone: str, access: Access = OWNER) -> None:
        """Nothing is written before the first write."""
        self.out = out
        self.access = access
        self.zone = zone

    @classmethod
    def of(cls, out: Path, settings: Settings) -> Store:
        """The store of ``out`` as the settings have it; a reader needs no more than their zone."""
        return cls(out, settings.timezone, Access.of(settings.privacy))

    def take(self, progress: Progress) -> None:
        """Before the first write of a run: see that ``out`` is for nobody but those it is meant for."""
        self.access.take(self.out, ROOMS, progress)
        publishing.adopt(self.out / "data", self.access)

    @property
    def shards(self) -> Shards:
        """What the parts of a night leave to be published."""
        return Shards(self.out, self.access)

    @property
    def transcripts(self) -> Transcripts:
        """What was heard."""
        return Transcripts(self.out / "transcripts", self.access)

    @property
    def answers(self) -> KeptAnswers:
        """What the rules said of what was heard."""
        return KeptAnswers(self.out / "answers", self.access)

    def write(self, row: type[R], date: str, rows: Iterable[R]) -> None:
        """Replace one date of the table that ``row`` is of."""
        self.publish(date, {row: rows})

    def drop(self, row: type[Row], date: str) -> None:
        """Forget one date of a table."""
        self.publish(date, {row: None})

    def publish(self, date: str, tables: Mapping[type[Row], Iterable[Row] | None]) -> None:
        """Replace one date of several tables at once, dropping those that are None."""
        with self.publication(date) as new:
            for row, rows in tables.items():
                if rows is None:
                    new.drop(row.TABLE)
                else:
                    new.open(row.TABLE, schema(row, self.zone))
                    new.add(row.TABLE, to_arrow(row, rows, self.zone))

    def publication(self, date: str) -> Publication:
        """New tables of one date, to be written a piece at a time."""
        return Publication(self.out / "data", date, self.access)

    def not_whole(self) -> set[str]:
        """The dates whose publication broke off, or whose files are not those of their manifest."""
        publishing.sweep(self.out / "data")
        return not_whole(self.out / "data")

    def table_dates(self, row: type[Row]) -> list[str]:
        """The dates that a table holds."""
        files = (self.out / "data").glob(table_path(row.TABLE, "*"))
        return sorted(file.parent.name.removeprefix("date=") for file in files)

    def read(
        self, row: type[R], date: str, where: Mapping[str, Collection[str | bool]] | None = None
    ) -> list[R]:
        """The rows of one date of a table, whole or in part; none where there is none.

        ``row`` is a class of ``schema`` or of ``parts``: its columns are read, and no others. One that
        an earlier version did not write yet is None. ``where`` names columns and the values that are
        wanted. Raises ``ConfigurationError`` where the file is not of this table.
        """
        path = self.part(row, date)
        if not path.is_file() or (where and not all(where.values())):
            return []
        there = set(pq.read_schema(path).names)
        data = pq.read_table(
            path,
            columns=[c.name for c in columns(row) if c.name in there],
            filters=[(name, "in", list(values)) for name, values in where.items()]
            if where
            else None,
            partitioning=None,
        )
        try:
            return from_arrow(row, data)
        except ValueError as error:
            message = tr(
                "no {table} table that this version reads ({reason}); callqa rescore writes a new one",
                table=row.TABLE,
                reason=error,
            )
            raise ConfigurationError(message, path=path) from error

    def part(self, row: type[Row], date: str) -> Path:
        """Where the rows of a table and date lie."""
        return self.out / "data" / table_path(row.TABLE, date)

    def keep_rubric(self, rubric: Rubric) -> None:
        """Keep a rubric that scores something here, whole; its version tells it from any other."""
        path = self.rubric_file(rubric.name, rubric.version)
        if not path.is_file():
            with atomic(path, self.access) as partial:
                partial.write_bytes(content(rubric))

    def kept_rubric(self, name: str, version: str) -> KeptRubric | None:
        """A rubric as it was when it scored; None where it was not kept."""
        path = self.rubric_file(name, version)
        return read_kept(path.read_bytes()) if path.is_file() else None

    def kept_lists(self, name: str, version: str) -> dict[str, Lexicon] | None:
        """The lists of a rubric as they were when it scored; None where they were not kept."""
        path = self.rubric_file(name, version)
        return read_lists(path.read_bytes()) if path.is_file() else None

    def rubric_file(self, name: str, version: str) -> Path:
        """Where a rubric of this version is kept."""
        return self.out / "rubrics" / f"{kept_name(name, version)}.json"

    def recall(self, name: str) -> dict[str, Any]:
        """A small state file of the store; empty where there is none."""
        path = self._state_file(name)
        if not path.is_file():
            return {}
        state: dict[str, Any] = TypeAdapter(dict[str, Any]).validate_json(path.read_bytes())
        return state

    def remember(self, name: str, state: Mapping[str, Any]) -> None:
        """Write a small state file of the store."""
        with atomic(self._state_file(name), self.access) as partial:
            partial.write_bytes(_state(state))

    def remember_first(self, name: str, state: Mapping[str, Any]) -> dict[str, Any]:
        """Write a small state file unless somebody else, at this moment too, has: what it says now."""
        path = self._state_file(name)
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        with self.access.writing(partial):
            partial.write_bytes(_state(state))
        try:
            os.link(partial, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without a second name for a file
            if not path.is_file():
                partial.replace(path)
        partial.unlink(missing_ok=True)
        return self.recall(name)

    def _state_file(self, name: str) -> Path:
        return self.out / "transcripts" / f"{name}.json"


def _state(state: Mapping[str, Any]) -> bytes:
    return TypeAdapter(dict[str, Any]).dump_json(dict(state), indent=1)
