"""Getting BUFR files: from where, what lies there, what is due, and bringing it here.

- `sources`: FTP servers and folders, connections within their limits, which server to ask first
- `survey`: what lies on a radar's sources
- `live`: which volumes are ready and which windows are to run, decided as data
- `fetch`: downloads, what is stored of them, and how a fetch went
- `archive`: files of older daemons, files past their age, leftovers of killed processes
"""
