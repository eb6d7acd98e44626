"""What a recording's name tells, by the habits of the phone systems and by a pattern of one's own.

FreePBX and Issabel name a recording ``<kind>-<called>-<caller>-<date>-<time>-<uniqueid>``; what the
two numbers are depends on the kind (module callrecording, context sub-record-check):

    in        the number dialled, the caller             came in, the agent is not told
    q, rg     the queue or ring group, the caller        came in, the agent is not told
    exten     the extension, the caller                  came in (FreePBX up to 11, Issabel)
    external  the extension, the caller                  came in from outside
    internal  the extension, another extension           neither came in nor went out
    out       the number dialled, the extension          went out
    force     either of ``in`` and ``out``, untold       only id and time are taken
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from pipeline.call_records.fields import TOLD, first_of, record_of
from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.records import CallRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from pipeline.settings import FileNameSettings, Settings

INBOUND_KINDS = ("in", "q", "rg", "exten", "external")
EXTENSION = r"\d{2,6}"
"""An extension; a number from outside has more digits."""
UNIQUEID = r"(?:[A-Za-z]\w*-)?\d+\.\d+"
UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_OUTSIDE = r"\+?\d{7,}"
_CUSTOMER = r"(?:(?P<customer>\+?\d+)|[^-]*)"
_AGENT = r"(?P<agent_id>\w+)"
_TAIL = rf"-(?P<started_at>\d{{8}}-\d{{6}})-(?P<call_id>{UNIQUEID})"
_STRFTIME = r"(?P<started_at>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)"


class Named(NamedTuple):
    """A pattern over a file's stem, or its whole path without suffix; its time may be in UTC."""

    pattern: str
    pbx: str | None = None
    direction: str | None = None
    whole_path: bool = False
    utc: bool = False


BUILT_IN = (
    Named(rf"in-[^-]*-{_CUSTOMER}{_TAIL}", "asterisk", "inbound"),
    Named(rf"(?:q|rg)-(?P<queue>[^-]+)-{_CUSTOMER}{_TAIL}", "asterisk", "inbound"),
    Named(rf"(?:exten|external)-{_AGENT}-{_CUSTOMER}{_TAIL}", "asterisk", "inbound"),
    Named(rf"out-{_CUSTOMER}-{_AGENT}{_TAIL}", "asterisk", "outbound"),
    Named(rf"internal-{_AGENT}-[^-]*{_TAIL}", "asterisk"),
    Named(rf"force-[^-]*-[^-]*{_TAIL}", "asterisk"),
    # MixMonitor of Issabel's call centre: the time and the channel's id.
    Named(rf"(?P<started_at>\d{{8}}-\d{{6}})-(?P<call_id>{UNIQUEID})", "asterisk"),
    # Queue() and MixMonitor by the channel's id alone, which begins with the second it was made in.
    Named(r"(?P<call_id>(?:[A-Za-z]\w*-)?(?P<started_at>\d{10})\.\d+)", "asterisk"),
    # FreeSWITCH's ${strftime}_${destination_number}_${caller_id_number}, in either order: the
    # number with an extension's length is the agent.
    Named(
        rf"{_STRFTIME}_(?P<customer>{_OUTSIDE})_(?P<agent_id>{EXTENSION})(?:_(?P<call_id>{UUID}))?",
        "freeswitch",
    ),
    Named(
        rf"{_STRFTIME}_(?P<agent_id>{EXTENSION})_(?P<customer>{_OUTSIDE})(?:_(?P<call_id>{UUID}))?",
        "freeswitch",
    ),
    Named(rf"{_STRFTIME}_(?:(?P<customer>{_OUTSIDE})|(?P<call_id>{UUID}))", "freeswitch"),
    # mod_callcenter's record-template: time, the queue's number, the caller, the call's id.
    Named(
        rf"{_STRFTIME}\.[^.]+\.(?:(?P<customer>\+?\d+)|[^.]*)\.(?P<call_id>{UUID})",
        "freeswitch",
        "inbound",
    ),
    # FusionPBX: archive/2026/Nov/18/<uuid>.wav
    Named(
        rf"(?:.*/)?archive/\d{{4}}/[A-Z][a-z]{{2}}/\d\d/(?P<call_id>{UUID})",
        "freeswitch",
        whole_path=True,
    ),
    # Genesys Cloud, bulk export: …/year=2026/month=11/day=18/hour=1/conversation_id=<uuid>/<uuid>
    Named(rf"(?:.*/)?conversation_id=(?P<call_id>{UUID})/[^/]+", whole_path=True),
    # Genesys Interaction Recording: the call's UUID, then the date and the time in UTC.
    Named(
        r"(?P<call_id>[0-9A-Z]{32})_(?P<started_at>\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)(?:-[0-9A-Fa-f]+)*",
        utc=True,
    ),
)


def name_pattern(settings: FileNameSettings) -> Callable[[str], tuple[Named, Mapping[str, str]]]:
    """A function from a file, relative and with slashes, to the pattern it fits and its parts.

    Raises ``ConfigurationError`` for a pattern of one's own that is none, or names no field.
    """
    import re2

    own = [Named(settings.pattern)] if settings.pattern else []
    try:
        patterns = [(named, re2.compile(named.pattern)) for named in (*own, *BUILT_IN)]
    except re2.error as error:
        raise ConfigurationError(f"file_name.pattern: {error}") from error
    for name in patterns[0][1].groupindex if own else ():
        if name not in TOLD:
            raise ConfigurationError(
                tr(
                    "file_name.pattern: no field {name!r}; there are {known}",
                    name=name,
                    known=", ".join(TOLD),
                )
            )

    def read(file: str) -> tuple[Named, Mapping[str, str]]:
        path = PurePosixPath(file)
        for named, pattern in patterns:
            name = str(path.with_suffix("")) if named.whole_path else path.stem
            if match := pattern.fullmatch(name):
                return named, {k: v for k, v in match.groupdict().items() if v}
        return Named(""), {}

    return read


def named_record(
    file: str, pattern: Callable[[str], tuple[Named, Mapping[str, str]]], settings: Settings
) -> CallRecord:
    """What a name tells; a part that cannot be read is not known.

    Which phone system it is comes from the settings first: they know it of every call.
    """
    named, parts = pattern(file)
    values = {"direction": named.direction, "pbx": named.pbx, **parts}
    zone: tzinfo = UTC if named.utc else settings.zone
    if at := parts.get("started_at"):
        own = _own_time(at, settings) if settings.file_name.pattern else None
        values["started_at"] = own.isoformat() if own else at.replace("_", " ")
    told = CallRecord(pbx=settings.call_records.phone_system)
    for part in values.items():
        try:
            told = first_of(told, record_of(dict([part]), zone))
        except ValueError:
            continue
    if told.started_at is not None:
        told = replace(told, started_at=told.started_at.astimezone(settings.zone))
    return told


def _own_time(value: str, settings: Settings) -> datetime | None:
    try:
        at = datetime.strptime(value, settings.file_name.time_format)  # noqa: DTZ007  zone below
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=settings.zone)
