"""What a recording's name tells, by each phone system's habits and by a pattern of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.records import Direction
from pipeline.settings import FileNameSettings, Settings
from tests.call_records.sources import OTHER, TAIL, UUID, clock, told_by_name


@pytest.mark.parametrize(
    ("stem", "direction", "agent", "customer", "queue"),
    [
        ("in-02588886666-13800000001", Direction.INBOUND, None, "13800000001", None),
        ("q-600-13800000001", Direction.INBOUND, None, "13800000001", "600"),
        ("rg-601-+8613800000001", Direction.INBOUND, None, "+8613800000001", "601"),
        ("exten-8008-13800000001", Direction.INBOUND, "8008", "13800000001", None),
        ("external-8008-13800000001", Direction.INBOUND, "8008", "13800000001", None),
        ("out-013800000001-8008", Direction.OUTBOUND, "8008", "013800000001", None),
        ("internal-8008-8010", None, "8008", None, None),
        ("force-13800000001-8008", None, None, None, None),
        ("in-s-anonymous", Direction.INBOUND, None, None, None),
    ],
)
def test_what_freepbx_and_issabel_call_their_recordings(
    stem: str,
    direction: Direction | None,
    agent: str | None,
    customer: str | None,
    queue: str | None,
) -> None:
    """The called number stands first: an extension, a queue, a line or the customer."""
    record = told_by_name(f"2026/11/18/{stem}-{TAIL}.wav")
    assert (record.direction, record.agent_id) == (direction, agent)
    assert (record.customer, record.queue) == (customer, queue)
    assert (record.pbx, record.call_id) == ("asterisk", "1763428500.12")
    assert clock(record) == "2026-11-18T09:15:00+08:00"


@pytest.mark.parametrize(
    ("file", "expected", "at"),
    [
        (
            f"{TAIL}.wav",
            {"pbx": "asterisk", "call_id": "1763428500.12"},
            "2026-11-18T09:15:00+08:00",
        ),
        ("1763428500.12.wav", {"pbx": "asterisk", "call_id": "1763428500.12"}, "2025-11-18T09:15"),
        (
            "2026-11-18-09-15-00_13800000001_8008.wav",
            {"pbx": "freeswitch", "customer": "13800000001", "agent_id": "8008", "direction": None},
            "2026-11-18T09:15:00+08:00",
        ),
        (
            f"2026-11-18-09-15-00_8008_13800000001_{UUID}.wav",
            {"customer": "13800000001", "agent_id": "8008", "call_id": UUID},
            "2026-11-18T09:15:00+08:00",
        ),
        (
            f"2026-11-18-09-15-00.4000.13800000001.{UUID}.wav",
            {"pbx": "freeswitch", "customer": "13800000001", "agent_id": None, "call_id": UUID},
            "2026-11-18T09:15:00+08:00",
        ),
        (f"example.cn/archive/2026/Nov/18/{UUID}.wav", {"pbx": "freeswitch", "call_id": UUID}, ""),
        (f"{UUID}.wav", {"pbx": None, "call_id": None}, ""),
        (
            f"o/year=2026/month=11/day=18/hour=1/conversation_id={UUID}/{OTHER}.opus",
            {"pbx": None, "call_id": UUID},
            "",
        ),
        (
            "011AP643CSAPR4FKQGQE31TAES00029V_2026-11-18_01-15-00-006B015F-1000427D-00000001.mp3",
            {"pbx": None, "call_id": "011AP643CSAPR4FKQGQE31TAES00029V"},
            "2026-11-18T09:15:00+08:00",
        ),
    ],
)
def test_what_other_systems_call_their_recordings(
    file: str, expected: dict[str, Any], at: str
) -> None:
    """Asterisk's own names, FreeSWITCH, FusionPBX, Genesys Cloud and Interaction Recording."""
    record = told_by_name(file)
    assert {name: getattr(record, name) for name in expected} == expected
    assert (record.started_at.isoformat() if record.started_at else "").startswith(at)


def test_a_part_of_a_name_that_cannot_be_read_is_not_known() -> None:
    """The rest of it is."""
    record = told_by_name("out-13800000001-8008-20261399-091500-1763428500.12.wav")
    assert (record.started_at, record.agent_id) == (None, "8008")


def test_a_pattern_of_ones_own_goes_first() -> None:
    """With its own way to write the time."""
    own = FileNameSettings(
        pattern=r"(?P<agent_id>\d+)\.(?P<started_at>\d{8} \d{4})", time_format="%d%m%Y %H%M"
    )
    record = told_by_name("8008.18112026 0915.wav", Settings(file_name=own))
    assert (record.agent_id, clock(record)) == ("8008", "2026-11-18T09:15:00+08:00")
