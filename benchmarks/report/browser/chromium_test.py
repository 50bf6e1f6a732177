"""What becomes of a browser that stops answering; needs none."""

import os
import tempfile
import unittest

import chromium

# Answers whatever is asked, until it is asked to be silent.
BROWSER = """#!/usr/bin/env python3
import json, os, time
buffer = b""
while True:
    read = os.read(3, 4096)
    if not read:
        raise SystemExit(1)
    buffer += read
    while b"\\0" in buffer:
        message, _, buffer = buffer.partition(b"\\0")
        command = json.loads(message)
        if command["method"] == "Silence":
            time.sleep(600)
        target = {"type": "page", "targetId": "1"}
        result = {"targetInfos": [target], "sessionId": "2", "asked": command["method"]}
        os.write(4, json.dumps({"id": command["id"], "result": result}).encode() + b"\\0")
        if command["method"] == "Browser.close":
            raise SystemExit
"""


class ChromiumTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "browser")
        with open(path, "w", encoding="utf-8") as file:
            file.write(BROWSER)
        os.chmod(path, 0o755)
        self.page = chromium.Page(path)

    def test_answers_come_and_the_browser_ends_itself(self):
        self.assertEqual(self.page.call("Hello")["asked"], "Hello")
        self.page.close()
        self.assertEqual(self.page._process.returncode, 0)

    def test_a_browser_that_says_nothing_is_given_up_and_killed(self):
        with self.assertRaisesRegex(chromium.BrowserError, "Silence: no answer in 0.1 s"):
            self.page.call("Silence", timeout=0.1)
        self.page.close(timeout=0.1)
        self.assertLess(self.page._process.returncode, 0)


if __name__ == "__main__":
    unittest.main()
