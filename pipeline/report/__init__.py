from __future__ import annotations
from typing import Any
def write_reports(out: Any, settings: Any, *, progress: Any) -> None:
    pass
