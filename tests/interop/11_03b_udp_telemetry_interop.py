"""Recipe 11.3b beside CPython: the chapter's own server as the peer, both ways, and Python's sockets
as forged sources and members of groups. Python 3.8 and newer."""

import importlib
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import unittest
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from recipe import EXECUTABLE, LIMIT, client, server, waiting

original = importlib.import_module("11_03b_udp_telemetry_original")

NAME = "11_03b_udp_telemetry"
GROUP = "239.255.77.9"
LOOPBACK = "127.0.0.1"
UNLIMITED = ("--rate", "1000000")
IP_PKTINFO = 8
KEYS = ["total_packets", "active_clients", "invalid", "truncated", "ignored", "limited", "dropped",
        "evicted", "expired", "uptime"]

TEXTS = [b"", b"x", b"PING", b" ping\r\n", b"\xe3\x80\x80PiNg\xc2\xa0", b"PING\0", b"p ing", b"\0\0\0\5",
         "h\u00e9llo \U0001f600".encode(), b"\xf4\x8f\xbf\xbf", b"\xef\xbb\xbfPING", b"\xe1\xa0\x8e",
         b"two\nlines", b"x" * 4090, b"  " + b"y" * 4000 + b"\t"]
BINARY = [b"\xff", b"\xff\xff\xff", b"\0\0\0\x29\xff", b"\x80\0\0\0", b"\xff\xff\xff\xfe", b"abc\xe9",
          b"\xc0\xafAB", b"\xc1\xbfAB", b"\xe0\x9f\xbfA", b"\xed\xa0\x80A", b"\xed\xbf\xbfA",
          b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"abc\xe2\x82", b"\xf0\x8f\xbf\xbf", b"\x80abc"]
SPACES = [chr(code) for code in range(0x110000) if chr(code).isspace()]


@contextmanager
def python_server(host=LOOPBACK):
    """The original, as a program of its own: its address."""
    process = subprocess.Popen([sys.executable, original.__file__, host, "0"],
                               stdout=subprocess.PIPE)
    try:
        yield LOOPBACK, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def datagram_socket(*options):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(LIMIT)
        for option in options:
            sock.setsockopt(*option)
        yield sock


