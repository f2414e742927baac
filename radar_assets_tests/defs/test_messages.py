"""Announcements of maps to a real broker: each version once, in order, over its restarts."""

from __future__ import annotations

import base64
import hashlib
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from radar_assets.defs.retention import expire
from radar_assets.defs.watch.messages import messages_sensor
from radar_assets.errors import SettingsError
from radar_assets.settings import Messages, load_network
from radar_assets.watch.announced import Announced
from radar_assets_tests.defs.country import COMPOSITE, EAST, WEST, Country
from radar_assets_tests.defs.platforms import at
from radar_assets_tests.ingest.authority import Authority
from radar_assets_tests.watch.mosquitto import (
    PASSWORD,
    USER,
    Broker,
    Listener,
    needs_mosquitto,
)

BASE = "https://maps.example.org/radar"
TABLE = """
[messages]
broker = "{scheme}://127.0.0.1:{port}"
username_env = "BROKER_USER"
password_env = "BROKER_PASSWORD"
topic = "origin/test"
{more}
"""


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    monkeypatch.setenv("BROKER_USER", USER)
    monkeypatch.setenv("BROKER_PASSWORD", PASSWORD)
    made = Broker(tmp_path / "broker")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    made = Listener(broker)
    yield made
    made.close()


class Announcer:
    """Two radars and a composite, and the sensor that announces their maps."""

    def __init__(
        self, folder: Path, port: int, scheme: str = "mqtt", more: str = "", settings: str = ""
    ) -> None:
        table = TABLE.format(scheme=scheme, port=port, more=more)
        self.country = Country(folder, composite=table, settings=settings)
        self.country.workspace = replace(self.country.workspace, public_url=BASE)
        self.cursor: str | None = None
        self.tick()

    def tick(self) -> dg.SensorExecutionData:
        """Do what the daemon does in a tick."""
        wanted = self.country.workspace.network.messages
        assert wanted
        context = dg.build_sensor_context(
            instance=self.country.instance,
            cursor=self.cursor,
            resources={"workspace": self.country.workspace},
        )
        found = messages_sensor(wanted).evaluate_tick(context)
        self.cursor = found.cursor
        return found

    def tell(self) -> str | None:
        """What a tick says."""
        return self.tick().skip_message


