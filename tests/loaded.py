"""The programs that are forked, and what they need besides: loaded once, before the first."""

from __future__ import annotations

import argon2  # noqa: F401
import pandas as pd  # noqa: F401
import pyarrow.dataset  # noqa: F401
import scipy.special  # noqa: F401
from oidc_provider_mock.__main__ import run as _log_in_service

import pipeline.review.migrate
import pipeline.serve.app  # noqa: F401
from pipeline.cli.main import main

PROGRAMS = {"callqa": main, "log-in service": _log_in_service}
