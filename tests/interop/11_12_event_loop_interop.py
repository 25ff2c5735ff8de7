"""Recipe 11.12 beside CPython: Python's sockets against every loop of our server, our clients
against the chapter's own servers, on select(). Python 3.8 and newer."""

import importlib
import os
import re
import socket
import subprocess
import threading
import unittest
from contextlib import contextmanager

from recipe import EXECUTABLE, LIMIT, client, server

original = importlib.import_module("11_12_event_loop_original")

LOOPS = ("epoll", "poll", "select", "asio")
MEGABYTES = bytes(range(256)) * (4 * 4096)
CTIME = re.compile(rb"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}")


# --- The chapter's servers ------------------------------------------------------------------------

def udp_socket():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock


@contextmanager
def chapters_servers():
    """All of them on one loop: the ports by service."""
    pool = original.ThreadPoolHandler(4)
    handlers = [pool, original.UDPTimeServer(udp_socket()), original.UDPEchoServer(udp_socket()),
                original.UDPFibServer(udp_socket(), pool)]
    handlers.append(original.TCPServer(socket.create_server(("127.0.0.1", 0)), handlers))
    ports = dict(zip(("time", "udp-echo", "fibonacci", "tcp"),
                     (h.sock.getsockname()[1] for h in handlers[1:])))
    end, until = socket.socketpair()
    thread = threading.Thread(target=original.event_loop, args=(handlers, until))
    thread.start()
    try:
        yield ports
    finally:
        end.send(b"x")
        thread.join()
        pool.close()
        for handler in handlers[1:]:
            handler.sock.close()
        end.close()
        until.close()


# --- Ours -----------------------------------------------------------------------------------------

@contextmanager
def services(*arguments):
    """Our server: the address of each service, the TCP echo's as "listening"."""
    free = ("--time-port", "0", "--udp-echo-port", "0", "--fibonacci-port", "0")
    with server(*free, *arguments) as (process, _):
        yield process.addresses


def ask_service(address, request, family=socket.AF_INET):
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(LIMIT)
        sock.sendto(request, address)
        reply, source = sock.recvfrom(65536)
        assert source[:2] == address, (source, address)
        return reply


def exchange(address, data):
    """Sends data on a connection of its own while receiving what comes back."""
    with socket.create_connection(address, timeout=LIMIT) as connection:
        def send():
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        received = b"".join(iter(lambda: connection.recv(65536), b""))
        sender.join()
        return received


def ask(port, *arguments):
    done = subprocess.run([EXECUTABLE, "ask", "--port", str(port), *arguments],
                          stdin=subprocess.DEVNULL, timeout=LIMIT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


class OurServer(unittest.TestCase):
    def test_every_loop_serves_pythons_clients(self):
        for loop in LOOPS:
            with self.subTest(loop=loop), services("--loop", loop) as at:
                self.assertRegex(ask_service(at["time"], b""), CTIME)
                largest = os.urandom(65507)
                for data in (b"", b"Hello World", largest):
                    self.assertEqual(ask_service(at["udp-echo"], data), data)
                for data in (b"", b"x", b"Hello\nWorld", MEGABYTES):
                    self.assertEqual(exchange(at["listening"], data), data)

    def test_a_number_is_what_pythons_int_takes(self):
        texts = [b"10", b" 10\n", b"+10", b"0010", b"\t-5\v", b"\f7\r", b"-0", b"20", b"0" * 127 + b"9",
                 b"", b" ", b"+", b"1 0", b"+ 1", b"--1", b"1.0", b"1e1", b"0x10", b"ten", b"10\0",
                 b"\xd9\xa1", "١".encode()]
        for loop in LOOPS:
            with self.subTest(loop=loop), services("--loop", loop) as at:
                for text in texts:
                    try:
                        expected = str(original.fib(int(text))).encode()
                    except ValueError:
                        expected = b"error: not a whole number"
                    self.assertEqual(ask_service(at["fibonacci"], text), expected, text)
                self.assertEqual(ask_service(at["fibonacci"], b"41"), b"error: at most 40")

    def test_echoes_go_on_while_a_worker_computes(self):
        for loop in LOOPS:
            with self.subTest(loop=loop), services("--loop", loop) as at, \
                    socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as slow:
                slow.settimeout(LIMIT)
                slow.sendto(b"35", at["fibonacci"])
                for _ in range(10):
                    self.assertEqual(exchange(at["listening"], b"meanwhile"), b"meanwhile")
                self.assertEqual(slow.recv(64), b"14930352")

    def test_speaks_ipv6(self):
        for loop in LOOPS:
            with self.subTest(loop=loop), services("--loop", loop, "--host", "::1") as at:
                self.assertEqual(exchange(at["listening"], b"hello"), b"hello")
                self.assertEqual(ask_service(at["udp-echo"], b"hello", socket.AF_INET6), b"hello")

    def test_replies_from_the_address_that_was_asked(self):
        for loop in LOOPS:
            with self.subTest(loop=loop), services("--loop", loop, "--host", "0.0.0.0") as at:
                for service in ("time", "udp-echo", "fibonacci"):
                    ask_service(("127.0.0.7", at[service][1]), b"3")  # looks where the reply is from


class OurClients(unittest.TestCase):
    def test_ask_the_chapters_servers(self):
        with chapters_servers() as ports:
            status, output, _ = ask(ports["time"])
            self.assertEqual(status, 0)
            self.assertRegex(output, CTIME)
            self.assertEqual(ask(ports["udp-echo"], "Hello", "World"), (0, b"Hello\nWorld\n", b""))
            self.assertEqual(ask(ports["fibonacci"], "10", " 20 "), (0, b"89\n10946\n", b""))

    def test_the_tcp_client_echoes_over_the_chapters_server(self):
        # Which loses what it has not sent when its client's end of file comes: so that comes last.
        with chapters_servers() as ports, \
                subprocess.Popen([EXECUTABLE, "client", "--port", str(ports["tcp"])],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            for line in (b"Hello\n", b"World\n"):
                process.stdin.write(line)
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), line)
            process.stdin.close()
            self.assertEqual(process.stdout.read(), b"")
            self.assertEqual(process.wait(timeout=LIMIT), 0)

    def test_talk_to_our_own_server_too(self):
        with services() as at:
            port = str(at["listening"][1])
            self.assertEqual(client("--port", port, stdin=MEGABYTES), (0, MEGABYTES, b""))
            self.assertEqual(client("--port", port, "--message", "hi"), (0, b"hi", b""))

    def test_ask_says_that_nobody_replies(self):
        with udp_socket() as silent:
            port = silent.getsockname()[1]
            status, output, errors = ask(port, "--timeout", "0.05", "--attempts", "2", "x")
        self.assertEqual((status, output), (1, b""))
        self.assertRegex(errors, rb"\A11_12_event_loop: call 127\.0\.0\.1:\d+: no reply [^\n]+\n\Z")
        status, output, errors = ask(port, "--timeout", "0.05", "--attempts", "2", "x")
        self.assertEqual((status, output), (1, b""))
        self.assertRegex(errors, rb"\A11_12_event_loop: [^\n]+Connection refused\n\Z")


if __name__ == "__main__":
    unittest.main()
