"""A real browser that is driven by its debugging pipe: pages that a server serves, clicks, the console."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser import BROWSER

COMPLAINTS = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")


class Tab:
    """A page in the browser. `complaints`: what its console has shown."""

    def __init__(self, into: int, out: int) -> None:
        self._into, self._out, self._number, self._buffer = into, out, 0, b""
        self._session: dict[str, str] = {}
        self.complaints: list[Any] = []

    def open(self, url: str) -> None:
        """Open a page in a new tab."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        for domain in ("Log", "Runtime", "Page"):
            self._call(f"{domain}.enable")
        self._call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """The value of a script, an expression, which may be a promise; fails if it raises."""
        done = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until a condition holds, at most two minutes."""
        script = f"""new Promise((resolve, reject) => {{
          const end = Date.now() + 120000;
          const look = () => {{
            try {{ if ({condition}) return resolve(true); }} catch (error) {{ }}
            if (Date.now() > end) return reject(new Error(document.body.innerText));
            setTimeout(look, 50);
          }};
          look();
        }})"""
        self.run(script)

    def _call(self, method: str, **arguments: Any) -> Any:
        self._number += 1
        call = {"id": self._number, "method": method, "params": arguments, **self._session}
        os.write(self._into, json.dumps(call).encode() + b"\0")
        while True:
            message = self._receive()
            if message.get("method") in COMPLAINTS:
                self.complaints.append(message)
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]

    def _receive(self) -> Any:
        while b"\0" not in self._buffer:
            read = os.read(self._out, 1 << 16)
            assert read, "the browser has ended"
            self._buffer += read
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)


@contextmanager
def tab(url: str, home: Path) -> Iterator[Tab]:
    """A tab with the page at `url`; `home`: a folder for the browser's own files."""
    (their_in, into), (out, their_out) = os.pipe(), os.pipe()
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    options += ["--remote-debugging-pipe", f"--user-data-dir={home / 'profile'}", "--window-size=1200,1400"]
    shell = ["bash", "-c", f'exec "$@" 3<&{their_in} 4>&{their_out}', "bash", BROWSER or "", *options]
    with subprocess.Popen(
        shell, pass_fds=(their_in, their_out), stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(home)}
    ) as process:
        os.close(their_in)
        os.close(their_out)
        try:
            opened = Tab(into, out)
            opened.open(url)
            yield opened
        finally:
            process.terminate()
            process.wait()
            os.close(into)
            os.close(out)
