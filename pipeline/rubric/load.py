"""Rubrics and rules: read strictly, nothing skipped, every fault with its file and line."""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator
from pydantic_core import to_json

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.records import Outcome
from pipeline.rubric.kept import whole
from pipeline.rubric.schema import COSTS, HOLD, Params, RuleFile, rules_asked_about
from pipeline.rulebook import merged_keys, path_and_files, rule_data, sources_of, with_base
from pipeline.text.index import PhraseIndex
from pipeline.text.lexicon import Lexicon, read_lexicon
from pipeline.yamlfile import Location, Strict, validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.resources import RuleFiles
    from pipeline.text.acts import ToneLabel


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule as one rubric uses it; ``source`` is the clause of the rubric's document."""

    rule_id: str
    file: RuleFile
    source: str
    params: Params
    data: Mapping[str, Any]
    """The file's keys with what the rubric says otherwise, as they were written."""

    @property
    def asks_about(self) -> set[str]:
        """The rules whose findings it needs."""
        near = self.params.near
        named = {near.of} - {HOLD} if near else set()
        return rules_asked_about(self.file.when) | named


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
    """A rubric's YAML file, what it extends laid under it: its document, its sections, its changes."""

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
            msg = tr("levels: expected falling bounds, the last of them 0")
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
    index: PhraseIndex
    """All phrases that the rules ask about."""

    @cached_property
    def order(self) -> list[str]:
        """The rules' ids, each after those whose findings it asks about.

        Raises ``ConfigurationError`` where rules ask about each other in a circle.
        """
        graph = {rule_id: rule.asks_about for rule_id, rule in self.rules.items()}
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = " → ".join(error.args[1])
            message = tr(
                "rubric {name}: rules ask about each other in a circle: {circle}",
                name=self.name,
                circle=circle,
            )
            raise ConfigurationError(message) from error

    @property
    def names(self) -> dict[str, Sequence[str]]:
        """What a phrase can name: the rubric's own names, and those that are lists."""
        return names_of(self.lexicons, self.file)

    @cached_property
    def tones(self) -> tuple[ToneLabel, ...]:
        """The tones that some rule asks about."""
        asked = (getattr(rule.params, "tone", ()) for rule in self.rules.values())
        return tuple(dict.fromkeys(tone for tones in asked for tone in tones))


def load_rubric(name: str, *, kinds: Mapping[str, type[Params]], files: RuleFiles) -> Rubric:
    """The rubric ``name`` with all its rules; or the one at a path that ends in ``.yml``.

    A rubric given by its path brings the ``rules`` beside it and the ``lexicons`` beside its folder,
    over the packaged ones; its name is that of its file.

    ``kinds`` is the closed set of detector kinds with their parameters. Raises ``ConfigurationError``
    with file and line for anything unknown, missing, doubled or impossible.
    """
    path, files = path_and_files(name, files)
    data, lines = with_base(path, files)
    file = validate(RubricFile, data, lines, path)
    lists = {name: read_lexicon(path) for name, path in files.lexicons.items()}
    index = PhraseIndex()
    context = {"lexicons": lists, "names": names_of(lists, file), "index": index}
    loader = _Loader(path, files, lines, file, kinds, context)
    rules = loader.rules()
    _check_findings(rules, loader)
    rubric = Rubric(name=path.stem, file=file, version="", rules=rules, lexicons=lists, index=index)
    return replace(rubric, version=f"{file.version}+{_digest(rubric)}")


def names_of(lists: Mapping[str, Lexicon], file: RubricFile) -> dict[str, Sequence[str]]:
    """What a phrase can name, by a rubric's lists and its file."""
    listed = {name: lists[name].phrases for name in LISTED_NAMES if name in lists}
    return {**listed, **file.names}


