"""callqa: score Chinese call recordings against service norms, offline, with evidence."""

from __future__ import annotations

__version__ = "0.9.0"
