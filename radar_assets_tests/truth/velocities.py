"""How well folded velocities are unfolded: `python -m … SAMPLES [PAGE] [--unravel PYTHON]`.

Real velocities are folded anew and unfolded by this project, by Py-ART (region-based) and, where an
interpreter is named that has it, by UNRAVEL. The part of the page between two marks is replaced by
the table; without a page it is printed. Exits with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.unfolding import unfold
from radar_assets.radar.volume import Volume
from radar_assets_tests.pages import write
from radar_assets_tests.samples import CONVECTION, DOPPLER, check_samples, sample_volume
from radar_assets_tests.truth.refolded import (
    FIELD,
    NYQUISTS,
    TARGETS,
    VARIANTS,
    Floats,
    Score,
    folded,
    kept,
    scores,
)

Unfolder = Callable[[Volume], Floats]

_UNRAVEL = """
import sys
import numpy as np
from unravel import dealiasing_process_2D
for line in sys.stdin:
    source, target = line.split()
    given = np.load(source)
    found, start = np.full(given["velocity"].shape, np.nan), 0
    for rays, elevation in zip(given["rays"], given["elevations"]):
        rows = slice(start, start + rays)
        order = np.argsort(given["azimuths"][rows])
        velocity = given["velocity"][rows][order].astype(float)
        azimuths = given["azimuths"][rows][order]
        done, _ = dealiasing_process_2D(
            given["ranges"], azimuths, float(elevation), velocity, float(given["nyquist"])
        )
        found[rows.start + order] = np.where(np.isfinite(velocity), done, np.nan)
        start += rays
    np.save(target, found)
    print(target, flush=True)
"""
"""unfolds each file that a line of its input names, into the second one"""


def ours(volume: Volume) -> Floats:
    """This project's answer, doubtful gates left out."""
    unfolded = unfold(volume)
    return np.where(unfolded.sure, unfolded.values, np.float32(np.nan))


def all_of_ours(volume: Volume) -> Floats:
    """This project's answer at every gate."""
    return unfold(volume).values


def pyart(volume: Volume) -> Floats:
    """Py-ART's answer on what quality control keeps."""
    import pyart as library

    radar = clean(volume, Quality()).to_pyart()
    gates = library.filters.GateFilter(radar)
    gates.exclude_masked(FIELD)
    done = library.correct.dealias_region_based(
        radar,
        vel_field=FIELD,
        gatefilter=gates,
        nyquist_vel=volume.nyquist_velocity[0],
        centered=True,
    )
    return np.ma.filled(done["data"].astype(np.float32), np.nan)


@contextmanager
def unravel(interpreter: str) -> Iterator[Unfolder]:
    """UNRAVEL's answer on what quality control keeps, sweep by sweep, in a process of its own."""
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(
            [interpreter, "-c", _UNRAVEL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        given, found = Path(folder, "given.npz"), Path(folder, "found.npy")
        commands, answers = process.stdin, process.stdout

        def answer(volume: Volume) -> Floats:
            assert commands
            assert answers
            _save(volume, given)
            commands.write(f"{given} {found}\n")
            commands.flush()
            while answers.readline().strip() != str(found):
                assert process.poll() is None, "UNRAVEL has ended"
            return np.asarray(np.load(found), np.float32)

        yield answer


def _save(volume: Volume, path: Path) -> None:
    """What quality control keeps of a volume, as UNRAVEL's process wants it."""
    values = clean(volume, Quality()).fields[FIELD]
    np.savez(
        path,
        velocity=np.where(np.isfinite(values), values, np.nan),
        ranges=volume.ranges(),
        azimuths=volume.azimuths(),
        elevations=[sweep.elevation for sweep in volume.sweeps],
        rays=[sweep.rays for sweep in volume.sweeps],
        nyquist=volume.nyquist_velocity[0],
    )


def rows(samples: Path, variant: str, unfolders: Sequence[Unfolder]) -> Iterator[Row]:
    """One row for each volume, Nyquist velocity and sweep."""
    for identity in (CONVECTION, DOPPLER):
        volume = sample_volume(samples, identity)
        truth = VARIANTS[variant](volume)
        for nyquist in NYQUISTS:
            given = folded(volume, truth, nyquist)
            counted = kept(given)
            answers = [scores(given, truth, unfold_(given), counted) for unfold_ in unfolders]
            for index, found in enumerate(zip(*answers, strict=True)):
                elevation = volume.sweeps[index].elevation
                yield f"{identity.radar}, {elevation:.2f}°", nyquist, list(found)


Row = tuple[str, float, list[Score]]


def table(found: Sequence[Row], names: Sequence[str]) -> str:
    """The rows as Markdown; what misses its target is marked."""
    lines = [
        "| sweep | Nyquist velocity | shown | right of these | "
        + " | ".join(f"right: {name}" for name in names)
        + " |",
        "|---|---|---|---|" + "---|" * len(names),
    ]
    for sweep, nyquist, (first, *others) in found:
        target = TARGETS[nyquist]
        cells = [
            _percent(first.shown, target.shown),
            _percent(first.right, target.right),
            *(f"{100 * other.right:.1f} %" for other in others),
        ]
        lines.append(f"| {sweep} | {nyquist:g} m/s | {' | '.join(cells)} |")
    return "\n".join(lines)


def _percent(share: float, target: float) -> str:
    text = f"{100 * share:.1f} %"
    return text if share >= target else f"{text} (target {100 * target:.0f} %)"


def main(arguments: Sequence[str]) -> int:
    """Measure; print the tables or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    parser.add_argument("--unravel", metavar="PYTHON")
    options = parser.parse_args(arguments)
    unfolders: dict[str, Unfolder] = {"all gates": all_of_ours, "Py-ART": pyart}
    with ExitStack() as stack:
        if options.unravel:
            unfolders["UNRAVEL"] = stack.enter_context(unravel(options.unravel))
        text, missed = measured(check_samples(options.samples), unfolders)
    if options.page:
        write(options.page, "velocities", text)
    else:
        sys.stdout.write(text + "\n")
    return int(missed)


def measured(samples: Path, unfolders: Mapping[str, Unfolder]) -> tuple[str, bool]:
    """The tables, and whether a target is missed."""
    texts, missed = [], False
    for variant, title in (
        ("delivered", "Folded anew from the velocities as delivered:"),
        ("rough", "With noise of 0.75 m/s, gates dropped and sectors missing:"),
    ):
        found = list(rows(samples, variant, [ours, *unfolders.values()]))
        missed |= any(
            one.right < TARGETS[nyquist].right or one.shown < TARGETS[nyquist].shown
            for _, nyquist, (one, *_) in found
        )
        texts.append(f"{title}\n\n{table(found, list(unfolders))}")
    return "\n\n".join(texts), missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
