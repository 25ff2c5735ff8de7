"""Recipe 11.15's page, where Chromium and its driver are installed: what it shows, live, and what it does."""

import contextlib
import json
import os
import subprocess
import tempfile
import unittest
import urllib.request

from browser import browsers, has_driver
from recipe import EXECUTABLE, LIMIT, server


@contextlib.contextmanager
def control_plane():
    """A server with a folder of its own: (process, address, folder)."""
    with tempfile.TemporaryDirectory() as folder:
        with server("--rpc-port", "0", "--data", folder) as (process, address):
            yield process, address, folder


def key_in(folder):
    with open(os.path.join(folder, "admin.key")) as file:
        return file.read().strip()


def ask(address, folder, method, path, body=None):
    """Whoever else there is."""
    request = urllib.request.Request(
        "http://%s:%d%s" % (*address, path), None if body is None else json.dumps(body).encode(),
        {"Authorization": "Bearer " + key_in(folder), "Content-Type": "application/json"},
        method=method)
    with urllib.request.urlopen(request, timeout=LIMIT) as response:
        text = response.read()
    return json.loads(text) if text else None


def make_pool(address, folder, name="lab", cidr="192.0.2.0/29"):
    ask(address, folder, "POST", "/v1/pools", {"name": name, "cidr": cidr})


def take(address, folder, owner, pool="lab"):
    body = ask(address, folder, "POST", "/v1/pools/%s/leases" % pool, {"owner": owner})
    return body["leases"][0]["address"]


def enter(browser, address, folder):
    browser.open(address)
    browser.type("#key", key_in(folder))
    browser.click("#enter")
    browser.wait_for("#status", "live")


def allocate(browser, pool, owner):
    browser.type("#pool", pool)
    browser.type("#owner", owner)
    browser.click("#allocate")


@unittest.skipUnless(has_driver(), "chromium-driver is not installed")
class Page(unittest.TestCase):
    def test_shows_what_others_do(self):
        with control_plane() as (_, address, folder), browsers(1) as (page,):
            make_pool(address, folder)
            enter(page, address, folder)
            page.wait_for_texts("#pools td", ["lab", "192.0.2.0/29", "0", "6"])
            take(address, folder, "ann")
            take(address, folder, "<img src=x onerror=alert(1)>")
            page.wait_for_texts("#leases tr td:first-child", ["192.0.2.1", "192.0.2.2"])
            page.wait_for_texts("#leases tr td:nth-child(3)", ["ann", "<img src=x onerror=alert(1)>"])
            page.wait_for_texts("#pools td", ["lab", "192.0.2.0/29", "2", "4"])
            self.assertEqual(page.run("return document.images.length;"), 0)
            make_pool(address, folder, "six", "2001:db8::/64")
            page.wait_for_texts("#pools td:first-child", ["lab", "six"])
            ask(address, folder, "DELETE", "/v1/leases?owner=ann")
            page.wait_for_texts("#leases tr td:first-child", ["192.0.2.2"])
            ask(address, folder, "DELETE", "/v1/pools/six")
            page.wait_for_texts("#pools td:first-child", ["lab"])

    def test_allocates_and_releases(self):
        with control_plane() as (_, address, folder), browsers(2) as (one, other):
            make_pool(address, folder)
            for page in one, other:
                enter(page, address, folder)
            allocate(one, "lab", "ann")
            one.wait_for("#status", "ann has 192.0.2.1")
            for page in one, other:
                page.wait_for_texts("#leases tr td:first-child", ["192.0.2.1"])
            other.click("#leases .release")
            other.wait_for("#status", "ann has released 192.0.2.1")
            for page in one, other:
                page.wait_for_texts("#leases tr td:first-child", [])

    def test_says_what_is_wrong(self):
        with control_plane() as (_, address, folder), browsers(1) as (page,):
            page.open(address)
            page.type("#key", "wrong")
            page.click("#enter")
            page.wait_for("#status", "this is not the key")
            make_pool(address, folder, cidr="192.0.2.0/31")
            enter(page, address, folder)
            for _ in range(2):
                take(address, folder, "ann")
            allocate(page, "lab", "bob")
            page.wait_for("#status", "No address of lab is free")
            allocate(page, "nowhere", "bob")
            page.wait_for("#status", "There is no pool nowhere")

    def test_comes_back_by_itself(self):
        with tempfile.TemporaryDirectory() as folder, browsers(1) as (page,):
            with server("--rpc-port", "0", "--data", folder) as (_, address):
                make_pool(address, folder)
                enter(page, address, folder)
                take(address, folder, "before")
                page.wait_for_texts("#leases tr td:nth-child(3)", ["before"])
            page.wait_for("#status", "coming back")
            again = subprocess.Popen(
                [EXECUTABLE, "server", "--port", str(address[1]), "--rpc-port", "0", "--data", folder],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            try:
                again.stdout.readline()
                take(address, folder, "after")
                page.wait_for("#status", "live")
                page.wait_for_texts("#leases tr td:nth-child(3)", ["before", "after"])
            finally:
                again.terminate()
                self.assertEqual(again.wait(timeout=LIMIT), 0)
                again.stdout.close()


if __name__ == "__main__":
    unittest.main()
