"""What the settings say of call records: the phone system, the columns, and faults in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigurationError
from tests.call_records.sources import audio, found, only


def test_which_phone_system_it_is_can_be_set(tmp_path: Path) -> None:
    """For all calls; a vendor's records tell it too, and a row knows better."""
    audio(tmp_path, "a.wav")
    assert only(tmp_path).pbx is None
    assert only(tmp_path, '[call_records]\npbx = "freeswitch"').pbx == "freeswitch"
    assert only(tmp_path, '[call_records]\nvendor = "issabel"').pbx == "asterisk"
    (tmp_path / "calls.csv").write_text("file,pbx\na.wav,fusionpbx", encoding="utf-8")
    assert only(tmp_path, '[call_records]\npbx = "asterisk"').pbx == "freeswitch"


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
