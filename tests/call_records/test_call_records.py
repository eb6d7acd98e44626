"""What is known of a call besides its sound, from every source a call centre has."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.call_records import name_pattern, named_record, record_of
from pipeline.errors import ConfigurationError
from pipeline.ingest.find import Found, find_recordings
from pipeline.records import CallRecord, Direction
from pipeline.settings import FileNameSettings, Settings, load_settings

ZONE = ZoneInfo("Asia/Shanghai")
UUID = "3f2b8c1e-77a1-4c1e-9d0e-2b6f5a1c9e10"
OTHER = "9a7d1c55-0b8e-4f6f-8d6b-61b2a7f0c3d4"


def audio(folder: Path, name: str) -> None:
    """A file that counts as audio by its name; ingest does not decode."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(name.encode())


def found(folder: Path, settings: str = "") -> Found:
    """What a folder holds, with these lines in its settings file."""
    (folder / "callqa.toml").write_text(settings, encoding="utf-8")
    return find_recordings(folder, load_settings(folder / "callqa.toml"))


def only(folder: Path, settings: str = "") -> CallRecord:
    """What is known of the folder's one recording."""
    result = found(folder, settings)
    assert result.failures == ()
    (recording,) = result.recordings
    return recording.record


def told_by_name(file: str, settings: Settings | None = None) -> CallRecord:
    """What a recording's name tells."""
    settings = settings or Settings()
    return named_record(file, name_pattern(settings.file_name), settings)


def clock(record: CallRecord) -> str:
    """When the call began, as the settings' zone tells it."""
    assert record.started_at is not None
    return record.started_at.isoformat()


# Names --------------------------------------------------------------------------------------------

TAIL = "20261118-091500-1763428500.12"


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


def test_which_phone_system_it_is_can_be_set(tmp_path: Path) -> None:
    """For all calls; a vendor's records tell it too, and a row knows better."""
    audio(tmp_path, "a.wav")
    assert only(tmp_path).pbx is None
    assert only(tmp_path, '[call_records]\npbx = "freeswitch"').pbx == "freeswitch"
    assert only(tmp_path, '[call_records]\nvendor = "issabel"').pbx == "asterisk"
    (tmp_path / "calls.csv").write_text("file,pbx\na.wav,fusionpbx", encoding="utf-8")
    assert only(tmp_path, '[call_records]\npbx = "asterisk"').pbx == "freeswitch"


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


# Times --------------------------------------------------------------------------------------------

MOMENT = datetime(2026, 11, 20, 9, 15, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-20T09:15:30", "2026-11-20T01:15:30Z", "2026-11-20T09:15:30+08:00"),
        *("2026-11-20 09:15:30", "2026/11/20 9:15:30", "2026.11.20 09:15:30", "20261120091530"),
        *("20261120-091530", "20261120T091530+0800", "2026-11-20-09-15-30", "20261120 091530"),
        *("2026年11月20日 9时15分30秒", "2026年11月20日 09:15:30", "2026年11月20日上午9:15:30"),
        *("2026年11月20日 9点15分30秒", "2026/11/20 上午 09:15:30", "2026-11-20 9:15:30 AM"),
        *(
            "２０２６/１１/２０ ０９：１５：３０",
            "2026-11-20 09:15:30 +0800",
            "2026-11-20 09:15:30+08",
        ),
        *(
            "2026-11-20 09:15:30 CST",
            "2026-11-20T09:15:30[Asia/Shanghai]",
            "2026-11-20 01:15:30 UTC",
        ),
        *("2026-11-20T09:15:30+08:00[Asia/Shanghai]", "2026-11-20 09:15:30 GMT+8"),
        *("1795137330", "1795137330.0", "1795137330000", "1795137330000000"),
    ],
)
def test_a_time_as_somebody_writes_it(text: str) -> None:
    """The same moment in all of them."""
    assert record_of({"started_at": text}, ZONE).started_at == MOMENT