BY_LOOPBACK = (socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
BROADCAST = (socket.SOL_SOCKET, socket.SO_BROADCAST, 1)


def membership(group):
    return (socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
            socket.inet_aton(group) + socket.inet_aton(LOOPBACK))


def ask(address, datagram):
    """The reply to one datagram: (data, address)."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(LIMIT)
        sock.sendto(datagram, address)
        return sock.recvfrom(65536)


def stats(address):
    return json.loads(ask(address, b"STATS")[0].decode())


def mutated(generator, datagram):
    """The datagram, with one to three bytes changed."""
    changed = bytearray(datagram or b"?")
    for _ in range(generator.randint(1, 3)):
        changed[generator.randrange(len(changed))] = generator.choice(
            (0, 0x20, 0x7f, 0x80, 0xa0, 0xbf, 0xc2, 0xe2, 0xed, 0xf4, 0xff, generator.randrange(256)))
    return bytes(changed)


def differs_on_purpose(datagram):
    """Where the original breaks, or knows more capital letters than ASCII's, or tells what changes."""
    try:
        text = datagram.decode().strip()
    except UnicodeDecodeError:
        return datagram[:4] == b"\xff\xff\xff\xff"
    return text.upper() in ("TIME", "STATS") or (text.upper() == "PING" and not text.isascii())


def forge(sock, source, datagram, address):
    """Sends a datagram from another address of this machine than the socket's."""
    info = struct.pack("=i4s4s", 0, socket.inet_aton(source), bytes(4))
    sock.sendmsg([datagram], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0, address)


def run(*arguments):
    """Runs another command than `client` to its end: (exit status, stdout, stderr)."""
    done = subprocess.run([EXECUTABLE, *arguments], stdin=subprocess.DEVNULL, timeout=LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class OurServer(unittest.TestCase):
    def test_replies_as_the_original_does(self):
        generator = random.Random(7)
        datagrams = TEXTS + BINARY
        datagrams += [mutated(generator, generator.choice(TEXTS + BINARY)) for _ in range(1000)]
        asked = 0
        with server(*UNLIMITED) as (_, ours), python_server() as theirs, datagram_socket() as sock:
            for datagram in datagrams:
                if differs_on_purpose(datagram):
                    continue
                replies = []
                for address in (ours, theirs):
                    sock.sendto(datagram, address)
                    replies.append(sock.recv(65536))
                self.assertEqual(replies[0], replies[1], datagram)
                asked += 1
            self.assertGreater(asked, 900)
            count = stats(ours)
        self.assertEqual((count["total_packets"], count["truncated"]), (asked + 1, 0))

    def test_strips_what_python_strips(self):
        self.assertEqual(len(SPACES), 29)
        with server() as (_, address):
            for space in SPACES + ["\0", "\u200b", "\u180e", "\ufeff"]:
                text = space + "a" + space + "b" + space
                self.assertEqual(ask(address, text.encode())[0].decode(), "ECHO: " + text.strip())

    def test_where_the_original_breaks(self):
        with server() as (_, address):
            self.assertEqual(ask(address, b"\xff\xff\xff\xff")[0], bytes(4))
            self.assertEqual(ask(address, b"x" * 4097)[0], b"INVALID")
            self.assertEqual(ask(address, "p\u0131ng".encode())[0], "ECHO: p\u0131ng".encode())
            self.assertEqual(stats(address)["truncated"], 1)

    def test_tells_local_time(self):
        with server(TZ="XXX-5:30") as (_, address):
            text = ask(address, b"time")[0].decode()
        self.assertRegex(text, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\Z")
        there = datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(hours=5, minutes=30)
        self.assertLess(abs(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f") - there),
                        timedelta(seconds=LIMIT))

    def test_statistics_are_json_as_python_writes_it(self):
        with server() as (_, address):
            for _ in range(3):
                text = ask(address, b"STATS")[0].decode()
                self.assertEqual(json.dumps(json.loads(text)), text)
                self.assertEqual(list(json.loads(text)), KEYS)
            self.assertEqual(stats(address)["total_packets"], 4)

    def test_speaks_ipv6_and_ipv4_on_one_socket(self):
        with server("--host", "::") as (_, (_, port)):
            for host in (LOOPBACK, "127.0.0.5", "::1"):
                data, source = ask((host, port), b"PING")
                self.assertEqual((data, source[:2]), (b"PONG", (host, port)))

    def test_sixty_thousand_forged_sources_cost_less_than_8_megabytes(self):
        with server("--host", "0.0.0.0", "--max-clients", "60000") as (process, (_, port)), \
                datagram_socket() as sock:
            sock.bind(("0.0.0.0", 0))
            before = resident(process.pid)
            for n in range(60000):
                forge(sock, "127.%d.%d.%d" % (1 + n // 10000, n // 100 % 100, 1 + n % 100), b"PING",
                      (LOOPBACK, port))
                if n >= 100:  # no more than 100 on their way
                    sock.recv(100)
            for _ in range(100):
                sock.recv(100)
            count = stats((LOOPBACK, port))
            self.assertEqual(count["active_clients"], 60000)
            self.assertEqual((count["evicted"], count["dropped"]), (1, 0))
            self.assertLess(resident(process.pid) - before, 8 * 1000 * 1000)

    def test_what_was_sent_was_received_or_dropped(self):
        with server("--receive-buffer", "4096", *UNLIMITED) as (process, address), \
                datagram_socket() as sock:
            process.send_signal(signal.SIGSTOP)
            for _ in range(1000):
                sock.sendto(b"x", address)
            process.send_signal(signal.SIGCONT)
            while waiting(address[1]):  # or the question may be dropped, too
                pass
            count = stats(address)
            self.assertGreater(count["dropped"], 0)
            self.assertEqual(count["total_packets"] + count["dropped"], 1000 + 1)

    def test_ports_of_services_are_ignored(self):
        with server() as (_, address), datagram_socket() as sock:
            try:
                sock.bind((LOOPBACK, 1023))
            except OSError as error:
                self.skipTest("port 1023 cannot be had: %s" % error)
            sock.sendto(b"PING", address)
            count = stats(address)
            self.assertEqual((count["ignored"], count["active_clients"]), (1, 1))

    def test_answers_a_group_and_tells_it_the_statistics(self):
        with datagram_socket(membership(GROUP)) as listener, \
                datagram_socket(BY_LOOPBACK) as sock:
            listener.bind((GROUP, 0))
            beacon = "%s:%d" % listener.getsockname()
            with server("--host", "0.0.0.0", "--join", GROUP, "--interface", LOOPBACK, "--every",
                        "0.2", "--beacon", beacon, log=subprocess.DEVNULL) as (_, (_, port)):
                sock.sendto(b"PING", (GROUP, port))
                self.assertEqual(sock.recvfrom(100), (b"PONG", (LOOPBACK, port)))
                data, source = listener.recvfrom(65536)
                self.assertEqual(source, (LOOPBACK, port))
                self.assertEqual(list(json.loads(data.decode())), KEYS)

    def test_a_group_that_it_could_not_hear_is_bad_usage(self):
        for arguments in (("--join", GROUP), ("--join", GROUP, "--host", "localhost"),
                          ("--join", "ff15::1", "--host", "0.0.0.0"), ("--join", LOOPBACK),
                          ("--join", "x", "--host", "0.0.0.0"), ("--beacon", "x"),
                          ("--beacon", GROUP), ("--beacon", "[ff15::1]:9999"), ("--ttl", "256"),
                          ("--max-clients", "0")):
            with self.subTest(arguments=arguments):
                status, output, errors = run("server", "--port", "0", *arguments)
                self.assertEqual((status, output), (2, ""))
                self.assertRegex(errors, r"\A%s: [^\n]+\n\Z" % NAME)

    def test_stops_under_load(self):
        with server() as (process, address), datagram_socket() as sock:
            sock.setblocking(False)
            process.terminate()
            while process.poll() is None:
                try:
                    sock.sendto(b"x", address)
                except OSError:  # refused: it is gone
                    pass
            self.assertEqual(process.returncode, 0)


class OurClient(unittest.TestCase):
    def test_asks_the_original(self):
        with python_server() as (_, port):
            status, output, errors = client("--port", str(port), "--timeout", "30", "PING",
                                            " h\u00e9llo ", "TIME", "", "STATS", "--increment", "0",
                                            "--increment", "41", "--increment", "4294967294")
        self.assertEqual((status, errors), (0, b""))
        lines = output.decode().split("\n")
        self.assertEqual(lines[:2], ["PONG", "ECHO: h\u00e9llo"])
        self.assertRegex(lines[2], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\Z")
        self.assertEqual(lines[3], "ECHO: ")
        self.assertEqual(json.loads(lines[4]), {"total_packets": 5, "active_clients": 5})
        self.assertEqual(lines[5:], ["1", "42", "4294967295", ""])

    def test_every_number_is_binary_to_the_original(self):
        generator = random.Random(11)
        numbers = [0, 5, 0x41424344, 0x7fffffff, 0x80000000, 0xc3a9c3a9]
        numbers += [generator.randrange(2 ** 32 - 1) for _ in range(20)]
        with python_server() as (_, port):
            arguments = [word for number in numbers for word in ("--increment", str(number))]
            status, output, errors = client("--port", str(port), *arguments)
        self.assertEqual((status, errors), (0, b""))
        self.assertEqual([int(line) for line in output.split()], [number + 1 for number in numbers])

    def test_the_original_is_silent_at_the_last_number(self):
        with python_server() as (_, port):
            status, output, errors = client("--port", str(port), "--timeout", "0.02", "--increment",
                                            "4294967295")
        self.assertEqual((status, output), (1, b""))
        self.assertRegex(errors.decode(), r"\A%s: call 127.0.0.1:\d+: no reply after 4 attempts\n\Z"
                         % NAME)

    def test_other_numbers_are_bad_usage(self):
        for number in ("4294967296", "-1", "x", "1.5", "", "0x10", "+1", " 1"):
            with self.subTest(number=number):
                status, output, errors = client("--increment", number)
                self.assertEqual((status, output), (2, b""))
                self.assertRegex(errors.decode(), r"\A%s: [^\n]+\n\Z" % NAME)

    def test_discovers_the_original_by_broadcast(self):
        with python_server("0.0.0.0") as (_, port):
            status, output, errors = run("discover", "127.255.255.255", "--port", str(port),
                                         "--wait", "5")
        self.assertEqual((status, output, errors), (0, "127.0.0.1:%d\n" % port, ""))

    def test_discovers_nobody(self):
        status, output, errors = run("discover", GROUP, "--port", "9", "--interface", LOOPBACK,
                                     "--wait", "0.05")
        self.assertEqual((status, output, errors),
                         (1, "", "%s: discover %s:9: nobody has answered\n" % (NAME, GROUP)))

    def test_listens_to_python(self):
        for address, option in ((GROUP, BY_LOOPBACK), ("127.255.255.255", BROADCAST)):
            process = subprocess.Popen([EXECUTABLE, "listen", address, "--port", "0", "--interface",
                                        LOOPBACK, "--count", "2"], stdout=subprocess.PIPE)
            with self.subTest(address=address), process, datagram_socket(option) as sock:
                line = process.stdout.readline().decode()
                port = int(re.match(r"listening on %s:(\d+)\n\Z" % re.escape(address), line)[1])
                sock.sendto(b"one", (LOOPBACK, port))
                sock.sendto(b"two", (address, port))
                sock.sendto("dr\u00e9i\x1b".encode(), (address, port))
                own = "127.0.0.1:%d" % sock.getsockname()[1]
                self.assertEqual(process.stdout.read().decode(),
                                 "%s two\n%s dr\u00e9i\\x1b\n" % (own, own))
                self.assertEqual(process.wait(timeout=LIMIT), 0)


def resident(process):
    with open("/proc/%d/statm" % process) as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


if __name__ == "__main__":
    unittest.main()
