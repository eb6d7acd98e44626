"""Strict loading: each fault stops with file, line and what was expected."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipeline.detect import PARAMETERS
from pipeline.errors import ConfigurationError
from pipeline.resources import LEXICONS, RUBRICS, RuleFiles
from pipeline.rubric.load import Rubric, load_rubric

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rubrics and lexicons to spoil."""
    shutil.copytree(RUBRICS, tmp_path / "rubrics")
    shutil.copytree(LEXICONS, tmp_path / "lexicons")
    return tmp_path


def loaded(folder: Path, name: str = "gas-hotline") -> Rubric:
    """The rubric out of the copy."""
    files = RuleFiles.of(folder / "rubrics", folder / "lexicons")
    return load_rubric(name, kinds=PARAMETERS, files=files)


def spoil(path: Path, old: str, new: str) -> int:
    """Replace a part of a file; the 1-based line where it stood."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "rules/voice.rate.yml",
            "tolerance:",
            "tolerence:",
            "tolerence: unknown key for kind rate",
        ),
        ("rules/voice.rate.yml", "severity: minor", "severity: bad", "severity: Input should be"),
        ("rules/voice.rate.yml", "kind: rate", "kind: speed", "kind: 'speed' is none"),
        ("rules/voice.rate.yml", "norm: [180, 200]", "norm: [200, 180]", "two rising numbers"),
        ("rules/voice.rate.yml", "title: 语速", "title: 语速\ntitle: 语速", "stands twice"),
        ("rules/voice.rate.yml", "{rate}", "{speed}", r"no placeholder \{speed\} in kind rate"),
        ("rules/voice.rate.yml", "max_deduct: 5", "max_deduct: 0.5", "less than deduct"),
        ("rules/voice.rate.yml", "A 0.0-1.0 您好。", "A 1.0-0.0 您好。", "end after it begins"),
        ("rules/voice.rate.yml", "A 0.0-1.0 您好。", "X 0.0-1.0 您好。", "is not of the form"),
        (
            "rules/voice.rate.yml",
            "section: voice",
            "section: sound",
            "section: the rubric gas-hotline has none 'sound'",
        ),
        ("rules/voice.rate.yml", "source:\n", "sources:\n", "source: expected the documents"),
        ("rules/wording.quarrel.yml", '"@quarrel"', '"@quarrels"', "no lexicon '@quarrels'"),
        ("rules/opening.inbound.yml", "{organisation}", "{company}", r"no name \{company\}"),
        (
            "gas-hotline.yml",
            "rules:",
            "rules:\n  voice.rat: {}",
            "no rule file rules/voice.rat.yml",
        ),
        (
            "gas-hotline.yml",
            "rules:",
            "without: [voice.rat]\nrules:",
            "no rule file rules/voice.rat",
        ),
        (
            "gas-hotline.yml",
            "rules:",
            "rules:\n  timing.duration: {deduct: 1}",
            "its source names no clause of G",
        ),
        (
            "gas-hotline.yml",
            "rules:",
            "rules:\n  voice.rate: {kind: hold}",
            "kind belongs to the rule",
        ),
        ("gas-hotline.yml", "rules:", "rules:\n  voice.rate: {norm: 7}", "norm: Input should be"),
        ("gas-hotline.yml", "at_least: 0}", "at_least: 10}", "the last of them 0"),
        ("gas-hotline.yml", "mode: deduct", "modus: deduct", "modus: unknown key"),
        ("gas-hotline.yml", "mode: deduct", "mode: [deduct", "not valid YAML"),
    ],
)
def test_a_fault_is_named_with_its_file(
    folder: Path, file: str, old: str, new: str, message: str
) -> None:
    """The message says where and what was expected."""
    spoil(folder / "rubrics" / file, old, new)
    with pytest.raises(ConfigurationError, match=message) as caught:
        loaded(folder)
    assert caught.value.path is not None
    assert caught.value.line is None or caught.value.line > 0


def test_the_line_of_an_unknown_key(folder: Path) -> None:
    """The line is the key's own."""
    path = folder / "rubrics" / "rules" / "voice.rate.yml"
    line = spoil(path, "tolerance:", "tolerence:")
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder)
    assert (caught.value.path, caught.value.line) == (path, line)


def test_the_line_of_a_fault_inside_an_example(folder: Path) -> None:
    """Also deep inside the file."""
    path = folder / "rubrics" / "rules" / "voice.rate.yml"
    line = spoil(path, "outcome: not_measurable", "outcome: unmeasurable")
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder)
    assert caught.value.line == line


