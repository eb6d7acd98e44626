"""Rubrics and rules: read strictly, nothing skipped, every fault with its file and line."""

from __future__ import annotations

import functools
import hashlib
import string
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from pipeline.errors import ConfigurationError
from pipeline.rubric.schema import Params, RuleFile, referenced
from pipeline.text.phrases import Lexicon, PhraseSet, read_lexicon
from pipeline.yamlfile import Location, Strict, load, validate

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule as one rubric uses it; ``source`` is the clause of the rubric's document."""

    rule_id: str
    file: RuleFile
    source: str
    params: Params


LISTED_NAMES = ("surname",)
"""Lists whose entries a phrase can name as it names the rubric's own: ``{surname}先生``."""


class Section(Strict):
    """A part of the scorecard; ``cap`` is the most it can cost."""

    title: str
    cap: PositiveFloat = 100.0


class Level(Strict):
    """A name for scores of ``at_least`` and more."""

    name: str
    at_least: float = Field(ge=0, le=100)


class RubricFile(Strict):
    """What a rubric file holds."""

    extends: str | None = None
    title: str
    document: str
    version: str
    mode: Literal["deduct", "weighted"] = "deduct"
    names: dict[str, list[str]] = Field(default_factory=dict)
    # Mean word probability under which a place takes no points, and that of a place that would veto:
    # Whisper base gives what was really said 0.62 and more there, insults 0.76 and more; those that
    # it made out of bad sound had 0.46 to 0.63.
    low_confidence: float = Field(default=0.5, ge=0, le=1)
    low_confidence_critical: float = Field(default=0.65, ge=0, le=1)
    # The mean of a whole call under which its words take no points at all: base gives 0.75 and more
    # to calls that a person understands, and gave 0.56 to 0.64 to such as nobody did.
    low_call_confidence: float = Field(default=0.7, ge=0, le=1)
    shortest_call: NonNegativeFloat = 10.0
    sections: dict[str, Section]
    levels: list[Level] = Field(min_length=1)
    rules: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """What this rubric says otherwise than a rule's own file: its numbers, its wording."""
    without: list[str] = Field(default_factory=list)
    """Rules whose source names the document and that are left out all the same."""

    @model_validator(mode="after")
    def _levels_reach_zero(self) -> RubricFile:
        bounds = [level.at_least for level in self.levels]
        if (
            bounds != sorted(bounds, reverse=True)
            or bounds[-1] != 0
            or len(set(bounds)) < len(bounds)
        ):
            msg = "levels: expected falling bounds, the last of them 0"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """A trade's norms, ready for the detectors; ``version`` carries a digest of all it was read from."""

    name: str
    file: RubricFile
    version: str
    rules: Mapping[str, Rule]
    lexicons: Mapping[str, Lexicon]

    @property
    def terms(self) -> set[str]:
        """Every phrase of the lexicons and every name: words to the segmenter."""
        listed = {text for lex in self.lexicons.values() for text in PhraseSet(lex.phrases).texts}
        return listed | {name for names in self.file.names.values() for name in names}


def rubric_names(folder: Path) -> list[str]:
    """The rubrics in ``folder``, by name."""
    return sorted(path.stem for path in folder.glob("*.yml"))


def documents(folder: Path) -> dict[str, str]:
    """The letter of the document that each rubric in ``folder`` is about."""
    names = rubric_names(folder)
    return {name: str(_with_base(folder / f"{name}.yml")[0].get("document")) for name in names}


def members(folder: Path) -> dict[str, list[str]]:
    """The rules of each rubric in ``folder``, by id, without reading what they ask."""
    files = sorted((folder / "rules").glob("*.yml"))
    sources = {path.stem: _sources(_rule_data(path)[0], path) for path in files}
    without = {
        name: set(_with_base(folder / f"{name}.yml")[0].get("without", ()))
        for name in rubric_names(folder)
    }
    return {
        name: [rule for rule, own in sources.items() if letter in own and rule not in without[name]]
        for name, letter in documents(folder).items()
    }


