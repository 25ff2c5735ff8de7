"""Recipe 11.10 beside CPython's ssl, both ways, and OpenSSL's own programs; and what each says of
each failure. Python 3.8 and newer."""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
from contextlib import contextmanager

import recipe
from recipe import EXECUTABLE, LIMIT

MEGABYTES = bytes(range(256)) * (4 * 4096)
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
OPENSSL = shutil.which("openssl")
FOLDER = tempfile.TemporaryDirectory()


def setUpModule():
    subprocess.run([EXECUTABLE, "client", "make-certs", FOLDER.name], check=True, timeout=LIMIT)


def tearDownModule():
    FOLDER.cleanup()


def file(name):
    return os.path.join(FOLDER.name, name)


def certificate(name):
    """The options that show a certificate."""
    return ["--cert", file(name + ".pem"), "--key", file(name + ".key")]


MUTUAL = ["--client-ca", file("ca.pem")]


@contextmanager
def server(name="good", *arguments):
    """Our server with a certificate: the process, its address, and a function that returns its log
    once a regular expression is found there."""
    with tempfile.TemporaryFile() as log:
        def logged(expression):
            deadline = time.monotonic() + LIMIT
            while True:
                text = recipe.read_log(log)
                if re.search(expression, text) or time.monotonic() > deadline:
                    return text
                time.sleep(0.01)

        with recipe.server(*certificate(name), *arguments, log=log) as (process, address):
            yield process, address, logged


def client(address, *arguments, message="hello", cacert="ca.pem", **options):
    """Our client: (exit status, stdout, stderr), as texts, but for times and the address."""
    host, port = address
    status, output, errors = recipe.client(
        "--host", host, "--port", str(port), "--message", message, "--cacert", file(cacert),
        *arguments, **options)
    return status, output.decode(), errors.decode().replace("%s:%d" % (host, port), "PEER")


def client_context(cafile="ca.pem", version=None, name=None):
    context = ssl.create_default_context(cafile=file(cafile))
    if version:
        context.minimum_version = context.maximum_version = version
    if name:
        context.load_cert_chain(file(name + ".pem"), file(name + ".key"))
    return context


def server_context(name="good", version=None, clients=False):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file(name + ".pem"), file(name + ".key"))
    if version:
        context.minimum_version = context.maximum_version = version
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(file("ca.pem"))
    return context


@contextmanager
def connection(address, context=None, name="localhost", **options):
    """A Python client's connection."""
    with socket.create_connection(address, timeout=LIMIT) as raw, \
            (context or client_context()).wrap_socket(raw, server_hostname=name, **options) as wrapped:
        yield wrapped


def receive(stream, size):
    data = b""
    while len(data) < size:
        part = stream.recv(65536)
        if not part:
            break
        data += part
    return data


def exchange(stream, data, piece=65536):
    """Sends data, receives as much, and ends in order. One piece after the other: Python before
    3.13 does not guard a connection that one thread reads from and another writes to."""
    received = b""
    for begin in range(0, len(data), piece):
        part = data[begin:begin + piece]
        stream.sendall(part)
        received += receive(stream, len(part))
    stream.unwrap().close()  # sends close_notify and waits for the peer's
    return received


def sslv2_hello(*version):
    """A ClientHello in SSLv2's form, which clients once offered later versions in, too."""
    return bytes([0x80, 46, 1, *version, 0, 21, 0, 0, 0, 16]) + b"x" * (21 + 16)


def echo(stream):
    """The original's echo, which ends in order: unwrap() is close_notify."""
    while True:
        data = stream.recv(8192)
        if not data:
            break
        stream.sendall(data)
    stream.unwrap()


def python_server(context, talk=echo, failures=None):
    """A Python server that accepts one connection after another: its address."""
    failures = [] if failures is None else failures

    def talk_over_tls(raw):
        try:
            with context.wrap_socket(raw, server_side=True) as stream:
                talk(stream)
        except (OSError, ssl.SSLError, ValueError) as failure:
            failures.append(failure)

    return recipe.accepting(talk_over_tls)


