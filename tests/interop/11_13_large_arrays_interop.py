"""Recipe 11.13 beside CPython: the chapter's send_from() and recv_into() both ways, with memoryview and
array, the header by struct; and NumPy, where there is one. Python 3.8 and newer."""

import array
import importlib
import json
import os
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import unittest

from recipe import EXECUTABLE, LIMIT, accepting, client, server

try:
    import numpy
    from numpy.lib import format as npy
except ImportError:
    numpy = None

original = importlib.import_module("11_13_large_arrays_original")

COUNT = 300000


# --- The header without NumPy ---------------------------------------------------------------------

def write_header(descr, shape, fortran_order=False, version=1):
    """As NumPy writes it."""
    text = "{'descr': %r, 'fortran_order': %r, 'shape': %r, }" % (descr, fortran_order, shape)
    length = "<H" if version == 1 else "<I"
    padding = -(8 + struct.calcsize(length) + len(text) + 1) % 64
    text = text.encode() + b" " * padding + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(length, len(text)) + text


def receive_exactly(connection, size):
    data = bytearray(size)
    original.recv_into(data, connection)
    return bytes(data)


def read_header(connection):
    magic, major, minor, size = struct.unpack("<6sBBH", receive_exactly(connection, 10))
    assert (magic, major, minor) == (b"\x93NUMPY", 1, 0), (magic, major, minor)
    assert (10 + size) % 64 == 0
    text = receive_exactly(connection, size)
    assert text.endswith(b"\n")
    return eval(text, {})


def connect(address):
    if isinstance(address, tuple):
        return socket.create_connection(address, timeout=LIMIT)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(LIMIT)
    connection.connect(address)
    return connection


NUMBERS = array.array("d", range(COUNT))


class PythonReceives(unittest.TestCase):
    def test_behind_a_header(self):
        for arguments in ((), ("--zerocopy",), ("--unix", "@arrays-%d" % os.getpid())):
            with self.subTest(arguments=arguments), \
                    server("--count", str(COUNT), *arguments, log=subprocess.DEVNULL) as (_, address):
                for _ in range(2):
                    with connect(address) as connection:
                        self.assertEqual(read_header(connection), {
                            "descr": "<f8", "fortran_order": False, "shape": (COUNT,)})
                        received = array.array("d", bytes(8 * COUNT))
                        original.recv_into(received, connection)
                        self.assertEqual(received, NUMBERS)
                        self.assertEqual(connection.recv(1), b"")

    def test_the_chapters_wire(self):
        with server("--count", str(COUNT), "--raw") as (_, address), connect(address) as connection:
            received = array.array("d", bytes(8 * COUNT))
            original.recv_into(received, connection)
            self.assertEqual(received, NUMBERS)
            self.assertEqual(connection.recv(1), b"")

    def test_over_ipv6(self):
        with server("--count", "3", "--host", "::1") as (_, address), connect(address) as connection:
            read_header(connection)
            self.assertEqual(receive_exactly(connection, 24), struct.pack("<3d", 0, 1, 2))

    def test_a_file(self):
        elements = struct.pack(">6h", *range(6))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.npy")
            content = write_header(">i2", (2, 3), version=3) + elements
            with open(path, "wb") as file:
                file.write(content)
            with server("--file", path) as (_, address), connect(address) as connection:
                self.assertEqual(receive_exactly(connection, len(content)), content)
                self.assertEqual(connection.recv(1), b"")
            with server("--file", path, "--raw") as (_, address), connect(address) as connection:
                self.assertEqual(receive_exactly(connection, len(elements)), elements)
                self.assertEqual(connection.recv(1), b"")


def fetch(address, *arguments):
    """Our client: (exit status, what it tells, or the error)."""
    status, output, errors = client("--port", str(address[1]), *arguments)
    if status == 0:
        assert output.count(b"\n") == 1 and errors == b"", (output, errors)
        return status, json.loads(output)
    assert output == b"" and errors.count(b"\n") == 1, (output, errors)
    return status, errors.decode().rstrip("\n")


