"""Recipe 11.3c beside others that speak TFTP: a client and a server written here with Python's sockets, and, where
they are installed, curl, atftp and atftpd, and tftp-hpa's server. Python 3.8 and newer."""

import os
import random
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest
from contextlib import contextmanager

from recipe import EXECUTABLE, LIMIT, server

NAME = "11_03c_file_transfer"
LOOPBACK = "127.0.0.1"
RRQ, WRQ, DATA, ACK, ERROR, OACK = range(1, 7)
PATIENT = ("--timeout", "20", "--give-up", "60")  # a Python peer that is slow is asked once
SIZES = (0, 1, 511, 512, 513, 1428, 22848, 70000)


def some_bytes(size):
    return random.Random(size).getrandbits(8 * size).to_bytes(size, "big") if size else b""


def find_program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def request(operation, name, options=()):
    texts = [name, "octet"] + [str(text) for option in options for text in option]
    return struct.pack("!H", operation) + b"".join(text.encode() + b"\0" for text in texts)


def options_of(texts):
    texts = [text.decode() for text in texts.split(b"\0")[:-1]]
    return dict(zip(texts[::2], texts[1::2]))


def receive_file(sock, peer, block_size, window, first=None):
    """Receives a file in order, an ACK for each window; what is out of order is left out."""
    data, expected, count = b"", 1, 0
    while True:
        packet = first or sock.recvfrom(70000)[0]
        first = None
        operation, block = struct.unpack("!HH", packet[:4])
        if operation == ERROR:
            raise OSError("ERROR %d %s" % (block, packet[4:-1].decode()))
        assert operation == DATA, packet
        if block != expected % 65536:
            sock.sendto(struct.pack("!HH", ACK, (expected - 1) % 65536), peer)
            continue
        data += packet[4:]
        count += 1
        last = len(packet) - 4 < block_size
        if count == window or last:
            sock.sendto(struct.pack("!HH", ACK, block), peer)
            count = 0
        if last:
            return data
        expected += 1


def send_file(sock, peer, data, block_size, window):
    """Sends a file by windows; goes on behind whatever is acknowledged."""
    blocks = [data[i:i + block_size] for i in range(0, len(data) + 1, block_size)]
    done = 0
    while done < len(blocks):
        for number in range(done + 1, min(done + window, len(blocks)) + 1):
            sock.sendto(struct.pack("!HH", DATA, number % 65536) + blocks[number - 1], peer)
        while True:  # an ACK of an earlier window may come once more
            packet = sock.recvfrom(70000)[0]
            operation, block = struct.unpack("!HH", packet[:4])
            if operation == ERROR:
                raise OSError("ERROR %d %s" % (block, packet[4:-1].decode()))
            acknowledged = (block - done) % 65536
            if operation == ACK and acknowledged <= window:
                break
        done += acknowledged


@contextmanager
def udp_socket(address=(LOOPBACK, 0)):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(address)
        sock.settimeout(LIMIT)
        yield sock


def begin(sock, address, packet):
    """The reply to a request, from where, and the block size and window that hold."""
    sock.sendto(packet, address)
    reply, peer = sock.recvfrom(70000)
    if reply[:2] != struct.pack("!H", OACK):
        return reply, peer, 512, 1
    granted = options_of(reply[2:])
    return reply, peer, int(granted.get("blksize", 512)), int(granted.get("windowsize", 1))


def python_get(address, name, options=()):
    with udp_socket() as sock:
        reply, peer, block_size, window = begin(sock, address, request(RRQ, name, options))
        first = reply
        if reply[1] == OACK:
            sock.sendto(struct.pack("!HH", ACK, 0), peer)
            first = None
        return receive_file(sock, peer, block_size, window, first)


def python_put(address, name, data, options=()):
    with udp_socket() as sock:
        reply, peer, block_size, window = begin(sock, address, request(WRQ, name, options))
        if reply[1] == ERROR:
            raise OSError("ERROR %d %s" % (reply[3], reply[4:-1].decode()))
        send_file(sock, peer, data, block_size, window)