@dataclass(frozen=True)
class _Loader:
    rubric_path: Path
    files: RuleFiles
    rubric_lines: Mapping[Location, int]
    file: RubricFile
    kinds: Mapping[str, type[Params]]
    context: dict[str, Any]

    def path(self, rule_id: str) -> Path:
        return self.files.rules[rule_id]

    def rules(self) -> dict[str, Rule]:
        """Every rule whose source names the rubric's document, by section, then by id."""
        there = {rule_id: rule_data(path) for rule_id, path in self.files.rules.items()}
        for key, named in (("rules", self.file.rules), ("without", self.file.without)):
            for index, rule_id in enumerate(named):
                if rule_id not in there:
                    at = (key, rule_id if key == "rules" else index)
                    raise self._fault(tr("no rule file rules/{rule_id}.yml", rule_id=rule_id), at)
        wanted = [
            rule_id
            for rule_id, (data, _) in there.items()
            if self.file.document in sources_of(data, self.path(rule_id))
            and rule_id not in self.file.without
        ]
        if strangers := set(self.file.rules) - set(wanted):
            rule_id = min(strangers)
            reason = tr(
                "{rule_id}: its source names no clause of {document}",
                rule_id=rule_id,
                document=self.file.document,
            )
            raise self._fault(reason, ("rules", rule_id))
        found = [self._rule(rule_id, *there[rule_id]) for rule_id in wanted]
        order = {section: place for place, section in enumerate(self.file.sections)}
        found.sort(key=lambda r: (order.get(r.file.section, len(order)), r.rule_id))
        return {rule.rule_id: rule for rule in found}

    def _rule(self, rule_id: str, data: Any, lines: Mapping[Location, int]) -> Rule:
        path = self.path(rule_id)
        common, params = self._split(data, lines, path)
        if common.section not in self.file.sections and not common.tags:
            message = tr(
                "section: the rubric {rubric} has none {section!r}",
                rubric=self.rubric_path.stem,
                section=common.section,
            )
            raise ConfigurationError(message, path=path, line=_line(lines, (), "section"))
        if own := self.file.rules.get(rule_id):
            at = ("rules", rule_id)
            for key in own:
                if key in {"kind", "examples", "source", "section"}:
                    raise self._fault(
                        tr("{key} belongs to the rule's own file", key=key), (*at, key)
                    )
            data = merged_keys(data, own)
            common, params = self._split(data, self.rubric_lines, self.rubric_path, at)
        source = f"{self.file.document} {common.source[self.file.document]}"
        return Rule(rule_id=rule_id, file=common, source=source, params=params, data=data)

    def _split(
        self, data: Any, lines: Mapping[Location, int], path: Path, at: Location = ()
    ) -> tuple[RuleFile, Params]:
        """A rule's common keys and its kind's own, both validated."""
        if not isinstance(data, dict):
            raise ConfigurationError(tr("expected a mapping of rule keys"), path=path, line=1)
        kind = str(data.get("kind"))
        model = self.kinds.get(kind)
        if model is None:
            known = ", ".join(sorted(self.kinds))
            message = tr("kind: {kind!r} is none; expected one of {known}", kind=kind, known=known)
            raise ConfigurationError(message, path=path, line=_line(lines, at, "kind"))
        own = {k: v for k, v in data.items() if k in model.model_fields}
        common = {k: v for k, v in data.items() if k not in model.model_fields}
        if fault := next(_wrong_keys(common, kind, model), None):
            key, message = fault
            raise ConfigurationError(message, path=path, line=_line(lines, at, key))
        rule = validate(RuleFile, common, lines, path, at, context=self.context)
        if strange := placeholders(rule.message) - model.fields:
            message = tr(
                "message: no placeholder {{{name}}} in kind {kind}; there are {known}",
                name=min(strange),
                kind=kind,
                known=", ".join(sorted(model.fields)),
            )
            raise ConfigurationError(message, path=path, line=_line(lines, at, "message"))
        return rule, validate(model, own, lines, path, at, context=self.context)

    def _fault(self, message: str, at: Location) -> ConfigurationError:
        return ConfigurationError(message, path=self.rubric_path, line=_line(self.rubric_lines, at))


def _wrong_keys(
    common: Mapping[str, Any], kind: str, model: type[Params]
) -> Iterator[tuple[str, str]]:
    """Keys of a rule, but for its kind's own, that must not be there, and why."""
    if unknown := [key for key in common if key not in RuleFile.model_fields]:
        yield (
            unknown[0],
            tr(
                "{key}: unknown key for kind {kind}; expected one of {known}",
                key=unknown[0],
                kind=kind,
                known=", ".join([*RuleFile.model_fields, *model.model_fields]),
            ),
        )
    if common.get("outcome") == Outcome.TAG and (costs := [k for k in COSTS if k in common]):
        message = tr("{key}: a rule with `outcome: tag` costs nothing and has none", key=costs[0])
        yield costs[0], message


def placeholders(message: str) -> set[str]:
    """The names that a rule's message leaves open."""
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


def _line(lines: Mapping[Location, int], at: Location, *more: str | int) -> int:
    where = (*at, *more)
    while where not in lines:
        where = where[:-1]
    return lines[where]


def _check_findings(rules: Mapping[str, Rule], loader: _Loader) -> None:
    for rule_id, rule in rules.items():
        if missing := rule.asks_about - set(rules):
            _, lines = rule_data(loader.path(rule_id))
            key = "when" if missing & rules_asked_about(rule.file.when) else "within"
            message = tr(
                "{key}: asks about {rule_id}, which {rubric} does not use",
                key=key,
                rule_id=min(missing),
                rubric=loader.rubric_path.stem,
            )
            raise ConfigurationError(message, path=loader.path(rule_id), line=_line(lines, (), key))


def _digest(rubric: Rubric) -> str:
    """Eight hex digits of all that the rubric holds, whichever files it was read from."""
    return hashlib.sha256(to_json(whole(rubric), by_alias=True)).hexdigest()[:8]