@pytest.mark.parametrize(
    ("text", "clock_time"),
    [
        ("2026-11-20T09:15:30.25", "09:15:30.250000"),
        ("1795137330.25", "09:15:30.250000"),
        ("1795137330250", "09:15:30.250000"),
        ("1795137330250.5", "09:15:30.250500"),
        ("2026年11月20日 9时15分", "09:15:00"),
        ("2026年11月20日 9时", "09:00:00"),
        ("2026/11/20 下午 3:05", "15:05:00"),
        ("2026/11/20 上午12:30", "00:30:00"),
        ("2026/11/20 中午12:30", "12:30:00"),
        ("2026/11/20 中午11:30", "11:30:00"),
        ("2026/11/20 晚上11:30", "23:30:00"),
        ("2026-11-20 12:30 PM", "12:30:00"),
        ("2026-11-20 09:15:30-0500", "22:15:30"),
        ("2026-11-20", "00:00:00"),
    ],
)
def test_fractions_halves_of_the_day_and_other_zones(text: str, clock_time: str) -> None:
    """In the zone of the settings."""
    record = record_of({"started_at": text}, ZONE)
    assert record.started_at is not None
    assert record.started_at.time().isoformat() == clock_time


@pytest.mark.parametrize(
    "text",
    [
        *("46346", "46346.385", "20.11.2026 09:15", "11/20/2026 9:15", "2026-02-30 09:15:00"),
        *("2026-11-20 25:00", "1763", "0", "gestern", "2026-11-20 09:15 Mars/Base", "20261399"),
    ],
)
def test_a_time_that_could_be_anything_is_not_guessed(text: str) -> None:
    """Excel's day numbers, the day or the month first, days that never were."""
    with pytest.raises(ValueError, match=r"started_at: .*不能读"):
        record_of({"started_at": text}, ZONE)


def test_a_way_of_ones_own_to_write_the_time(tmp_path: Path) -> None:
    """Before the usual ones; one that is none is named with its line."""
    audio(tmp_path, "a.wav")
    (tmp_path / "cdr.csv").write_text("file,started_at\na.wav,20.11.2026 09:15\n", encoding="utf-8")
    told = '[call_records]\nfile = "cdr.csv"\n'
    record = only(tmp_path, told + 'time_formats = ["%d.%m.%Y %H:%M"]')
    assert clock(record) == "2026-11-20T09:15:00+08:00"
    with pytest.raises(ConfigurationError, match=r"toml:3: .*'%Q' is no time format"):
        found(tmp_path, told + 'time_formats = ["%Q"]')


# Tables in the folder -----------------------------------------------------------------------------


