"""The tables as views of DuckDB: ``OUT/data/callqa.sql``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

VIEWS = "callqa.sql"
_HEAD = """\
-- The tables as views of DuckDB, over every date. Paths are relative: run it in this folder
--   duckdb -init callqa.sql
-- or say where it is first: SET file_search_path = '/path/to/out/data';
"""
_VIEW = """
CREATE OR REPLACE VIEW {table} AS
SELECT * FROM read_parquet('{table}/date=*/*.parquet',
    hive_partitioning = true, hive_types = {{'date': DATE}}, union_by_name = true);
"""


def views(tables: Iterable[str]) -> str:
    """A view for each of these tables."""
    return _HEAD + "".join(_VIEW.format(table=table) for table in sorted(tables))
