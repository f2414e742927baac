"""Getting BUFR files: sources, their listings, what is due, and downloads.

- `sources`: FTP servers and folders, connections within their limits, which server to ask first
- `listing`: what lies on a radar's sources
- `scheduling`: which volumes are ready and which windows are to run, decided as data
- `download`: bringing files here, what is stored of them, and how it went
- `archive`: files of older daemons, files past their age, leftovers of killed processes
"""
