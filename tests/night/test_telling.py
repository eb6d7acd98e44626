"""What a run tells those who operate it: figures for monitoring, a digest, a log as JSON."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from pipeline.cli.terminal import ProgressBar
from pipeline.errors import ConfigurationError
from pipeline.messages import Cause
from pipeline.night import notify
from pipeline.records import Failure, Night
from pipeline.settings import Settings
from tests.cli.test_status import here
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEARD = Night(
    found=3,
    transcribed=2,
    scored=0,
    not_scored=0,
    review=0,
    failures=(
        Failure(file="13800001234.wav", stage="audio", error="AudioError", message=Cause("坏了")),
    ),
)
SCORED = Night(found=0, transcribed=0, scored=2, not_scored=0, review=1)


def samples(path: Path) -> dict[str, float]:
    """The figures in a file, as a reader of OpenMetrics sees them."""
    text = path.read_text(encoding="utf-8")
    return {
        "".join((s.name.removeprefix("callqa_"), *(f" {v}" for v in s.labels.values()))): s.value
        for family in text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
        for s in family.samples
    }


def test_figures_for_monitoring(tmp_path: Path) -> None:
    """Counts, times and the outcome; of a night with nothing new as well, and readable by others."""
    folder, metrics = tmp_path / "calls", tmp_path / "metrics/callqa.prom"
    write_call(folder, "a.json", "您好，江城中燃。")
    settings = f'[operations]\nmetrics = "{metrics}"\n'
    (folder / "callqa.toml").write_text(settings, encoding="utf-8")
    assert here("score", folder, "--out", tmp_path / "out")[0] == 0
    found = samples(metrics)
    assert found["run_outcome done"] == 1
    assert found["run_outcome running"] == 0
    assert (found["run_recordings found"], found["run_calls scored"]) == (1, 1)
    assert metrics.stat().st_mode & 0o777 == 0o644
    first = found["run_start_timestamp_seconds"]
    assert here("score", folder, "--out", tmp_path / "out")[0] == 0
    again = samples(metrics)
    assert again["run_start_timestamp_seconds"] > first
    assert (again["run_recordings transcribed"], again["run_calls scored"]) == (0, 1)


def test_figures_that_cannot_be_written_end_no_night(tmp_path: Path) -> None:
    """It is told once, and the calls are scored; so is a night in which nothing is new."""
    folder = tmp_path / "calls"
    write_call(folder, "a.json", "您好，江城中燃。")
    (tmp_path / "file").touch()
    settings = f'[operations]\nmetrics = "{tmp_path}/file/callqa.prom"\n'
    (folder / "callqa.toml").write_text(settings, encoding="utf-8")
    code, said = here("score", folder, "--out", tmp_path / "out")
    assert (code, said.count("callqa.prom could not be written")) == (0, 1)
    assert here("score", folder, "--out", tmp_path / "out")[0] == 0


@pytest.fixture
def mailbox() -> Iterator[tuple[str, list[str]]]:
    """A web server that keeps what it is sent: its address for Apprise, and what came."""
    came: list[str] = []

    class Box(BaseHTTPRequestHandler):
        """Takes whatever comes."""

        def do_POST(self) -> None:
            """Keep it."""
            came.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Box) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"json://127.0.0.1:{server.server_port}/", came
        server.shutdown()


@pytest.mark.parametrize("details", [False, True])
def test_a_digest(mailbox: tuple[str, list[str]], tmp_path: Path, *, details: bool) -> None:
    """Counts; names only where they are asked for, and masked."""
    address, came = mailbox
    operations = {"notify": [address], "notify_details": details}
    settings = Settings.model_validate({"operations": operations})
    notify.check(settings)
    assert notify.send(tmp_path, settings, HEARD, SCORED)
    (text,) = came
    assert "3 files, 2 newly transcribed, 1 of no use" in json.loads(text)["message"]
    assert ("138****1234.wav" in text, "13800001234" in text) == (details, False)


def test_an_address_that_is_none() -> None:
    """It is said before the night, without the address, which may hold a secret."""
    settings = Settings.model_validate({"operations": {"notify": ["nothing://secret"]}})
    with pytest.raises(ConfigurationError, match="address 1 is none") as raised:
        notify.check(settings)
    assert "secret" not in str(raised.value)


def test_a_log_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """An object a line, with its time."""
    ProgressBar(live=False, shown=str, log="json").tell("转写 1/2")
    said = json.loads(capsys.readouterr().err)
    assert said["message"] == "转写 1/2"
    assert said["time"].endswith("+00:00")


def test_what_could_not_be_used_is_in_a_log_of_json(tmp_path: Path) -> None:
    """By its name and its reason."""
    folder = tmp_path / "calls"
    write_call(folder, "a.json", "您好，江城中燃。")
    (folder / "broken.wav").write_bytes(b"none")
    (folder / "callqa.toml").write_text('[operations]\nlog = "json"\n', encoding="utf-8")
    code, said = here("score", folder, "--out", tmp_path / "out")
    logged = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert code == 3
    assert any("broken.wav" in one["message"] for one in logged)
