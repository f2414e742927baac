"""The whole platform in one command: simulated radars, FTP server, Dagster, pictures."""
