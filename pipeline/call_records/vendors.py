"""Call detail records of phone systems: whose columns mean what.

Each vendor turns a row into texts for ``record_of``, with the recording under ``file``. What a
system does not tell, or tells only perhaps, is left out.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from pipeline.call_records.fields import TOLD
from pipeline.call_records.names import EXTENSION, INBOUND_KINDS
from pipeline.call_records.times import read_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo

    from pipeline.settings.call_records import Vendor

RowTexts = dict[str, Any]
"""Field by field what a row says; ``file`` is the recording."""


class VendorFormat(NamedTuple):
    """How a phone system's rows are read; columns are in lower case.

    ``header`` names the columns of a CSV that has no header line. ``together`` are the columns the
    first filled of which joins a call's rows: the phone system writes one a leg.
    """

    texts: Callable[[Mapping[str, Any], tzinfo], RowTexts | None]
    header: tuple[str, ...] = ()
    together: tuple[str, ...] = ()


# Asterisk -----------------------------------------------------------------------------------------

_MASTER = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp"),
    *("lastdata", "start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
    *("uniqueid", "userfield"),
)
_ANSWERED = {"ANSWERED": True, "NO ANSWER": False, "BUSY": False, "FAILED": False}
_PEER = re.compile(
    rf"(?:(?:PJSIP|SIP|IAX2|SCCP)/({EXTENSION})-\w+|(?:Local|Agent)/({EXTENSION})(?:@.*)?)"
)
_NUMBER = re.compile(r"\+?\d{3,}")


def _asterisk(row: Mapping[str, Any], _zone: tzinfo) -> RowTexts:
    """A row of ``Master.csv`` or of the table ``cdr``.

    Which way it went is told by FreePBX (the recording's kind, ``did``, ``outbound_cnum``), else by
    the side on which an extension is. An answered row without called channel was answered by the
    machine: whether by a person too is not known.
    """
    file = _text(row, "recordingfile") or _audio(_text(row, "userfield"))
    answered = _ANSWERED.get(_text(row, "disposition").upper())
    caller, callee = _peer(_text(row, "channel")), _peer(_text(row, "dstchannel"))
    direction = _asterisk_direction(row, file, caller, callee)
    values: RowTexts = {
        "file": file,
        "call_id": _text(row, "uniqueid"),
        "started_at": _text(row, "start") or _text(row, "calldate"),
        "direction": direction,
        "answered": answered,
    }
    if direction == "inbound":
        values |= {"customer": _number(row, "src"), "agent_id": callee}
    elif direction == "outbound":
        values |= {"customer": _number(row, "dst"), "agent_id": caller or _text(row, "cnum")}
    if _text(row, "dcontext") in {"ext-queues", "ext-group"}:
        values["queue"] = _text(row, "dst")
    if answered and "dstchannel" in row and not _text(row, "dstchannel"):
        values["answered"] = None
    elif answered:
        values["duration"] = _text(row, "billsec")
        values["ring_seconds"] = _less(row, "duration", "billsec")
    return values


def _asterisk_direction(row: Mapping[str, Any], file: str, caller: str, callee: str) -> str | None:
    kind = PurePosixPath(file).name.partition("-")[0]
    if kind in INBOUND_KINDS or _text(row, "did"):
        return "inbound"
    if kind == "out" or _text(row, "outbound_cnum"):
        return "outbound"
    if kind == "internal" or bool(caller) == bool(callee):
        return None
    return "inbound" if callee else "outbound"


def _peer(channel: str) -> str:
    match = _PEER.fullmatch(channel)
    return (match[1] or match[2]) if match else ""


def _audio(userfield: str) -> str:
    """Elastix and Issabel note the recording as ``audio:<file>``."""
    return userfield.removeprefix("audio:") if userfield.startswith("audio:") else ""


# FreeSWITCH ---------------------------------------------------------------------------------------

_TEMPLATE = (
    *("caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp"),
    *("answer_stamp", "end_stamp", "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid"),
    *("accountcode", "read_codec", "write_codec"),
)
_TRANSFERS = {"BLIND_TRANSFER", "ATTENDED_TRANSFER"}


def _freeswitch(row: Mapping[str, Any], zone: tzinfo) -> RowTexts | None:
    """A line of ``cdr_csv``, a document of ``json_cdr`` or a row of FusionPBX's ``v_xml_cdr``.

    Only the caller's leg counts: FusionPBX also keeps the others.
    """
    row = _flat(row)
    if _text(row, "leg") == "b" or _text(row, "cc_side") == "agent":
        return None
    direction = _freeswitch_direction(row)
    start, answer = _text(row, "start_stamp"), _text(row, "answer_stamp")
    caller, called = _number(row, "caller_id_number"), _number(row, "destination_number")
    agent = _text(row, "cc_agent").partition("@")[0]
    values: RowTexts = {
        "file": _freeswitch_file(row),
        "call_id": _text(row, "uuid") or _text(row, "xml_cdr_uuid"),
        "started_at": start,
        "direction": direction,
        "queue": _text(row, "cc_queue").partition("@")[0],
        "transferred": "1" if _text(row, "endpoint_disposition") in _TRANSFERS else None,
        "ended_by": _freeswitch_ended_by(row, direction),
    }
    if direction == "inbound":
        values |= {"customer": caller, "agent_id": agent or _extension(called)}
    elif direction == "outbound":
        values |= {"customer": called, "agent_id": agent or _extension(caller)}
    if "answer_stamp" in row:
        values["answered"] = bool(answer)
    if answer:
        values["ring_seconds"] = _between(start, answer, zone)
        values["duration"] = _text(row, "billsec")
    return values


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """The variables and the caller's profile of a JSON document beside the plain columns.

    ``json_cdr`` writes its values percent-encoded unless told otherwise.
    """
    variables = row.get("variables")
    if not isinstance(variables, dict):
        return dict(row)
    flow: Any = next(iter(row.get("callflow") or []), {})
    profile = flow.get("caller_profile", {}) if isinstance(flow, dict) else {}
    told = {**row, **profile, **variables}
    return {k.lower(): unquote(v) if isinstance(v, str) else v for k, v in told.items()}


def _freeswitch_direction(row: Mapping[str, Any]) -> str | None:
    """The call's, not the leg's: a caller's leg is inbound to the switch, whoever he calls."""
    told = _text(row, "call_direction")
    if not told and "xml_cdr_uuid" in row:
        told = _text(row, "direction")
    if told:
        return told if told in {"inbound", "outbound"} else None
    ours = _extension(_number(row, "caller_id_number"))
    theirs = _extension(_number(row, "destination_number"))
    if bool(ours) == bool(theirs):
        return "inbound" if not ours and _text(row, "context") == "public" else None
    return "outbound" if ours else "inbound"


def _freeswitch_file(row: Mapping[str, Any]) -> str:
    name = _text(row, "record_name") or _text(row, "sofia_record_file")
    return str(PurePosixPath(_text(row, "record_path")) / name) if name else ""


def _freeswitch_ended_by(row: Mapping[str, Any], direction: str | None) -> str | None:
    """Who sent the BYE: the caller, or behind the switch the other side of a bridge."""
    caller, other = ("customer", "agent") if direction == "inbound" else ("agent", "customer")
    disposition = _text(row, "sip_hangup_disposition")
    if direction is None or not _text(row, "answer_stamp"):
        return None
    if disposition == "recv_bye":
        return caller
    bridged = any(_text(row, name) for name in ("bleg_uuid", "bridge_uuid", "last_bridge_to"))
    if disposition == "send_bye" and _text(row, "hangup_cause") == "NORMAL_CLEARING":
        return other if bridged else "system"
    return None


# Genesys Cloud ------------------------------------------------------------------------------------

_HUNG_UP = {"client", "endpoint"}


def _genesys(row: Mapping[str, Any], _zone: tzinfo) -> RowTexts:
    """A conversation's details, or the metadata of one of its recordings.

    The details list who took part; where two agents did, neither is the call's agent.
    """
    people = [p for p in row.get("participants") or [] if isinstance(p, dict)]
    agents = [p for p in people if p.get("purpose") in {"agent", "user"}]
    customers = [p for p in people if p.get("purpose") in {"customer", "external"}]
    users = _list_of(row, "userids") or [p.get("userId") for p in agents]
    queues = [p.get("participantName") for p in people if p.get("purpose") == "acd"]
    direction = next(
        (
            t
            for n in ("originatingdirection", "initialdirection", "direction")
            if (t := _text(row, n))
        ),
        "",
    ).lower()
    number = "dnis" if direction == "outbound" else "ani"
    numbers = [row.get(number), *(s.get(number) for p in customers for s in _sessions(p))]
    start = _text(row, "conversationstart") or _text(row, "starttime")
    return {
        "file": _text(row, "recordingid") or (_text(row, "id") if "conversationid" in row else ""),
        "call_id": _text(row, "conversationid"),
        "started_at": start,
        "direction": direction if direction in {"inbound", "outbound"} else None,
        "agent_id": _only(users),
        "agent_name": _only(p.get("participantName") for p in agents),
        "queue": _only(queues),
        "customer": re.sub(r"^(?:tel|sip):|@.*$", "", _only(numbers) or "") or None,
        "duration": _milliseconds(_text(row, "durationms")),
        "ended_by": _genesys_ended_by(agents, customers),
        "transferred": any(_way_of_leaving(p).startswith("transfer") for p in agents)
        if agents
        else None,
    }


def _sessions(participant: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [s for s in participant.get("sessions") or [] if isinstance(s, dict)]


def _way_of_leaving(participant: Mapping[str, Any]) -> str:
    """How somebody left the conversation: ``client`` and ``endpoint`` are his own doing."""
    segments = [g for s in _sessions(participant) for g in s.get("segments") or []]
    return next((str(t) for g in reversed(segments) if (t := g.get("disconnectType"))), "")


def _genesys_ended_by(agents: list[dict[str, Any]], customers: list[dict[str, Any]]) -> str | None:
    by_agent = bool(agents) and _way_of_leaving(agents[-1]) in _HUNG_UP
    by_customer = any(_way_of_leaving(p) in _HUNG_UP for p in customers)
    if by_agent == by_customer:
        return None
    return "agent" if by_agent else "customer"


def _list_of(row: Mapping[str, Any], name: str) -> list[Any]:
    value = row.get(name)
    return value if isinstance(value, list) else []


def _only(values: Iterable[Any]) -> str | None:
    """The one value that all agree on."""
    known = {str(v) for v in values if v}
    return known.pop() if len(known) == 1 else None


def _milliseconds(value: str) -> float | None:
    return float(value) / 1000 if value.isdigit() else None


# callqa's own, and what they share ----------------------------------------------------------------


def _callqa(row: Mapping[str, Any], _zone: tzinfo) -> RowTexts:
    return {k: v for k, v in row.items() if k in {"file", *TOLD}}


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _number(row: Mapping[str, Any], name: str) -> str:
    """A telephone number; ``anonymous`` and ``s`` are none."""
    value = _text(row, name)
    return value if _NUMBER.fullmatch(value) else ""


def _extension(number: str) -> str:
    return number if re.fullmatch(EXTENSION, number) else ""


def _less(row: Mapping[str, Any], name: str, other: str) -> float | None:
    try:
        return max(0.0, float(_text(row, name)) - float(_text(row, other)))
    except ValueError:
        return None


def _between(start: str, end: str, zone: tzinfo) -> float | None:
    """Seconds between two clock times; None where one cannot be read."""
    try:
        return max(0.0, (read_time(end, zone) - read_time(start, zone)).total_seconds())
    except ValueError:
        return None


_OF_ASTERISK = VendorFormat(_asterisk, _MASTER, ("linkedid", "uniqueid", "recordingfile"))
VENDORS: dict[Vendor, VendorFormat] = {
    "callqa": VendorFormat(_callqa),
    "asterisk": _OF_ASTERISK,
    "freepbx": _OF_ASTERISK,
    "issabel": _OF_ASTERISK,
    "freeswitch": VendorFormat(_freeswitch, _TEMPLATE),
    "genesys": VendorFormat(_genesys),
}
