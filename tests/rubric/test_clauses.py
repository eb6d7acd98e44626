"""Each rule's sources against the clause tables of ``rubrics/README.md``."""

from __future__ import annotations

import re
from functools import cache

import pytest
import yaml

from pipeline.resources import RUBRICS

_TABLES = re.split(r"<!-- document: (\w) -->", (RUBRICS / "README.md").read_text(encoding="utf-8"))
LISTED = {
    letter: set(re.findall(r"`([a-z]+\.[a-z_]+)`", part.partition("\n# ")[0]))
    for letter, part in zip(_TABLES[1::2], _TABLES[2::2], strict=True)
}


@cache
def sources() -> dict[str, set[str]]:
    """The letters of the documents that each rule names."""
    return {
        path.stem: set(yaml.safe_load(path.read_text(encoding="utf-8"))["source"])
        for path in sorted((RUBRICS / "rules").glob("*.yml"))
    }


@pytest.mark.parametrize("letter", sorted(LISTED))
def test_a_rule_names_a_document_whose_table_names_it(letter: str) -> None:
    """No clause is claimed that the table does not show, and none shown that no rule claims."""
    claimed = {rule for rule, letters in sources().items() if letter in letters}
    assert claimed == LISTED[letter]
