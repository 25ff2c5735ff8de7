"""What every recipe's executable promises on its command line (docs/README.md), asked of one of them.

Usage: command_line.py EXECUTABLE. Runs with Python 3.8 and newer.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from contextlib import ExitStack, contextmanager, suppress

EXECUTABLE = os.path.abspath(sys.argv.pop(1))
NAME = os.path.basename(EXECUTABLE)
LIMIT = 60  # seconds, for a machine that is busy with other tests
ENVIRONMENT = {**os.environ,
               "LAB_AUTHKEY": "peekaboo",  # for the recipes that need a key
               "LAB_ROOT": ".",  # and a folder
               "LAB_TIME_PORT": "0", "LAB_UDP_ECHO_PORT": "0", "LAB_FIBONACCI_PORT": "0",
               "LAB_RPC_PORT": "0"}


def setUpModule():
    """Gives a recipe that speaks TLS its certificate, one that keeps a plan its file, one that has a database its place,
    and one that keeps certificates its folder."""
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    ENVIRONMENT.update(LAB_PLAN=f"{folder.name}/plan", LAB_DATABASE=f"sqlite:{folder.name}/test.db")
    if "certify" in run("--help")[1]:
        ENVIRONMENT["LAB_DATA"] = f"{folder.name}/data"
    if "make-certs" in run("client", "--help")[1]:
        run("client", "make-certs", folder.name)
        ENVIRONMENT.update(LAB_CERT=f"{folder.name}/good.pem", LAB_KEY=f"{folder.name}/good.key")


def run(*arguments, **environment):
    """Runs the executable to its end: (exit status, stdout, stderr)."""
    done = subprocess.run([EXECUTABLE, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=LIMIT, env={**ENVIRONMENT, **environment})
    return done.returncode, done.stdout, done.stderr


@contextmanager
def server(*arguments, **environment):
    """Runs `server` with the arguments: the process and where it listens. Kills it at the end."""
    process = subprocess.Popen([EXECUTABLE, "server", *arguments], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**ENVIRONMENT, **environment})
    try:
        yield process, listening(process)
    finally:
        process.kill()
        process.communicate()


def listening(process):
    """A server's last line when it is ready: a recipe with several sockets prints one for each."""
    return next((line for line in process.stdout if "listening" in line), "")


def without_sockets(output):
    """What a server has printed after that, without its lines for sockets of another kind."""
    return re.sub(r"\S+ on \S+:[1-9]\d*\n", "", output)


def bind_both():
    """A TCP socket and a UDP socket that have the same port."""
    while True:
        stream, datagrams = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        stream.bind(("127.0.0.1", 0))
        try:
            datagrams.bind(stream.getsockname())
            return stream, datagrams
        except OSError:  # another program's
            stream.close()
            datagrams.close()


@contextmanager
def taken_port():
    """A port that nobody else can have."""
    stream, datagrams = bind_both()
    with stream, datagrams:
        stream.listen()
        yield stream.getsockname()[1]


@contextmanager
def refusing_port():
    """A port that nobody else can have and that refuses connections and datagrams."""
    stream, datagrams = bind_both()
    with stream, datagrams:
        datagrams.connect(datagrams.getsockname())  # to itself: it takes nobody else's
        yield stream.getsockname()[1]


@contextmanager
def full_backlog():
    """A port on which connecting takes for ever: its backlog is full, and nobody accepts. Nor does
    anybody reply to datagrams there."""
    listener, datagrams = bind_both()
    with listener, datagrams, ExitStack() as clients:
        listener.listen(0)
        for _ in range(4):
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def is_waiting(process, port):
    """Whether the process has a TCP connection to the port that is not established, or a datagram
    socket that is connected to it (proc(5), net/tcp and net/udp)."""
    inodes = set()
    for descriptor in os.scandir(f"/proc/{process}/fd"):
        with suppress(FileNotFoundError):  # closed meanwhile
            inodes.add(os.readlink(descriptor.path))

    def has_one(protocol, state):
        with open(f"/proc/net/{protocol}") as table:
            rows = [line.split() for line in table.readlines()[1:]]
        return any(row[2].endswith(f":{port:04X}") and row[3] == state and
                   f"socket:[{row[9]}]" in inodes for row in rows)

    return has_one("tcp", "02") or has_one("udp", "01")


