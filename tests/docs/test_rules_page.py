"""The manual of the rules and the table of clauses: what they show works, and nothing is left out."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from pipeline.detect import KINDS, PARAMETERS
from pipeline.errors import ConfigurationError
from pipeline.judging.examples import run_examples
from pipeline.judging.judge import Judge
from pipeline.records import ASKED, Outcome
from pipeline.resources import LEXICONS, RUBRICS, RuleFiles, rule_files
from pipeline.rubric.load import Rubric, load_rubric
from pipeline.rubric.schema import Condition, ExampleCall, RuleFile
from pipeline.settings import Settings
from tests.helpers import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
MANUALS = ["docs/rules.md", "docs/rules.zh-CN.md"]
CLAUSES = ROOT / "rubrics" / "README.md"

_BLOCK = re.compile(r"^```yaml\n# (rules/[\w.]+\.yml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^### ([a-z]+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_DOCUMENT = re.compile(r"^<!-- document: ([A-Z]) -->$", re.MULTILINE)
_RULE_ID = re.compile(r"`([a-z]+\.[a-z_]+)`")


@cache
def read(manual: str) -> str:
    """A page's text."""
    return (ROOT / manual).read_text(encoding="utf-8")


def shown(manual: str) -> dict[str, str]:
    """The rule files that a page shows whole, by the path in their first line."""
    return dict(_BLOCK.findall(read(manual)))


SHOWN = shown(MANUALS[0])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the rubrics with the rules that the manuals show beside the product's own."""
    copy = tmp_path_factory.mktemp("shown")
    shutil.copytree(RUBRICS, copy / "rubrics")
    for path, text in SHOWN.items():
        assert not (copy / "rubrics" / path).exists(), f"{path} is one of the product's own"
        (copy / "rubrics" / path).write_text(text, encoding="utf-8")
    return copy / "rubrics"


@pytest.fixture(scope="module")
def judges(folder: Path) -> dict[str, Judge]:
    """By document: the judge of its rubric, the shown rules included."""
    documents = {next(iter(yaml.safe_load(text)["source"])) for text in SHOWN.values()}
    names = {judge(n).rubric.file.document: n for n in rule_files().rubrics}
    return {d: Judge.of(loaded(folder, names[d]), Settings()) for d in documents}


def loaded(folder: Path, name: str = "gas-hotline") -> Rubric:
    """A rubric out of a copy."""
    return load_rubric(name, kinds=PARAMETERS, files=RuleFiles.of(folder, LEXICONS))


