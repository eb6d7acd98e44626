"""Call records of FreeSWITCH and FusionPBX."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.records import Direction
from tests.call_records.sources import OTHER, UUID, audio, clock, found, master, only


@pytest.mark.parametrize(
    ("caller", "called", "direction", "agent", "customer"),
    [
        ("8008", "013800000001", "outbound", "8008", "013800000001"),
        ("13800000001", "8008", "inbound", "8008", "13800000001"),
        ("13800000001", "02588886666", "inbound", None, "13800000001"),
    ],
)
def test_freeswitchs_csv_without_header(
    tmp_path: Path, caller: str, called: str, direction: str, agent: str | None, customer: str
) -> None:
    """The template it comes with; the recording is found by the call's UUID."""
    audio(tmp_path, f"archive/2026/Nov/18/{UUID}.wav")
    line = master(
        *("", caller, called, "public", "2026-11-18 09:15:00", "2026-11-18 09:15:06"),
        *("2026-11-18 09:18:09", "189", "183", "NORMAL_CLEARING", UUID, OTHER, "", "PCMA", "PCMA"),
    )
    (tmp_path / "Master.csv").write_text(line + "\n", encoding="utf-8")
    record = only(tmp_path, '[call_records]\nfile = "Master.csv"\nvendor = "freeswitch"')
    assert (record.direction, record.agent_id, record.customer) == (direction, agent, customer)
    assert (record.ring_seconds, record.duration, record.answered) == (6, 183, True)
    assert (record.pbx, record.call_id) == ("freeswitch", UUID)


@pytest.mark.parametrize(
    ("disposition", "bridged", "ended_by"),
    [
        *(("recv_bye", OTHER, "customer"), ("send_bye", OTHER, "agent")),
        *(("send_bye", "", "system"), ("recv_cancel", "", None)),
    ],
)
def test_freeswitchs_json_says_who_hung_up(
    tmp_path: Path, disposition: str, bridged: str, ended_by: str | None
) -> None:
    """Percent-encoded as the module writes it; the leg's own direction is not the call's."""
    audio(tmp_path, f"{UUID}.wav")
    document = {
        "core-uuid": OTHER,
        "channel_data": {"state": "CS_REPORTING", "direction": "inbound"},
        "variables": {
            "direction": "inbound",
            "uuid": UUID,
            "start_stamp": "2026-11-18%2009%3A15%3A00",
            "answer_stamp": "2026-11-18%2009%3A15%3A06",
            "billsec": "183",
            "hangup_cause": "NORMAL_CLEARING",
            "sip_hangup_disposition": disposition,
            "bridge_uuid": bridged,
            "cc_queue": "抢修%40example.cn",
            "cc_agent": "8008%40example.cn",
            "endpoint_disposition": "ATTENDED_TRANSFER",
        },
        "callflow": [
            {"caller_profile": {"caller_id_number": "13800000001", "destination_number": "8000"}}
        ],
    }
    (tmp_path / "cdr.json").write_text(json.dumps(document), encoding="utf-8")
    record = only(tmp_path, '[call_records]\nfile = "cdr.json"\nvendor = "freeswitch"')
    assert (record.ended_by, record.agent_id, record.queue) == (ended_by, "8008", "抢修")
    assert (record.direction, record.transferred) == (Direction.INBOUND, True)
    assert clock(record) == "2026-11-18T09:15:00+08:00"


def test_fusionpbx_keeps_the_other_legs_too(tmp_path: Path) -> None:
    """They are no calls of their own; its direction is the call's."""
    audio(tmp_path, f"archive/2026/Nov/18/{UUID}.mp3")
    base = {
        "direction": "outbound",
        "caller_id_number": "8008",
        "destination_number": "13800000001",
        "start_stamp": "2026-11-18 09:15:00+08",
        "answer_stamp": "2026-11-18 09:15:06+08",
        "billsec": 183,
        "record_path": "/var/lib/freeswitch/recordings/example.cn/archive/2026/Nov/18",
        "record_name": f"{UUID}.mp3",
    }
    rows = [
        {**base, "xml_cdr_uuid": UUID, "leg": "a"},
        {**base, "xml_cdr_uuid": OTHER, "leg": "b", "record_name": None, "record_path": None},
    ]
    (tmp_path / "cdr.json").write_text(json.dumps(rows), encoding="utf-8")
    result = found(tmp_path, '[call_records]\nfile = "cdr.json"\nvendor = "freeswitch"')
    assert (result.unrecorded, result.failures) == ((), ())
    (recording,) = result.recordings
    assert (recording.record.direction, recording.record.agent_id) == ("outbound", "8008")
    assert recording.record.customer == "13800000001"