class PythonClients(unittest.TestCase):
    """Python's ssl with our server."""

    def test_echoes(self):
        for version in VERSIONS.values():
            for data in (b"hello", MEGABYTES):
                with self.subTest(version=version, size=len(data)), server() as (_, address, _), \
                        connection(address, client_context(version=version)) as stream:
                    self.assertEqual(exchange(stream, data), data)

    def test_ciphers_groups_and_compression(self):
        expected = {"1.2": "ECDHE-ECDSA-AES128-GCM-SHA256", "1.3": "TLS_AES_128_GCM_SHA256"}
        with server() as (_, address, _):
            for name, version in VERSIONS.items():
                with self.subTest(version=name), \
                        connection(address, client_context(version=version)) as stream:
                    self.assertEqual(stream.cipher()[0], expected[name])
                    self.assertIsNone(stream.compression())

    def test_minimal_version(self):
        with server("good", "--min-version", "1.3") as (_, address, logged):
            with self.assertRaisesRegex(ssl.SSLError, "alert protocol version"), \
                    connection(address, client_context(version=ssl.TLSVersion.TLSv1_2)):
                pass
            self.assertRegex(logged("handshake"), r"handshake with 127\.0\.0\.1:\d+: unsupported protocol\n")

    def test_client_certificates(self):
        for version in VERSIONS.values():
            with server("good", *MUTUAL) as (_, address, _), \
                    connection(address, client_context(version=version, name="client")) as stream:
                self.assertEqual(exchange(stream, b"hello"), b"hello")

    def test_resumption(self):
        for arguments, name in (((), None), (MUTUAL, "client")):
            for version in VERSIONS.values():
                context = client_context(version=version, name=name)
                with self.subTest(version=version, name=name), \
                        server("good", *arguments) as (_, address, _):
                    with connection(address, context) as stream:
                        stream.sendall(b"hello")
                        receive(stream, 5)  # the ticket came with it
                        session = stream.session
                    with connection(address, context, session=session) as stream:
                        self.assertTrue(stream.session_reused)
                        self.assertEqual(exchange(stream, b"again"), b"again")

    def test_alpn(self):
        with server("good", "--alpn", "h2,http/1.1") as (_, address, logged):
            for offered, chosen in ((["http/1.1", "h2"], "h2"), (["http/1.1"], "http/1.1"), ([], None)):
                context = client_context()
                if offered:
                    context.set_alpn_protocols(offered)
                with self.subTest(offered=offered), connection(address, context) as stream:
                    self.assertEqual(stream.selected_alpn_protocol(), chosen)
            context = client_context()
            context.set_alpn_protocols(["smtp"])
            with self.assertRaisesRegex(ssl.SSLError, "no application protocol"), \
                    connection(address, context):
                pass
            self.assertIn(": no application protocol\n", logged("no application"))

    def test_what_python_says_of_our_certificates(self):
        for name, words in (
                ("expired", "certificate has expired"), ("not-yet-valid", "is not yet valid"),
                ("wrong-host", "Hostname mismatch, certificate is not valid for 'localhost'"),
                ("self-signed", "self.signed certificate"),
                ("incomplete", "unable to get local issuer certificate"),
                ("client", "Hostname mismatch|unsupported certificate purpose|unsuitable certificate purpose")):
            with self.subTest(name), server(name) as (_, address, _), \
                    self.assertRaisesRegex(ssl.SSLCertVerificationError, words), connection(address):
                pass

    def test_a_client_that_does_not_end_in_order(self):
        with server() as (_, address, logged):
            with connection(address) as stream:
                stream.sendall(b"hello")
                receive(stream, 5)
            self.assertRegex(logged("truncated"),
                             r"warning [^\n]*receive from 127\.0\.0\.1:\d+: stream truncated\n")

    def test_goodbye_to_all_at_the_end(self):
        with server() as (process, address, _):
            raw = socket.create_connection(address, timeout=LIMIT)
            # Otherwise Python takes any end for one in order.
            with client_context().wrap_socket(raw, server_hostname="localhost",
                                              suppress_ragged_eofs=False) as stream:
                stream.sendall(b"hello")
                receive(stream, 5)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(stream.recv(100), b"")
                stream.unwrap().close()
            self.assertEqual(process.wait(timeout=LIMIT), 0)

    def test_a_new_certificate_at_a_hangup(self):
        for name in ("good", "expired"):
            for ending in (".pem", ".key"):
                shutil.copy(file(name + ending), file(("renewed-" + name) + ending))
        with server("renewed-good") as (process, address, logged), connection(address) as running:
            for ending in (".pem", ".key"):
                os.replace(file("renewed-expired" + ending), file("renewed-good" + ending))
            process.send_signal(signal.SIGHUP)
            self.assertRegex(logged("reloaded"), r"info reloaded [^\n]*renewed-good\.pem\n")
            with self.assertRaisesRegex(ssl.SSLCertVerificationError, "expired"), connection(address):
                pass
            self.assertEqual(exchange(running, b"hello"), b"hello")

    def test_a_hangup_while_the_last_connections_end(self):
        with server("good", "--drain", str(LIMIT)) as (process, address, logged):
            with connection(address) as unread:
                unread.setblocking(False)
                with self.assertRaises(ssl.SSLWantWriteError):  # the server waits to send, too
                    while True:
                        unread.send(MEGABYTES)
                process.send_signal(signal.SIGTERM)
                with self.assertRaises(ConnectionError):  # refused, or reset in the backlog
                    while True:
                        socket.create_connection(address, timeout=LIMIT).close()
                process.send_signal(signal.SIGHUP)
                self.assertRegex(logged("reloaded"), r"info reloaded [^\n]*good\.pem\n")
            self.assertEqual(process.wait(timeout=LIMIT), 0)


