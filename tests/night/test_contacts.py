"""Promises to call back, over several nights, through the command line and real tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.conftest import callqa

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMER = "13800000001"


def lone(folder: Path, call_id: str, said: str, **call: Any) -> None:
    """A transcript alone: the agent says one thing, the customer answers."""
    turns = [
        {"role": "agent", "start": 0.5, "end": 3.0, "text": "您好，江城中燃，八号为您服务，请讲。"},
        {"role": "customer", "start": 3.5, "end": 6.0, "text": "我家的气费怎么多了？"},
        {"role": "agent", "start": 6.5, "end": 11.0, "text": said},
        {"role": "customer", "start": 11.5, "end": 12.5, "text": "好的，再见。"},
    ]
    record = {"call_id": call_id, "agent_id": "0008", "customer": CUSTOMER, **call}
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"call": record, "turns": turns}, ensure_ascii=False)
    (folder / f"{call_id}.json").write_text(text, encoding="utf-8")


def score(folder: Path, out: Path) -> None:
    """A night's run."""
    done = callqa("score", folder, "--out", out)
    assert done.returncode == 0, done.stderr


def outcome(out: Path, call_id: str) -> tuple[str, str]:
    """What the rule says of a call now, and its message."""
    found = pd.read_parquet(out / "data" / "findings")
    own = found[(found.call_id == call_id) & (found.rule_id == "procedure.callback")]
    (row,) = own.to_dict("records")
    return str(row["outcome"]), str(row["message"])


PROMISE = "我核实以后，明天上午给您回电话。"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The results after the night on which the promise was made."""
    lone(tmp_path / "18", "promise", PROMISE, started_at="2026-11-18T16:00:00+08:00")
    score(tmp_path / "18", tmp_path / "out")
    return tmp_path / "out"


def test_a_promise_is_open_until_its_time_has_come(out: Path) -> None:
    """The data end before the deadline: not measurable, and it says so."""
    verdict, message = outcome(out, "promise")
    assert verdict == "not_measurable"
    assert "承诺尚未到期：应在 11-19 12:00 前回电" in message


def test_the_next_night_finds_it_kept(out: Path, tmp_path: Path) -> None:
    """An outbound call to the same customer before noon; the earlier date is scored again."""
    lone(
        tmp_path / "19",
        "kept",
        "您昨天问的气费核实好了，是阶梯气价。",
        direction="callback",
        started_at="2026-11-19T11:30:00+08:00",
    )
    score(tmp_path / "19", out)
    assert outcome(out, "promise")[0] == "pass"


def test_the_next_night_finds_it_broken(out: Path, tmp_path: Path) -> None:
    """Somebody else's call shows that the data reach past the deadline."""
    lone(
        tmp_path / "19",
        "other",
        "好的，已经登记了。",
        customer="13800000002",
        started_at="2026-11-19T14:00:00+08:00",
    )
    score(tmp_path / "19", out)
    verdict, message = outcome(out, "promise")
    assert verdict == "violation"
    assert "没有回电" in message


def test_an_attempt_that_nobody_answered_counts(out: Path, tmp_path: Path) -> None:
    """From calls.csv, of which there is no recording; it is a row of its own table."""
    folder = tmp_path / "19"
    lone(folder, "later", "好的，已经登记了。", customer="", started_at="2026-11-19T14:00:00+08:00")
    (folder / "calls.csv").write_text(
        "file,call_id,direction,started_at,customer,answered\n"
        f",a1,outbound,2026-11-19T10:00:00+08:00,{CUSTOMER},0\n",
        encoding="utf-8",
    )
    score(folder, out)
    assert outcome(out, "promise")[0] == "pass"
    (attempt,) = pd.read_parquet(out / "data" / "attempts").to_dict("records")
    assert (attempt["call_id"], attempt["answered"]) == ("a1", False)
    assert CUSTOMER not in str(attempt)


def test_the_shift_crosses_midnight(tmp_path: Path) -> None:
    """01:10 is the night shift's, 18:00 nobody's."""
    for number, clock in enumerate(("09:00", "18:00", "23:30", "01:10")):
        at = f"2026-11-18T{clock}:00+08:00"
        lone(tmp_path / "calls", f"c{number}", "好的，已经登记了。", started_at=at)
    score(tmp_path / "calls", tmp_path / "out")
    calls = pd.read_parquet(tmp_path / "out" / "data" / "calls").set_index("call_id")
    assert list(calls["shift"].loc[["c0", "c1", "c2", "c3"]]) == ["白班", "", "夜班", "夜班"]
