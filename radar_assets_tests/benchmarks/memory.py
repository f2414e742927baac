"""Peak memory of a window, as a process of its own: `python -m … SOURCE RADAR TIME FOLDER`.

Prints in MB what the interpreter took alone, and the peak. The system's account of a child's peak
would hold that of the process that started it.
"""

from __future__ import annotations

import re
import sys
from datetime import datetime
from pathlib import Path


def main() -> None:
    """Process one window."""
    alone = peak()
    from radar_assets_tests.benchmarks.window import Place

    source, radar, time, folder = sys.argv[1:]
    Place(Path(folder), Path(source), radar, datetime.fromisoformat(time)).run()
    sys.stdout.write(f"{alone} {peak()}\n")


def peak() -> float:
    """The most resident memory that this process had, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    main()
