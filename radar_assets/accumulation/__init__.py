"""Sums of rain: what falls between two rasters of rain rate, and how that adds up over hours.

`intervals` makes the amount of one window of two rasters, `motion` finds how the rain moved between
them, `sums` adds amounts up and keeps count of what is missing. `gauges` finds the bias of a sum.
"""
