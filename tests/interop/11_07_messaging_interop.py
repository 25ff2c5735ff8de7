"""Recipe 11.7 and CPython's own multiprocessing.connection, each as server and as client.

    RECIPE_EXECUTABLE=… python3 11_07_messaging_interop.py
"""

import datetime
import json
import os
import pickle
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from contextlib import contextmanager
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener

import recipe
from recipe import EXECUTABLE, LIMIT, onto_full_disk

KEY = b'peekaboo'
OLD = sys.version_info < (3, 12)  # knows HMAC-MD5 only
MD5 = ['--allow-md5'] if OLD else []

if hasattr(sys, 'set_int_max_str_digits'):
    sys.set_int_max_str_digits(0)  # for the messages of failed assertions

shared = ['shared']
OBJECTS = [
    None, True, False, 0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**63 - 1,
    2**63, -2**63, -2**63 - 1, 2**64, 10**100, -10**100, 2**2039, -2**2039, 2**2040, 2**20000, -2**20000,
    0.0, -0.0, 1.5, 0.1, 5e-324, 1.7976931348623157e308, float('inf'), float('-inf'),
    '', 'a', 'é', '日本語', '\0', '\ud800', '\U0001f600', 'x' * 255, 'x' * 256, 'é' * 70000,
    b'', b'\0\xff', b'x' * 255, b'x' * 256, b'x' * 70000,
    [], [1], [[]], [1, [2, [3]]], list(range(3000)), (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((), ()),
    {}, {'a': 1}, {1: 'one', 2.5: None, (1, 2): [3], True: False}, {str(i): i for i in range(3000)},
    set(), {1}, {1, 'a', (2, 3), b'x'}, set(range(3000)), frozenset(), frozenset({1, frozenset({2})}),
    [shared, shared, (shared, shared)], {'key': 'key'},
]
MEGABYTES = ['x' * 1000000, b'\xff' * 1000000, list(range(300000)), [str(i) for i in range(100000)],
             {i: (i, [float(i)]) for i in range(30000)}]


RAN = os.path.join(tempfile.gettempdir(), 'messaging-interop-ran-%d' % os.getpid())


class Dangerous:
    def __reduce__(self):
        return os.system, ('touch ' + RAN,)


REFUSED = [Dangerous(), bytearray(b'x'), 1j, datetime.date(2024, 1, 1), ValueError('x'), range(3), len, int]


def server(*arguments, md5=MD5, **options):
    """recipe.server() with the key."""
    return recipe.server(*md5, *arguments, LAB_AUTHKEY=KEY.decode(), **options)


def client(*arguments, md5=MD5, key=KEY, text=''):
    """recipe.client() with the key, for text."""
    status, output, errors = recipe.client(*md5, *arguments, stdin=text.encode(),
                                           LAB_AUTHKEY=key.decode())
    return status, output.decode(), errors.decode()


@contextmanager
def conversation(*arguments, **options):
    """The connection of a Python client to a server of ours."""
    with server(*arguments, **options) as (_, address), Client(address, authkey=KEY) as connection:
        yield connection


def echo(connection):
    """The original's."""
    while True:
        connection.send(connection.recv())


@contextmanager
def python_server(address=('127.0.0.1', 0), family=None, talk=echo):
    """A Python listener that has talk() with one client: the options that lead ours to it."""
    def serve():
        try:
            with listener.accept() as connection:
                talk(connection)
        except (EOFError, AuthenticationError, OSError):
            pass

    with Listener(address, family, authkey=KEY) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            if isinstance(listener.address, tuple):
                yield ['--host', listener.address[0], '--port', str(listener.address[1])]
            else:
                yield ['--unix', os.fsdecode(listener.address).replace('\0', '@')]
        finally:
            thread.join(LIMIT)


class Case(unittest.TestCase):
    """A case with a path of its own for a UNIX socket."""

    def setUp(self):
        folder = tempfile.mkdtemp(prefix='messaging-')
        self.addCleanup(shutil.rmtree, folder)
        self.path = os.path.join(folder, 'socket')


def as_json(value):
    """The convention of json.hpp."""
    if isinstance(value, bytes):
        return {'bytes': value.hex()}
    if isinstance(value, (tuple, set, frozenset)):
        return {type(value).__name__: [as_json(item) for item in value]}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: as_json(item) for key, item in value.items()}
        return {'dict': [[as_json(key), as_json(item)] for key, item in value.items()]}
    if isinstance(value, float) and value in (float('inf'), float('-inf')):
        return {'float': str(value)}
    return value


