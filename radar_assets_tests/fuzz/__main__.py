"""Fuzz one target, guided by the coverage of radar_assets.

    python -m radar_assets_tests.fuzz message -runs=250000

Options after the target are libFuzzer's. An input that crashes, hangs for 10 s or takes more than
300 MB is written to `radar_assets_tests/fuzz/findings/`, where the tests try it again for ever.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["radar_assets"]):
    from radar_assets_tests.fuzz.targets import SEEDS, TARGETS

FINDINGS = Path(__file__).parent / "findings"
LIMITS = ("-timeout=10", "-rss_limit_mb=300", "-max_len=65536", "-print_final_stats=1")


def main() -> None:
    """Fuzz until libFuzzer ends."""
    name, options = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as corpus:
        for number, seed in enumerate(SEEDS[name]):
            (Path(corpus) / str(number)).write_bytes(seed)
        prefix = f"-artifact_prefix={FINDINGS}/{name}-"
        atheris.Setup(["fuzz", *LIMITS, prefix, *options, corpus], TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
