"""Headers are read where a crash or a hang costs one file."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from pipeline.ingest import headers
from pipeline.ingest.headers import Headers
from pipeline.records import SAMPLE_RATE
from tests.sounds import save


def test_headers_of_sound_and_of_none(tmp_path: Path) -> None:
    """Channels and length; nothing for what is none."""
    save(tmp_path / "a.wav", np.zeros(SAMPLE_RATE, np.float32))
    (tmp_path / "text.wav").write_text("x", encoding="utf-8")
    with Headers() as reader:
        found = reader.of(tmp_path / "a.wav")
        assert found is not None
        assert found.channels == 1
        assert reader.of(tmp_path / "text.wav") is None
        assert reader.of(tmp_path / "nowhere.wav") is None


def test_a_reader_that_hangs_or_dies_costs_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next file is read by another process."""
    save(tmp_path / "a.wav", np.zeros(SAMPLE_RATE, np.float32))
    os.mkfifo(tmp_path / "hangs.wav")
    with Headers() as reader:
        assert reader.of(tmp_path / "a.wav") is not None
        monkeypatch.setattr(headers, "PATIENCE", 0.5)
        assert reader.of(tmp_path / "hangs.wav") is None
        monkeypatch.undo()
        assert reader.of(tmp_path / "a.wav") is not None
        killer = threading.Thread(target=_kill_child, args=(os.getpid(),))
        killer.start()
        assert reader.of(tmp_path / "hangs.wav") is None
        killer.join()
        assert reader.of(tmp_path / "a.wav") is not None


def _kill_child(parent: int) -> None:
    """Kill the newest child of a process that is no tracker of resources."""
    time.sleep(0.5)
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    spawned = [p for p in children if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()]
    os.kill(int(spawned[-1]), 9)