class PythonServers(unittest.TestCase):
    """Our client with Python's ssl."""

    def test_echoes(self):
        for name, version in VERSIONS.items():
            with self.subTest(version=name), python_server(server_context(version=version)) as address:
                status, output, errors = client(address, "--name", "localhost", "--info")
                self.assertEqual((status, output), (0, "hello"), errors)
                self.assertEqual(json.loads(errors), {
                    "version": "TLSv" + name, "alpn": None, "resumed": False,
                    "cipher": {"1.2": "ECDHE-ECDSA-AES256-GCM-SHA384",
                               "1.3": "TLS_AES_256_GCM_SHA384"}[name]})
                status, output, errors = recipe.client(
                    "--port", str(address[1]), "--cacert", file("ca.pem"), stdin=MEGABYTES)
                self.assertEqual((status, errors), (0, b""))
                self.assertEqual(output, MEGABYTES)

    def test_the_info_line_to_the_letter(self):
        with server() as (_, address, _):
            self.assertEqual(client(address, "--info")[2],
                             '{"version": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256", '
                             '"alpn": null, "resumed": false}\n')

    def test_server_name(self):
        names = []
        context = server_context()
        context.sni_callback = lambda stream, name, context: names.append(name)
        with python_server(context) as address:
            for name in ("localhost", "127.0.0.1", "::1"):
                self.assertEqual(client(address, "--name", name), (0, "hello", ""))
        self.assertEqual(names, ["localhost", None, None])

    def test_client_certificates(self):
        for version in VERSIONS.values():
            failures = []
            context = server_context(version=version, clients=True)
            with self.subTest(version=version), \
                    python_server(context, failures=failures) as address:
                self.assertEqual(client(address, *certificate("client")), (0, "hello", ""))
                status, output, errors = client(address)
                self.assertEqual((status, output), (1, ""))
                self.assertRegex(errors, r"\A11_10_tls: handshake with PEER: (tlsv13 alert "
                                         r"certificate required|sslv3 alert handshake failure)\n\Z")
            self.assertIn("peer did not return a certificate", str(failures[0]))

    def test_resumption(self):
        for version in VERSIONS.values():
            session = file("session-%d" % version)
            context = server_context(version=version)
            with self.subTest(version=version), python_server(context) as address:
                for resumed in (False, True):
                    status, _, errors = client(address, "--session", session, "--info")
                    self.assertEqual((status, json.loads(errors)["resumed"]), (0, resumed))
                self.assertEqual(os.stat(session).st_mode & 0o777, 0o600)
                for useless in ("garbage", ""):
                    with open(session, "w") as stream:
                        stream.write(useless)
                    status, _, errors = client(address, "--session", session, "--info")
                    self.assertEqual((status, json.loads(errors)["resumed"]), (0, False))

    def test_alpn(self):
        context = server_context()
        context.set_alpn_protocols(["http/1.1", "h2"])
        with python_server(context) as address:
            errors = client(address, "--alpn", "h2,http/1.1", "--info")[2]
            self.assertEqual(json.loads(errors)["alpn"], "http/1.1")

    def test_a_server_that_does_not_end_in_order(self):
        def send_and_vanish(stream):
            stream.sendall(b"half of it")
            while stream.recv(100):  # to the client's close_notify
                pass

        with python_server(server_context(), send_and_vanish) as address:
            status, output, errors = client(address)
            self.assertEqual((status, output, errors), (1, "half of it",  "11_10_tls: receive from PEER: stream truncated\n"))

    def test_a_server_that_is_silent(self):
        given_up = threading.Event()
        with python_server(server_context(), lambda stream: given_up.wait(LIMIT)) as address:
            outcome = client(address, "--timeout", "0.5")
            given_up.set()
        self.assertEqual(outcome, (1, "", "11_10_tls: PEER was silent for too long\n"))

    def test_nothing_is_sent_to_a_server_that_is_not_trusted(self):
        received = []
        with python_server(server_context("self-signed"),
                           lambda stream: received.append(stream.recv(100))) as address:
            self.assertEqual(client(address)[0], 1)
        self.assertEqual(received, [])

    def test_insecure(self):
        with python_server(server_context("expired")) as address:
            status, output, errors = client(address, "--insecure")
            self.assertEqual((status, output), (0, "hello"))
            self.assertRegex(errors, r"\A[^\n]*warning --insecure[^\n]*\n\Z")


