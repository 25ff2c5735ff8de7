"""Recipe 11.2b beside CPython: the chapter's own ProtocolHandler as the peer, both ways, clients of ten
lines that follow the room, and Prometheus' own opinion of the metrics. Python 3.8 and newer."""

import importlib
import json
import random
import re
import shutil
import signal
import socket
import string
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone

from recipe import EXECUTABLE, LIMIT, accepting, client, read_log, server

original = importlib.import_module("11_02b_command_server_original")

NAME = "11_02b_command_server"
STYLES = ("coroutine", "threads")
OWN_COMMANDS = ("TIME", "STATS", "HELP", "QUIT", "SAY")  # whose responses differ, or are ours alone


class Client:
    """Follows the room."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=LIMIT)
        self.lines = self.socket.makefile("rb")

    def send(self, *lines):
        self.socket.sendall(b"".join(line + b"\n" for line in lines))

    def read(self):
        return json.loads(self.lines.readline().decode())

    def ask(self, line):
        self.send(line)
        return self.read()

    def close(self):
        self.lines.close()
        self.socket.close()


@contextmanager
def clients(address, count):
    """So many of them, all in the room."""
    found = [Client(address) for _ in range(count)]
    try:
        for each in found:
            each.ask(b"ECHO")
        yield found
    finally:
        for each in found:
            each.close()


@contextmanager
def server_with_metrics(*arguments):
    """The server's address, and the URL of its metrics, which the log says."""
    with tempfile.TemporaryFile() as log:
        with server("--metrics-port", "0", *arguments, log=log) as (_, address):
            yield address, re.search(r"metrics on (http://\S+/metrics)", read_log(log))[1]


def random_line(rng):
    """Printable ASCII, mostly with a known command."""
    words = ["".join(rng.choices(string.printable[:94], k=rng.randint(1, 8)))
             for _ in range(rng.randint(0, 5))]
    first = rng.choice(["ECHO", "echo", "Echo", "ECHOO", ""])
    return rng.choice(["", " ", "  "]) + rng.choice([" ", "  ", "\t"]).join([first, *words])


def alike(line):
    words = line.split()
    return not words or words[0].upper() not in OWN_COMMANDS


