"""Call records of Genesys Cloud."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.records import Direction
from tests.call_records.sources import OTHER, UUID, audio, clock, found, only


def conversation(agent_left: str, customer_left: str) -> dict[str, Any]:
    """A conversation's details, as Genesys Cloud's analytics give them."""

    def session(left: str) -> dict[str, Any]:
        segments = [{"segmentType": "alert"}, {"segmentType": "interact", "disconnectType": left}]
        numbers = {"ani": "tel:+8613800000001", "dnis": "tel:+862588886666"}
        return {"mediaType": "voice", "direction": "inbound", **numbers, "segments": segments}

    return {
        "conversationId": UUID,
        "conversationStart": "2026-11-18T01:15:00.000Z",
        "conversationEnd": "2026-11-18T01:18:09.000Z",
        "originatingDirection": "inbound",
        "participants": [
            {
                "purpose": "customer",
                "participantName": "南京",
                "sessions": [session(customer_left)],
            },
            {"purpose": "acd", "participantName": "抢修", "sessions": [session("transfer")]},
            {
                "purpose": "agent",
                "userId": OTHER,
                "participantName": "王芳",
                "sessions": [session(agent_left)],
            },
        ],
    }


@pytest.mark.parametrize(
    ("agent_left", "customer_left", "ended_by", "transferred"),
    [
        ("client", "peer", "agent", False),
        ("peer", "endpoint", "customer", False),
        ("transfer", "peer", None, True),
        ("system", "system", None, False),
    ],
)
def test_genesys_clouds_conversations(
    tmp_path: Path, agent_left: str, customer_left: str, ended_by: str | None, transferred: bool
) -> None:
    """Found by the conversation in the export's folder."""
    audio(tmp_path, f"year=2026/month=11/day=18/hour=1/conversation_id={UUID}/{OTHER}.opus")
    answer = {"conversations": [conversation(agent_left, customer_left)]}
    (tmp_path / "cdr.json").write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    record = only(tmp_path, '[call_records]\nfile = "cdr.json"\nvendor = "genesys"')
    assert (record.agent_id, record.agent_name, record.queue) == (OTHER, "王芳", "抢修")
    assert (record.customer, record.direction) == ("+8613800000001", Direction.INBOUND)
    assert (record.ended_by, record.transferred) == (ended_by, transferred)
    assert clock(record) == "2026-11-18T09:15:00+08:00"
    assert record.pbx is None


def test_genesys_clouds_export_describes_each_recording(tmp_path: Path) -> None:
    """A JSON file beside it, which is no transcript."""
    folder = f"year=2026/month=11/day=18/hour=1/conversation_id={UUID}"
    audio(tmp_path, f"{folder}/{OTHER}.opus")
    metadata = {"mediaType": "Call", "conversationId": UUID, "userIds": ["u-8008"]}
    beside = tmp_path / folder / f"{OTHER}.opus_metadata.json"
    beside.write_text(json.dumps(metadata), encoding="utf-8")
    record = only(tmp_path, '[call_records]\nvendor = "genesys"')
    assert (record.agent_id, record.call_id) == ("u-8008", UUID)
    beside.write_text("{", encoding="utf-8")
    result = found(tmp_path, '[call_records]\nvendor = "genesys"')
    assert "不是有效的 JSON" in str(result.failures[0].message)
