"""A headless Chromium, driven over a pipe by its DevTools protocol. Needs nothing but the browser."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")


class BrowserError(Exception):
    """The browser said no, or nothing in time."""


def find():
    """The browser's path, or None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def _high_pipe():
    """Descriptors above those that the browser's become."""
    low = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low)
    for end in low:
        os.close(end)
    return high


class Page:
    """One page. What it logs as an error is in `errors`, what it asks of a network in `requests`."""

    def __init__(self, browser, width=1360, height=900):
        self.errors, self.requests = [], []
        self._next, self._buffer = 0, b""
        self._folder = tempfile.TemporaryDirectory()
        to_browser, self._write = _high_pipe()
        self._read, from_browser = _high_pipe()
        flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--remote-debugging-pipe",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--proxy-server=127.0.0.1:9",
            f"--user-data-dir={self._folder.name}",
            f"--window-size={width},{height}",
            "about:blank",
        ]
        # The browser reads commands from descriptor 3 and answers on 4.
        shell = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser} 2>/dev/null'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, browser, *flags], pass_fds=(to_browser, from_browser)
        )
        os.close(to_browser)
        os.close(from_browser)
        self._session = None
        target = next(
            t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"
        )
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Performance.enable", timeDomain="threadTicks")
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)

    def close(self, timeout=20):
        """Ends the browser: kills it where it has not ended itself in so many seconds."""
        self._session = None
        try:
            self.call("Browser.close", timeout=timeout)
            self._process.wait(timeout=timeout)
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        os.close(self._read)
        self._folder.cleanup()

    def call(self, method, timeout=60, **parameters):
        """Sends a command and returns its result."""
        self._next += 1
        message = {"id": self._next, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + timeout
        while (answer := self._receive(deadline)) is not None:
            if answer.get("id") != self._next:
                self._note(answer)
            elif "error" in answer:
                raise BrowserError(f"{method}: {answer['error']['message']}")
            else:
                return answer["result"]
        raise BrowserError(f"{method}: no answer in {timeout} s")

    def evaluate(self, expression):
        """The value of a JavaScript expression; promises are awaited."""
        result = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in result:
            raise BrowserError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def open(self, url, drawn="globalThis.attune?.isDrawn === true"):
        """Navigates, and returns the seconds until `drawn` held and was on the screen."""
        start = time.monotonic()
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)
        while not self.evaluate(drawn):
            if time.monotonic() - start > 60:
                raise BrowserError(f"{url} was not drawn; {self.errors}")
        self.settle()
        return time.monotonic() - start

    def settle(self):
        """Waits until what was asked for is on the screen."""
        frame = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        self.evaluate(frame)

    def cpu_seconds(self):
        """Processor time of the page's main thread since it was opened: neighbours on the machine do not lengthen it."""
        metrics = self.call("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    def drag(self, begin, end):
        """Presses the mouse at `begin`, moves it in steps, lets go at `end`."""
        button = {"button": "left", "buttons": 1, "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=begin[0], y=begin[1])
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=begin[0], y=begin[1], **button)
        for i in range(1, 9):
            x, y = (b + (e - b) * i / 8 for b, e in zip(begin, end, strict=True))
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, **button)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=end[0], y=end[1], **button)
        self.settle()

    def press(self, key):
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)
        self.settle()

    def screenshot(self, path):
        """Of what is in the window, as WebP: a third of PNG's bytes."""
        shot = self.call("Page.captureScreenshot", format="webp", quality=80)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def _receive(self, deadline):
        """The next message; None where there is none at that time of the monotonic clock."""
        while b"\0" not in self._buffer:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not select.select([self._read], [], [], remaining)[0]:
                return None
            read = os.read(self._read, 1 << 20)
            if not read:
                raise BrowserError("the browser has ended")
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, event):
        parameters = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif event.get("method") == "Runtime.consoleAPICalled":
            if parameters["type"] in ("error", "warning", "assert"):
                self.errors.append(str([a.get("value") for a in parameters["args"]]))
        elif event.get("method") == "Log.entryAdded":
            if parameters["entry"]["level"] in ("error", "warning"):
                self.errors.append(parameters["entry"]["text"])
        elif event.get("method") == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith(("file:", "data:", "blob:", "about:")):
                self.requests.append(url)
