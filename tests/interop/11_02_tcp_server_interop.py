"""Recipe 11.2 beside CPython: Python's sockets against every style of our server, our client
against Python's socketserver and asyncio. Python 3.8 and newer."""

import asyncio
import socket
import socketserver
import struct
import threading
import unittest

from recipe import LIMIT, client, server

STYLES = ("iterative", "threads", "pool", "coroutine", "multicore")
MEGABYTES = bytes(range(256)) * (4 * 4096)


class ByteEcho(socketserver.BaseRequestHandler):
    """The original's handler, with sendall for its send."""

    def handle(self):
        while True:
            message = self.request.recv(8192)
            if not message:
                break
            self.request.sendall(message)


class LineEcho(socketserver.StreamRequestHandler):
    """The original's file-like handler."""

    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)


class Disconnects(socketserver.BaseRequestHandler):
    """Receives a byte and resets the connection."""

    def handle(self):
        self.request.recv(1)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()


def everything(connection):
    """All bytes until the peer ends its stream."""
    received = b""
    while True:
        part = connection.recv(65536)
        if not part:
            return received
        received += part


def exchange(address, data):
    """Sends data on a connection of its own while receiving what comes back."""
    with socket.create_connection(address, timeout=LIMIT) as connection:
        def send():
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        received = everything(connection)
        sender.join()
        return received


class OurServer(unittest.TestCase):
    def test_every_style_echoes_what_python_sends(self):
        for style in STYLES:
            with self.subTest(style=style), server("--style", style) as (_, address):
                for data in (b"", b"x", b"Hello\nWorld", MEGABYTES):
                    self.assertEqual(exchange(address, data), data)

    def test_echoes_line_by_line_to_a_file_like_client(self):
        for style in STYLES:
            with self.subTest(style=style), server("--style", style, "--lines") as (_, address):
                with socket.create_connection(address, timeout=LIMIT) as connection:
                    file = connection.makefile("rwb")
                    for line in (b"one\n", b"\n", b"two\r\n"):
                        file.write(line)
                        file.flush()
                        self.assertEqual(file.readline(), line)
                    file.write(b"no line feed")
                    file.flush()
                    connection.shutdown(socket.SHUT_WR)
                    self.assertEqual(file.read(), b"no line feed")

    def test_speaks_ipv6_and_ipv4_on_one_socket(self):
        with server("--host", "::") as (_, (_, port)):
            for host in ("127.0.0.1", "::1"):
                self.assertEqual(exchange((host, port), b"hello"), b"hello")


class OurClient(unittest.TestCase):
    def talk_to(self, handler, *arguments, stdin=b""):
        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # what a client that gives up does to the server is not this test's matter

        with Server(("127.0.0.1", 0), handler) as python:
            thread = threading.Thread(target=python.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                return client("--port", str(python.server_address[1]), *arguments, stdin=stdin)
            finally:
                python.shutdown()
                thread.join()

    def test_echoes_over_python_s_socketserver(self):
        for handler in (ByteEcho, LineEcho):
            with self.subTest(handler=handler.__name__):
                self.assertEqual(self.talk_to(handler, "--message", "hello"), (0, b"hello", b""))
                self.assertEqual(self.talk_to(handler, stdin=MEGABYTES), (0, MEGABYTES, b""))

    def test_echoes_over_python_s_asyncio(self):
        async def echo(reader, writer):
            while True:
                data = await reader.read(65536)
                if not data:
                    break
                writer.write(data)
                await writer.drain()
            writer.close()

        async def talk():
            python = await asyncio.start_server(echo, "127.0.0.1", 0)
            port = str(python.sockets[0].getsockname()[1])
            loop = asyncio.get_running_loop()
            outcome = await loop.run_in_executor(
                None, lambda: client("--port", port, stdin=MEGABYTES))
            python.close()
            return outcome

        self.assertEqual(asyncio.run(talk()), (0, MEGABYTES, b""))

    def test_says_that_the_server_disconnected(self):
        status, _, errors = self.talk_to(Disconnects, stdin=MEGABYTES)
        self.assertEqual(status, 1)
        self.assertRegex(errors.decode(), r"\A11_02_tcp_server: [^\n]+\n\Z")


if __name__ == "__main__":
    unittest.main()
