"""What keeps Dagster's records in order for years."""
