"""Recipe 11.14 beside CPython: python3-websockets as our client and as our server, and, where Chromium
and its driver are installed, the page with two people. Without either: raw sockets of Python's own."""

import asyncio
import base64
import hashlib
import json
import os
import socket
import struct
import subprocess
import unittest
import zlib

from browser import browsers, has_driver
from recipe import EXECUTABLE, LIMIT, client, server

try:
    import websockets
except ImportError:
    websockets = None

MESSAGES = ["", "a", "x" * 125, "y" * 126, "é" * 3000, "z" * 60000, b"\0\xff" * 100]


def url(address, path):
    return "ws://%s:%d%s" % (address[0], address[1], path)


def connect(address, path="/echo", *options, stdin=b""):
    """Runs `connect`: (exit status, stdout, stderr)."""
    target = address if isinstance(address, str) else url(address, path)
    done = subprocess.run([EXECUTABLE, "connect", *options, target], input=stdin, timeout=LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr.decode()


class Raw:
    """A client made of a socket."""

    def __init__(self, address, path, *fields):
        self.socket = socket.create_connection(address, timeout=LIMIT)
        self.file = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET %s HTTP/1.1" % path, "Host: %s:%d" % address[:2], "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + key]
        self.socket.sendall("\r\n".join([*lines, *fields, "", ""]).encode())
        self.status = int(self.file.readline().split()[1])
        self.fields = {}
        for line in iter(self.file.readline, b"\r\n"):
            name, _, value = line.decode().partition(":")
            self.fields[name.lower()] = value.strip()
        if self.status == 101:
            accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            assert self.fields["sec-websocket-accept"] == base64.b64encode(accept).decode()

    def send(self, first, payload=b""):
        size = len(payload)
        length = (bytes([0x80 | size]) if size < 126 else
                  bytes([0xfe]) + struct.pack(">H", size) if size < 65536 else
                  bytes([0xff]) + struct.pack(">Q", size))
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(bytes([first]) + length + mask + masked)

    def receive(self):
        """The next frame: (first byte, payload); None at the end."""
        head = self.file.read(2)
        if len(head) < 2:
            return None
        size = head[1]
        if size == 126:
            size, = struct.unpack(">H", self.file.read(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.file.read(8))
        return head[0], self.file.read(size)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()


class OurServer(unittest.TestCase):
    def test_echoes(self):
        with server() as (_, address), Raw(address, "/echo") as peer:
            peer.send(0x81, b"hello")
            self.assertEqual(peer.receive(), (0x81, b"hello"))
            peer.send(0x88, b"\x03\xe8")
            self.assertEqual(peer.receive(), (0x88, b"\x03\xe8"))
            self.assertIsNone(peer.receive())

    def test_compresses_as_zlib_does(self):
        offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
        with server() as (_, address), Raw(address, "/echo", offer) as peer:
            self.assertIn("server_no_context_takeover", peer.fields["sec-websocket-extensions"])
            text = b"the same again and again, " * 50
            for flush in (zlib.Z_SYNC_FLUSH, zlib.Z_FINISH):
                deflate = zlib.compressobj(wbits=-15)
                payload = deflate.compress(text) + deflate.flush(flush)
                payload = payload[:-4] if flush == zlib.Z_SYNC_FLUSH else payload + b"\0"
                peer.send(0xc1, payload)
                first, payload = peer.receive()
                self.assertEqual(first, 0xc1)
                inflate = zlib.decompressobj(wbits=-15)
                self.assertEqual(inflate.decompress(payload + b"\0\0\xff\xff"), text)

    def test_a_bomb(self):
        with server() as (process, address), \
                Raw(address, "/echo", "Sec-WebSocket-Extensions: permessage-deflate") as peer:
            deflate = zlib.compressobj(9, wbits=-15)
            bomb = deflate.compress(b"x" * (64 << 20)) + deflate.flush(zlib.Z_SYNC_FLUSH)
            peer.send(0xc2, bomb[:-4])
            first, payload = peer.receive()
            self.assertEqual((first, payload[:2]), (0x88, struct.pack(">H", 1009)))
            with open("/proc/%d/status" % process.pid) as status:
                peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
            self.assertLess(peak, 200 << 10)

    def test_foreign_pages_and_names_that_were_rebound(self):
        with server("--origin", "https://chat.example") as (_, address):
            own = "http://%s:%d" % address
            for fields, status in ((["Origin: " + own], 101), (["Origin: https://chat.example"], 101),
                                   (["Origin: http://evil.example"], 403), (["Origin: null"], 403)):
                with Raw(address, "/echo", *fields) as peer:
                    self.assertEqual(peer.status, status, fields)

    def test_what_cannot_be_sent_is_bad_usage(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            for origin in "http://x\r\nX-Injected: yes", "http://x\n", "\x7f", "":
                status, output, errors = connect(listener.getsockname(), "/", "--origin", origin)
                self.assertEqual((status, output, errors.count("\n")), (2, b"", 1), errors)
            for option in "--name", "--room":
                status, output, errors = client("--port", str(listener.getsockname()[1]), option, "")
                self.assertEqual((status, output, errors.count(b"\n")), (2, b"", 1), errors)
            listener.setblocking(False)
            self.assertRaises(BlockingIOError, listener.accept)

    def test_an_id_goes_on_after_a_restart(self):
        ids = []
        for _ in range(2):
            with server() as (_, address), Raw(address, "/chat?room=a&name=b") as peer:
                peer.receive()
                peer.send(0x81, b'{"say": "x"}')
                ids.append(json.loads(peer.receive()[1])["id"])
        self.assertLess(ids[0], ids[1])

    def test_who_comes_back_after_a_restart_may_have_missed_something(self):
        with server() as (_, address), Raw(address, "/chat?room=a&name=ann") as peer:
            peer.receive()
            peer.send(0x81, b'{"say": "one"}')
            last = json.loads(peer.receive()[1])["id"]
        with server() as (_, address):
            def missed(query):
                with Raw(address, "/chat?room=a&name=" + query) as peer:
                    return json.loads(peer.receive()[1])["missed"]
            self.assertTrue(missed("ann&since=%d" % last))
            self.assertFalse(missed("bob"), "whoever comes for the first time has missed nothing")
            with Raw(address, "/chat?room=a&name=cat") as peer:
                peer.receive()
                peer.send(0x81, b'{"say": "two"}')
                last = json.loads(peer.receive()[1])["id"]
            self.assertFalse(missed("cat2&since=%d" % last), "that id is of this server's life")

    def test_our_clients_understand_it(self):
        with server() as (_, address):
            lines = b"one\n\n" + "\u00e9\n".encode() * 100
            self.assertEqual(connect(address, stdin=lines), (0, lines, ""))
            status, output, errors = client("--port", str(address[1]), "--name", "ann",
                                            stdin=b"hello\n")
            self.assertEqual((status, output, errors), (0, b"* in lobby: ann\nann: hello\n", b""))
            status, _, errors = client("--port", str(address[1]), "--name", " ann")
            self.assertEqual(status, 1)
            self.assertIn(b"closed 4400: ", errors)


@unittest.skipUnless(websockets, "python3-websockets is not installed")
class Websockets(unittest.TestCase):
    def test_as_our_client(self):
        async def talk(address):
            for compression in ("deflate", None):
                async with websockets.connect(url(address, "/echo"),
                                              compression=compression) as peer:
                    for message in MESSAGES:
                        await peer.send(message)
                        self.assertEqual(await peer.recv(), message)
                    await peer.send(["in ", "three ", "fragments"])
                    self.assertEqual(await peer.recv(), "in three fragments")
                    await (await peer.ping())

        with server() as (_, address):
            asyncio.run(talk(address))

    def test_as_two_people(self):
        async def talk(address):
            path = "/chat?room=lobby&name="
            async with websockets.connect(url(address, path + "ann")) as ann:
                self.assertEqual(json.loads(await ann.recv())["people"], ["ann"])
                async with websockets.connect(url(address, path + "bob")) as bob:
                    self.assertEqual(json.loads(await bob.recv())["people"], ["ann", "bob"])
                    await bob.send(json.dumps({"say": "hello " * 20}))
                    self.assertEqual(json.loads(await ann.recv()), {"event": "joined", "name": "bob"})
                    said = json.loads(await ann.recv())
                    self.assertEqual((said["name"], said["text"]), ("bob", "hello " * 20))
                    self.assertEqual(json.loads(await bob.recv()), said)
                self.assertEqual(json.loads(await ann.recv()), {"event": "left", "name": "bob"})

        with server() as (_, address):
            asyncio.run(talk(address))

    def test_as_our_server(self):
        async def echo(peer, _=None):
            async for message in peer:
                await peer.send(message)

        async def run():
            for compression in ("deflate", None):
                async with websockets.serve(echo, "127.0.0.1", 0, compression=compression) as python:
                    address = python.sockets[0].getsockname()
                    lines = b"hello\n" + b"x" * 5000 + b"\n"
                    loop = asyncio.get_running_loop()
                    result = await loop.run_in_executor(
                        None, lambda: connect(address, "/", stdin=lines))
                    self.assertEqual(result, (0, lines, ""))

        asyncio.run(run())


# --- The page -------------------------------------------------------------------------------------

def join(browser, address, name):
    browser.call("/url", {"url": "http://%s:%d/" % address})
    browser.type("#name", name)
    browser.click("#join")
    browser.wait_for("#status", "in lobby as " + name)


def say(browser, text):
    browser.type("#text", text)
    browser.click("#say")


@unittest.skipUnless(has_driver(), "chromium-driver is not installed")
class Page(unittest.TestCase):
    def test_two_people_talk(self):
        with server() as (_, address), browsers(2) as (one, other):
            join(one, address, "ann")
            join(other, address, "bob")
            one.wait_for("#people", "bob")
            say(one, "<img src=x onerror=alert(1)>")
            other.wait_for("#log", "ann: <img src=x onerror=alert(1)>")
            self.assertEqual(other.run("return document.images.length;"), 0)
            say(other, "hello \u00e9")
            one.wait_for("#log", "bob: hello \u00e9")
            other.call("/url", {"url": "about:blank"})
            one.wait_for("#log", "bob has left")

    def test_a_name_that_is_taken(self):
        with server() as (_, address), browsers(1) as (one,):
            with Raw(address, "/chat?room=lobby&name=ann") as peer:
                peer.receive()
                one.call("/url", {"url": "http://%s:%d/" % address})
                one.type("#name", "ann")
                one.click("#join")
                one.wait_for("#status", "the name is taken")

    def test_comes_back_by_itself(self):
        with browsers(1) as (one,):
            with server() as (process, address):
                join(one, address, "ann")
                say(one, "before")
                one.wait_for("#log", "ann: before")
            one.wait_for("#status", "coming back")
            again = subprocess.Popen([EXECUTABLE, "server", "--port", str(address[1])],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            try:
                one.wait_for("#status", "in lobby as ann")
                say(one, "after")
                one.wait_for("#log", "ann: after")
                self.assertEqual(one.text("#log").count("before"), 1)
            finally:
                again.terminate()
                self.assertEqual(again.wait(timeout=LIMIT), 0)


if __name__ == "__main__":
    unittest.main()
