"""How long a picture takes, live: simulated radars at their real cadence, the real daemon.

    python -m radar_assets_tests.drills.latency --radars 18 --minutes 60

Storms are scanned and encoded beforehand, so that the simulator costs next to nothing while the
platform is measured. Of each volume, the time from the last byte on the FTP server to its last
picture is reported, and where it went. `--launcher celery` measures long-lived workers instead of a
process per run: it needs `redis-server` and the extra `celery`.
"""