class Messages(unittest.TestCase):
    """Each line of the page's index of error messages that our programs say."""

    def assert_refused(self, address, reason, *arguments, **options):
        status, output, errors = client(address, *arguments, **options)
        self.assertEqual((status, output, errors),
                         (1, "", "11_10_tls: handshake with PEER: %s\n" % reason))

    def test_certificates(self):
        failed = "certificate verify failed: "
        for name, arguments, reason, alert in (
                ("expired", (), "certificate has expired", "sslv3 alert certificate expired"),
                ("not-yet-valid", (), "certificate is not yet valid", "sslv3 alert bad certificate"),
                ("wrong-host", ("--name", "localhost"), "hostname mismatch", "sslv3 alert bad certificate"),
                ("wrong-host", (), "IP address mismatch", "sslv3 alert bad certificate"),
                ("self-signed", (), "self-signed certificate", "tlsv1 alert unknown ca"),
                ("incomplete", (), "unable to get local issuer certificate", "tlsv1 alert unknown ca"),
                ("client", ("--name", "localhost"), "unsuitable certificate purpose",
                 "sslv3 alert unsupported certificate")):
            with self.subTest(name), server(name) as (_, address, logged):
                self.assert_refused(address, failed + reason, *arguments)
                self.assertRegex(logged("handshake"), r"handshake with 127\.0\.0\.1:\d+: %s\n" % alert)
        with server() as (_, address, logged):
            self.assert_refused(address, failed + "unable to get local issuer certificate",
                                cacert="other-ca.pem")
            self.assertIn("tlsv1 alert unknown ca", logged("handshake"))
            status, _, errors = recipe.client("--port", str(address[1]), "--message", "hello",
                                              SSL_CERT_FILE="/dev/null", SSL_CERT_DIR="/nonexistent")
            self.assertEqual(status, 1)
            self.assertIn(b"unable to get local issuer certificate", errors)

    def test_client_certificates(self):
        for name, told, logs in (
                ("client-expired", "sslv3 alert certificate expired", "certificate has expired"),
                ("good", "sslv3 alert unsupported certificate", "unsuitable certificate purpose"),
                ("self-signed", "tlsv1 alert unknown ca", "self-signed certificate")):
            with self.subTest(name), server("good", *MUTUAL) as (_, address, logged):
                self.assert_refused(address, told, *certificate(name))
                self.assertIn(": certificate verify failed: %s\n" % logs, logged("handshake"))
        with server("good", *MUTUAL) as (_, address, logged):
            self.assert_refused(address, "tlsv13 alert certificate required")
            self.assertIn(": peer did not return a certificate\n", logged("handshake"))
        with server("good", *MUTUAL, "--client-auth", "optional") as (_, address, _):
            self.assertEqual(client(address), (0, "hello", ""))

    def test_peers_that_speak_no_tls(self):
        for first, reason in ((b"HTTP/1.1 400 Bad Request\r\n\r\n", "wrong version number"),
                              (b"220 mail.example.com ESMTP\r\n", "wrong version number"),
                              (b"", "stream truncated")):
            with self.subTest(first), socket.create_server(("127.0.0.1", 0)) as listener:
                def reply():
                    with listener.accept()[0] as peer:
                        peer.sendall(first)
                        peer.shutdown(socket.SHUT_WR)
                        while peer.recv(65536):
                            pass

                thread = threading.Thread(target=reply)
                thread.start()
                self.assert_refused(listener.getsockname(), reason)
                thread.join()

    def test_a_server_that_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.assert_refused(listener.getsockname(), "Connection timed out",
                                "--handshake-time", "0.2")

    def test_clients_that_speak_no_tls(self):
        for first, reason in (
                (b"GET / HTTP/1.0\r\n\r\n", "http request"),
                (b"CONNECT localhost:443 HTTP/1.1\r\n\r\n", "https proxy request"),
                (b"EHLO localhost\r\n", "wrong version number|packet length too long"),
                (b"\x16\x03\x03\xff\xff" + b"x" * 65535, "packet length too long"),
                (sslv2_hello(0, 2), "unknown protocol"),
                (sslv2_hello(3, 0), "version too low"),
                (sslv2_hello(3, 1), "unsupported protocol"),
                (b"\x80\x10\x01\x03\x01" + b"\0" * 13, "record length mismatch"),
                (b"", "stream truncated")):
            with self.subTest(first[:20]), server() as (_, address, logged):
                with socket.create_connection(address, timeout=LIMIT) as peer:
                    peer.sendall(first)
                    peer.shutdown(socket.SHUT_WR)
                    try:
                        while peer.recv(100):
                            pass
                    except ConnectionError:
                        pass
                self.assertRegex(logged("handshake"),
                                 r"warning [^\n]*handshake with 127\.0\.0\.1:\d+: (%s)\n" % reason)

    def test_resets(self):
        with server() as (_, address, logged):
            peer = socket.create_connection(address)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            peer.close()
            self.assertIn(": Connection reset by peer\n", logged("handshake"))

    def test_files(self):
        for arguments, line in (
                (("--cert", "/nonexistent", "--key", file("good.key")),
                 "read /nonexistent: No such file or directory"),
                (("--cert", file("good.pem"), "--key", "/nonexistent"),
                 "read /nonexistent: No such file or directory"),
                (("--cert", file("good.key"), "--key", file("good.key")),
                 file("good.key") + ": no certificate in PEM: no start line"),
                (("--cert", file("good.pem"), "--key", file("client.key")),
                 "%s: not the key of %s: key values mismatch" % (file("client.key"), file("good.pem"))),
                ((*certificate("good"), "--client-ca", file("good.key")),
                 file("good.key") + ": no certificate in PEM: no start line")):
            for side in ("server", "client"):
                if side == "client" and "--client-ca" in arguments:
                    continue
                done = subprocess.run([EXECUTABLE, side, "--port", "0", *arguments],
                                      capture_output=True, text=True, timeout=LIMIT)
                with self.subTest(line, side=side):
                    self.assertEqual((done.returncode, done.stdout, done.stderr),
                                     (1, "", "11_10_tls: %s\n" % line))

    def test_files_that_are_encrypted(self):
        encrypted = file("encrypted.pem")
        for kind, *arguments, expected in (
                ("SSL SESSION PARAMETERS", "--cacert", file("ca.pem"), "--session", encrypted,
                 (0, b"hello\n", b"")),
                ("CERTIFICATE", "--cacert", encrypted,
                 (1, b"", b"11_10_tls: %s: no certificate in PEM: bad password read\n" % encrypted.encode()))):
            with open(encrypted, "w") as stream:
                stream.write("-----BEGIN %s-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,%s\n\n"
                             "AAAA\n-----END %s-----\n" % (kind, "00" * 16, kind))
            with self.subTest(kind), server() as (_, (_, port), _):
                # Nobody is asked for a passphrase: stdin is the message.
                self.assertEqual(recipe.client("--port", str(port), *arguments, stdin=b"hello\n"), expected)

    def test_values_that_are_empty(self):
        for side, *arguments in (("server", "--alpn", ""), ("client", "--name", ""), ("client", "--session", "")):
            done = subprocess.run([EXECUTABLE, side, "--port", "0", *certificate("good"), *arguments],
                                  capture_output=True, text=True, timeout=LIMIT)
            with self.subTest(arguments, side=side):
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertRegex(done.stderr, r"\A11_10_tls: %s: [^\n]* empty \(see --help\)\n\Z"
                                 % arguments[0])

    def test_names_for_alpn(self):
        for side, names in (("server", "h2,,http/1.1"), ("client", ","), ("client", "h2,"),
                            ("server", "x" * 256), ("client", "h2," + "x" * 256)):
            done = subprocess.run([EXECUTABLE, side, "--port", "0", *certificate("good"), "--alpn", names],
                                  capture_output=True, text=True, timeout=LIMIT)
            with self.subTest(names, side=side):
                self.assertEqual((done.returncode, done.stdout, done.stderr),
                                 (2, "", "11_10_tls: --alpn: a protocol's name for ALPN has 1 to 255 bytes "
                                         "(see --help)\n"))


