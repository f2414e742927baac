"""Weather radar volumes as Dagster assets: BUFR files, CF/Radial volumes, maps.

Where to go to change…

- a radar, a source, a strategy, a setting: `network.toml` (described in `settings/network.py`)
- how BUFR messages are read and written: `radar/bufr/` (its tables are in `table_files/`)
- how fields become a volume: `radar/assembly.py`; what a volume is: `radar/volume.py`
- what a NetCDF file holds: `radar/cfradial/`; names, units and codes of fields: `radar/fields.py`
- file names and folders: `radar/names.py`
- a product: `products/`, one file each; a palette: `maps/palette_files/`, one file each
- what a product is, what it may be made of, and how its parameters are checked:
  `products/model.py`, `products/inputs.py`, `radar/parameters.py`
- quality control: `radar/filters.py`; columns above a point: `radar/columns.py`; unfolding:
  `radar/unfolding/`, `radar/phase.py`
- how polar data become rasters: `maps/gridding.py`; what a raster is: `maps/raster.py`,
  `maps/description.py`, `maps/grid.py`; how rasters become files: `maps/png.py`, `maps/cog.py`,
  `maps/quicklook/`
- where files come from: `ingest/sources/`; how they are fetched: `ingest/fetch/`; when a volume is
  ready and what runs when: `ingest/live/`; what becomes of files in the long run: `ingest/archive/`
- what an error means and what to do about it: `radar/errors/`
- what is compared with the network file: `conformity.py`
- what Dagster shows: `defs/assets.py`; how a run goes: `defs/runs.py`, `defs/execution.py`; what it
  records: `defs/metadata.py`, `defs/recording.py`; what it checks: `defs/checks.py`
- what a run may choose: `defs/choice.py`; when something is made again: `fingerprints.py`
- what is told of the past: `defs/status.py`, `defs/history.py`, `history.py`
- which radars send, and who is told of what: `watch/`, `defs/watch/`
- what is logged: `logs.py`, `defs/events.py`; what a debug report holds: `debug_report.py`,
  `defs/debug.py`; what is masked: `masking.py`
- what `doctor` looks at: `doctor/`
- how records stay small for years: `defs/upkeep/`
- a command: `cli/`
- the simulated weather: `simulator/`; the demonstration: `demo/`

Two worlds, one arrow: everything but `defs/` and `definitions.py` is free of Dagster and works in
a notebook; `defs/` decides when, records what happened, and holds no array code.
"""
