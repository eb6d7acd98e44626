"""YAML read strictly: every value knows its line, a doubled key is an error, pydantic validates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.messages.faults import said_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """The base of everything read from a file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


@dataclass(frozen=True)
class Meaning:
    """What a key means, for the manuals in both languages (``python -m docs.generate``)."""

    english: str
    chinese: str


def load(path: Path) -> tuple[Any, dict[Location, int]]:
    """The document in ``path`` and the 1-based line of each of its values.

    Raises ``ConfigurationError`` with the line for bad syntax and for a key that stands twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = _compose(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(tr("cannot be read: {error}", error=error), path=path) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = error.problem or str(error)
        raise ConfigurationError(
            tr("not valid YAML: {problem}", problem=tr(problem)), path=path, line=line
        ) from error
    lines: dict[Location, int] = {(): 1}
    if node is None:
        raise ConfigurationError(tr("the file is empty"), path=path)
    return _value(node, (), lines, path), lines


def _compose(text: str) -> yaml.Node | None:
    """The document's nodes: by libyaml where it is there, in a tenth of the time.

    What is wrong in a file is told by the loader in Python, the same everywhere.
    """
    fast = getattr(yaml, "CSafeLoader", None)
    if fast is not None:
        try:
            return yaml.compose(text, Loader=fast)
        except yaml.YAMLError:
            pass
    return yaml.compose(text, Loader=yaml.SafeLoader)


def validate(
    model: type[Model],
    data: Any,
    lines: Mapping[Location, int],
    path: Path,
    at: Location = (),
    *,
    context: Mapping[str, Any] | None = None,
) -> Model:
    """``data`` as ``model``; the first fault becomes a ``ConfigurationError`` at its line.

    ``at`` is where in the file ``data`` stands; ``context`` is what the model's validators need.
    """
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        first = error.errors()[0]
        where = _nearest(at + first["loc"], lines)
        name = ".".join(str(part) for part in first["loc"] if not str(part).startswith("function-"))
        message = said_of(first)
        if first["type"] == "extra_forbidden":
            known = ", ".join(_keys(model, first["loc"][:-1]))
            message = tr("unknown key; expected one of {known}", known=known)
        raise ConfigurationError(
            f"{name}: {message}" if name else message, path=path, line=lines[where]
        ) from error


def _keys(model: Any, at: Location) -> list[str]:
    """The keys that may stand at a place inside ``model``, as they are written in a file."""
    for part in at:
        if (inner := _model_in(model)) is not None and get_origin(model) not in {list, dict, tuple}:
            fields = {f.alias or name: f.annotation for name, f in inner.model_fields.items()}
            model = fields.get(str(part))
        elif get_args(model):
            model = [one for one in get_args(model) if one is not ...][-1]
    found = _model_in(model)
    return [f.alias or name for name, f in found.model_fields.items()] if found else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation is, or is optionally."""
    options = [annotation, *get_args(annotation)]
    return next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)


def _nearest(location: Location, lines: Mapping[Location, int]) -> Location:
    while location not in lines:
        location = location[:-1]
    return location


def _value(node: yaml.Node, at: Location, lines: dict[Location, int], path: Path) -> Any:
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*at, i), lines, path) for i, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, at, lines, path)
    try:
        return yaml.constructor.SafeConstructor().construct_object(node, deep=True)
    except (yaml.MarkedYAMLError, ValueError) as error:
        raise ConfigurationError(
            tr("cannot be read: {error}", error=error), path=path, line=lines[at]
        ) from error


def _mapping(
    node: yaml.MappingNode, at: Location, lines: dict[Location, int], path: Path
) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value
        if key in mapping:
            raise ConfigurationError(tr("key {key!r} stands twice", key=key), path=path, line=line)
        mapping[key] = _value(value_node, (*at, key), lines, path)
        lines[(*at, key)] = line
    return mapping
