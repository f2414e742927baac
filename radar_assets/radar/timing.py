"""When the sweeps of a volume began and ended, also where their files do not say.

Some radars code one time as start and end of a sweep, to the minute, so that several sweeps have
the same. What is known then, the best first: the strategy's scan rate; the start of the next sweep
with another time; the duration of the sweep before. A file's name has the seconds that its sweeps
lack. Times that are as they should be stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from radar_assets.radar.bufr import AnySweep

NOMINAL_RATE = 12.0
"""degrees per second, of a sweep of whose rate nothing is known"""

_SLOWEST_RATE = 3.0
"""degrees per second; a gap that is longer than a turn of this rate is a pause"""
_NAME = timedelta(minutes=1)
"""a name's time is later by less than this than that of its first sweep, coded to the minute"""
_LONGEST = timedelta(minutes=10)
"""no sweep takes longer, and no clock is set back by more; what is coded so is not mended"""


@dataclass(frozen=True)
class Span:
    """Start and end of a sweep."""

    start: datetime
    end: datetime
    is_estimated: bool


def spans(
    sweeps: Sequence[AnySweep], named: datetime, scan_rates: Sequence[float] = ()
) -> list[Span]:
    """Spans of sweeps in the order of radiation; none begins before the one in front of it ends.

    Args:
        sweeps: sweeps as coded.
        named: time in the name of their file.
        scan_rates: degrees per second for each sweep; empty where they are not known.
    """
    delay = _delay(sweeps[0], named)
    turns = dict(enumerate(map(_turn, scan_rates)))
    runs = [list(run) for _, run in groupby(range(len(sweeps)), lambda i: sweeps[i].start)]
    found: list[Span] = []
    for run, following in zip(runs, [*runs[1:], None], strict=True):
        begin = sweeps[run[0]].start + delay
        if found and begin < found[-1].end and sweeps[run[0] - 1].start + delay - begin <= _LONGEST:
            begin = found[-1].end
        share = None
        if following and (gap := sweeps[following[0]].start + delay - begin) > timedelta():
            share = gap // len(run)
        usual = _usual(share, found)
        for i in run:
            length = (_duration(sweeps[i]) if len(run) == 1 else None) or turns.get(i, usual)
            end = begin + min(length, share or length)
            found.append(Span(begin, end, (begin, end) != (sweeps[i].start, sweeps[i].end)))
            begin = end
    return found


def _delay(first: AnySweep, named: datetime) -> timedelta:
    """How much later the sweeps began than they say, where they lack the seconds."""
    delay = named - first.start
    is_known = _duration(first) is None and timedelta() < delay < _NAME
    return delay if is_known else timedelta()


def _duration(sweep: AnySweep) -> timedelta | None:
    duration = sweep.end - sweep.start
    return duration if timedelta() < duration <= _LONGEST else None


def _turn(rate: float) -> timedelta:
    return timedelta(seconds=360 / rate)


def _usual(share: timedelta | None, found: Sequence[Span]) -> timedelta:
    if share is not None:
        return min(share, _turn(_SLOWEST_RATE))
    return found[-1].end - found[-1].start if found else _turn(NOMINAL_RATE)