def orphans(rubrics: Path) -> list[Path]:
    """The rule files whose source names no document that any rubric in the folder is about."""
    known = set(documents(rubrics).values())
    rules = sorted((rubrics / "rules").glob("*.yml"))
    return [path for path in rules if not known & set(_sources(_rule_data(path)[0], path))]


def read_lexicons(folder: Path) -> dict[str, Lexicon]:
    """Every list in ``folder`` by name."""
    return {path.stem: read_lexicon(path) for path in sorted(folder.glob("*.txt"))}


def load_rubric(
    name: str, *, kinds: Mapping[str, type[Params]], rubrics: Path, lexicons: Path
) -> Rubric:
    """The rubric ``name`` with all its rules; or the one at a path that ends in ``.yml``.

    A rubric given by its path brings the ``rules`` beside it, and the ``lexicons`` beside its folder
    where there are any; its name is that path.

    ``kinds`` is the closed set of detector kinds with their parameters. Raises ``ConfigurationError``
    with file and line for anything unknown, missing, doubled or impossible.
    """
    path = Path(name) if name.endswith(".yml") else rubrics / f"{name}.yml"
    if name.endswith(".yml") and (own := path.resolve().parent.parent / "lexicons").is_dir():
        lexicons = own
    if not path.is_file():
        known = ", ".join(rubric_names(rubrics))
        raise ConfigurationError(f"no rubric {name!r} in {rubrics}; there are {known}")
    data, lines = _with_base(path)
    file = validate(RubricFile, data, lines, path)
    lists = read_lexicons(lexicons)
    listed = {name: lists[name].phrases for name in LISTED_NAMES if name in lists}
    names = {**listed, **file.names}
    loader = _Loader(path, lines, file, kinds, {"lexicons": lists, "names": names})
    rules = loader.rules()
    _check_findings(rules, loader)
    digest = _digest([path, *sorted(lexicons.glob("*.txt")), *(loader.path(r) for r in rules)])
    return Rubric(
        name=name, file=file, version=f"{file.version}+{digest}", rules=rules, lexicons=lists
    )


def _with_base(path: Path) -> tuple[dict[str, Any], dict[Location, int]]:
    """The rubric's data laid over what it extends; mappings merge, all else replaces."""
    data, lines = load(path)
    if not isinstance(data, dict):
        raise ConfigurationError("expected a mapping of rubric keys", path=path, line=1)
    base = data.get("extends")
    if base is None:
        return data, lines
    parent = path.with_name(f"{base}.yml")
    if not parent.is_file() or parent == path:
        line = lines["extends",]
        raise ConfigurationError(f"extends: no rubric {base!r} beside it", path=path, line=line)
    inherited, _ = _with_base(parent)
    return _merge(inherited, data), lines


