"""radar_assets: weather radar volumes as Dagster assets, from BUFR files to maps."""