@contextmanager
def python_server(files, granted):
    """A server for one request after another: its address. It grants what `granted` says of what is asked."""
    def serve():
        while True:
            packet, peer = listener.recvfrom(70000)
            if not packet:
                return
            name, _, rest = packet[2:].partition(b"\0")
            asked = options_of(rest.partition(b"\0")[2])
            options = [(key, granted[key]) for key in asked if key in granted]
            with udp_socket() as sock:
                answer(sock, peer, packet[1], name.decode(), options)

    def answer(sock, peer, operation, name, options):
        values = dict(options)
        block_size, window = values.get("blksize", 512), values.get("windowsize", 1)
        oack = struct.pack("!H", OACK) + request(RRQ, "", options)[2 + len("\0octet\0"):]
        if operation == RRQ and name not in files:
            sock.sendto(struct.pack("!HH", ERROR, 1) + b"no such file\0", peer)
        elif operation == RRQ:
            if options:
                sock.sendto(oack, peer)
                sock.recvfrom(70000)  # ACK 0
            send_file(sock, peer, files[name], block_size, window)
        else:
            sock.sendto(oack if options else struct.pack("!HH", ACK, 0), peer)
            files[name] = receive_file(sock, peer, block_size, window)

    with udp_socket() as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            with udp_socket() as sock:
                sock.sendto(b"", listener.getsockname())
            thread.join()


