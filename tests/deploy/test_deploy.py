"""The files under ``deploy/``: understood by what reads them, and true of the command line."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cli.test_status import here

DEPLOY = Path("deploy")
UNITS = ("callqa.service", "callqa.timer", "callqa-serve.service")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """With the command where they say that it is."""
    for unit in UNITS:
        text = (DEPLOY / unit).read_text(encoding="utf-8")
        (tmp_path / unit).write_text(text.replace("/opt/callqa/bin/callqa", "/bin/true"))
    units = [str(tmp_path / unit) for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [
        line for line in done.stderr.splitlines() if str(tmp_path) in line or "callqa" in line
    ]
    assert complaints == []


@pytest.mark.parametrize("name", ["night", "publish"])
def test_the_jobs_mount_what_they_name(name: str) -> None:
    """Every mount has its volume; nothing runs as root; the night's parts are its completions."""
    text = (DEPLOY / f"kubernetes/{name}.yaml").read_text(encoding="utf-8")
    job = yaml.safe_load(text)
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    assert pod["securityContext"]["runAsNonRoot"]
    parts = re.findall(r"--shard \$\(\(JOB_COMPLETION_INDEX \+ 1\)\)/(\d+)", text)
    assert [int(n) for n in parts] == ([job["spec"]["completions"]] if name == "night" else [])


@pytest.mark.parametrize("path", [p for p in sorted(DEPLOY.rglob("*")) if p.is_file()])
def test_every_command_that_is_named_exists(path: Path) -> None:
    """With every option that it is given."""
    text = path.read_text(encoding="utf-8").replace("\\\n#", " ").replace("\n", " \n")
    for command, rest in re.findall(
        r"callqa (score|publish|doctor|serve|user add) ([^\n;]*)", text
    ):
        known = here(*command.split(), "--help")[1]
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in known, (path, command, option)
