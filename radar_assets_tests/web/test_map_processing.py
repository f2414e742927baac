"""Processing by the map's API: who may ask for it, one run for one request, how far it is."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
import requests

from radar_assets.errors import SettingsError
from radar_assets.stages.base.selection import config_of
from radar_assets.stages.base.workspace import Workspace
from radar_assets.web.map import access
from radar_assets.web.map.app import MapOptions
from radar_assets.web.map.dagster_api import Recorded
from radar_assets.web.map.operators import Operators, add_operator, read_operators
from radar_assets.web.map.processing import product_states, target_of_volume, target_of_window
from radar_assets.web.map.serve import serve_map
from radar_assets_tests.defs.dagster_server import DagsterServer, launch_run
from radar_assets_tests.defs.platforms import RADAR, Station
from radar_assets_tests.waiting import LONG, wait_until

TIME = "12:30"
VOLUME = f"{RADAR}_0315_01_2025-11-18T12:30:20Z"
PATH = f"/api/volumes/{VOLUME}/processing"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Station:
    station = Station(tmp_path_factory.mktemp("processing"))
    station.publish_volume(f"{TIME}:20")
    assert station.run(TIME).success
    return station


@pytest.fixture(scope="module")
def workspace(station: Station) -> Workspace:
    return Workspace(station.data, station.network_file)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operators") / "operators.toml"


@pytest.fixture(scope="module")
def tokens(file: Path) -> dict[str, str]:
    return {
        "ana": add_operator(file, "ana", ("read", "launch")),
        "reader": add_operator(file, "reader", ("read",)),
        "other": add_operator(file, "other", ("read", "launch"), ("RMA99",)),
    }


class Recording(BaseHTTPRequestHandler):
    """A webserver of Dagster that only remembers what reached it."""

    reached: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.reached.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(500)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def url(workspace: Workspace, file: Path, tokens: dict[str, str]) -> Iterator[str]:
    """A map whose Dagster launches nothing and tells what it was asked."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Recording) as dagster:
        Thread(target=dagster.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{dagster.server_port}"
        options = MapOptions(operators_file=file, dagster_url=address)
        with serve_map(workspace, options=options) as map_address:
            yield map_address
        dagster.shutdown()


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong tokens cost little, and launches are not limited."""
    monkeypatch.setattr(access, "_PENALTY", 0.01)
    monkeypatch.setattr(access, "_LAUNCHES", 1000)


@pytest.mark.parametrize(
    ("who", "headers", "status"),
    [
        ("", {}, 401),
        ("ana.wrong", {}, 401),
        ("nobody.at all", {}, 401),
        ("ana", {"Authorization": "Basic {basic}"}, 401),
        ("reader", {}, 403),
        ("other", {}, 403),
        ("ana", {"Origin": "https://evil.example"}, 403),
        ("ana", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("ana", {"Host": "evil.example"}, 403),
    ],
)
@pytest.mark.usefixtures("cheap")
def test_who_may_not_launches_nothing(
    url: str,
    tokens: dict[str, str],
    who: str,
    headers: dict[str, str],
    status: int,
) -> None:
    token = tokens.get(who, who)
    basic = base64.b64encode(f"x:{token}".encode()).decode()
    sent = {name: value.format(basic=basic) for name, value in headers.items()}
    if token:
        sent = bearer(token) | sent
    Recording.reached.clear()
    logged = StringIO()
    handler = logging.StreamHandler(logged)
    logging.getLogger(access.__name__).addHandler(handler)
    answer = requests.post(url + PATH, json={"force": True}, headers=sent, timeout=LONG)
    logging.getLogger(access.__name__).removeHandler(handler)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert Recording.reached == []
    assert not token or token not in logged.getvalue() + answer.text
    assert bool(logged.getvalue()) == (status != 401 or bool(token)) or headers


def test_a_wrong_token_costs_time_and_right_ones_do_not_wait(
    url: str, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "_PENALTY", 8)  # longer than the clients wait
    monkeypatch.setattr(access, "_WAITING", 4)

    def guess(_: int) -> int:
        try:
            answer = requests.get(url + PATH, headers=bearer("ana.guess"), timeout=(LONG, 2))
        except requests.Timeout:
            return 0
        return answer.status_code

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(guess, range(12)))
    assert sorted(found) == [0] * 4 + [429] * 8
    answer = requests.post(url + PATH, json={}, headers=bearer(tokens["ana"]), timeout=LONG)
    assert answer.status_code == 503  # Dagster's


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (PATH, {"products": ["NONE"]}, 400),
        (PATH, {"products": "DBZH"}, 400),
        (PATH, {"products": ["COLMAX"]}, 400),
        (PATH, {"formats": ["gif"]}, 400),
        (PATH, {"parameters": {"COLMAX": {"nothing": 1}}}, 400),
        (PATH, {"parameters": {"COLMAX": {"min_elevation": "x"}}}, 400),
        (PATH, {"script": "<script>"}, 400),
        (PATH, [1], 400),
        (PATH.replace("12:30:20", "12:31:20"), {}, 404),
        (PATH.replace("2025", "1025"), {}, 400),
        ("/api/volumes/<script>/processing", {}, 400),
        (f"/api/windows/{RADAR}/2025-11-18-12:31/processing", {}, 400),
        (f"/api/windows/{RADAR}/never/processing", {}, 400),
        ("/api/windows/RMA0/2025-11-18-12:30/processing", {}, 400),
    ],
)
@pytest.mark.usefixtures("cheap")
def test_what_cannot_be_is_refused_with_its_reason(
    url: str, tokens: dict[str, str], path: str, body: Any, status: int
) -> None:
    Recording.reached.clear()
    answer = requests.post(url + path, json=body, headers=bearer(tokens["ana"]), timeout=LONG)
    assert (answer.status_code, answer.json()["status"]) == (status, status), answer.text
    assert answer.json()["detail"]
    assert not [query for query in Recording.reached if b"mutation" in query]


def test_launches_are_limited(url: str, tokens: dict[str, str], monkeypatch: Any) -> None:
    monkeypatch.setattr(access, "_LAUNCHES", 0)
    answer = requests.post(url + PATH, json={}, headers=bearer(tokens["ana"]), timeout=LONG)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")


def test_reading_needs_a_token_where_a_login_is_set(
    workspace: Workspace, file: Path, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "_PENALTY", 0.01)
    with serve_map(workspace, options=MapOptions(operators_file=file, needs_login=True)) as closed:
        for path in ("/", "/index/latest.json", "/api/radars", "/latest/RMA1/COLMAX.png"):
            answer = requests.get(closed + path, timeout=LONG)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Basic")
            assert requests.get(closed + path, auth=("x", "wrong"), timeout=LONG).status_code == 401
        assert requests.get(closed, auth=("x", tokens["reader"]), timeout=LONG).ok


def test_tokens_are_kept_hashed_and_a_removed_one_is_worth_nothing_at_once(tmp_path: Path) -> None:
    file = tmp_path / "operators.toml"
    token, other = (add_operator(file, name, ("read",)) for name in ("ana", "eva"))
    assert token not in file.read_text("utf-8")
    assert token.partition(".")[2] not in file.read_text("utf-8")
    assert file.stat().st_mode & 0o007 == 0
    operators = Operators(file)
    assert operators.holder(token)
    assert operators.holder(other)
    newer = add_operator(file, "ana", ("read",))
    assert (operators.holder(token), operators.holder("")) == (None, None)
    assert operators.holder(newer)
    file.unlink()
    assert operators.holder(newer) is None
    file.write_text("[ana]\nsha256 = 3\n", "utf-8")
    with pytest.raises(SettingsError, match=r"ana\.sha256"):
        read_operators(file)
    with pytest.raises(SettingsError, match="OPERATOR_TOKEN"):
        Operators(None, "short").holder("x")
    assert Operators(None, "env." + "s" * 40).holder("env." + "s" * 40)


def run_of(status: str) -> dict[str, Any]:
    return {
        "runId": "new",
        "status": status,
        "assetSelection": [{"path": [RADAR, "png"]}],
        "runConfigYaml": "",
    }


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("QUEUED", "pending"),
        ("STARTED", "processing"),
        ("FAILURE", "failed"),
        ("CANCELED", "failed"),
        ("SUCCESS", "completed"),
    ],
)
def test_a_product_has_the_state_of_its_run_until_that_has_recorded_it(
    workspace: Workspace, status: str, wanted: str
) -> None:
    target = target_of_volume(workspace, VOLUME)
    row = {"product": "DBZH", "volume_id": VOLUME, "status": "completed", "path": "old"}
    records = {"png": Recorded("old", [row]), "geotiff": Recorded("old", [row])}
    states = {s.format: s for s in product_states(target, run_of(status), records, ["DBZH"])}
    assert (states["png"].status, states["geotiff"].status) == (wanted, "completed")
    mine = {"png": Recorded("new", [{**row, "status": "failed", "error_code": "RA410"}])}
    (state,) = product_states(target, run_of(status), mine, ["DBZH", "COLMAX"])
    assert (state.status, state.error_code) == ("failed", "RA410")


def test_a_window_of_another_length_is_none(workspace: Workspace) -> None:
    assert str(target_of_window(workspace, RADAR, "2025-11-18-12:30"))
    with pytest.raises(SettingsError, match="no window"):
        target_of_window(workspace, RADAR, "2125-11-18-12:30")


@pytest.fixture(scope="module")
def launched(
    station: Station, workspace: Workspace, file: Path, tokens: dict[str, str]
) -> Iterator[str]:
    """A map before a Dagster that has made the window."""
    with DagsterServer.of(station) as server:
        options = MapOptions(operators_file=file, dagster_url=f"http://127.0.0.1:{server.port}")
        with serve_map(workspace, options=options) as url:
            run_id = launch_run(server, TIME, TIME, config_of(RADAR))["run"]["runId"]
            wait_until(
                lambda: get(url, f"/api/runs/{run_id}", tokens["ana"])["status"] == "SUCCESS",
                "the first run",
                pause=0.5,
            )
            yield url


def get(url: str, path: str, token: str) -> Any:
    return requests.get(url + path, headers=bearer(token), timeout=LONG).json()


def test_one_request_is_one_run_whose_products_can_be_followed(
    station: Station, launched: str, tokens: dict[str, str]
) -> None:
    chosen = {"products": ["DBZHo", "COLMAXo"], "formats": ["png"], "force": True}
    body = {**chosen, "parameters": {"DBZHo": {"sweep": 99}}}
    mine = bearer(tokens["ana"])

    def post(_: int) -> requests.Response:
        return requests.post(launched + PATH, json=body, headers=mine, timeout=LONG)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(post, range(4)))
    assert [answer.status_code for answer in answers] == [202] * 4, answers[0].text
    (run_id,) = {answer.json()["run_id"] for answer in answers}

    def state() -> Any:
        return get(launched, PATH, tokens["reader"])

    assert state()["run"]["run_id"] == run_id
    wait_until(lambda: state()["run"]["status"] == "SUCCESS", "the run", pause=0.5)
    done = {(item["format"], item["product"]): item for item in state()["products"]}
    assert done["png", "COLMAXo"]["status"] == "completed"
    assert (station.data / done["png", "COLMAXo"]["path"]).is_file()
    lacking = done["png", "DBZHo"]
    assert lacking["status"] == "not_applicable"
    run = get(launched, f"/api/runs/{run_id}", tokens["ana"])
    assert (run["launched_by"], run["target"]) == ("ana", VOLUME)
    assert get(launched, "/api/runs/none", tokens["ana"])["status"] == 404
    assert not list((station.data / "tmp").glob("*"))
    window = f"{launched}/api/windows/{RADAR}/2025-11-18-{TIME}/processing"
    other = requests.post(window, json={"formats": ["png"]}, headers=mine, timeout=LONG)
    assert other.status_code == 202, other.text
    assert other.json()["run_id"] != run_id