def _merge(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merge(base[key], value) if both else value
    return merged


@dataclass(frozen=True)
class _Loader:
    rubric_path: Path
    rubric_lines: Mapping[Location, int]
    file: RubricFile
    kinds: Mapping[str, type[Params]]
    context: dict[str, Any]

    def path(self, rule_id: str) -> Path:
        return self.rubric_path.parent / "rules" / f"{rule_id}.yml"

    def rules(self) -> dict[str, Rule]:
        """Every rule whose source names the rubric's document, by section, then by id."""
        folder = self.rubric_path.parent / "rules"
        there = {path.stem: _rule_data(path) for path in sorted(folder.glob("*.yml"))}
        for key, named in (("rules", self.file.rules), ("without", self.file.without)):
            for index, rule_id in enumerate(named):
                if rule_id not in there:
                    at = (key, rule_id if key == "rules" else index)
                    raise self._fault(f"no rule file rules/{rule_id}.yml", at)
        wanted = [
            rule_id
            for rule_id, (data, _) in there.items()
            if self.file.document in _sources(data, self.path(rule_id))
            and rule_id not in self.file.without
        ]
        if strangers := set(self.file.rules) - set(wanted):
            rule_id = min(strangers)
            reason = f"{rule_id}: its source names no clause of {self.file.document}"
            raise self._fault(reason, ("rules", rule_id))
        found = [self._rule(rule_id, *there[rule_id]) for rule_id in wanted]
        sections = list(self.file.sections)
        found.sort(key=lambda rule: (sections.index(rule.file.section), rule.rule_id))
        return {rule.rule_id: rule for rule in found}

    def _rule(self, rule_id: str, data: Any, lines: Mapping[Location, int]) -> Rule:
        path = self.path(rule_id)
        common, params = self._split(data, lines, path)
        if common.section not in self.file.sections:
            message = f"section: the rubric {self.rubric_path.stem} has none {common.section!r}"
            raise ConfigurationError(message, path=path, line=_line(lines, (), "section"))
        if own := self.file.rules.get(rule_id):
            at = ("rules", rule_id)
            for key in own:
                if key in {"kind", "examples", "source", "section"}:
                    raise self._fault(f"{key} belongs to the rule's own file", (*at, key))
            merged = _merge(data, own)
            common, params = self._split(merged, self.rubric_lines, self.rubric_path, at)
        source = f"{self.file.document} {common.source[self.file.document]}"
        return Rule(rule_id=rule_id, file=common, source=source, params=params)

    def _split(
        self, data: Any, lines: Mapping[Location, int], path: Path, at: Location = ()
    ) -> tuple[RuleFile, Params]:
        """A rule's common keys and its kind's own, both validated."""
        if not isinstance(data, dict):
            raise ConfigurationError("expected a mapping of rule keys", path=path, line=1)
        kind = str(data.get("kind"))
        if kind not in self.kinds:
            known = ", ".join(sorted(self.kinds))
            raise ConfigurationError(
                f"kind: {kind!r} is none; expected one of {known}",
                path=path,
                line=_line(lines, at, "kind"),
            )
        model = self.kinds[kind]
        own = {k: v for k, v in data.items() if k in model.model_fields}
        common = {k: v for k, v in data.items() if k not in model.model_fields}
        for key in common:
            if key not in RuleFile.model_fields:
                known = ", ".join([*RuleFile.model_fields, *model.model_fields])
                raise ConfigurationError(
                    f"{key}: unknown key for kind {kind}; expected one of {known}",
                    path=path,
                    line=_line(lines, at, key),
                )
        rule = validate(RuleFile, common, lines, path, at, context=self.context)
        used = {
            name for _, name, _, _ in string.Formatter().parse(rule.message) if name is not None
        }
        if unknown := used - model.fields:
            raise ConfigurationError(
                f"message: no placeholder {{{min(unknown)}}} in kind {kind}; "
                f"there are {', '.join(sorted(model.fields))}",
                path=path,
                line=_line(lines, at, "message"),
            )
        return rule, validate(model, own, lines, path, at, context=self.context)

    def _fault(self, message: str, at: Location) -> ConfigurationError:
        return ConfigurationError(message, path=self.rubric_path, line=_line(self.rubric_lines, at))


def _line(lines: Mapping[Location, int], at: Location, *more: str | int) -> int:
    where = (*at, *more)
    while where not in lines:
        where = where[:-1]
    return lines[where]


def _check_findings(rules: Mapping[str, Rule], loader: _Loader) -> None:
    for rule_id, rule in rules.items():
        if missing := referenced(rule.file.when) - set(rules):
            _, lines = _rule_data(loader.path(rule_id))
            message = (
                f"when: asks about {min(missing)}, which {loader.rubric_path.stem} does not use"
            )
            raise ConfigurationError(
                message, path=loader.path(rule_id), line=_line(lines, (), "when")
            )


def _sources(data: Any, path: Path) -> Mapping[str, Any]:
    """The documents that a rule's file names, by their letters."""
    source = data.get("source") if isinstance(data, dict) else None
    if not isinstance(source, dict):
        message = "source: expected the documents and their clauses, such as `G: 3 服务规范·首问语`"
        raise ConfigurationError(message, path=path, line=1)
    return source


def _rule_data(path: Path) -> tuple[Any, dict[Location, int]]:
    """A rule file as it stands, read again only when it has changed."""
    return _cached_rule(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1024)
def _cached_rule(path: Path, _changed: int) -> tuple[Any, dict[Location, int]]:
    return load(path)


def _digest(paths: list[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:8]
