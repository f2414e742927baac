"""Faults, one after the other, each of which one more run is to heal.

    python -m radar_assets_tests.drills.faults --seed 1 --times 200

A small platform lives on two small disks: a real FTP server, webserver, daemon and code servers,
and runs that are processes, from the shell or launched over GraphQL. Kinds of faults come in a
seeded order: processes are killed (`kill -9`), disks are full or read-only, stored files are
damaged, the clock jumps, two runs want the same windows, the database is locked. After each fault
one more run of its windows is to end well and leave every file as in an undisturbed platform, byte
for byte, and nothing unfinished. Prints what each did, and a table; exits with 1 where anything is
not so. It must be allowed to mount; for the clock it needs `libfaketime`.

The records are in SQLite, or in an empty PostgreSQL database (`radar_assets[postgres]`), whose
server is then restarted as well:

    … --database postgresql+psycopg2://…@127.0.0.1/dagster
      --restart "pg_ctlcluster 15 main restart -m fast"
"""