def test_json_lines_and_parquet_stand_beside_calls_csv(tmp_path: Path) -> None:
    """Field by field the first that knows: CSV, JSON lines, Parquet."""
    audio(tmp_path, "a.wav")
    (tmp_path / "calls.csv").write_text("file,team\na.wav,一组\n", encoding="utf-8")
    line = {"file": "a", "team": "二组", "agent_id": "0008", "ring_seconds": 6, "answered": True}
    (tmp_path / "calls.jsonl").write_text(json.dumps(line, ensure_ascii=False), encoding="utf-8")
    rows = {"file": ["a.wav"], "agent_id": ["0009"], "queue": ["抢修"]}
    pq.write_table(pa.table(rows), tmp_path / "calls.parquet")
    record = only(tmp_path)
    assert (record.team, record.agent_id, record.queue) == ("一组", "0008", "抢修")
    assert (record.ring_seconds, record.answered) == (6, True)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.timestamp("us", tz="UTC"), datetime(2026, 11, 20, 1, 15, 30, tzinfo=UTC)),
        (pa.timestamp("ns"), datetime(2026, 11, 20, 9, 15, 30)),  # noqa: DTZ001  as Parquet has it
        (pa.timestamp("ms"), datetime(2026, 11, 20, 9, 15, 30)),  # noqa: DTZ001
        (pa.int64(), 1795137330000),
        (pa.string(), "2026-11-20 09:15:30"),
    ],
)
def test_parquet_brings_its_own_types(tmp_path: Path, kind: pa.DataType, value: Any) -> None:
    """Times with and without zone, whole numbers, numbers that became floats, truths, gaps."""
    audio(tmp_path, "a.wav")
    columns = {
        "file": pa.array(["a.wav"]),
        "started_at": pa.array([value], type=kind),
        "agent_id": pa.array([8008], type=pa.int64()),
        "customer": pa.array([13800000001.0], type=pa.float64()),
        "duration": pa.array([float("nan")], type=pa.float64()),
        "answered": pa.array([True]),
        "transferred": pa.array([None], type=pa.bool_()),
    }
    pq.write_table(pa.table(columns), tmp_path / "calls.parquet")
    record = only(tmp_path)
    assert record.started_at == MOMENT
    assert (record.agent_id, record.customer) == ("8008", "13800000001")
    assert (record.duration, record.answered, record.transferred) == (None, True, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", "，"])
def test_calls_csv_as_spreadsheets_save_it(tmp_path: Path, encoding: str, separator: str) -> None:
    """Excel's "Unicode text" is UTF-16 with tabs; an input method may write a full-width comma."""
    audio(tmp_path, "a.wav")
    lines = [("file", "agent_name", "team"), ("a.wav", "王芳", "一组")]
    text = "\r\n".join(separator.join(line) for line in lines)
    (tmp_path / "calls.csv").write_bytes(text.encode(encoding))
    record = only(tmp_path)
    assert (record.agent_name, record.team) == ("王芳", "一组")


def test_a_fault_in_a_line_is_its_files_only(tmp_path: Path) -> None:
    """Named with its line, in JSON lines as in Parquet; what has no file is the table's."""
    for name in ("a.wav", "b.wav", "c.wav"):
        audio(tmp_path, name)
    lines = ['{"file": "a.wav", "answered": "vielleicht"}', "", "{", "[]", '{"file": "b.wav"}']
    (tmp_path / "calls.jsonl").write_text("\n".join(lines), encoding="utf-8")
    rows = {"file": ["b.wav", "c.wav"], "duration": [60, -1]}
    pq.write_table(pa.table(rows), tmp_path / "calls.parquet")
    result = found(tmp_path)
    assert [r.file for r in result.recordings] == ["b.wav"]
    messages = {f.file: f.message for f in result.failures if f.file != "calls.jsonl"}
    assert messages["a.wav"].startswith("calls.jsonl 第 1 行：answered: 'vielleicht' 不能读")
    assert messages["c.wav"].startswith("calls.parquet 第 2 条：duration: -1 不能读")
    of_table = [f.message for f in result.failures if f.file == "calls.jsonl"]
    assert "calls.jsonl 第 3 行：不是有效的 JSON" in of_table[0]
    assert of_table[1] == "calls.jsonl 第 4 行：应是一个 JSON 对象"


def test_a_table_that_is_none_stops_at_once(tmp_path: Path) -> None:
    """Before any work, with the file."""
    (tmp_path / "calls.parquet").write_bytes(b"no parquet")
    with pytest.raises(ConfigurationError, match=r"calls\.parquet: cannot be read as Parquet"):
        found(tmp_path)
    (tmp_path / "calls.parquet").unlink()
    (tmp_path / "calls.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="neither UTF-8, UTF-16 nor GB18030"):
        found(tmp_path)
    (tmp_path / "calls.csv").unlink()
    (tmp_path / "cdr.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"cdr\.json: is not valid JSON"):
        found(tmp_path, '[call_records]\nfile = "cdr.json"')


@pytest.mark.parametrize("separator", [",", ";", "\t", "；"])
def test_another_table_with_other_columns(tmp_path: Path, separator: str) -> None:
    """Named in the settings, with this table's columns for our fields."""
    audio(tmp_path, "day/a.wav")
    lines = [("录音", "工号", "开始"), ("day/a.wav", "0008", "2026-11-20 9:15")]
    text = "\n".join(separator.join(line) for line in lines)
    (tmp_path / "导出.csv").write_text(text, encoding="gb18030")
    told = '[call_records]\nfile = "导出.csv"\n[call_records.columns]\nfile = "录音"\n'
    record = only(tmp_path, told + 'agent_id = "工号"\nstarted_at = "开始"\n')
    assert (record.agent_id, clock(record)) == ("0008", "2026-11-20T09:15:00+08:00")
    with pytest.raises(ConfigurationError, match=r"toml:5: call_records.columns.team: .*'班组'"):
        found(tmp_path, told + 'team = "班组"\n')


def test_a_json_table_is_no_transcript(tmp_path: Path) -> None:
    """The table that the settings name is not listed as a recording without turns."""
    audio(tmp_path, "a.wav")
    (tmp_path / "cdr.json").write_text('[{"file": "a.wav", "agent_id": "0008"}]', encoding="utf-8")
    assert only(tmp_path, '[call_records]\nfile = "cdr.json"').agent_id == "0008"


def test_rows_without_a_file_find_their_recording_by_the_calls_id(tmp_path: Path) -> None:
    """Where the table names no files at all; a call without recording is known as such."""
    audio(tmp_path, f"in-02588886666-13800000001-{TAIL}.wav")
    audio(tmp_path, f"anruf_{UUID}_links.wav")
    rows = [
        {"call_id": "1763428500.12", "agent_id": "0008"},
        {"call_id": UUID, "agent_id": "0009"},
        {"call_id": "1763428500.99", "started_at": "2026-11-18 10:00", "answered": 0},
    ]
    text = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "cdr.jsonl").write_text(text, encoding="utf-8")
    result = found(tmp_path, '[call_records]\nfile = "cdr.jsonl"')
    assert result.failures == ()
    assert {r.record.agent_id for r in result.recordings} == {"0008", "0009"}
    assert [(c.call_id, c.answered) for c in result.unrecorded] == [("1763428500.99", False)]


def test_other_days_of_a_phone_systems_records_are_left_out(tmp_path: Path) -> None:
    """The table holds all calls since the system was set up; the folder is one night's."""
    audio(tmp_path, f"in-02588886666-13800000001-{TAIL}.wav")
    lines = ["calldate,src,disposition,uniqueid,did"]
    lines += [
        f"2026-11-{day} 10:00:00,13700000003,NO ANSWER,176343{day}00.50,025" for day in (17, 18, 19)
    ]
    (tmp_path / "cdr.csv").write_text("\n".join(lines), encoding="utf-8")
    result = found(tmp_path, '[call_records]\nfile = "cdr.csv"\nvendor = "freepbx"')
    assert [clock(c) for c in result.unrecorded] == ["2026-11-18T10:00:00+08:00"]


def test_a_file_that_another_table_names_need_not_be_here(tmp_path: Path) -> None:
    """It may be another folder's; one that ``calls.csv`` names is missing."""
    rows = "file,started_at\ngone.wav,2026-11-18 10:00\n"
    (tmp_path / "cdr.csv").write_text(rows, encoding="utf-8")
    result = found(tmp_path, '[call_records]\nfile = "cdr.csv"')
    assert (result.failures, len(result.unrecorded)) == ((), 1)
    (tmp_path / "calls.jsonl").write_text('{"file": "gone.wav"}', encoding="utf-8")
    (missing,) = found(tmp_path, '[call_records]\nfile = "cdr.csv"').failures
    assert missing.message == "calls.jsonl 里有这一行，但文件夹里没有这个文件"


def test_an_empty_table_is_named(tmp_path: Path) -> None:
    """Not even a header line; JSON lines may be none."""
    (tmp_path / "calls.jsonl").write_text("", encoding="utf-8")
    assert found(tmp_path).recordings == ()
    (tmp_path / "calls.csv").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"calls\.csv:1: no column 'file'"):
        found(tmp_path)


# Settings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('file = "cdr.xlsx"', r"toml:2: call_records.file: cannot read .xlsx; expected .csv, "),
        ('file = "missing.csv"', r"toml:2: call_records.file: there is no .*missing.csv"),
        ('vendor = "avaya"', r"toml:2: call_records.vendor: Input should be 'callqa', 'asterisk'"),
        ('query = "SELECT 1"', r"toml:1: call_records: database and query go together"),
        ('tabel = "x"', r"toml:2: call_records.tabel: unknown key; expected one of file, vendor"),
        ('[call_records.columns]\nagent = "x"', r"toml:3: .*no field 'agent'; there are file, "),
    ],
)
def test_a_fault_in_the_settings_is_named_with_its_line(
    tmp_path: Path, lines: str, message: str
) -> None:
    """Before any work."""
    with pytest.raises(ConfigurationError, match=message):
        found(tmp_path, f"[call_records]\n{lines}\n")


