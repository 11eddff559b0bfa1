"""The server of `a2c watch`: loopback, one host, nothing but its own files."""

import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from a2c.watch.server import Server
from tests.commands import a2c_says
from tests.processes import ROOT


@pytest.fixture(scope="module")
def server(trained: Path) -> Iterator[Server]:
    """A server of one finished block."""
    with Server([trained], 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def answer(server: Server, path: str, host: str = "", method: str = "GET") -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=100)
    connection.request(method, path, headers={"Host": host or f"127.0.0.1:{server.server_port}"})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def test_it_listens_on_this_machine_only(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/", "/watch.js", "/watch.css", "/uplot.js", "/uplot.css", "/blocks.json"])
def test_the_page_may_load_nothing_from_elsewhere(server: Server, path: str) -> None:
    response, content = answer(server, path)
    assert response.status == 200
    assert content
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    "host", ["example.org", "example.org:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.example.org:{port}"]
)
def test_another_host_gets_no_answer(server: Server, host: str) -> None:
    """A name elsewhere that resolves to 127.0.0.1 would let a foreign page read the runs."""
    response, content = answer(server, "/blocks.json", host.format(port=server.server_port))
    assert (response.status, content) == (403, b"another host")


@pytest.mark.parametrize(
    "path",
    [
        "/../../../etc/passwd",
        "/watch.py",
        "//etc/passwd",
        "/curves/../blocks.json",
        "/curves/x.json",
        "/curves/999.json",
    ],
)
def test_nothing_else_is_served(server: Server, path: str) -> None:
    assert answer(server, path)[0].status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_no_request_changes_anything(server: Server, method: str) -> None:
    assert answer(server, "/blocks.json", method=method)[0].status == 501


def test_it_gives_blocks_and_their_curves(server: Server) -> None:
    (block,) = json.loads(answer(server, "/blocks.json")[1])
    curves = json.loads(answer(server, f"/curves/{block['id']}.json")[1])
    assert set(curves) == {"0", "1", "2"}


def test_the_command_says_where_and_ends_by_ctrl_c(trained: Path) -> None:
    command = [sys.executable, "-m", "a2c", "watch", str(trained), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("open http://127.0.0.1:")
        process.send_signal(2)
        assert process.wait(timeout=100) == 130


def test_a_port_that_is_in_use_is_named(server: Server, trained: Path) -> None:
    done = a2c_says("watch", trained, "--port", server.server_port)
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"a2c: --port: {server.server_port} is not allowed (Address already in use); allowed:"
    )


@pytest.fixture
def failing(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Exception], None]]:
    """Let a request to a server of one block fail with an error, and wait until that has been said."""
    with Server([trained], 0) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()

        def fail(error: Exception) -> None:
            def entries() -> None:
                raise error

            monkeypatch.setattr(server.blocks, "entries", entries)
            with suppress(ConnectionError, http.client.HTTPException):
                answer(server, "/blocks.json")

        yield fail
        server.shutdown()
        serving.join()


@pytest.mark.parametrize("error", [ConnectionResetError, BrokenPipeError, ConnectionAbortedError])
def test_a_browser_that_closes_early_is_no_news(
    error: type[Exception], failing: Callable[[Exception], None], capfd: pytest.CaptureFixture[str]
) -> None:
    failing(error(104, "Connection reset by peer"))
    assert capfd.readouterr().err == ""


def test_another_error_of_a_request_is_one_line(
    failing: Callable[[Exception], None], capfd: pytest.CaptureFixture[str]
) -> None:
    failing(RuntimeError("it is\nbroken"))
    assert capfd.readouterr().err == "a2c: watch: RuntimeError: it is broken\n"


def test_a_reset_connection_is_no_news(trained: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Server([trained], 0) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        connection = socket.create_connection(("127.0.0.1", server.server_port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # its end is a reset
        connection.close()
        answer(server, "/blocks.json")
        server.shutdown()
        serving.join()
    assert capfd.readouterr().err == ""


def test_a_damaged_block_whose_name_is_no_text_is_told(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"block-\xff")
    folder.mkdir()
    (folder / "progress.json").write_text("{}")
    with Server([tmp_path], 0) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        (block,) = json.loads(answer(server, "/blocks.json")[1])
        response, content = answer(server, f"/curves/{block['id']}.json")
        server.shutdown()
        serving.join()
    assert (response.status, content.endswith(b"progress.json: missing or damaged")) == (500, True)


def test_no_thread_outlives_the_server(trained: Path) -> None:
    before = set(threading.enumerate())
    with Server([trained], 0) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        idle = socket.create_connection(("127.0.0.1", server.server_port))
        answer(server, "/blocks.json")  # the idle connection, which came before, has its thread now
        server.shutdown()
        serving.join()
    assert set(threading.enumerate()) == before
    idle.close()