def sending(*pieces):
    """A server in Python that sends these."""
    def talk(connection):
        try:
            for piece in pieces:
                original.send_from(piece, connection)
        except OSError:  # refused
            pass
    return accepting(talk)


class PythonSends(unittest.TestCase):
    def test_behind_a_header(self):
        for version in (1, 2, 3):
            with self.subTest(version=version), \
                    sending(write_header("<f8", (COUNT,), version=version), NUMBERS) as address:
                status, told = fetch(address)
                self.assertEqual(status, 0)
                self.assertEqual((told["descr"], told["shape"], told["fortran_order"], told["bytes"]),
                                 ("<f8", [COUNT], False, 8 * COUNT))
                self.assertEqual(told["first"], [float(n) for n in range(10)])

    def test_the_chapters_wire(self):
        with sending(NUMBERS) as address:
            status, told = fetch(address, "--raw", "--count", str(COUNT))
            self.assertEqual((status, told["bytes"]), (0, 8 * COUNT))
            status, error = fetch(address, "--raw", "--count", str(COUNT - 1))
            self.assertEqual(status, 1)
            self.assertIn("more bytes than announced", error)
            status, error = fetch(address, "--raw", "--count", str(COUNT + 1))
            self.assertEqual(status, 1)
            self.assertIn("%d of %d bytes" % (8 * COUNT, 8 * COUNT + 8), error)

    def test_every_type_in_either_order(self):
        values = {"b1": [0, 1], "i1": [-128, 127], "u1": [0, 255], "i2": [-32768, 32767],
                  "u2": [0, 65535], "i4": [-2**31, 2**31 - 1], "u4": [0, 2**32 - 1],
                  "i8": [-2**63, 2**63 - 1], "u8": [0, 2**64 - 1], "f4": [0.5, -1.5],
                  "f8": [0.1, -1e300]}
        codes = {"b1": "B", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I",
                 "i8": "q", "u8": "Q", "f4": "f", "f8": "d"}
        for name, numbers in values.items():
            for order in "|" if name[1] == "1" else "<>":
                elements = struct.pack(order.replace("|", "<") + 2 * codes[name], *numbers)
                with self.subTest(descr=order + name), \
                        sending(write_header(order + name, (2,)), elements) as address:
                    status, told = fetch(address)
                    self.assertEqual((status, told["descr"], told["first"]), (0, order + name, numbers))

    def test_headers_that_lie(self):
        for header, reason in (
                (b"GET / HTTP/1.1\r\n\r\n", r"no \.npy"),
                (write_header("|O", (1,)), "pickles"),
                (write_header("<c16", (1,)), "<c16"),
                (write_header("<f8", (2**62,)), "too large"),
                (write_header("<f8", (2**32, 2**32)), "too large"),
                (write_header("<f8", (2**27 + 1,)), "too large"),
                (write_header("<f8", (-1,)), "no decimal number"),
                (write_header("<f8", [1]), "expected '\\('"),
                (b"\x93NUMPY\x01\x00\xff\xff", "65535 bytes: at most 4096"),
                (write_header("<f8", (10,)) + bytes(79), "79 of 80 bytes")):
            with self.subTest(header=header), sending(header) as address, \
                    tempfile.TemporaryDirectory() as folder:
                status, error = fetch(address, "-o", os.path.join(folder, "a.npy"))
                self.assertEqual(status, 1)
                self.assertRegex(error, reason)
                self.assertEqual(os.listdir(folder), [])

    def test_an_interrupt_leaves_no_file(self):
        received, done = threading.Event(), threading.Event()

        def talk(connection):
            original.send_from(write_header("<f8", (10,)) + bytes(40), connection)
            received.set()
            done.wait(LIMIT)

        with accepting(talk) as address, tempfile.TemporaryDirectory() as folder:
            arguments = ("client", "--port", str(address[1]), "-o", os.path.join(folder, "a.npy"))
            with subprocess.Popen([EXECUTABLE, *arguments], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE) as process:
                received.wait(LIMIT)
                process.send_signal(signal.SIGINT)
                output, errors = process.communicate(timeout=LIMIT)
            done.set()
            self.assertEqual((process.returncode, output, errors), (130, b"", b""))
            self.assertEqual(os.listdir(folder), [])


