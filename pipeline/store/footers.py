"""Parquet files that are read a group at a time, of which each footer is parsed once.

A footer says where every column of every group lies: the more groups, the longer it takes to parse, and
a run over a date would parse it again for every one of them.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    Stamp = tuple[int, int, int]
    """What tells a file from another one of its name: inode, time of change in ns, bytes."""

REMEMBERED = 16
"""Footers: a date has its calls, their answers and half a dozen tables."""


def parquet_file(path: Path, *, checked: bool = False) -> pq.ParquetFile:
    """The file, open; ``checked`` pages have their checksums verified.

    Raises ``OSError`` or ``pa.ArrowException`` where there is none, or nothing that can be read.
    """
    stamp = _stamp(path)
    footer = _footer(path, stamp)
    file = pq.ParquetFile(path, metadata=footer, page_checksum_verification=checked)
    if _stamp(path) == stamp:
        return file
    file.close()  # another took its place in this moment
    return pq.ParquetFile(path, page_checksum_verification=checked)


def _stamp(path: Path) -> Stamp:
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


@functools.lru_cache(maxsize=REMEMBERED)
def _footer(path: Path, _stamp: Stamp) -> pq.FileMetaData:
    return pq.read_metadata(path)
