"""Who listens where an application should: for mistakes in URLs."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import trustme


def _answering(status: int) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *words: object) -> None:
            pass

    return Answering


@contextmanager
def serving(what: str | int | None) -> Iterator[int]:
    """The port of an HTTP server that answers with a status; of one with `tls`; of somebody `silent`, or of nobody."""
    if what in (None, "nobody", "silent"):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port: int = listening.getsockname()[1]
            if what == "nobody":
                listening.close()
            yield port
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(what if isinstance(what, int) else 200))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign,assignment]  # who is refused a handshake complains there
    if what == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        with suppress(OSError):
            server.shutdown()
        server.server_close()
        thread.join(2.0)