class Interop(unittest.TestCase):
    def test_responds_as_the_original_does(self):
        rng = random.Random(20261127)
        lines = [line for line in (random_line(rng) for _ in range(1000)) if alike(line)]
        handler = original.ProtocolHandler()
        for style in STYLES:
            with self.subTest(style), server("--style", style) as (_, address):
                with closing(Client(address)) as peer:
                    for line in lines:
                        self.assertEqual(peer.ask(line.encode()), handler.process(line), repr(line))
                    stats = peer.ask(b"STATS")
                    self.assertEqual(stats["message_count"], len(lines) + 1)

    def test_python_reads_the_time(self):
        with server() as (_, address), closing(Client(address)) as peer:
            before = datetime.now(timezone.utc) - timedelta(seconds=1)
            told = datetime.fromisoformat(peer.ask(b"TIME")["result"])
            self.assertEqual(told.utcoffset(), timedelta(0))
            self.assertLessEqual(before, told)
            self.assertLessEqual(told, datetime.now(timezone.utc) + timedelta(seconds=1))

    def test_stats_and_help_have_their_keys(self):
        with server() as (_, address), closing(Client(address)) as peer:
            stats = peer.ask(b"STATS")
            self.assertEqual(list(stats), ["command", "message_count", "connections",
                                           "connections_total", "dropped", "received_bytes",
                                           "sent_bytes", "uptime", "latency"])
            self.assertEqual(list(stats["latency"]), ["count", "sum", "buckets"])
            self.assertGreaterEqual(len(stats["latency"]["buckets"]), 6)
            self.assertEqual(stats["received_bytes"], len("STATS\n"))
            self.assertEqual(set(peer.ask(b"HELP")["result"]),
                             {"ECHO", "TIME", "STATS", "HELP", "QUIT", "SAY"})

    def test_clients_follow_the_room(self):
        for style in STYLES:
            with self.subTest(style), server("--style", style) as (_, address):
                with clients(address, 3) as (anna, ben, carl):
                    text = "gr\u00fc\u00df  dich \U0001f600"
                    anna.send(b"SAY \t" + text.encode() + b"  ")
                    ben.send(b"SAY hello")
                    name = "%s:%d" % anna.socket.getsockname()[:2]
                    heard = [[line for line in (each.read() for _ in range(count))
                              if line.get("event") == "say"]
                             for each, count in ((anna, 3), (ben, 3), (carl, 2))]
                    self.assertEqual(heard[0], heard[1])
                    self.assertEqual(heard[0], heard[2])
                    self.assertEqual([event["seq"] for event in heard[0]], [1, 2])
                    self.assertIn({"event": "say", "seq": heard[0][0]["seq"], "from": name,
                                   "text": text}, [{**event, "seq": 1} for event in heard[0]])

    def test_a_stop_is_told_to_all(self):
        for style in STYLES:
            with self.subTest(style), server("--style", style) as (process, address):
                with clients(address, 2) as peers:
                    process.send_signal(signal.SIGTERM)
                    for peer in peers:
                        self.assertEqual(peer.read(), {"event": "dropped", "reason": "shutdown"})
                        self.assertEqual(peer.lines.read(), b"")
                        peer.close()
                self.assertEqual(process.wait(timeout=LIMIT), 0)

    def test_a_slow_reader_is_dropped_and_told(self):
        for style in STYLES:
            with self.subTest(style), server("--style", style, "--queue", "65536") as (_, address):
                with clients(address, 2) as (speaker, slow):
                    recipients = 2
                    while recipients == 2:
                        speaker.send(b"SAY " + b"x" * 4000)
                        speaker.read()
                        recipients = speaker.read()["recipients"]
                    lines = [json.loads(line) for line in slow.lines]
                    self.assertEqual(lines.pop(), {"event": "dropped", "reason": "slow"})
                    self.assertEqual([line["seq"] for line in lines], list(range(1, len(lines) + 1)))
                    self.assertEqual(speaker.ask(b"STATS")["dropped"], 1)

    def test_metrics_agree_with_stats(self):
        for style in STYLES:
            with self.subTest(style), server_with_metrics("--style", style) as (address, url):
                with clients(address, 2) as (anna, ben):
                    anna.send(b"SAY hi", b"what is this", b"ECHO a")
                    for _ in range(4):
                        anna.read()
                    ben.read()
                    stats = anna.ask(b"STATS")
                    text = urllib.request.urlopen(url, timeout=LIMIT).read().decode()
                samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
                name = "command_server_"
                messages = sum(int(value) for key, value in samples.items() if "messages_total" in key)
                self.assertEqual(messages, stats["message_count"])
                self.assertEqual(int(samples[name + "connections"]), stats["connections"])
                self.assertEqual(int(samples[name + "received_bytes_total"]), stats["received_bytes"])
                self.assertEqual(int(samples[name + "request_duration_seconds_count"]),
                                 stats["latency"]["count"])
                self.assertEqual(samples[name + 'messages_total{command="other"}'], "1")
                self.assertNotIn("WHAT", text)

    def test_promtool_has_nothing_to_say(self):
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("promtool is not installed (Debian: prometheus)")
        with server_with_metrics() as (_, url):
            with urllib.request.urlopen(url, timeout=LIMIT) as response:
                self.assertEqual(response.headers["Content-Type"],
                                 "text/plain; version=0.0.4; charset=utf-8")
                text = response.read()
            done = subprocess.run([promtool, "check", "metrics"], input=text, timeout=LIMIT,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual((done.returncode, done.stdout), (0, b""))
            with self.assertRaises(urllib.error.HTTPError) as missing:
                urllib.request.urlopen(url + "x", timeout=LIMIT)
            missing.exception.close()
            self.assertEqual(missing.exception.code, 404)


def serve_like_the_original(connection):
    """The original's handler, line by line."""
    handler = original.ProtocolHandler()
    with connection.makefile("rb") as lines:
        for line in lines:
            connection.sendall(json.dumps(handler.process(line.decode())).encode() + b"\n")


def say_nothing(connection):
    connection.recv(1)
    time.sleep(2)


class OurClient(unittest.TestCase):
    def ask(self, address, *arguments, **more):
        return client("--host", address[0], "--port", str(address[1]), *arguments, **more)

    def test_asks_the_original(self):
        with accepting(serve_like_the_original) as address:
            status, output, log = self.ask(address, "ECHO a  b", "echo", "time")
            self.assertEqual((status, log), (0, b""))
            lines = [json.loads(line) for line in output.splitlines()]
            self.assertEqual(lines[0], {"command": "ECHO", "result": "a b"})
            self.assertEqual(len(lines), 3)
            status, output, log = self.ask(address, stdin=b"ECHO a\nnonsense\nECHO b")
            self.assertEqual(status, 1)
            self.assertEqual(log.decode(), NAME + ": 1 of 3 commands failed\n")
            self.assertEqual(len(output.splitlines()), 3)

    def test_says_in_one_line_what_is_wrong(self):
        with server() as (_, address):
            for arguments, expected in (
                (("FOO",), "1 of 1 commands failed"),
                (("ECHO a", "", "ECHO b"), "1 of 3 commands failed"),
                (("QUIT", "ECHO a"), "1 of 2 commands were answered"),
            ):
                with self.subTest(arguments):
                    status, _, log = self.ask(address, *arguments)
                    self.assertEqual((status, log.decode()), (1, NAME + ": " + expected + "\n"))
        status, _, log = self.ask(address, "TIME")
        self.assertEqual(status, 1)
        self.assertRegex(log.decode(), "^" + NAME + ": connect .*: Connection refused\n$")

    def test_listens_until_it_is_stopped(self):
        with server() as (_, address):
            listener = subprocess.Popen([EXECUTABLE, "client", "--host", address[0], "--port",
                                         str(address[1]), "--listen", "ECHO in"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            try:
                self.assertEqual(json.loads(listener.stdout.readline())["result"], "in")
                self.assertEqual(self.ask(address, "SAY hi")[0], 0)
                self.assertEqual(json.loads(listener.stdout.readline())["text"], "hi")
            finally:
                listener.send_signal(signal.SIGINT)
                listener.wait(timeout=LIMIT)
                listener.stdout.close()

    def test_a_queue_that_holds_no_response_is_bad_usage(self):
        for arguments in (("--queue", "65535"), ("--queue", "1023", "--max-line", "64")):
            done = subprocess.run([EXECUTABLE, "server", "--port", "0", *arguments], timeout=LIMIT,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_a_command_of_two_lines_is_bad_usage(self):
        for more in ((), ("--listen",)):
            with self.subTest(more):
                status, output, log = client(*more, "TIME", "ECHO a\nECHO b")
                self.assertEqual((status, output), (2, b""))
                self.assertRegex(log.decode(), r"\A%s: [^\n]*line feed[^\n]*\n\Z" % NAME)

    def test_gives_up_on_a_silent_server(self):
        with accepting(say_nothing) as address:
            status, _, log = self.ask(address, "--timeout", "0.2", "TIME")
            self.assertEqual(status, 1)
            self.assertIn("was silent for too long", log.decode())


if __name__ == "__main__":
    unittest.main()
