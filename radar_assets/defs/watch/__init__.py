"""What watches the network for Dagster: its feeds on one page, and notifications."""
