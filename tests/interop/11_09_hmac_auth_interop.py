"""Recipe 11.9 beside CPython's hmac, both ways: the original's client_authenticate() and
server_authenticate(), with the digestmod that Python 3.8 and newer ask for; and `openssl mac`."""

import hmac
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

import recipe
from recipe import EXECUTABLE, LIMIT, onto_full_disk

KEY = b"peekaboo"
DIGESTS = {"sha256": 32, "sha384": 48, "sha512": 64, "sha3_256": 32, "md5": 16}
OPENSSL = shutil.which("openssl")
OPENSSL_NAMES = {"sha3_256": "SHA3-256"}
MEGABYTES = bytes(range(256)) * (4 * 4096)


# --- The original --------------------------------------------------------------------------------

def client_authenticate(connection, secret_key, digest="sha256"):
    """The original's, but for digestmod: recv() may return less, and for 32 bytes never did."""
    message = connection.recv(32)
    hash = hmac.new(secret_key, message, digest)
    digest = hash.digest()
    connection.send(digest)


def server_authenticate(connection, secret_key, digest="sha256"):
    message = os.urandom(32)
    connection.send(message)
    hash = hmac.new(secret_key, message, digest)
    digest = hash.digest()
    response = connection.recv(len(digest))
    return hmac.compare_digest(digest, response)


# --- The mutual form, in Python --------------------------------------------------------------------

