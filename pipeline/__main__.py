"""``python -m pipeline`` does what ``callqa`` does."""

from __future__ import annotations

from pipeline.cli.main import main

if __name__ == "__main__":
    main()
