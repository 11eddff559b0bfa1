"""The server of the page: on this machine alone, without any writing.

It listens on the loopback address. A request must name that address as its host: a web page elsewhere that lets its own
name point here (DNS rebinding) gets no answer. Only files of the package and what `Blocks` gives are served; no part of
a request is used as a path.
"""

import json
import re
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

from a2c import untrusted
from a2c.config import ConfigError
from a2c.runs.files import one_line
from a2c.untrusted import DamagedError
from a2c.watch.runs import Blocks

LOOPBACK = "127.0.0.1"
FILES = {  # address: package, file in it, type
    "/": ("a2c.watch", "watch.html", "text/html; charset=utf-8"),
    "/watch.js": ("a2c.watch", "watch.js", "text/javascript; charset=utf-8"),
    "/watch.css": ("a2c.watch", "watch.css", "text/css; charset=utf-8"),
    "/uplot.js": ("a2c.report.page", "uplot/uPlot.iife.min.js", "text/javascript; charset=utf-8"),
    "/uplot.css": ("a2c.report.page", "uplot/uPlot.min.css", "text/css; charset=utf-8"),
}
JSON = "application/json"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Server(ThreadingHTTPServer):
    """Serves the page of the runs at or below some folders. `port` 0: a free one.

    Its end waits for the requests that it answers: a thread that outlives the interpreter can abort the process.
    """

    daemon_threads = False

    def __init__(self, folders: Sequence[Path], port: int) -> None:
        self.blocks = Blocks(folders)
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            raise ConfigError(f"--port: {port} is not allowed ({error.strerror}); allowed: a free port, or 0") from None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line what went wrong with a request; nothing if the browser has closed the connection."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError | TimeoutError):
            print(f"a2c: watch: {type(error).__name__}: {one_line(error)}", file=sys.stderr, flush=True)

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    @property
    def hosts(self) -> set[str]:
        """What a request may name as its host."""
        return {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server
    server_version, sys_version = "a2c", ""
    timeout = 2.0  # seconds for a connection that asks nothing

    def do_GET(self) -> None:  # the name that the base class calls
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0] not in self.server.hosts:
            self._answer(403, b"another host", "text/plain")
        elif self.path in FILES:
            package, name, kind = FILES[self.path]
            self._answer(200, untrusted.read(Path(str(files(package).joinpath(name)))), kind)
        elif self.path == "/blocks.json":
            self._answer(200, json.dumps(self.server.blocks.entries()).encode(), JSON)
        elif match := re.fullmatch(r"/curves/(\d{1,9})\.json", self.path):
            self._answer_curves(int(match[1]))
        else:
            self._answer(404, b"not found", "text/plain")

    def _answer_curves(self, number: int) -> None:
        try:
            self._answer(200, json.dumps(self.server.blocks.curves(number)).encode(), JSON)
        except KeyError:
            self._answer(404, b"not found", "text/plain")
        except (DamagedError, ConfigError) as error:
            self._answer(500, str(error).encode(errors="backslashreplace"), "text/plain; charset=utf-8")

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing for each request."""
