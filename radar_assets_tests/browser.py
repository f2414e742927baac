"""A real browser without a window, driven over the WebDriver protocol (W3C)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import requests

from radar_assets_tests.ports import free_port
from radar_assets_tests.waiting import LONG, wait_until

_BROWSER, _DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


class Browser:
    """A session of a browser."""

    def __init__(self, driver: str, options: Sequence[str]) -> None:
        self._url = f"{driver}/session"
        chrome = {"binary": _BROWSER, "args": [*_OPTIONS, *options]}
        wanted = {
            "goog:chromeOptions": chrome,
            "acceptInsecureCerts": True,
            "timeouts": {"script": LONG * 1000, "pageLoad": LONG * 1000},
        }
        found = self._post("", capabilities={"alwaysMatch": wanted})
        self._url = f"{self._url}/{found['sessionId']}"

    def open(self, url: str) -> None:
        """Load a page."""
        self._post("/url", url=url)

    def run(self, script: str, *arguments: object) -> Any:
        """What the body of an async function returns in the page."""
        body = f"const done = arguments[arguments.length - 1]; (async function() {{ {script} }})"
        body += ".apply(null, arguments).then(done, (error) => done('error: ' + error));"
        return self._post("/execute/async", script=body, args=list(arguments))

    def text(self) -> str:
        """Text that the page shows."""
        return str(self.run("return document.body.innerText;"))

    def close(self) -> None:
        """End the session and the browser."""
        requests.delete(self._url, timeout=LONG)

    def _post(self, path: str, **content: object) -> Any:
        answer = requests.post(self._url + path, json=content, timeout=LONG)
        value = answer.json()["value"]
        assert answer.ok, value
        return value


@contextmanager
def browser(*options: str) -> Iterator[Browser]:
    """A browser with more options for its command line. Skips the test where none is installed."""
    if not (_BROWSER and _DRIVER):
        pytest.skip("chromium and chromedriver are not installed")
    port = free_port()
    process = subprocess.Popen(
        [_DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    driver = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _is_ready(driver), "the browser's driver")
        session = Browser(driver, options)
        try:
            yield session
        finally:
            session.close()
    finally:
        process.terminate()
        process.wait(LONG)


def _is_ready(driver: str) -> bool:
    with suppress(requests.ConnectionError):
        return bool(requests.get(f"{driver}/status", timeout=LONG).json()["value"]["ready"])
    return False
