"""Headless Chromium for tests, spoken to over its own pipe; it reaches nothing, and tells what it would have fetched.

The DevTools protocol, JSON messages that end in a zero octet: requests on descriptor 3, answers and events on 4.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

AXE = Path(__file__).parent / "axe" / "node_modules" / "axe-core" / "axe.min.js"
_SECONDS = 60.0  # for any one answer, on a machine that is busy with other things
_OPTIONS = (
    "--headless",
    "--no-sandbox",  # which refuses root, as whom tests run in containers
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
# A letter is shown inside the page of a mail program, whose landmarks are not ours to set.
_NOT_OURS = ("landmark-one-main", "region")
_CHECK = """(async () => {
    const found = await axe.run(document, {
        resultTypes: ["violations", "incomplete"],
        rules: Object.fromEntries(%s.map(rule => [rule, {enabled: false}])),
    });
    const told = [...found.violations, ...found.incomplete.filter(one => one.id === "color-contrast")];
    return told.flatMap(one => one.nodes.map(node =>
        one.id + ": " + node.html.slice(0, 200) + " " + [...node.any, ...node.all].map(sub => sub.message).join("; ")));
})()"""
_SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


def chromium() -> str | None:
    """Return the path of the browser; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


class Browser:
    """One window of a browser, for one page after another."""

    def __init__(self, program: str) -> None:
        self.fetched: list[str] = []  # addresses that the page now shown asked for
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        # The shell makes of its own input and output the two descriptors; then it is the browser.
        self._process = subprocess.Popen(
            [
                "sh",
                "-c",
                'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1',
                program,
                *_OPTIONS,
                f"--user-data-dir={self._profile.name}",
                "about:blank",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._frame = self._ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._ask("Network.enable")

    def show(self, html: str, width: int, *, dark: bool = False) -> None:
        """Show *html* in a window *width* CSS pixels wide, of somebody who prefers dark or light colours."""
        phone = width < 600
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])
        self.fetched.clear()
        self._ask("Page.setDocumentContent", frameId=self._frame, html=html)
        self.evaluate(_SETTLED)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript *expression*, of what it promises if it is a promise."""
        answer = self._ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def violations(self) -> list[str]:
        """Return what axe-core finds wrong with the page, and every contrast that it cannot tell."""
        self.evaluate(f"{_axe()}; true")
        found: list[str] = self.evaluate(_CHECK % json.dumps(_NOT_OURS))
        return found

    def overflow(self, width: int) -> int:
        """Return by how many CSS pixels the page is wider than *width*; a phone would show all of it smaller."""
        whole: int = self.evaluate("document.documentElement.scrollWidth")
        return whole - width

    def picture(self, target: Path, begins: str = "", ends: str = "", *, scale: float = 1) -> None:
        """Write what the page looks like, as PNG; the whole of it, or from one heading to before another."""
        size = self._ask("Page.getLayoutMetrics")["cssContentSize"]
        top = self._heading(begins) if begins else 0
        bottom = self._heading(ends) if ends else size["height"]
        clip = {"x": 0, "y": top, "width": size["width"], "height": bottom - top, "scale": scale}
        answer = self._ask("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        target.write_bytes(base64.b64decode(answer["data"]))

    def _heading(self, words: str) -> float:
        """Return where the heading that begins with *words* stands, in pixels from the top."""
        heading = f"[...document.querySelectorAll('h2')].find(each => each.innerText.startsWith({json.dumps(words)}))"
        return float(self.evaluate(f"{heading}.getBoundingClientRect().top + scrollY - 12"))

    def close(self) -> None:
        """End the browser and all its processes."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        self._profile.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a request, and return its answer."""
        self._number += 1
        request: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            request["sessionId"] = self._session
        stream = _open(self._process.stdin)
        stream.write(json.dumps(request).encode() + b"\0")
        stream.flush()
        while True:
            message = self._next()
            if message.get("method") == "Network.requestWillBeSent":
                self.fetched.append(message["params"]["request"]["url"])
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                answer: dict[str, Any] = message["result"]
                return answer

    def _next(self) -> dict[str, Any]:
        """Return the next message of the browser."""
        stream = _open(self._process.stdout)
        end = time.monotonic() + _SECONDS
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([stream], [], [], max(0.0, end - time.monotonic()))
            octets = os.read(stream.fileno(), 1 << 20) if ready else b""
            if not octets:
                raise RuntimeError("the browser ended" if ready else "the browser does not answer")
            self._buffer += octets
        message, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
