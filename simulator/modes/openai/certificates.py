"""Certificates for `--tls`: an authority made for one run, and what it signed. The authority's private key never leaves memory.

Made with trustme: it does exactly this (an authority and a server certificate, in three calls that cannot be got wrong), is
kept up by the people of Trio, and stands on cryptography, which by itself would be eighty lines of X.509 here.
"""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

from simulator.errors import UsageError

LOCAL = ("localhost", "127.0.0.1", "::1")
ANY = ("", "0.0.0.0", "::")


class Certificate:
    """Good for this machine's own names and for `host`."""

    def __init__(self, host: str) -> None:
        try:
            import trustme
        except ImportError as error:
            raise UsageError("--tls needs the package trustme", "pip install 'jambonz-sim[tls]'") from error
        authority = trustme.CA(organization_name="jambonz-sim")
        names = [*LOCAL, *([] if host in LOCAL else [socket.gethostname() if host in ANY else host])]
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            authority.issue_cert(*names).configure_cert(self.context)
        except ValueError as error:
            raise UsageError(f"no certificate can be made for {names[-1]!r}: {error}", "listen on --host 127.0.0.1, or go without --tls") from error
        self._pem = authority.cert_pem.bytes()

    def write(self, file: Path) -> Path:
        """The authority's certificate, for clients to trust; nobody sees half of it."""
        aside = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            aside.write_bytes(self._pem)
            aside.replace(file)
        except OSError as error:
            raise UsageError(f"cannot write {file}: {error.strerror or error}", "set XDG_CACHE_HOME to a folder that can be written") from error
        return file


def ca_file(port: int) -> Path:
    """Where the command line leaves the certificate to trust: the same place for the same port, so that clients are configured once."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "jambonz-sim" / f"openai-{port}.pem"


def how_to_trust(file: Path) -> str:
    return (
        f"TLS: clients must trust {file}, made anew at every start, so start them afterwards.\n"
        f"    Node.js: NODE_EXTRA_CA_CERTS={file}\n"
        f"    Python:  SSL_CERT_FILE={file}\n"
        f"    curl:    --cacert {file}"
    )
