"""A certificate authority of a test's own."""

from __future__ import annotations

from pathlib import Path

import trustme


class Authority:
    """Signs certificates; `ca_file` holds its own."""

    def __init__(self, folder: Path) -> None:
        self._authority, self._folder = trustme.CA(), folder
        self.ca_file = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))

    def certificate(self, host: str = "127.0.0.1") -> Path:
        """Key and certificate of a host, in one file."""
        path = self._folder / f"{host}.pem"
        blob = self._authority.issue_cert(host).private_key_and_cert_chain_pem
        blob.write_to_path(str(path))
        return path
