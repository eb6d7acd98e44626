"""Call records of Asterisk, FreePBX and Issabel."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.records import Direction
from tests.call_records.sources import TAIL, audio, clock, found, master, only

CDR = (
    "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,"
    "disposition,amaflags,accountcode,uniqueid,userfield,did,recordingfile,cnum,cnam,"
    "outbound_cnum,outbound_cnam,dst_cnam,linkedid,peeraccount,sequence"
)


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
    assert "cdr.csv:2：started_at: 'gestern'" in str(result.failures[0].message)
    assert "cdr.csv:4：started_at: 'morgen'" in str(result.failures[1].message)
