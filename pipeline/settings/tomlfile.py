"""TOML with the line of every key, as ``yamlfile`` reads YAML."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError
from pipeline.messages import tr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.yamlfile import Location


def load(path: Path) -> tuple[dict[str, Any], dict[Location, int]]:
    """The document in ``path`` and the 1-based line of each of its tables and keys.

    Raises ``ConfigurationError`` with file and line for what is no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(
            tr("cannot be read: {error}", error=error.strerror), path=path
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(tr("is not UTF-8 text"), path=path) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        at = int(line[1]) if line else None
        raise ConfigurationError(
            tr("not valid TOML: {problem}", problem=error), path=path, line=at
        ) from error
    return data, dict(_lines(text))


def _lines(text: str) -> Iterator[tuple[Location, int]]:
    """Where each table and key stands: ``tomllib`` itself does not tell."""
    table: Location = ()
    arrays: Counter[str] = Counter()
    yield (), 1
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[\[?)([\w.-]+)\]", line):
            table = tuple(header[2].split("."))
            if header[1] == "[[":
                yield table, number
                table = (*table, arrays[header[2]])
                arrays[header[2]] += 1
            yield table, number
        elif key := re.match(r"\s*([\w-]+)\s*=", line):
            yield (*table, key[1]), number
