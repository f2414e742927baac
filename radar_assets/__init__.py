"""Weather radar volumes as Dagster assets: BUFR files, CF/Radial volumes, maps.

Where to go to change…

- a radar, a source, a strategy, a setting: `network.toml` (described in `settings/network.py`)
- how BUFR messages are read and written: `radar/bufr/` (its tables are in `table_files/`)
- how fields become a volume: `radar/assembly.py`; what a volume is: `radar/volume.py`
- what a NetCDF file holds: `radar/cfradial/`; names, units and codes of fields: `radar/fields.py`
- what xarray opens, and files for other programs: `formats/`
- file names and folders: `radar/names.py`
- quality control: `radar/filters.py` and `radar/quality/`; columns above a point:
  `radar/columns.py`; velocities: `radar/unfolding/`; phases: `radar/phase.py`
- how polar data become rasters, and rasters files: `maps/`; a palette: `maps/palette_files/`
- a product: `products/`, one file each; what a product is, and what it is made of:
  `products/model.py`, `products/inputs.py`
- where files come from, how they are listed and downloaded, when a volume is ready, what becomes of
  files in the long run: `ingest/sources/`, `listing/`, `download/`, `scheduling/`, `archive/`
- a stage, that is, what an asset is made by, records and checks: `stages/`, one file each; what all
  stages share: `stages/base/`
- what Dagster shows: `defs/assets.py`; how a run goes: `defs/runs.py`; the launchpad:
  `defs/run_config.py`; how records stay small for years: `defs/upkeep/`
- which radars send, and who is notified: `watch/`, `defs/watch/`
- errors, their codes and remedies: `errors/`; logs: `logs.py`
- a command: `cli/`, what it prints: `reports/`; what `doctor` checks: `doctor/`
- the simulated weather: `simulator/`; the demonstration: `demo/`

`docs/architecture.md` has the whole picture. Everything but `defs/` and `definitions.py` is free of
Dagster and works in a notebook; `defs/` decides when, records what happened, and holds no array
code.
"""