def openssl(*arguments, stdin=b"", **options):
    """Runs openssl to its end: stdout and stderr together."""
    done = subprocess.run([OPENSSL, *arguments], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT, **options)
    return done.stdout.decode(errors="replace")


def s_client(address, *arguments, stdin=b""):
    return openssl("s_client", "-connect", "%s:%d" % address, "-CAfile", file("ca.pem"),
                   "-servername", "localhost", "-verify_return_error", *arguments, stdin=stdin)


@contextmanager
def s_server(*arguments, name="good"):
    """openssl s_server: its address, and a function that returns its output."""
    process = subprocess.Popen(
        [OPENSSL, "s_server", "-accept", "127.0.0.1:0", "-cert", file(name + ".pem"), "-cert_chain",
         file(name + ".pem"), "-key", file(name + ".key"), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        line = b""
        while not line.startswith(b"ACCEPT "):
            line = process.stdout.readline()
        host, _, port = line.decode().split()[1].rpartition(":")
        yield host, int(port)
    finally:
        process.kill()
        process.communicate()


@unittest.skipUnless(OPENSSL, "there is no openssl")
class OpenSsl(unittest.TestCase):
    """OpenSSL's own programs."""

    def test_the_certificates_are_strict(self):
        for name, purpose in (("good", "sslserver"), ("client", "sslclient"), ("wrong-host", "sslserver")):
            output = openssl("verify", "-x509_strict", "-purpose", purpose, "-CAfile", file("ca.pem"),
                             "-untrusted", file(name + ".pem"), file(name + ".pem"))
            self.assertIn(": OK", output)
        for name, reason in (("expired", "has expired"), ("not-yet-valid", "not yet valid"),
                             ("self-signed", "self-signed certificate"),
                             ("client-expired", "has expired")):
            output = openssl("verify", "-x509_strict", "-CAfile", file("ca.pem"), "-untrusted",
                             file(name + ".pem"), file(name + ".pem"))
            self.assertIn(reason, output)
        text = openssl("x509", "-in", file("good.pem"), "-noout", "-text")
        for part in ("Basic Constraints: critical", "Key Usage: critical", "Subject Key Identifier",
                     "Authority Key Identifier", "TLS Web Server Authentication", "NIST CURVE: P-256",
                     "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"):
            self.assertIn(part, text)

    def test_resumption_with_a_client_certificate(self):
        session = file("s_client-session")
        with server("good", *MUTUAL) as (_, address, _):
            for version in ("-tls1_2", "-tls1_3"):
                mutual = (version, "-cert", file("client.pem"), "-key", file("client.key"),
                          "-cert_chain", file("client.pem"), "-ign_eof")
                for option, word in (("-sess_out", "New, TLSv"), ("-sess_in", "Reused, TLSv")):
                    process = subprocess.Popen(
                        [OPENSSL, "s_client", "-connect", "%s:%d" % address, "-CAfile", file("ca.pem"),
                         *mutual, option, session],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                    process.stdin.write(b"hello\n")  # the ticket comes with its echo
                    process.stdin.flush()
                    output = b""
                    while not output.endswith(b"hello\n"):
                        line = process.stdout.readline()
                        self.assertTrue(line, output)
                        output += line
                    process.kill()
                    process.communicate()
                    with self.subTest(version=version, option=option):
                        self.assertIn(word, output.decode())

    def test_no_renegotiation(self):
        with server() as (_, address, _):
            output = s_client(address, "-tls1_2", stdin=b"R\n")
            self.assertIn("no renegotiation", output)

    def test_nothing_old_and_nothing_weak(self):
        with server() as (_, address, logged):
            for arguments, told, logs in (
                    (("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), "alert protocol version", "unsupported protocol"),
                    (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"), "alert handshake failure", "no shared cipher"),
                    (("-tls1_2", "-cipher", "AES128-GCM-SHA256"), "alert handshake failure", "no shared cipher"),
                    (("-tls1_3", "-sigalgs", "RSA-PSS+SHA256"), "alert handshake failure", "no suitable signature algorithm"),
                    (("-tls1_3", "-groups", "P-521"), "alert handshake failure", "no suitable key share")):
                with self.subTest(arguments):
                    self.assertIn(told, s_client(address, *arguments))
                    self.assertIn(": %s\n" % logs, logged(logs))

    def test_the_servers_order_and_chacha(self):
        with server() as (_, address, _):
            for offered, chosen in (
                    ("TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
                    ("TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256")):
                self.assertIn("Cipher is " + chosen, s_client(address, "-ciphersuites", offered))

    def test_our_client_with_s_server(self):
        for version in ("-tls1_2", "-tls1_3"):
            with s_server(version, "-rev") as address:
                self.assertEqual(client(address, message="hello\n"), (0, "olleh\n", ""))

    def test_unknown_name(self):
        with s_server("-servername", "other", "-servername_fatal", "-cert2", file("good.pem"), "-key2",
                      file("good.key")) as address:
            status, _, errors = client(address, "--name", "localhost")
            self.assertEqual((status, errors),
                             (1, "11_10_tls: handshake with PEER: tlsv1 unrecognized name\n"))

    def test_old_and_weak_servers(self):
        for arguments, line in (
                (("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), "unsupported protocol|tlsv1 alert protocol version"),
                (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"), "sslv3 alert handshake failure")):
            with self.subTest(arguments), s_server(*arguments) as address:
                status, _, errors = client(address)
                self.assertEqual(status, 1)
                self.assertRegex(errors, r"\A11_10_tls: handshake with PEER: (%s)\n\Z" % line)

    def strict(self, extensions, reason):
        """Our client's words on a certificate that an authority with these extensions has signed."""
        with open(file("strict.cnf"), "w") as configuration:
            configuration.write("[req]\ndistinguished_name=dn\n[dn]\n" + extensions)
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", *key, "-config", file("strict.cnf"), "-extensions", "ca", "-subj",
                "/CN=strict", "-keyout", file("strict-ca.key"), "-out", file("strict-ca.pem"))
        openssl("req", *key, "-config", file("strict.cnf"), "-subj", "/CN=leaf", "-keyout",
                file("strict.key"), "-out", file("strict.csr"))
        openssl("x509", "-req", "-in", file("strict.csr"), "-CA", file("strict-ca.pem"), "-CAkey",
                file("strict-ca.key"), "-extfile", file("strict.cnf"), "-extensions", "leaf", "-out",
                file("strict.pem"))
        with server("strict") as (_, address, logged):
            status, _, errors = client(address, cacert="strict-ca.pem")
            self.assertEqual((status, errors), (1, "11_10_tls: handshake with PEER: certificate "
                                                   "verify failed: %s\n" % reason))
            self.assertIn("sslv3 alert certificate unknown", logged("handshake"))

    def test_strict_certificates(self):
        leaf = "[leaf]\nsubjectAltName=IP:127.0.0.1\nsubjectKeyIdentifier=hash\n"
        keyed = leaf + "authorityKeyIdentifier=keyid\n"
        ca = ("[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
              "subjectKeyIdentifier=hash\n")
        for extensions, reason in (
                (ca + leaf + "authorityKeyIdentifier=none\n", "Missing Authority Key Identifier"),
                (ca.replace("=hash", "=none") + leaf + "2.5.29.35=DER:3006800401020304\n",
                 "Missing Subject Key Identifier"),
                (ca.replace("basicConstraints=critical,", "basicConstraints=") + keyed,
                 "Basic Constraints of CA cert not marked critical"),
                (ca.replace("keyUsage=critical,keyCertSign\n", "") + keyed,
                 "CA cert does not include key usage extension")):
            with self.subTest(reason):
                self.strict(extensions, reason)


if __name__ == "__main__":
    unittest.main()
