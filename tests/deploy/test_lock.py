"""What `make` installs is what the project asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ASKED = PROJECT["project"]["dependencies"]
FOR_TESTS = [one for one in PROJECT["dependency-groups"]["dev"] if isinstance(one, str)]


def name_of(requirement: str) -> str:
    """The name of a package, as the index writes it."""
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


@pytest.mark.parametrize(
    ("lock", "asked"),
    [("requirements.lock", ASKED), ("requirements-dev.lock", [*ASKED, *FOR_TESTS])],
)
def test_the_lock_holds_what_is_asked_for(lock: str, asked: list[str]) -> None:
    """Of a dependency that was added and not locked `make score` knows nothing: `make lock`."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    locked = {name_of(line) for line in lines if "==" in line and line[0].isalnum()}
    assert {name_of(one) for one in asked} <= locked
