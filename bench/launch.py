"""Runs a command and prints its seconds and its peak memory as JSON.

Linux counts the memory of the process that starts a command as the command's own until it is
running. So it is this one that starts it, which imports next to nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

LAUNCH = Path(__file__)
"""This file, to be run with a command."""

if __name__ == "__main__":
    begin = time.perf_counter()
    child = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    figures = {
        "wall_s": time.perf_counter() - begin,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }
    print(json.dumps(figures))
    sys.exit(child.returncode)
