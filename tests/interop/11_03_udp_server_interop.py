"""Recipe 11.3 beside CPython: Python's sockets against both styles of our server, our client against
Python's UDPServer and ThreadingUDPServer. Python 3.8 and newer."""

import re
import socket
import socketserver
import threading
import time
import unittest

from recipe import LIMIT, client, server, waiting

STYLES = ("coroutine", "threads")
ID = b"id=0123456789abcdef"


class TimeHandler(socketserver.BaseRequestHandler):
    """The original's handler, without its print."""

    def handle(self):
        message, sock = self.request
        sock.sendto(time.ctime().encode("ascii"), self.client_address)


class IdHandler(socketserver.BaseRequestHandler):
    """A handler that knows ids, as our client sends them."""

    def handle(self):
        message, sock = self.request
        known = re.fullmatch(rb"id=[0-9a-f]{16}", message)
        prefix = message + b" " if known else b""
        sock.sendto(prefix + time.ctime().encode("ascii"), self.client_address)


class Chatterbox(socketserver.BaseRequestHandler):
    """Says a lot before the reply, and that twice."""

    def handle(self):
        message, sock = self.request
        reply = message + b" " + time.ctime().encode("ascii")
        for datagram in (b"", b"\x1b[2J", time.ctime().encode("ascii"),
                         b"id=ffffffffffffffff " + time.ctime().encode("ascii"),
                         message + b" " + b"\x1b" * 24, reply + b"!", reply, reply):
            sock.sendto(datagram, self.client_address)


def ask(address, request):
    """One datagram, and the reply to it: (data, address)."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(LIMIT)
        sock.sendto(request, address)
        return sock.recvfrom(65536)


def is_now(text, ahead=0.0):
    """Whether it is time.ctime() of now, or of the last minute, so many seconds ahead."""
    return text in {time.ctime(time.time() + ahead - ago).encode("ascii") for ago in range(60)}


class OurServer(unittest.TestCase):
    def test_answers_the_original_s_client(self):
        for style in STYLES:
            with self.subTest(style=style), server("--style", style) as (_, address):
                for request in (b"", b"x", b"\0" * 65507):
                    data, source = ask(address, request)
                    self.assertTrue(is_now(data), data)
                    self.assertEqual(source, address)

    def test_answers_an_id_with_itself(self):
        with server() as (_, address):
            data, _ = ask(address, ID)
            self.assertEqual(data[:20], ID + b" ")
            self.assertTrue(is_now(data[20:]), data)

    def test_tells_local_time(self):
        with server(TZ="XXX-5:30") as (_, address):
            ahead = 5.5 * 3600 + time.mktime(time.gmtime(0))  # of this program's local time
            self.assertTrue(is_now(ask(address, b"")[0], ahead))

    def test_speaks_ipv6_and_ipv4_on_one_socket(self):
        with server("--host", "::") as (_, (_, port)):
            for host in ("127.0.0.1", "127.0.0.5", "::1"):
                data, source = ask((host, port), b"")
                self.assertTrue(is_now(data), data)
                self.assertEqual(source[:2], (host, port))

    def test_answers_in_hand_go_out_after_sigterm(self):
        for style in STYLES:
            with self.subTest(style=style), \
                    server("--style", style, "--work", "0.5") as (process, address):
                with socket.socket(type=socket.SOCK_DGRAM) as sock:
                    sock.settimeout(LIMIT)
                    sock.sendto(ID, address)
                    while waiting(address[1]):
                        pass
                    process.terminate()
                    self.assertTrue(sock.recv(100).startswith(ID))
                    self.assertEqual(process.wait(timeout=LIMIT), 0)


class OurClient(unittest.TestCase):
    def talk_to(self, handler, *arguments, kind=socketserver.UDPServer):
        class Server(kind):
            daemon_threads = True

        with Server(("127.0.0.1", 0), handler) as python:
            thread = threading.Thread(target=python.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                return client("--port", str(python.server_address[1]), *arguments)
            finally:
                python.shutdown()
                thread.join()

    def assert_times(self, outcome, count):
        status, output, errors = outcome
        self.assertEqual((status, errors), (0, b""))
        lines = output.splitlines()
        self.assertEqual(len(lines), count)
        for line in lines:
            self.assertTrue(is_now(line), line)

    def test_asks_the_original(self):
        for kind in (socketserver.UDPServer, socketserver.ThreadingUDPServer):
            with self.subTest(kind=kind.__name__):
                self.assert_times(self.talk_to(TimeHandler, "--plain", kind=kind), 1)
                self.assert_times(self.talk_to(TimeHandler, "--plain", "--count", "5", kind=kind), 5)

    def test_asks_python_with_ids(self):
        for kind in (socketserver.UDPServer, socketserver.ThreadingUDPServer):
            with self.subTest(kind=kind.__name__):
                self.assert_times(self.talk_to(IdHandler, "--count", "20", kind=kind), 20)

    def test_finds_its_replies_among_others(self):
        self.assert_times(self.talk_to(Chatterbox, "--count", "20"), 20)

    def test_a_reply_without_its_id_is_none(self):
        status, output, errors = self.talk_to(TimeHandler, "--timeout", "0.02")
        self.assertEqual((status, output), (1, b""))
        self.assertRegex(errors.decode(),
                         r"\A11_03_udp_server: call 127.0.0.1:\d+: no reply after 4 attempts\n\Z")


if __name__ == "__main__":
    unittest.main()
