"""``python -m pipeline`` does what ``callqa`` does."""

from __future__ import annotations

from pipeline.cli import app

if __name__ == "__main__":
    app()