def test_an_exception_that_never_fires_is_an_error(folder: Path) -> None:
    """It would look as if it did something."""
    path = folder / "rubrics" / "rules" / "wording.quarrel.yml"
    spoil(path, 'phrases: ["@quarrel"]', 'phrases: {any: ["@quarrel"], unless: [营业厅]}')
    with pytest.raises(ConfigurationError, match="can never fire"):
        loaded(folder)


def test_a_rubric_overrides_a_rules_numbers(folder: Path) -> None:
    """Only the number given changes."""
    own = "rules:\n  voice.rate: {norm: [200, 230]}"
    spoil(folder / "rubrics" / "gas-hotline.yml", "rules:", own)
    rule = loaded(folder).rules["voice.rate"]
    assert rule.params.model_dump()["norm"] == (200.0, 230.0)
    assert rule.file.max_deduct == 5


def test_a_rubric_extends_another(folder: Path) -> None:
    """What it does not say, it inherits."""
    own = folder / "rubrics" / "night.yml"
    own.write_text('extends: gas-hotline\ntitle: 夜班\nversion: "7"\n', encoding="utf-8")
    night = loaded(folder, "night")
    assert night.file.title == "夜班"
    assert list(night.rules) == list(loaded(folder).rules)
    assert night.version.startswith("7+")


def test_the_version_follows_every_file_it_was_read_from(folder: Path) -> None:
    """A changed phrase is another version."""
    before = loaded(folder).version
    list_file = folder / "lexicons" / "refusal.txt"
    list_file.write_text(list_file.read_text(encoding="utf-8") + "别来问我\n", encoding="utf-8")
    assert loaded(folder).version != before


def test_rules_that_wait_for_each_other_are_an_error(folder: Path) -> None:
    """Nobody could begin."""
    when = "when: {finding: {rule: %s}}\nsection: "
    for rule, other in (("voice.rate", "wording.insult"), ("wording.insult", "voice.rate")):
        spoil(folder / "rubrics" / "rules" / f"{rule}.yml", "section: ", when % other)
    with pytest.raises(ConfigurationError, match="circle"):
        _ = loaded(folder).order


def test_an_unknown_rubric_names_those_there_are(folder: Path) -> None:
    """The way on is in the message."""
    with pytest.raises(ConfigurationError, match="there are exchange-400, gas-hotline"):
        loaded(folder, "gas")


def test_an_unknown_key_deep_inside_names_its_neighbours(folder: Path) -> None:
    """As they are written in the file: `from`, not the name it has in the code."""
    path = folder / "rubrics" / "rules" / "opening.inbound.yml"
    spoil(path, "window: {from: start, ", "window: {from: start, size: 3, ")
    with pytest.raises(ConfigurationError, match="expected one of from, seconds, turns"):
        loaded(folder)
    spoil(path, "size: 3, ", "")
    spoil(path, "    label: 问候\n", "    label: 问候\n    sound: true\n")
    with pytest.raises(ConfigurationError, match="expected one of label, any, optional"):
        loaded(folder)


NEW_RULE = """
title: 不说“不归我管”
kind: phrase
section: wording
severity: minor
deduct: 2
source: {G: 3 服务规范·服务禁忌}
why: 客户不知道该归谁管。
phrases: [不归我管]
message: 说了“{quote}”
examples:
  - name: 说了
    turns: |
      A 0.5-3.0 这个不归我管。
    outcome: violation
"""


def test_a_new_rule_touches_one_file(folder: Path) -> None:
    """Its source names the document, so the document's rubric has it; the other rubrics have not."""
    before = list(loaded(folder).rules)
    path = folder / "rubrics" / "rules" / "wording.mine.yml"
    path.write_text(NEW_RULE, encoding="utf-8")
    assert set(loaded(folder).rules) - set(before) == {"wording.mine"}
    assert "wording.mine" not in loaded(folder, "mall").rules


def test_a_rule_can_be_left_out(folder: Path) -> None:
    """A house that does not want a rule says so in its own rubric."""
    own = folder / "rubrics" / "night.yml"
    text = 'extends: gas-hotline\ntitle: 夜班\nversion: "7"\nwithout: [voice.rate]\n'
    own.write_text(text, encoding="utf-8")
    left_out = set(loaded(folder).rules) - set(loaded(folder, "night").rules)
    assert left_out == {"voice.rate"}
