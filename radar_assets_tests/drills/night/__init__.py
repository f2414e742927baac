"""A bad night, played on the simulator with real processes, and what the morning shows."""