@pytest.mark.parametrize("path", SHOWN)
def test_a_rule_that_is_shown_works_as_it_stands(judges: dict[str, Judge], path: str) -> None:
    """Put beside the others, it loads, and it says of its examples what they ask."""
    one = judges[next(iter(yaml.safe_load(SHOWN[path])["source"]))]
    rule_id = Path(path).stem
    assert [r for r in run_examples(one.rubric, one.how, rule_id) if r.fault] == []
    outcomes = {example.outcome for example in one.rubric.rules[rule_id].file.examples}
    if one.rubric.rules[rule_id].file.kind == ASKED:
        assert outcomes == {Outcome.NOT_MEASURABLE}
        return
    assert outcomes & {Outcome.VIOLATION, Outcome.REVIEW, Outcome.TAG}
    assert outcomes & {Outcome.PASS, Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("severity:", "severty:", "severty: unknown key for kind phrase; expected one of title,"),
        ("why:", "# why:", "why: Field required"),
        ("severity: minor", "severity: minor\nseverity: major", "key 'severity' stands twice"),
        ("kind: phrase", "kind: phrases", "kind: 'phrases' is none; expected one of asked,"),
        ("section: wording", "section: words", "the rubric gas-hotline has none 'words'"),
        ("max_deduct: 4", "max_deduct: 1", "max_deduct 1 is less than deduct 2"),
        ('["@help"]', "[@help]", "found character '@' that cannot start any token"),
        ("section: wording", "section：wording", "not valid YAML: could not find expected ':'"),
        ("你(去|自己)百度", "你(去|自己百度", "'(' is not closed"),
        (
            "百度一下",
            '"{company}没有"',
            "no name {company} in the rubric; it has organisation, surname",
        ),
        (
            "网上都有假的",
            "营业厅",
            "the exception '营业厅' can never fire: no phrase here overlaps it",
        ),
        ("“{quote}”", "{words}", "message: no placeholder {words} in kind phrase; there are quote"),
        ("A 3.5-6.0 您", "A 6.0-3.5 您", "a span must end after it begins"),
    ],
)
def test_a_message_that_is_quoted_is_the_real_one(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """The English manual's table of mistakes shows what `callqa rubric check` says in English."""
    shutil.copytree(RUBRICS, tmp_path / "rubrics")
    path = next(path for path in SHOWN if "ask_elsewhere" in path)
    assert old in SHOWN[path]
    text = SHOWN[path].replace(old, new, 1)
    (tmp_path / "rubrics" / path).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        loaded(tmp_path / "rubrics")
    assert message in read("docs/rules.md")


@pytest.mark.parametrize("manual", MANUALS)
def test_every_kind_is_shown_under_its_own_heading(manual: str) -> None:
    """One section a kind, with one whole file of that kind."""
    sections = dict(_SECTION.findall(read(manual)))
    assert set(sections) == set(KINDS)
    for kind, section in sections.items():
        (found,) = _BLOCK.findall(section)
        assert yaml.safe_load(found[1])["kind"] == kind


@pytest.mark.parametrize("manual", MANUALS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_of_a_kind_is_explained(manual: str, kind: str) -> None:
    """The kind's own and the message's placeholders in its section, those inside them on the page."""
    text = read(manual)
    section = dict(_SECTION.findall(text))[kind]
    prose = _BLOCK.sub("", section)
    params = KINDS[kind].params
    missing = [name for name in written(params) if f"`{name}`" not in prose]
    missing += [f for f in sorted(params.fields) if f"`{{{f}}}`" not in prose]
    page = _BLOCK.sub("", text)
    missing += [name for name in nested(params) if not re.search(rf"\b{name}\b", page)]
    assert missing == []


@pytest.mark.parametrize("manual", MANUALS)
@pytest.mark.parametrize("model", [RuleFile, Condition, ExampleCall])
def test_every_common_key_is_explained(manual: str, model: type[BaseModel]) -> None:
    """What every rule may hold, whatever its kind."""
    page = _BLOCK.sub("", read(manual))
    assert [name for name in written(model) if not re.search(rf"`{name}\b", page)] == []


def test_both_manuals_show_the_same_rules() -> None:
    """A rule that is changed in one language is changed in the other."""
    assert shown(MANUALS[0]) == shown(MANUALS[1])


@pytest.mark.parametrize("manual", [*MANUALS, "rubrics/README.md"])
def test_every_link_leads_somewhere(manual: str) -> None:
    """No dead links, to files or to headings of the same page."""
    text = read(manual)
    headings = {h.lower().replace(" ", "-").replace(",", "") for h in _headings(text)}
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("#"):
            assert link[1:] in headings, link
        else:
            assert ((ROOT / manual).parent / link).exists(), link


def test_the_clauses_name_the_rubrics_as_they_are() -> None:
    """How many rules each has, and what its sections may cost."""
    text = CLAUSES.read_text(encoding="utf-8")
    rubrics = [judge(name).rubric for name in rule_files().rubrics]
    for rubric in rubrics:
        row = rf"^\| {rubric.file.document} \|.*\[{rubric.name}\].*\| {len(rubric.rules)} 条 \|$"
        assert re.search(row, text, re.MULTILINE), rubric.name
    caps = text.split("| 部分 |")[1].split("\n\n")[0].splitlines()
    documents = [cell.strip() for cell in caps[0].strip("|").split("|")]
    for row in caps[2:]:
        title, *cells = (cell.strip() for cell in row.strip("|").split("|"))
        for document, cell in zip(documents, cells, strict=True):
            (file,) = (r.file for r in rubrics if r.file.document == document)
            cap = {s.title: f"{s.cap:g}" for s in file.sections.values()}.get(title, "")
            assert cell == cap, (title, document)


def written(model: type[BaseModel]) -> list[str]:
    """A model's keys as they stand in a file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def nested(model: type[BaseModel]) -> set[str]:
    """The keys of everything that the model's own keys hold, conditions aside."""
    found: set[str] = set()
    for field in model.model_fields.values():
        for inner in _models(field.annotation):
            if inner is not Condition:
                found |= {*written(inner), *nested(inner)}
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _headings(text: str) -> list[str]:
    return [heading.strip() for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