def exactly(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def proof(key, role, server, client, digest):
    return hmac.new(key, role + server + client, digest).digest()


def client_authenticate_mutually(connection, key, digest="sha256"):
    theirs, ours = exactly(connection, 32), os.urandom(32)
    connection.sendall(ours + proof(key, b"client", theirs, ours, digest))
    expected = proof(key, b"server", theirs, ours, digest)
    return hmac.compare_digest(expected, exactly(connection, len(expected)))


def server_authenticate_mutually(connection, key, digest="sha256"):
    ours = os.urandom(32)
    connection.sendall(ours)
    theirs = exactly(connection, 32)
    expected = proof(key, b"client", ours, theirs, digest)
    if not hmac.compare_digest(expected, exactly(connection, len(expected))):
        return False
    connection.sendall(proof(key, b"server", ours, theirs, digest))
    return True


def server(*arguments, key=KEY, **options):
    return recipe.server(*arguments, LAB_AUTHKEY=key.decode(), **options)


def client(address, *arguments, key=KEY, **options):
    """Our client: (exit status, stdout, stderr)."""
    host, port = address
    return recipe.client("--host", host, "--port", str(port), *arguments, LAB_AUTHKEY=key.decode(),
                         **options)


def python_server(authenticate, key=KEY, digest="sha256"):
    """The original's echo server, which takes one client after another: its address."""
    def echo_handler(client_sock):
        if not authenticate(client_sock, key, digest):
            client_sock.close()
            return
        while True:
            msg = client_sock.recv(8192)
            if not msg:
                break
            client_sock.sendall(msg)

    def talk(client_sock):
        try:
            echo_handler(client_sock)
        except (OSError, EOFError):
            pass

    return recipe.accepting(talk)


def everything(connection):
    """What comes until the connection ends, by a reset too."""
    received = b""
    try:
        while True:
            part = connection.recv(65536)
            if not part:
                return received
            received += part
    except ConnectionError:
        return received


class PythonClient(unittest.TestCase):
    """The original's client with our server."""

    def exchange(self, address, authenticate, key=KEY, digest="sha256"):
        with socket.create_connection(address, timeout=LIMIT) as connection:
            authenticate(connection, key, digest)
            try:
                connection.sendall(b"Hello World")
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the server has hung up
            return everything(connection)

    def test_every_digest_in_both_forms(self):
        for digest in DIGESTS:
            for form, authenticate in (((), client_authenticate),
                                       (("--mutual",), client_authenticate_mutually)):
                with self.subTest(digest=digest, form=form), \
                        server("--digest", digest, *form) as (_, address):
                    self.assertEqual(self.exchange(address, authenticate, digest=digest),
                                     b"Hello World")

    def test_the_default_is_sha256(self):
        with server() as (_, address):
            self.assertEqual(self.exchange(address, client_authenticate), b"Hello World")
            self.assertEqual(self.exchange(address, client_authenticate, digest="md5"), b"")

    def test_another_key(self):
        with tempfile.TemporaryFile() as log, server(log=log) as (_, address):
            self.assertEqual(self.exchange(address, client_authenticate, key=b"another"), b"")
            self.assertEqual(self.exchange(address, client_authenticate), b"Hello World")
            self.assertRegex(recipe.read_log(log), r"\A[^\n]* warning refused 127\.0\.0\.1:\d+: "
                                                   r"wrong response[^\n]*\n\Z")

    def test_a_key_in_a_file(self):
        for content, key in ((b"peekaboo\n", b"peekaboo"), (b"peekaboo \n\n", b"peekaboo \n"),
                             (b"\0\xff\n\x80", b"\0\xff\n\x80"), (b"k" * 4096, b"k" * 4096)):
            with tempfile.NamedTemporaryFile() as file:
                file.write(content)
                file.flush()
                with recipe.server("--authkey-file", file.name) as (_, address):
                    self.assertEqual(self.exchange(address, client_authenticate, key=key),
                                     b"Hello World")

    def test_ipv6(self):
        with server("--host", "::1") as (_, address):
            self.assertEqual(self.exchange(address, client_authenticate), b"Hello World")

    def test_many_at_once(self):
        with server() as (_, address):
            silent = [socket.create_connection(address, timeout=LIMIT) for _ in range(50)]
            received = []
            threads = [threading.Thread(target=lambda: received.append(
                self.exchange(address, client_authenticate))) for _ in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(received, [b"Hello World"] * 20)
            for connection in silent:
                connection.close()

    def test_a_bad_key_is_one_line(self):
        for environment, line in (({"LAB_AUTHKEY": ""}, "the key is empty"),
                                  ({"LAB_AUTHKEY_FILE": "/nonexistent"},
                                   "read /nonexistent: No such file or directory")):
            for command in ("server", "client", "mac"):
                done = subprocess.run([EXECUTABLE, command], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      timeout=LIMIT, env={**os.environ, **environment})
                with self.subTest(line, command=command):
                    self.assertEqual((done.returncode, done.stdout, done.stderr.decode()),
                                     (1, b"", "11_09_hmac_auth: %s\n" % line))


class PythonServer(unittest.TestCase):
    """The original's server with our client."""

    def test_every_digest_in_both_forms(self):
        for digest in DIGESTS:
            for form, authenticate in (((), server_authenticate),
                                       (("--mutual",), server_authenticate_mutually)):
                with self.subTest(digest=digest, form=form), \
                        python_server(authenticate, digest=digest) as address:
                    self.assertEqual(client(address, "--digest", digest, *form,
                                            "--message", "Hello World"),
                                     (0, b"Hello World", b""))

    def test_megabytes(self):
        with python_server(server_authenticate) as address:
            self.assertEqual(client(address, stdin=MEGABYTES), (0, MEGABYTES, b""))

    def test_another_key_and_another_digest(self):
        for form, authenticate in (((), server_authenticate),
                                   (("--mutual",), server_authenticate_mutually)):
            with python_server(authenticate) as address:
                words = "hung up on our answer: another key, or another digest?"
                line = "11_09_hmac_auth: authenticate with %s:%d: %s\n" % (*address, words)
                for options in ({"key": b"another"}, {"stdin": MEGABYTES, "key": b"another"}):
                    with self.subTest(form=form, options=options.keys()):
                        self.assertEqual(client(address, *form, **{"stdin": b"hello", **options}),
                                         (1, b"", line.encode()))
                self.assertEqual(client(address, *form, "--digest", "sha3_256", stdin=b"hello"),
                                 (1, b"", line.encode()))

    def test_a_server_without_the_key(self):
        def pretend(connection, key, digest):
            connection.sendall(os.urandom(32))
            exactly(connection, 64)
            connection.sendall(os.urandom(32))
            received.append(everything(connection))
            return False

        received = []
        with python_server(pretend) as address:
            status, output, errors = client(address, "--mutual", stdin=b"for the right one only")
        self.assertEqual((status, output), (1, b""))
        self.assertEqual(errors.decode(), "11_09_hmac_auth: authenticate with %s:%d: does not know "
                                          "the key\n" % address)
        self.assertEqual(received, [b""])

    def test_a_server_that_says_nothing(self):
        with python_server(lambda connection, *_: everything(connection) == b"never") as address:
            status, output, errors = client(address, "--handshake", "0.2", "--message", "hello")
        self.assertEqual((status, output), (1, b""))
        self.assertEqual(errors.decode(), "11_09_hmac_auth: authenticate with %s:%d: Connection "
                                          "timed out\n" % address)


class Command(unittest.TestCase):
    """The command `mac`."""

    def mac(self, message, *arguments, key=KEY):
        with tempfile.NamedTemporaryFile() as file:
            file.write(key)
            file.flush()
            done = subprocess.run([EXECUTABLE, "mac", "--authkey-file", file.name, *arguments],
                                  input=message, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=LIMIT)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            return done.stdout.decode()

    def test_beside_python(self):
        for digest in DIGESTS:
            for message in (b"", b"hello", bytes(range(256)), MEGABYTES):
                with self.subTest(digest=digest, size=len(message)):
                    self.assertEqual(self.mac(message, "--digest", digest),
                                     hmac.new(KEY, message, digest).hexdigest() + "\n")
        self.assertEqual(self.mac(b"hello"), hmac.new(KEY, b"hello", "sha256").hexdigest() + "\n")

    def test_an_output_that_takes_nothing_is_one_line(self):
        self.assertEqual(onto_full_disk("mac", LAB_AUTHKEY="peekaboo"),
                         (1, b"11_09_hmac_auth: write output: No space left on device\n"))

    @unittest.skipUnless(OPENSSL, "there is no openssl")
    def test_beside_openssl(self):
        for digest in DIGESTS:
            name = OPENSSL_NAMES.get(digest, digest.upper())
            done = subprocess.run([OPENSSL, "mac", "-digest", name, "-macopt", "key:peekaboo",
                                   "-in", "-", "HMAC"], input=b"hello", stdout=subprocess.PIPE,
                                  check=True, timeout=LIMIT)
            self.assertEqual(self.mac(b"hello", "--digest", digest),
                             done.stdout.decode().lower())


if __name__ == "__main__":
    unittest.main()