class CommandLine(unittest.TestCase):
    def assert_one_line(self, text):
        self.assertRegex(text, rf"\A{NAME}: [^\n]+\n\Z")

    def test_the_demo_shows_something_and_ends(self):
        status, output, errors = run()
        self.assertEqual(status, 0, errors)
        self.assertGreater(len(output.splitlines()), 1)

    def test_an_interrupt_ends_the_demo(self):
        with subprocess.Popen([EXECUTABLE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as demo:
            try:
                demo.stdout.readline()
                demo.send_signal(signal.SIGINT)
                _, errors = demo.communicate(timeout=LIMIT)
            finally:
                demo.kill()
        # The signal itself is the end of one that runs no coroutine at the moment.
        self.assertIn(demo.returncode, (0, 130, -signal.SIGINT), errors)

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_help_that_cannot_be_written_is_one_line(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([EXECUTABLE, "--help"], stdin=subprocess.DEVNULL, stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=LIMIT, env=ENVIRONMENT)
        self.assertEqual((done.returncode, done.stderr),
                         (1, f"{NAME}: write output: No space left on device\n"))

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_an_error_that_cannot_be_written_is_no_crash(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([EXECUTABLE, "--nonsense"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=full, timeout=LIMIT,
                                  env=ENVIRONMENT)
        self.assertEqual(done.returncode, 2)

    def test_help_names_the_commands_and_their_options(self):
        status, output, errors = run("--help")
        self.assertEqual((status, errors), (0, ""))
        for command in ("server", "client"):
            self.assertIn(command, output)
            status, text, errors = run(command, "--help")
            self.assertEqual((status, errors), (0, ""))
        self.assertIn("--port", run("server", "--help")[1])

    def test_bad_usage_is_one_line_and_status_2(self):
        for arguments in (("--nonsense",), ("nonsense",), ("server", "--port", "99999"),
                          ("server", "--port", "x"), ("server", "--max-connections", "0"),
                          ("server", "--config", "/nonexistent")):
            with self.subTest(arguments=arguments):
                status, output, errors = run(*arguments)
                self.assertEqual((status, output), (2, ""))
                self.assert_one_line(errors)

    def test_an_option_with_words_for_values_refuses_numbers(self):
        for command in ("server", "client"):
            for option in re.findall(r"(--\S+) \S+\|\S+", run(command, "--help")[1]):
                for number in ("0", "1"):
                    with self.subTest(command=command, option=option, number=number):
                        status, output, errors = run(command, option, number)
                        self.assertEqual((status, output), (2, ""))
                        self.assert_one_line(errors)
                        self.assertIn(f"{option}: {number} not in ", errors)

    def test_a_port_in_use_is_one_line_and_status_1(self):
        with taken_port() as port:
            status, output, errors = run("server", "--port", str(port))
        self.assertEqual((status, output), (1, ""))
        self.assert_one_line(errors)
        self.assertIn(f"127.0.0.1:{port}: Address already in use", errors)

    def test_says_where_it_listens_and_stops_on_a_signal(self):
        for stop in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=stop), server("--port", "0") as (process, line):
                self.assertRegex(line, r"\Alistening on 127\.0\.0\.1:[1-9]\d*\n\Z")
                process.send_signal(stop)
                output, errors = process.communicate(timeout=LIMIT)
                self.assertEqual((process.returncode, without_sockets(output)), (0, ""), errors)

    def test_listens_on_ipv6(self):
        with server("--port", "0", "--host", "::1") as (_, line):
            self.assertRegex(line, r"\Alistening on \[::1\]:[1-9]\d*\n\Z")

    def test_takes_options_from_the_environment_and_from_a_file(self):
        with server(LAB_PORT="0", LAB_HOST="127.0.0.2") as (_, line):
            self.assertRegex(line, r"\Alistening on 127\.0\.0\.2:[1-9]\d*\n\Z")
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
            config.write('[server]\nhost = "127.0.0.3"\nport = 0\n')
            config.flush()
            with server("--config", config.name) as (_, line):
                self.assertRegex(line, r"\Alistening on 127\.0\.0\.3:[1-9]\d*\n\Z")

    def test_no_socket_takes_the_place_of_a_closed_standard_stream(self):
        closed = f"exec {shlex.quote(EXECUTABLE)} server --port 0 <&- 2>&-"
        with subprocess.Popen(["sh", "-c", closed], stdout=subprocess.PIPE, text=True,
                              env=ENVIRONMENT) as process:
            try:
                self.assertRegex(listening(process), r"\Alistening on ")
                for descriptor in (0, 2):
                    self.assertEqual(os.readlink(f"/proc/{process.pid}/fd/{descriptor}"),
                                     "/dev/null")
            finally:
                process.kill()

    def test_a_reader_that_leaves_is_no_crash(self):
        with subprocess.Popen([EXECUTABLE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=ENVIRONMENT) as process:
            process.stdout.close()
            status = process.wait(timeout=LIMIT)
        self.assertGreaterEqual(status, 0)  # no signal, SIGPIPE neither

    def test_a_client_without_a_server_is_one_line_and_status_1(self):
        if not re.search(r"--port\b", run("client", "--help")[1]):
            self.skipTest("this client has no --port")
        with refusing_port() as port:
            status, output, errors = run("client", "--port", str(port))
        self.assertEqual((status, output), (1, ""))
        self.assert_one_line(errors)
        self.assertIn("Connection refused", errors)

    def test_an_interrupt_ends_a_client_that_is_still_waiting(self):
        if not re.search(r"--port\b", run("client", "--help")[1]):
            self.skipTest("this client has no --port")
        with full_backlog() as port, \
                subprocess.Popen([EXECUTABLE, "client", "--port", str(port)],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as client:
            while client.poll() is None and not is_waiting(client.pid, port):
                pass
            client.send_signal(signal.SIGINT)
            output, errors = client.communicate(timeout=LIMIT)
        self.assertEqual((client.returncode, output, errors), (130, "", ""))


if __name__ == "__main__":
    unittest.main()
