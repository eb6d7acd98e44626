"""Rubrics' and rules' files as they stand: what extends what, and which rules a rubric has.

Nothing that a rule asks is read here; ``rubric.load`` does that.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.resources import RuleFiles
from pipeline.yamlfile import Location, load

if TYPE_CHECKING:
    from collections.abc import Mapping


def documents(files: RuleFiles) -> dict[str, str]:
    """The letter of the document that each rubric is about."""
    return {
        name: str(with_base(path, files)[0].get("document")) for name, path in files.rubrics.items()
    }


def members(files: RuleFiles) -> dict[str, list[str]]:
    """The rules of each rubric, by id, without reading what they ask."""
    sources = {rule: sources_of(rule_data(path)[0], path) for rule, path in files.rules.items()}
    without = {
        name: set(with_base(path, files)[0].get("without", ()))
        for name, path in files.rubrics.items()
    }
    return {
        name: [rule for rule, own in sources.items() if letter in own and rule not in without[name]]
        for name, letter in documents(files).items()
    }


def kinds_in(name: str, files: RuleFiles) -> dict[str, str]:
    """By rule of one rubric that costs points: its kind."""
    path, files = path_and_files(name, files)
    data, _ = with_base(path, files)
    without, letter = data.get("without", ()), data.get("document")
    rules = {rule: rule_data(path)[0] for rule, path in files.rules.items() if rule not in without}
    return {
        rule: str(own.get("kind"))
        for rule, own in rules.items()
        if letter in sources_of(own, files.rules[rule]) and own.get("outcome") != "tag"
    }


def orphans(files: RuleFiles) -> list[Path]:
    """The rule files whose source names no document that any of the rubrics is about."""
    known = set(documents(files).values())
    rules = files.rules.values()
    return [path for path in rules if not known & set(sources_of(rule_data(path)[0], path))]


def path_and_files(name: str, files: RuleFiles) -> tuple[Path, RuleFiles]:
    """Where a rubric lies, and the files that go with it."""
    if name.endswith(".yml"):
        path = Path(name).absolute()
        if not path.is_file():
            raise ConfigurationError(tr("there is no rubric {name}", name=name))
        beside = RuleFiles.of(path.parent, path.parent.parent / "lexicons")
        return path, beside.over(files.under or files)
    if name not in files.rubrics:
        known = ", ".join(files.rubrics)
        raise ConfigurationError(
            tr("no rubric {name!r}; there are {known}", name=name, known=known)
        )
    return files.rubrics[name], files


def with_base(
    path: Path, files: RuleFiles, below: tuple[Path, ...] = ()
) -> tuple[dict[str, Any], dict[Location, int]]:
    """The rubric's data laid over what it extends; mappings merge, all else replaces."""
    data, lines = load(path)
    if not isinstance(data, dict):
        raise ConfigurationError(tr("expected a mapping of rubric keys"), path=path, line=1)
    base = data.get("extends")
    if base is None:
        return data, lines
    parent = files.base_of(str(base), path)
    if parent is None or parent in below:
        line = lines["extends",]
        message = tr("extends: no other rubric {base!r}", base=base)
        raise ConfigurationError(message, path=path, line=line)
    inherited, _ = with_base(parent, files, (*below, path))
    return merged_keys(inherited, data), lines


def merged_keys(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Keys laid over those of a base: mappings merge, all else replaces."""
    merged = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = merged_keys(base[key], value) if both else value
    return merged


def sources_of(data: Any, path: Path) -> Mapping[str, Any]:
    """The documents that a rule's file names, by their letters."""
    source = data.get("source") if isinstance(data, dict) else None
    if not isinstance(source, dict):
        message = tr(
            "source: expected the documents and their clauses, such as `G: 3 服务规范·首问语`"
        )
        raise ConfigurationError(message, path=path, line=1)
    return source


def rule_data(path: Path) -> tuple[Any, dict[Location, int]]:
    """A rule file as it stands, read again only when it has changed."""
    return _cached_rule(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1024)
def _cached_rule(path: Path, _changed: int) -> tuple[Any, dict[Location, int]]:
    return load(path)
