"""Texts, as they stand in a table or in JSON, become the fields of a ``CallRecord``."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args

from pipeline.call_records.times import read_time
from pipeline.messages import cause
from pipeline.records import CallRecord, Direction
from pipeline.settings.call_records import PHONE_SYSTEMS, PhoneSystem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

FIELDS = tuple(f.name for f in fields(CallRecord))
TOLD = tuple(name for name in FIELDS if name != "dated_by_file")
"""What a phone system can tell; that it told no start is found out here."""
LONGEST = 24 * 3600.0
"""Seconds: a longer call is one in milliseconds, or a slip."""
_DIRECTIONS = {
    **dict.fromkeys(("in", "inbound", "incoming", "呼入", "来电"), Direction.INBOUND),
    **dict.fromkeys(("q", "rg", "exten", "external"), Direction.INBOUND),
    **dict.fromkeys(("out", "outbound", "outgoing", "呼出", "外呼"), Direction.OUTBOUND),
    **dict.fromkeys(("callback", "回访", "回拨"), Direction.CALLBACK),
}
_ENDED_BY = {
    **dict.fromkeys(("agent", "坐席", "客服"), "agent"),
    **dict.fromkeys(("customer", "caller", "客户"), "customer"),
    **dict.fromkeys(("system", "系统"), "system"),
}
_PBX: dict[str, PhoneSystem] = {**PHONE_SYSTEMS, "fusionpbx": "freeswitch"}
_YES = {
    **dict.fromkeys(("1", "true", "yes", "t", "y", "是"), True),
    **dict.fromkeys(("0", "false", "no", "f", "n", "否"), False),
}


def first_of(*records: CallRecord) -> CallRecord:
    """Field by field the first that is known."""
    known = {
        name: next((v for r in records if (v := getattr(r, name)) is not None), None)
        for name in FIELDS
    }
    return CallRecord(**known)


def record_of(values: Mapping[str, Any], zone: tzinfo, formats: Sequence[str] = ()) -> CallRecord:
    """A call record out of texts (or JSON values); empty is not known.

    Clock times without zone are in ``zone``; ``formats`` are further ways to write them (strptime).
    Raises ``ValueError`` that names the field and what was expected.
    """
    known: dict[str, Any] = {}
    for name, value in values.items():
        if name not in TOLD or value is None or str(value).strip() == "":
            continue
        text = str(value).strip()
        try:
            known[name] = (
                read_time(text, zone, formats) if name == "started_at" else _READERS[name](text)
            )
        except (ValueError, KeyError) as error:
            raise ValueError(
                cause(
                    "{name}: {value} cannot be read; {expected}",
                    name=name,
                    value=repr(value),
                    expected=_EXPECTED[name],
                )
            ) from error
    return CallRecord(**known)


def _channel(value: str) -> int:
    channel = {"left": 0, "右": 1, "right": 1, "左": 0}.get(value.lower())
    number = int(value) if channel is None else channel
    if number < 0:
        raise ValueError(value)
    return number


def _seconds(value: str) -> float:
    seconds = float(value)
    if not 0 <= seconds <= LONGEST:
        raise ValueError(value)
    return seconds


def _count(value: str) -> int:
    number = float(value)
    if number != int(number) or number < 1:
        raise ValueError(value)
    return int(number)


_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("call_id", "agent_id", "agent_name", "team", "customer", "queue"), str),
    **dict.fromkeys(("ring_seconds", "duration"), _seconds),
    **dict.fromkeys(("answered", "transferred"), lambda v: _YES[v.lower()]),
    "direction": lambda v: _DIRECTIONS[v.lower()],
    "ended_by": lambda v: _ENDED_BY[v.lower()],
    "agent_channel": _channel,
    "channels": _count,
    "pbx": lambda v: _PBX[v.lower()],
}
_FIRST, _SECOND = get_args(PhoneSystem)
_EXPECTED = {
    "direction": cause("expected inbound, outbound or callback"),
    "started_at": cause("expected a time such as 2026-11-20T09:15:00+08:00"),
    "ended_by": cause("expected agent, customer, system or nothing"),
    "answered": cause("expected 1 or 0"),
    "transferred": cause("expected 1 or 0"),
    "agent_channel": cause("expected left, right or a number counted from 0"),
    "ring_seconds": cause("expected seconds from 0 to 86400"),
    "duration": cause("expected seconds from 0 to 86400"),
    "channels": cause("expected a whole number such as 1 or 2"),
    "pbx": cause("expected {one} or {other}", one=_FIRST, other=_SECOND),
}