# Vendors ------------------------------------------------------------------------------------------


def master(*cells: str) -> str:
    """A line of Asterisk's Master.csv: every text in quotes."""
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


def test_asterisks_master_csv(tmp_path: Path) -> None:
    """18 columns without a header line; the side with the extension is the agent's."""
    audio(tmp_path, "1763428500.12.wav")
    audio(tmp_path, "1763430000.40.wav")
    lines = [
        master(
            *("", "13800000001", "s", "from-trunk", '"李" <13800000001>', "PJSIP/trunk-0000001a"),
            *("PJSIP/8008-0000001b", "Dial", "PJSIP/8008,30", "2026-11-18 09:15:00"),
            *("2026-11-18 09:15:06", "2026-11-18 09:18:09", "189", "183", "ANSWERED"),
            *("DOCUMENTATION", "1763428500.12", ""),
        ),
        master(
            *("", "8010", "013900000002", "internal", "8010", "SIP/8010-00000002"),
            *("SIP/telecom-00000003", "Dial", "", "2026-11-18 09:40:00"),
            *("2026-11-18 09:40:09", "2026-11-18 09:41:00", "60", "51", "ANSWERED"),
            *("DOCUMENTATION", "1763430000.40", ""),
        ),
        master(
            *("", "13700000003", "s", "from-trunk", "13700000003", "SIP/telecom-00000004"),
            *("SIP/8008-00000005", "Dial", "", "2026-11-18 10:00:00", "", "2026-11-18 10:00:20"),
            *("20", "0", "NO ANSWER", "DOCUMENTATION", "1763431200.50", ""),
        ),
    ]
    (tmp_path / "cdr").mkdir()
    (tmp_path / "cdr/Master.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = found(tmp_path, '[call_records]\nfile = "cdr/Master.csv"\nvendor = "asterisk"')
    assert result.failures == ()
    came, went = (r.record for r in result.recordings)
    assert (came.direction, came.agent_id, came.customer) == ("inbound", "8008", "13800000001")
    assert (came.ring_seconds, came.duration, came.answered) == (6, 183, True)
    assert (clock(came), came.pbx) == ("2026-11-18T09:15:00+08:00", "asterisk")
    assert (went.direction, went.agent_id, went.customer) == ("outbound", "8010", "013900000002")
    assert [(c.customer, c.answered) for c in result.unrecorded] == [("13700000003", False)]


CDR = (
    "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,"
    "disposition,amaflags,accountcode,uniqueid,userfield,did,recordingfile,cnum,cnam,"
    "outbound_cnum,outbound_cnam,dst_cnam,linkedid,peeraccount,sequence"
)


@pytest.mark.parametrize("vendor", ["freepbx", "issabel"])
def test_the_legs_of_a_queue_call_are_one_call(tmp_path: Path, vendor: str) -> None:
    """The queue rang two agents: the one who answered is the agent, and it began with the first."""
    file = f"q-600-13800000001-{TAIL}.wav"
    audio(tmp_path, f"2026/11/18/{file}")
    head = "13800000001,13800000001,600,ext-queues,PJSIP/trunk-0000001a,Local"
    tail = f"3,,1763428500.12,,02588886666,{file},13800000001,,,,,1763428500.12,"
    lines = [
        CDR,
        f"2026-11-18 09:15:00,{head}/8007@from-queue-1;1,Queue,600,12,0,NO ANSWER,{tail},1",
        f"2026-11-18 09:15:12,{head}/8008@from-queue-2;1,Queue,600,188,183,ANSWERED,{tail},2",
    ]
    (tmp_path / "cdr.csv").write_text("\n".join(lines), encoding="utf-8")
    record = only(tmp_path, f'[call_records]\nfile = "cdr.csv"\nvendor = "{vendor}"')
    assert (record.agent_id, record.queue, record.answered) == ("8008", "600", True)
    assert (record.direction, record.customer) == (Direction.INBOUND, "13800000001")
    assert (record.ring_seconds, record.duration) == (5, 183)
    assert clock(record) == "2026-11-18T09:15:00+08:00"


def test_freepbx_knows_what_went_out(tmp_path: Path) -> None:
    """By the caller id it sent; a call that only the machine answered is not called answered."""
    audio(tmp_path, "x.wav")
    went = "PJSIP/8010-00000002,IAX2/telecom-17,Dial,,60,51,ANSWERED,3,,1763430000.40"
    waited = "PJSIP/trunk-00000004,,Queue,600,20,20,ANSWERED,3,,1763431200.50"
    lines = [
        CDR,
        f"2026-11-18 09:40:00,,8010,013900000002,from-internal,{went},,,x.wav,8010,,02588886666,",
        f"2026-11-18 10:00:00,,13700000003,600,ext-queues,{waited},,02588886666,,13700000003,,,",
    ]
    (tmp_path / "cdr.csv").write_text("\n".join(lines), encoding="utf-8")
    result = found(tmp_path, '[call_records]\nfile = "cdr.csv"\nvendor = "freepbx"')
    (recording,) = result.recordings
    record = recording.record
    assert (record.direction, record.agent_id, record.customer) == (
        *(Direction.OUTBOUND, "8010"),
        "013900000002",
    )
    assert [(c.answered, c.queue) for c in result.unrecorded] == [(None, "600")]


def test_issabels_call_centre_notes_the_recording_elsewhere(tmp_path: Path) -> None:
    """In ``userfield``, with a prefix."""
    audio(tmp_path, f"{TAIL}.wav")
    lines = [
        "calldate,src,dst,dstchannel,duration,billsec,disposition,uniqueid,userfield",
        f"2026-11-18 09:15:00,13800000001,600,Agent/8008,70,60,ANSWERED,1763428400.9,audio:{TAIL}.wav",
    ]
    (tmp_path / "cdr.csv").write_text("\n".join(lines), encoding="utf-8")
    record = only(tmp_path, '[call_records]\nfile = "cdr.csv"\nvendor = "issabel"')
    assert (record.agent_id, record.call_id) == ("8008", "1763428400.9")


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
    assert "不是有效的 JSON" in result.failures[0].message


def test_a_vendors_columns_can_be_overridden(tmp_path: Path) -> None:
    """One field from elsewhere, the others as the vendor has them."""
    audio(tmp_path, "x.wav")
    lines = [
        "calldate,src,dst,duration,billsec,disposition,uniqueid,did,recordingfile,accountcode",
        "2026-11-18 09:15:00,13800000001,s,70,60,ANSWERED,1763428500.12,025,x.wav,0008",
    ]
    (tmp_path / "cdr.csv").write_text("\n".join(lines), encoding="utf-8")
    told = '[call_records]\nfile = "cdr.csv"\nvendor = "freepbx"\n'
    record = only(tmp_path, told + '[call_records.columns]\nagent_id = "accountcode"')
    assert (record.agent_id, record.customer) == ("0008", "13800000001")


def test_a_fault_in_a_vendors_row_is_its_recordings(tmp_path: Path) -> None:
    """With the table's line; the other calls go on."""
    audio(tmp_path, "x.wav")
    audio(tmp_path, "y.wav")
    lines = [
        "calldate,src,dst,disposition,uniqueid,recordingfile",
        "gestern,1,2,ANSWERED,1763428500.12,x.wav",
        "2026-11-18 09:15:00,1,2,ANSWERED,1763428500.13,y.wav",
        "morgen,1,2,ANSWERED,1763428500.14,",
    ]
    (tmp_path / "cdr.csv").write_text("\n".join(lines), encoding="utf-8")
    result = found(tmp_path, '[call_records]\nfile = "cdr.csv"\nvendor = "freepbx"')
    assert [r.file for r in result.recordings] == ["y.wav"]
    assert [f.file for f in result.failures] == ["x.wav", "cdr.csv"]
    assert "cdr.csv 第 2 行：started_at: 'gestern'" in result.failures[0].message
    assert "cdr.csv 第 4 行：started_at: 'morgen'" in result.failures[1].message


# The documentation --------------------------------------------------------------------------------

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = ["call-records.md", "call-records.zh-CN.md"]


def blocks(page: str, language: str) -> list[str]:
    """The fenced examples of a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_every_name_in_the_documentation_tells_what_it_says(page: str) -> None:
    """And the kinds are all of them."""
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+\.(?:wav|mp3|opus))` \| (.+) \|$", text, re.MULTILINE)
    assert len(rows) == 13
    for file, told in rows:
        record = told_by_name(file)
        assert " ".join(f"{p[0]}={getattr(record, p[0])}" for p in pairs(told)) == told, file


def pairs(told: str) -> list[list[str]]:
    """``a=1 b=2`` as fields and values."""
    return [one.split("=") for one in told.split()]


@pytest.mark.parametrize("page", PAGES)
def test_every_time_in_the_documentation_is_the_same(page: str) -> None:
    """However it is written."""
    (listed,) = blocks(page, "text")
    assert {record_of({"started_at": line}, ZONE).started_at for line in listed.splitlines()} == {
        MOMENT
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_in_the_documentation_works(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the table and the database that it speaks of."""
    (tmp_path / "cdr").mkdir()
    cells = ("0008", "13800000001", *[""] * 14, "1763428500.12", "")
    (tmp_path / "cdr/Master.csv").write_text(master(*cells), encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "cdr.db")) as connection, connection:
        connection.execute("CREATE TABLE cdr (calldate, src, did, uniqueid, disposition)")
        row = ("2026-11-18 09:15:00", "13800000001", "025", "1763428500.12", "ANSWERED")
        connection.execute("INSERT INTO cdr VALUES (?, ?, ?, ?, ?)", row)
    monkeypatch.setenv("CALLQA_DATABASE", f"sqlite:///{tmp_path / 'cdr.db'}")
    (tmp_path / "0012_20261118091500.wav").write_bytes(b"a")
    (tmp_path / "1763428500.12.wav").write_bytes(b"b")
    named, table, database, formats = blocks(page, "toml")
    records = [[r.record for r in found(tmp_path, e).recordings] for e in (named, table, database)]
    assert records[0][0].agent_id == "0012"
    assert (records[1][1].agent_id, records[1][1].pbx) == ("0008", "asterisk")
    assert (records[2][1].customer, records[2][1].direction) == ("13800000001", Direction.INBOUND)
    (tmp_path / "callqa.toml").write_text(formats, encoding="utf-8")
    assert load_settings(tmp_path / "callqa.toml").call_records.time_formats == ("%d.%m.%Y %H:%M",)
