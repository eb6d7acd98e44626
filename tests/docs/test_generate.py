"""Documentation that cannot drift: what it shows is what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from docs.generate import (
    MANUALS,
    PAGES,
    SETTINGS,
    TARGET,
    data_dictionary,
    with_parameters,
    with_sample,
    with_tables,
)
from docs.sample import explained
from docs.settings_page import settings_page
from pipeline.detect import KINDS
from tests.conftest import callqa

ROOT = Path(__file__).parent.parent.parent
READMES = ["README.md", "README.zh-CN.md"]


def test_the_data_dictionary_is_the_schemas() -> None:
    """Run `python -m docs.generate` where this fails."""
    assert TARGET.read_text(encoding="utf-8") == data_dictionary()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_the_tables_of_a_page_are_what_was_measured(page: Path) -> None:
    """Run `python -m docs.generate` where this fails."""
    text = page.read_text(encoding="utf-8")
    assert text == with_tables(text, chinese=PAGES[page])
    assert "| `voice.rate` |" in text


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.name)
def test_the_tables_of_parameters_are_the_models(manual: Path) -> None:
    """Run `python -m docs.generate` where this fails."""
    text = manual.read_text(encoding="utf-8")
    assert text == with_parameters(text, chinese=MANUALS[manual])
    assert text.count("<!-- parameters: ") >= len(KINDS)


@pytest.mark.parametrize("page", SETTINGS, ids=lambda path: path.name)
def test_the_page_of_the_settings_is_the_models(page: Path) -> None:
    """Run `python -m docs.generate` where this fails."""
    text = page.read_text(encoding="utf-8")
    assert text == settings_page(chinese=SETTINGS[page])
    assert "| `window_seconds` |" in text


@pytest.mark.parametrize("readme", READMES)
def test_the_arithmetic_that_is_shown_is_what_is_printed(readme: str, scored_out: Path) -> None:
    """Run `python -m docs.generate` where this fails."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    assert text == with_sample(text, explained(scored_out))
    assert text.count("\n") <= 150


@pytest.mark.parametrize("readme", READMES)
def test_every_make_target_named_in_a_readme_exists(readme: str) -> None:
    """A command in the README is one that works."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", text))
    assert {"score", "test"} <= named
    assert named <= targets


@pytest.mark.parametrize("readme", READMES)
def test_every_callqa_command_in_a_readme_exists(readme: str) -> None:
    """With the options it is shown with."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    lines = set(re.findall(r"^ *(callqa [a-z].*)$", text, re.MULTILINE))
    assert lines
    for line in lines:
        words = shlex.split(line.split("#")[0])[1:]
        command = [w for w in words[:2] if re.fullmatch(r"[a-z]+", w)]
        command = command if command[0] == "rubric" else command[:1]
        shown = callqa(*command, "--help")
        assert shown.returncode == 0, line
        for option in (w for w in words if w.startswith("--")):
            assert option in shown.stdout, line


@pytest.mark.parametrize("readme", READMES)
def test_every_link_into_the_tree_leads_somewhere(readme: str) -> None:
    """No dead links."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link