class PythonClient(Case):
    def reply_to(self, connection, value):
        connection.send(value)
        return connection.recv()

    def assert_echo(self, connection, value):
        reply = self.reply_to(connection, value)
        self.assertIs(type(reply), type(value))
        self.assertTrue(reply == value, repr(value)[:100])

    def test_the_originals_client(self):
        with conversation() as c:
            c.send('hello')
            self.assertEqual(c.recv(), 'hello')
            c.send([1, 2, 3, 4, 5])
            self.assertEqual(c.recv(), [1, 2, 3, 4, 5])

    def test_objects_of_every_kind(self):
        for place in ([], ['--unix', self.path], ['--unix', '@messaging-%d' % os.getpid()]):
            with self.subTest(place=place), conversation(*place) as connection:
                for value in OBJECTS:
                    self.assert_echo(connection, value)
                self.assert_echo(connection, OBJECTS)
                self.assertEqual(repr(self.reply_to(connection, -0.0)), '-0.0')

    def test_ipv6(self):
        with server('--host', '::1') as (_, address):
            with socket.create_connection(address) as raw:
                self.assertIn(b'#CHALLENGE#{sha256}', raw.recv(100))

    def test_megabytes_of_every_kind(self):
        with conversation() as connection:
            for value in MEGABYTES:
                self.assert_echo(connection, value)

    def test_every_protocol(self):
        with conversation() as connection:
            for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
                for value in OBJECTS + MEGABYTES:
                    connection.send_bytes(pickle.dumps(value, protocol))
                    self.assertTrue(connection.recv() == value, repr(value)[:100])

    def test_depth(self):
        depth = 100000
        with conversation() as connection:
            connection.send_bytes(b'\x80\x04' + depth * b']' + (depth - 1) * b'a' + b'.')
            reply = connection.recv()
            for _ in range(depth - 1):
                reply, = reply
            self.assertEqual(reply, [])

    def test_shared_objects_stay_shared(self):
        with conversation() as connection:
            reply = self.reply_to(connection, [shared, shared])
            self.assertIs(reply[0], reply[1])

    def test_what_would_run_code_is_refused(self):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            for value in REFUSED:
                with tempfile.TemporaryFile() as log:
                    with conversation(log=log) as connection:
                        connection.send_bytes(pickle.dumps(value, protocol))
                        self.assertRaises(EOFError, connection.recv)
                    self.assertIn('pickle refused: opcode ', recipe.read_log(log))

    def test_objects_that_contain_themselves_are_refused(self):
        loop = []
        loop.append(loop)
        with conversation() as connection:
            connection.send(loop)
            self.assertRaises(EOFError, connection.recv)

    def test_bytes_and_json(self):
        with conversation('--codec', 'bytes') as connection:
            for message in (b'', b'\0', b'x' * 16384, b'x' * 16385, b'x' * 1000000):
                connection.send_bytes(message)
                self.assertEqual(connection.recv_bytes(), message)
        with conversation('--codec', 'json') as connection:
            connection.send_bytes(json.dumps({'a': [1, None, 'é']}).encode())
            self.assertEqual(json.loads(connection.recv_bytes().decode()), {'a': [1, None, 'é']})

    def test_wrong_key(self):
        with server() as (_, address):
            self.assertRaises(AuthenticationError, Client, address, authkey=b'wrong')
            with Client(address, authkey=KEY) as connection:
                self.assert_echo(connection, 'still there')

    def test_md5_only_where_it_is_allowed(self):
        with server(md5=[]) as (_, address):
            if OLD:
                self.assertRaises(AuthenticationError, Client, address, authkey=KEY)
            else:
                with Client(address, authkey=KEY) as connection:
                    self.assert_echo(connection, 'no MD5 needed')

    def test_silent_peers_keep_nobody_waiting(self):
        with server() as (_, address):
            silent = [socket.create_connection(address) for _ in range(20)]
            begin = time.monotonic()
            with Client(address, authkey=KEY) as connection:
                self.assert_echo(connection, 'the 21st')
            self.assertLess(time.monotonic() - begin, 4)
            for peer in silent:
                peer.close()

    def test_peers_killed_in_the_middle_of_a_message(self):
        with server() as (process, address):
            for _ in range(5):
                connection = Client(address, authkey=KEY)
                os.write(connection.fileno(), struct.pack('!i', 1000) + b'half')
                with socket.socket(fileno=os.dup(connection.fileno())) as raw:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                connection.close()
            with Client(address, authkey=KEY) as connection:
                self.assert_echo(connection, 'still there')
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(LIMIT), 0)

    def test_many_clients_at_once(self):
        def talk():
            with Client(address, authkey=KEY) as connection:
                for i in range(100):
                    self.assert_echo(connection, [i] * i)
            done.append(1)

        done = []
        with server() as (_, address):
            threads = [threading.Thread(target=talk) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(LIMIT)
        self.assertEqual(len(done), 16)

    def test_the_socket_file_of_a_killed_server_is_replaced(self):
        with server('--unix', self.path) as (process, _):
            process.kill()
            process.wait(LIMIT)
        self.assertTrue(os.path.exists(self.path))
        with server('--unix', self.path) as (_, address):
            with Client(address, authkey=KEY) as connection:
                self.assert_echo(connection, 1)
            other = subprocess.run([EXECUTABLE, 'server', '--unix', self.path], timeout=LIMIT,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={**os.environ, 'LAB_AUTHKEY': 'another'})
            self.assertEqual(other.returncode, 1)
            self.assertIn(b'Address already in use', other.stderr)
        self.assertFalse(os.path.exists(self.path))


class PythonServer(Case):
    def without_order(self, value, text):
        """What a line of JSON says of a value; a set's items may come in any order."""
        content = json.loads(text)
        if isinstance(value, (set, frozenset)):
            (kind, items), = content.items()
            return kind, sorted(json.dumps(item) for item in items)
        return content

    def test_objects_of_every_kind(self):
        # Our JSON has no lone surrogates, and no integers of more than 4,300 digits.
        sent = [value for value in OBJECTS
                if value != '\ud800' and not (isinstance(value, int) and abs(value) >= 10**4300)]
        lines = [json.dumps(as_json(value)) for value in sent]
        for place in ((('127.0.0.1', 0), None), (('::1', 0), 'AF_INET6'), (self.path, 'AF_UNIX'),
                      ('\0messaging-python-%d' % os.getpid(), 'AF_UNIX')):
            with self.subTest(place=place):
                with python_server(*place) as where:
                    status, output, errors = client(*where, text='\n'.join(lines))
                self.assertEqual((status, errors), (0, ''))
                replies = output.splitlines()
                self.assertEqual(len(replies), len(lines))
                for value, line, reply in zip(sent, lines, replies):
                    self.assertEqual(self.without_order(value, reply),
                                     self.without_order(value, line))

    def test_a_megabyte(self):
        text = json.dumps('x' * 1000000)
        with python_server() as where:
            self.assertEqual(client(*where, text=text), (0, text + '\n', ''))

    @unittest.skipUnless(os.path.exists('/dev/full'), 'there is no /dev/full')
    def test_a_reply_that_cannot_be_printed_is_an_error(self):
        with python_server() as where:
            self.assertEqual(
                onto_full_disk('client', *MD5, *where, '1', LAB_AUTHKEY=KEY.decode()),
                (1, b'11_07_messaging: write output: No space left on device\n'))

    def test_wrong_key(self):
        with python_server() as where:
            status, output, errors = client(*where, '1', key=b'wrong')
        self.assertEqual((status, output), (1, ''))
        self.assertRegex(errors, r'\A11_07_messaging: authenticate with 127\.0\.0\.1:\d+: '
                                 r'the peer refused our key\n\Z')

    def test_md5_only_where_it_is_allowed(self):
        with python_server() as where:
            status, output, errors = client(*where, '1', md5=[])
        if OLD:
            self.assertEqual((status, output), (1, ''))
            self.assertIn('HMAC-MD5', errors)
        else:
            self.assertEqual((status, output, errors), (0, '1\n', ''))

    def test_a_server_that_sends_a_dangerous_object(self):
        def talk(connection):
            connection.recv()
            connection.send(Dangerous())

        with python_server(talk=talk) as where:
            status, output, errors = client(*where, '1')
        self.assertEqual((status, output), (1, ''))
        self.assertIn('pickle refused: opcode STACK_GLOBAL', errors)
        self.assertFalse(os.path.exists(RAN))

    def test_a_server_that_says_nothing(self):
        def talk(connection):
            connection.recv()
            connection.recv()

        with python_server(talk=talk) as where:
            status, output, errors = client(*where, '--timeout', '0.1', '1')
        self.assertEqual((status, output), (1, ''))
        self.assertRegex(errors, r'\A11_07_messaging: receive from 127\.0\.0\.1:\d+: '
                                 r'Connection timed out\n\Z')

    def test_another_kind_of_server(self):
        def serve():
            peer, _ = listener.accept()
            with peer:
                peer.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n')
                peer.recv(1)

        with socket.create_server(('127.0.0.1', 0)) as listener:
            thread = threading.Thread(target=serve)
            thread.start()
            status, _, errors = client('--port', str(listener.getsockname()[1]), '1')
            thread.join(LIMIT)
        self.assertEqual(status, 1)
        self.assertRegex(errors, r'\A11_07_messaging: authenticate with [^\n]+\n\Z')


if __name__ == '__main__':
    unittest.main()
