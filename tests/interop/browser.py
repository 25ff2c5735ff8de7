"""Chromium, where it and its driver are installed, as the tests of pages use it."""

import contextlib
import json
import shutil
import subprocess
import time
import urllib.request

from recipe import LIMIT


def has_driver():
    return shutil.which("chromedriver") is not None


class Browser:
    """Chromium, driven over WebDriver."""

    def __init__(self, port):
        self.base = "http://127.0.0.1:%d/session" % port
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        self.base += "/" + self.call("", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments}}}})["sessionId"]

    def open(self, address):
        self.call("/url", {"url": "http://%s:%d/" % address})

    def call(self, path, data=None, method=None):
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(self.base + path, body,
                                         {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=LIMIT) as response:
            return json.load(response)["value"]

    def run(self, script, *arguments):
        return self.call("/execute/sync", {"script": script, "args": list(arguments)})

    def type(self, selector, text):
        self.run("const e = document.querySelector(arguments[0]); e.value = arguments[1];",
                 selector, text)

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).click();", selector)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).textContent;", selector)

    def wait_for(self, selector, text):
        end = time.monotonic() + LIMIT
        while text not in self.text(selector):
            if time.monotonic() > end:
                raise AssertionError("%s is %r" % (selector, self.text(selector)))
            time.sleep(0.02)

    def texts(self, selector):
        """Those of all elements."""
        return self.run("return Array.from(document.querySelectorAll(arguments[0]), "
                        "(one) => one.textContent);", selector)

    def wait_for_texts(self, selector, texts):
        end = time.monotonic() + LIMIT
        while self.texts(selector) != texts:
            if time.monotonic() > end:
                raise AssertionError("%s are %r" % (selector, self.texts(selector)))
            time.sleep(0.02)

    def end(self):
        self.call("", method="DELETE")


@contextlib.contextmanager
def browsers(count):
    """So many browsers, of one driver."""
    driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    found = []
    try:
        line = next(line for line in driver.stdout if b"successfully on port" in line)
        port = int(line.split()[-1].rstrip(b"."))
        for _ in range(count):
            found.append(Browser(port))
        yield found
    finally:
        for browser in found:
            with contextlib.suppress(OSError):
                browser.end()
        driver.kill()
        driver.wait()
        driver.stdout.close()