class BothOurs(unittest.TestCase):
    def test_over_a_unix_socket_into_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.npy")
            where = os.path.join(folder, "socket")
            with server("--unix", where, "--count", "1000") as (_, address):
                self.assertEqual(address, where)
                status, output, _ = client("--unix", where, "-o", path)
                self.assertEqual((status, json.loads(output)["shape"]), (0, [1000]))
            with open(path, "rb") as file:
                self.assertEqual(file.read(), write_header("<f8", (1000,)) + struct.pack("<1000d", *range(1000)))

    def test_bad_usage(self):
        for arguments in (("server", "--zerocopy", "--unix", "@x"), ("server", "--file", "x", "--count", "3"),
                          ("server", "--file", ""),
                          ("client", "--raw"), ("client", "--count", "3"), ("client", "--max-bytes", "-1"),
                          ("client", "-o", "")):
            with self.subTest(arguments=arguments):
                done = subprocess.run([EXECUTABLE, *arguments], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, timeout=LIMIT)
                self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (2, b"", 1))

    def test_a_file_that_is_none_is_no_server(self):
        for path in ("/nonexistent", "/dev/zero", EXECUTABLE):
            with self.subTest(path=path):
                done = subprocess.run([EXECUTABLE, "server", "--port", "0", "--file", path],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
                self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (1, b"", 1))


@unittest.skipUnless(numpy, "this Python has no NumPy")
class NumPy(unittest.TestCase):
    def test_reads_ours(self):
        with server("--count", str(COUNT)) as (_, address):
            with connect(address) as connection, connection.makefile("rb", buffering=0) as stream:
                self.assertEqual(npy.read_magic(stream), (1, 0))
                shape, fortran_order, dtype = npy.read_array_header_1_0(stream)
                received = numpy.zeros(shape, dtype)
                original.recv_into(received, connection)
                self.assertTrue((received == numpy.arange(COUNT, dtype=float)).all())
                self.assertFalse(fortran_order)
            with connect(address) as connection, connection.makefile("rb", buffering=0) as stream:
                received = npy.read_array(stream)
                self.assertTrue((received == numpy.arange(COUNT, dtype=float)).all())

    def test_is_read_by_ours(self):
        for given in (numpy.arange(24.0).reshape(2, 3, 4), numpy.arange(6, dtype=">i4").reshape(2, 3),
                      numpy.asfortranarray(numpy.arange(6, dtype="<u2").reshape(2, 3)),
                      numpy.array(7.5), numpy.zeros((0, 3)), numpy.array([True, False])):
            def talk(connection):
                with connection.makefile("wb", buffering=0) as stream:
                    numpy.save(stream, given)

            with self.subTest(array=given), accepting(talk) as address, \
                    tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "a.npy")
                status, told = fetch(address, "-o", path)
                self.assertEqual((status, told["shape"]), (0, list(given.shape)))
                self.assertEqual(told["first"], given.ravel(order="K").tolist()[:10])
                loaded = numpy.load(path)
                self.assertTrue((loaded == given).all())
                self.assertEqual(loaded.flags.f_contiguous, given.flags.f_contiguous)
                self.assertEqual(loaded.dtype, given.dtype.newbyteorder("="))

    def test_refuses_what_numpy_would_unpickle(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.npy")
            numpy.save(path, numpy.array([{}, None], dtype=object))
            with open(path, "rb") as file, sending(file.read()) as address:
                status, error = fetch(address)
                self.assertEqual(status, 1)
                self.assertIn("pickles", error)


if __name__ == "__main__":
    unittest.main()
