"""The index of maps: `index/OWNER/YYYY/MM/DD.json`, and `index/latest.json` with the newest."""
