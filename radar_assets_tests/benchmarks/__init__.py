"""What each step of a window costs, beside the least that it could cost (`make bench`).

A group is one step. Its test whose name ends in `floor` measures the part of it that nobody can
leave out, in the same run: their ratio holds on any machine, the times do not. `report.py` makes
the tables of `docs/performance.md` and judges the budgets.
"""
