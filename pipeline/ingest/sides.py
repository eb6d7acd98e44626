"""Recordings of which each side is a file of its own: which belong together, and whose each is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.records import CallRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

_PARTNERS = (
    ("in", "out"),
    ("rx", "tx"),
    ("read", "write"),
    ("agent", "caller"),
    ("agent", "customer"),
    ("agent", "client"),
    ("agent", "callee"),
    ("caller", "callee"),
    ("left", "right"),
    ("坐席", "客户"),
    ("客服", "客户"),
)
"""How the two files of a call are named apart: the first of each pair is channel 0.

``in`` is what comes in from the recorded leg, whose party speaks on it, and ``out`` what goes out to
it: Asterisk's Monitor writes both.
"""
_ENDING = re.compile(
    rf"(?P<base>.+)[-_. ](?P<side>{'|'.join(sorted({n for p in _PARTNERS for n in p}))})",
    re.IGNORECASE,
)
_AGENT = {"agent", "坐席", "客服"}
_LEG = {"in", "rx", "read"}


@dataclass(frozen=True)
class Pair:
    """The two files of a call: the one on channel 0, the one on channel 1, and what they share.

    ``name`` is the path that both have without what tells them apart; ``told`` what the names say:
    the agent's channel, or that the phone system's convention for legs holds.
    """

    first: Path
    second: Path
    name: Path
    told: CallRecord


def pairs(paths: Iterable[Path]) -> list[Pair]:
    """The pairs among the files of a folder tree by their names; the suffix of both is the same."""
    found: dict[tuple[Path, str], dict[str, Path]] = {}
    for path in paths:
        if match := _ENDING.fullmatch(path.stem):
            key = (path.with_name(match["base"]), path.suffix.lower())
            found.setdefault(key, {})[match["side"].lower()] = path
    return [
        Pair(sides[one], sides[other], base.with_name(base.name + suffix), _record_of_name(one))
        for (base, suffix), sides in found.items()
        for one, other in _PARTNERS
        if len(sides) == 2 and one in sides and other in sides
    ]


def _record_of_name(first: str) -> CallRecord:
    if first in _AGENT:
        return CallRecord(agent_channel=0)
    return CallRecord(pbx="asterisk") if first in _LEG else CallRecord()
