import ftplib
import logging
from io import BytesIO

import pytest

from radar_assets.errors import FolderMissing, PortTaken
from radar_assets.simulator.publish import Simulation
from radar_assets.simulator.server import FtpServer
from radar_assets_tests.simulator.sites import CORDOBA, NOON
from radar_assets_tests.waiting import LONG

NAME = "RMA1_0315_02_VRAD_20260504T122000Z.BUFR"
FOLDER = "/L2/RMA1/2026/05/04/12/2000"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("served")
    live = Simulation(root / "L2", (CORDOBA,), coarseness=16)
    live.publish_span(NOON, NOON.replace(second=1))
    return root


def connect(server: FtpServer, user: str = "anonymous", password: str = "") -> ftplib.FTP:
    client = ftplib.FTP(timeout=LONG)
    client.connect(server.host, server.port)
    client.login(user, password)
    return client


def fetch(client: ftplib.FTP, path: str, rest: int | None = None) -> bytes:
    received = BytesIO()
    client.retrbinary(f"RETR {path}", received.write, rest=rest)
    return received.getvalue()


def test_published_files_are_listed_and_fetched(root):
    with FtpServer(root) as server, connect(server) as client:
        listed = {name: facts for name, facts in client.mlsd(FOLDER) if facts["type"] == "file"}
        data = fetch(client, f"{FOLDER}/{NAME}")
    assert set(listed) == {NAME, NAME.replace("VRAD", "WRAD")}
    assert int(listed[NAME]["size"]) == len(data)
    assert {"modify", "size", "type"} <= listed[NAME].keys()
    assert data == (root / FOLDER[1:] / NAME).read_bytes()


def test_a_transfer_resumes(root):
    with FtpServer(root) as server, connect(server) as client:
        rest = fetch(client, f"{FOLDER}/{NAME}", rest=1000)
    assert rest == (root / FOLDER[1:] / NAME).read_bytes()[1000:]


@pytest.mark.parametrize("command", ["STOR /L2/x", f"DELE {FOLDER}/{NAME}", "MKD /x", "RMD /L2"])
def test_writing_is_refused(root, command):
    refused = pytest.raises(ftplib.error_perm, match="550")
    with FtpServer(root) as server, connect(server) as client, refused:
        client.sendcmd(command)
    assert (root / FOLDER[1:] / NAME).exists()


def test_writing_is_possible_when_asked_for(tmp_path):
    server = FtpServer(tmp_path, user="radar", password="secret", read_only=False)
    with server, connect(server, "radar", "secret") as client:
        client.storbinary("STOR file", BytesIO(b"data"))
    assert (tmp_path / "file").read_bytes() == b"data"


def test_a_wrong_password_is_refused_and_no_password_is_logged(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with FtpServer(tmp_path, user="radar", password="right-secret") as server:
        connect(server, "radar", "right-secret").quit()
        for user, password in (("radar", "wrong-secret"), ("anonymous", "")):
            with pytest.raises(ftplib.error_perm, match="530"):
                connect(server, user, password)
    assert "secret" not in caplog.text


def test_the_server_says_nothing(root, capfd):
    with FtpServer(root) as server, connect(server) as client:
        client.nlst("/")
    assert capfd.readouterr() == ("", "")


def test_the_url_names_the_folder_of_the_radars(root, tmp_path):
    with FtpServer(root) as server, FtpServer(tmp_path) as other:
        assert server.url == f"ftp://127.0.0.1:{server.port}/L2"
        assert other.url == f"ftp://127.0.0.1:{other.port}"
        assert server.port != other.port


def test_a_stopped_server_frees_its_port(root):
    with FtpServer(root) as server:
        port = server.port
    with pytest.raises(ConnectionRefusedError):
        connect(server)
    with FtpServer(root, port=port) as again, connect(again) as client:
        assert client.nlst("/") != []


def test_what_cannot_be_served_is_said(root, tmp_path):
    with pytest.raises(FolderMissing, match="no folder"), FtpServer(tmp_path / "none"):
        pass
    taken = pytest.raises(PortTaken, match="cannot listen")
    with FtpServer(root) as server, taken, FtpServer(root, port=server.port):
        pass