def names(messages: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [topic.removeprefix("origin/test/") for topic, _ in messages]


@needs_mosquitto
def test_every_map_is_announced_once_with_its_place_digest_and_link(
    tmp_path: Path, broker: Broker, listener: Listener
) -> None:
    announcer = Announcer(tmp_path, broker.port)
    country = announcer.country
    country.put(WEST, "12:31:00", 30)
    country.put(EAST, "12:33:00", 40)
    for owner in (WEST, EAST, COMPOSITE):
        assert country.run(owner, "12:30").success
    rows = [
        row
        for owner, name in ((WEST, "geotiff"), (EAST, "geotiff"), (COMPOSITE, "composite"))
        for row in country.rows("12:30", name, owner).values()
    ] + [row for row in country.rows("12:30", "rain").values() if row["path"]]
    assert announcer.tell() == f"announced {len(rows)} files"
    heard = listener.wait_for(len(rows))
    assert names(heard)[:4] == [f"{owner}/{p}" for owner in (WEST, EAST) for p in PRODUCTS]
    ids = set()
    for (topic, message), row in zip(heard, rows, strict=True):
        (link,) = message["links"]
        assert link["href"] == f"{BASE}/{row['path'].removeprefix('products/')}"
        file = (country.workspace.root / row["path"]).read_bytes()
        value = base64.b64decode(message["properties"]["integrity"]["value"])
        assert value == hashlib.sha256(file).digest()
        assert (link["length"], link["rel"]) == (len(file), "canonical")
        assert message["conformsTo"] == ["http://wis.wmo.int/spec/wnm/1/conf/core"]
        assert message["properties"]["data_id"].endswith(link["href"].removeprefix(BASE))
        assert message["properties"]["metadata_id"]
        assert topic.rpartition("/")[2] == row["product"]
        west, south = message["geometry"]["coordinates"][0][0]
        assert (-70 < west < -62, -34 < south < -30) == (True, True)
        ids.add(uuid.UUID(message["id"]))
    assert len(ids) == len(rows)
    assert heard[0][1]["properties"]["datetime"] == "2025-11-18T12:31:00Z"


PRODUCTS = ("COLMAX", "RAIN")


@needs_mosquitto
def test_only_another_version_is_announced_again(
    tmp_path: Path, broker: Broker, listener: Listener
) -> None:
    announcer = Announcer(tmp_path, broker.port)
    country = announcer.country
    country.put(WEST, "12:31:00", 30)
    assert country.run(WEST, "12:30").success
    assert announcer.tell() == "announced 2 files"
    for force in (False, True):
        assert country.run(WEST, "12:30", force=force).success
        assert announcer.tell() == "announced 0 files"
    announcer.cursor = f'{{"since": "{datetime.now(UTC) - timedelta(hours=1)}"}}'
    assert announcer.tell() == "announced 0 files"
    country.put(WEST, "12:31:00", 45)
    assert country.run(WEST, "12:30").success
    assert announcer.tell() == "announced 2 files"
    heard = listener.wait_for(4)
    assert [message["links"][0]["rel"] for _, message in heard] == [
        "canonical", "canonical", "update", "update",
    ]  # fmt: skip
    assert len({message["id"] for _, message in heard}) == 4


@needs_mosquitto
def test_what_a_broker_missed_comes_in_order_when_it_is_back(
    tmp_path: Path, broker: Broker, listener: Listener
) -> None:
    announcer = Announcer(tmp_path, broker.port)
    country = announcer.country
    broker.stop()
    for minute in ("12:31:00", "12:41:00"):
        country.put(WEST, minute, 30)
        assert country.run(WEST, minute[:4] + "0").success
        announcer.tell()
    failed = announcer.tick()
    assert failed.skip_message == "announced 0 files"
    broker.start()
    assert announcer.tell() == "announced 4 files"
    assert announcer.tell() == "announced 0 files"
    heard = listener.wait_for(4)
    times = [message["properties"]["datetime"] for _, message in heard]
    assert times == [f"2025-11-18T12:{minute}:00Z" for minute in (31, 31, 41, 41)]


@needs_mosquitto
def test_a_broker_that_stops_among_messages_gets_the_rest_when_it_is_back(
    tmp_path: Path, broker: Broker
) -> None:
    announcer = Announcer(tmp_path, broker.port)
    country = announcer.country
    for minute in range(31, 60, 10):
        country.put(WEST, f"12:{minute}:00", minute)
    assert country.run(WEST, "12:30", "12:50").success
    stopped = threading.Event()

    def stop(count: int) -> None:
        if count == 3 and not stopped.is_set():
            stopped.set()
            broker.stop()

    listener = Listener(broker, stop)
    try:
        first = int(str(announcer.tell()).split()[1])
        assert stopped.wait(60)
        broker.start()
        rest = int(str(announcer.tell()).split()[1])
        assert first + rest == 6
        assert announcer.tell() == "announced 0 files"
        heard = listener.wait_for(6)
    finally:
        listener.close()
    unique = list(dict.fromkeys((topic, message["id"]) for topic, message in heard))
    assert [topic.rpartition("/")[2] for topic, _ in unique] == [*PRODUCTS] * 3


@needs_mosquitto
def test_a_wrong_password_is_told_and_never_shown(
    tmp_path: Path,
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BROKER_PASSWORD", "wrong-secret-12345")
    announcer = Announcer(tmp_path, broker.port)
    announcer.country.put(WEST, "12:31:00", 30)
    assert announcer.country.run(WEST, "12:30").success
    found = announcer.tick()
    output = "".join(capfd.readouterr()) + repr(found) + str(announcer.cursor)
    assert "refuses the connection: Not authorized" in output
    assert "wrong-secret-12345" not in output
    monkeypatch.setenv("BROKER_PASSWORD", PASSWORD)
    assert announcer.tell() == "announced 2 files"
    monkeypatch.delenv("BROKER_PASSWORD")
    announcer.country.put(WEST, "12:41:00", 30)
    assert announcer.country.run(WEST, "12:40").success
    with pytest.raises(SettingsError, match="set the environment variable BROKER_PASSWORD"):
        announcer.tick()


@needs_mosquitto
def test_a_broker_is_trusted_by_its_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BROKER_USER", USER)
    monkeypatch.setenv("BROKER_PASSWORD", PASSWORD)
    authority = Authority(tmp_path)
    broker = Broker(tmp_path / "broker", authority.certificate(), str(authority.ca_file))
    broker.start()
    try:
        (tmp_path / "stranger").mkdir()
        strange = Announcer(tmp_path / "stranger", broker.port, "mqtts")
        strange.country.put(WEST, "12:31:00", 30)
        assert strange.country.run(WEST, "12:30").success
        assert strange.tell() == "announced 0 files"
        assert "certificate verify failed" in "".join(capfd.readouterr())
        (tmp_path / "friend").mkdir()
        more = f'ca_file = "{authority.ca_file}"'
        friend = Announcer(tmp_path / "friend", broker.port, "mqtts", more)
        friend.country.put(WEST, "12:31:00", 30)
        assert friend.country.run(WEST, "12:30").success
        assert friend.tell() == "announced 2 files"
    finally:
        broker.stop()


@needs_mosquitto
def test_notes_go_with_the_files(tmp_path: Path, broker: Broker) -> None:
    announcer = Announcer(tmp_path, broker.port, settings='keep_products = "3d"')
    country = announcer.country
    country.put(WEST, "12:31:00", 30)
    assert country.run(WEST, "12:30").success
    announcer.tick()
    assert list((country.workspace.root / "messages" / WEST).rglob("*.txt"))
    late = replace(country.workspace, clock=lambda: at("12:00") + timedelta(days=9))
    list(expire(late, country.instance, WEST))
    assert not list((country.workspace.root / "messages").rglob("*.txt"))


def test_a_note_that_was_cut_short_counts_for_nothing(tmp_path: Path) -> None:
    day = date(2025, 11, 18)
    notes = Announced.of_day(tmp_path, WEST, day)
    notes.note("a.tif", "v1", "d1")
    notes.note("b.tif", "v1", "d2")
    notes.path.write_bytes(notes.path.read_bytes()[:-3])
    cut = Announced.of_day(tmp_path, WEST, day)
    assert (cut.has("a.tif", "v1"), cut.has("b.tif", "v1")) == (True, False)
    cut.note("b.tif", "v2", "d3")
    again = Announced.of_day(tmp_path, WEST, day)
    assert again.versions == {("a.tif", "v1"), ("b.tif", "v2")}


def test_only_stages_of_maps_are_announced() -> None:
    wanted = Messages(broker="mqtt://host", stages=("geotiff", "volumes"))
    with pytest.raises(SettingsError, match="stages that make maps, not volumes: "):
        messages_sensor(wanted)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ('broker = "http://host"', "must be mqtt://"),
        ('broker = "mqtt://user:secret-word@host"', "without a login"),
        ('broker = "mqtt://host"\ntopic = "a//b"', "none of them empty"),
        ('broker = "mqtt://host"\ntopic = "a/#"', "without"),
    ],
)
def test_a_wrong_table_is_refused(wrong: str, rule: str, tmp_path: Path) -> None:
    file = tmp_path / "network.toml"
    file.write_text(
        '[sources.a]\nurl = "x"\n[radars.RMA1]\nsources = ["a"]\nlatitude = 1\nlongitude = 1\n'
        f"[messages]\n{wrong}\n"
    )
    with pytest.raises(SettingsError, match=rule) as caught:
        load_network(file)
    assert "secret-word" not in str(caught.value)