def run(*command, stdin=b""):
    done = subprocess.run(command, input=stdin, timeout=LIMIT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


def recipe(command, address, *arguments, **keywords):
    return run(EXECUTABLE, command, "--host", address[0], "--port", str(address[1]), *arguments, **keywords)


class Folder(unittest.TestCase):
    """A case with a folder that a server gives away."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        os.chmod(self.folder.name, 0o777)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def serve(self, *arguments):
        return server("--root", self.folder.name, "--writable", *arguments, log=subprocess.DEVNULL)


class OurServer(Folder):
    def test_python_gets_and_puts(self):
        choices = ((), (("blksize", 1024),), (("windowsize", 8), ("blksize", 8)), (("tsize", 0), ("windowsize", 65535)))
        with self.serve(*PATIENT) as (_, address):
            for index, options in enumerate(choices):
                for size in SIZES:
                    with self.subTest(options=options, size=size):
                        name = "file-%d-%d" % (index, size)
                        python_put(address, name, some_bytes(size), options)
                        self.assertEqual(self.read(name), some_bytes(size))
                        self.assertEqual(python_get(address, name, options), some_bytes(size))

    def test_errors_have_the_codes_of_the_rfc(self):
        with self.serve() as (_, address):
            self.write("there", b"old")
            for code, call in ((1, lambda: python_get(address, "none")), (2, lambda: python_get(address, "../x")),
                               (6, lambda: python_put(address, "there", b"new")),
                               (8, lambda: python_get(address, "there", (("blksize", 1),)))):
                with self.assertRaisesRegex(OSError, "ERROR %d" % code):
                    call()
            self.assertEqual(self.read("there"), b"old")

    @unittest.skipUnless(find_program("curl"), "curl is not installed")
    def test_curl_gets_and_puts(self):
        with self.serve() as (_, (host, port)):
            for options in ((), ("--tftp-blksize", "1428"), ("--tftp-no-options",)):
                for size in (1, 511, 512, 100000):
                    with self.subTest(options=options, size=size):
                        name = "file-%d-%d" % (len(options), size)
                        source = self.write("source", some_bytes(size))
                        url = "tftp://%s:%d/%s" % (host, port, name)
                        status, _, errors = run("curl", "-sS", *options, "-T", source, url)
                        self.assertEqual((status, errors), (0, b""))
                        self.assertEqual(self.read(name), some_bytes(size))
                        status, output, errors = run("curl", "-sS", *options, url)
                        self.assertEqual((status, errors), (0, b""))
                        self.assertEqual(output, some_bytes(size))
                        os.remove(self.path(name))

    @unittest.skipUnless(find_program("atftp"), "atftp is not installed")
    def test_atftp_gets_and_puts(self):
        with self.serve() as (_, (host, port)):
            for window in (1, 8):
                source = self.write("source", some_bytes(100000))
                name = "file-%d" % window
                options = ("--option", "windowsize %d" % window, "--option", "blksize 1428")
                self.assertEqual(run("atftp", *options, "--put", "-l", source, "-r", name, host, str(port))[0], 0)
                self.assertEqual(self.read(name), some_bytes(100000))
                copy = self.path("copy-%d" % window)
                self.assertEqual(run("atftp", *options, "--get", "-l", copy, "-r", name, host, str(port))[0], 0)
                self.assertEqual(self.read("copy-%d" % window), some_bytes(100000))


    @unittest.skipUnless(find_program("tftp"), "tftp-hpa is not installed")
    def test_tftp_hpa_gets_and_puts(self):
        with self.serve() as (_, (host, port)):
            for size in (0, 512, 100000):
                source, name, copy = self.write("source", some_bytes(size)), "file-%d" % size, self.path("copy-%d" % size)
                for command in ("put %s %s" % (source, name), "get %s %s" % (name, copy)):
                    status, output, _ = run("tftp", "-m", "binary", host, str(port), "-c", *command.split())
                    self.assertEqual((status, output), (0, b""))
                self.assertEqual(self.read(name), some_bytes(size))
                self.assertEqual(self.read(copy), some_bytes(size))


class OurClient(Folder):
    def check_with(self, address, *arguments):
        for size in SIZES:
            with self.subTest(size=size, arguments=arguments):
                source = self.write("source", some_bytes(size))
                name = "file-%d-%d" % (size, len(arguments))
                self.assertEqual(recipe("put", address, *PATIENT, *arguments, source, "--as", name), (0, b"", b""))
                self.assertEqual(recipe("get", address, *PATIENT, *arguments, name), (0, some_bytes(size), b""))

    def test_with_a_server_in_python(self):
        for granted in ({}, {"blksize": 512, "windowsize": 1}, {"blksize": 1000, "windowsize": 7, "tsize": 0}):
            with python_server({}, granted) as address:
                self.check_with(address)

    def test_says_what_went_wrong_in_one_line(self):
        with python_server({}, {}) as address:
            status, output, errors = recipe("get", address, "none", "-o", self.path("copy"))
        self.assertEqual((status, output), (1, b""))
        self.assertEqual(errors.decode(), NAME + ": get none: no such file, error 1\n")
        self.assertFalse(os.path.exists(self.path("copy")))

    def test_tells_the_server_that_its_reader_has_left(self):
        for command in (("get",), ("client", "get")):
            with udp_socket() as listener, udp_socket() as transfer:
                address = listener.getsockname()
                with subprocess.Popen([EXECUTABLE, *command, "--port", str(address[1]), "--give-up", str(LIMIT), "large"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
                    _, peer = listener.recvfrom(70000)
                    running.stdout.close()  # as `| head -c 0` does
                    with self.assertRaisesRegex(OSError, "ERROR 0 Broken pipe"):
                        send_file(transfer, peer, some_bytes(70000) * 20, 512, 1)
                    self.assertEqual(running.stderr.read().decode(),
                                     NAME + ": get large: write output: Broken pipe\n")
                    self.assertEqual(running.wait(LIMIT), 1)

    def test_puts_what_comes_from_a_pipe(self):
        files = {}
        with python_server(files, {}) as address:
            self.assertEqual(recipe("put", address, *PATIENT, "-", "--as", "piped", stdin=some_bytes(70000)),
                             (0, b"", b""))
            self.assertEqual(recipe("put", address, "-")[0], 2)
        self.assertEqual(files, {"piped": some_bytes(70000)})

    @contextmanager
    def program(self, *command):
        """A server of others, which replies to requests once it is ready."""
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.terminate()

    def check_program(self, command):
        with udp_socket() as free:
            port = free.getsockname()[1]
        with self.program(*[part.replace("PORT", str(port)) for part in command]) as process:
            end = time.monotonic() + LIMIT
            self.write("ready", b"yes")
            os.chmod(self.path("ready"), 0o666)
            while recipe("get", (LOOPBACK, port), "--give-up", "1", "ready") != (0, b"yes", b""):
                if process.poll() is not None or time.monotonic() > end:
                    self.skipTest("%s does not serve here" % command[0])
            for window in ("1", "16"):
                self.check_with((LOOPBACK, port), "--window", window)
                for name in os.listdir(self.folder.name):
                    os.remove(self.path(name))

    @unittest.skipUnless(find_program("atftpd"), "atftpd is not installed")
    def test_with_atftpd(self):
        self.check_program((find_program("atftpd"), "--daemon", "--no-fork", "--port", "PORT",
                            "--bind-address", LOOPBACK, self.folder.name))

    @unittest.skipUnless(find_program("in.tftpd"), "tftpd-hpa is not installed")
    def test_with_tftpd_hpa(self):
        self.check_program((find_program("in.tftpd"), "-L", "-c", "-p", "-a", LOOPBACK + ":PORT",
                            "-s", self.folder.name))


if __name__ == "__main__":
    unittest.main()
