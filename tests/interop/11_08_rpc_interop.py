"""Recipe 11.8 and the Python original's RPCHandler and RPCProxy, each as server and as client.

    RECIPE_EXECUTABLE=… python3 11_08_rpc_interop.py
"""

import builtins
import importlib
import itertools
import json
import os
import pickle
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
from recipe import LIMIT

try:
    import zmq
except ImportError:  # Debian's python3-zmq is for the system's Python
    zmq = None

original = importlib.import_module('11_08_rpc_original')
RPCHandler, RPCProxy = original.RPCHandler, original.RPCProxy

KEY = b'peekaboo'
OLD = sys.version_info < (3, 12)  # knows HMAC-MD5 only
MD5 = ['--allow-md5'] if OLD else []
# JSON-RPC, whose responses need not come in the order of the calls.
ADD = json.dumps({'jsonrpc': '2.0', 'method': 'add', 'params': [1, 1], 'id': 1}).encode()


# --- The same in other forms ------------------------------------------------------------------------

class OldPickleProxy(RPCProxy):
    """With protocol 2, which Python 2 would use."""
    def __getattr__(self, name):
        def do_rpc(*args, **kwargs):
            self._connection.send_bytes(
                pickle.dumps(pickle.dumps((name, args, kwargs), 2), 2))
            result = pickle.loads(self._connection.recv())
            if isinstance(result, Exception):
                raise result
            return result
        return do_rpc


class TupleProxy(RPCProxy):
    """Sends the tuple itself."""
    def __getattr__(self, name):
        def do_rpc(*args, **kwargs):
            self._connection.send((name, args, kwargs))
            result = self._connection.recv()
            if isinstance(result, Exception):
                raise result
            return result
        return do_rpc


class TupleHandler(RPCHandler):
    def handle_connection(self, connection):
        try:
            while True:
                func_name, args, kwargs = connection.recv()
                try:
                    connection.send(self._functions[func_name](*args, **kwargs))
                except Exception as e:
                    connection.send(e)
        except EOFError:
            pass


PROXIES = [RPCProxy, OldPickleProxy, TupleProxy]


class My(Exception):
    pass


# What Python's own functions of these signatures say.
def add(x, y):
    return x + y


def sub(x, y):
    return x - y


def divide(x, y):
    return x / y


def echo(value):
    return value


def get_data():
    return ['hello', 5]


def raise_(name, *args):
    raise {'My': My, **vars(builtins)}[name](*args)


def with_note():
    error = ValueError('noted')
    error.attribute = {'any': ['thing', KeyError(1)]}
    if hasattr(error, 'add_note'):
        error.add_note('a note')
    raise error


def decode():
    b'\xff'.decode()


def parse():
    json.loads('{')


def group():
    raise ExceptionGroup('two', [ValueError('a'), ExceptionGroup('one', [KeyError(1)])])


def within():
    return [ValueError('x')]


FUNCTIONS = [add, sub, divide, echo, get_data, raise_, with_note, decode, parse, within]
if sys.version_info >= (3, 11):
    FUNCTIONS.append(group)


def server(*arguments, **options):
    return recipe.server(*MD5, *arguments, LAB_AUTHKEY=KEY.decode(), **options)


def client(*arguments, text=''):
    status, output, errors = recipe.client(*MD5, *arguments, stdin=text.encode(),
                                           LAB_AUTHKEY=KEY.decode())
    return status, output.decode(), errors.decode()


@contextmanager
def proxy(kind=RPCProxy, *arguments):
    """The original's proxy, connected to a server of ours."""
    with server(*arguments) as (_, address), Client(address, authkey=KEY) as connection:
        yield kind(connection)


@contextmanager
def python_server(kind=RPCHandler):
    """The original's handler behind a Python listener: the options that lead our client to it."""
    def serve():
        try:
            with listener.accept() as connection:
                handler.handle_connection(connection)
        except (EOFError, AuthenticationError, OSError):
            pass

    handler = kind()
    for function in FUNCTIONS:
        handler.register_function(function)
    with Listener(('127.0.0.1', 0), authkey=KEY) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield ['--port', str(listener.address[1])]
        finally:
            thread.join(LIMIT)


class PythonClient(unittest.TestCase):
    def test_the_originals_calls(self):
        for kind in PROXIES:
            with self.subTest(kind=kind), proxy(kind) as remote:
                self.assertEqual(remote.add(2, 3), 5)
                self.assertEqual(remote.sub(2, 3), -1)
                self.assertEqual(remote.add(2, y=3), 5)
                self.assertEqual(remote.sub(y=2, x=3), 1)
                self.assertEqual(remote.divide(7, 2), 3.5)

    def test_values_of_every_kind(self):
        values = [None, True, 1, -2**63, 2**64, 1.5, 'text', '\ud800', b'\x80bytes', [1, [2]], (1, (2,)), {1: 2},
                  {'a': 'b'}, {1, 2}, frozenset({3}), 'x' * 100000]
        for kind in PROXIES:
            with self.subTest(kind=kind), proxy(kind) as remote:
                for value in values + [values]:
                    self.assertEqual(remote.echo(value), value)
                    self.assertEqual(remote.echo(value=value), value)

    def test_exceptions_have_the_words_of_cpython(self):
        calls = [('add', (1,), {}), ('add', (), {}), ('add', (1, 2, 3), {}), ('add', (1, 2), {'z': 3}),
                 ('add', (1, 2), {'x': 3}), ('add', (1, 2, 3), {'z': 1}), ('add', (), {'z': 1}),
                 ('add', (1, 2, 3), {'y': 1}), ('get_data', (1,), {}), ('echo', (1, 2), {}),
                 ('divide', (1, 0), {}), ('echo', (), {})]
        own = {function.__name__: function for function in FUNCTIONS}
        with proxy() as remote:
            for name, args, kwargs in calls:
                with self.subTest(name=name, args=args, kwargs=kwargs):
                    with self.assertRaises(Exception) as expected:
                        own[name](*args, **kwargs)
                    with self.assertRaises(type(expected.exception)) as raised:
                        getattr(remote, name)(*args, **kwargs)
                    # 3.13 adds what it thinks was meant
                    words = str(expected.exception).partition('. Did you mean')[0]
                    self.assertEqual(str(raised.exception), words)

    def test_types_and_limits(self):
        with proxy() as remote:
            self.assertRaises(TypeError, remote.add, 'a', 1)
            self.assertRaises(TypeError, remote.add, None, 1)
            self.assertRaises(OverflowError, remote.add, 2**63 - 1, 1)
            self.assertRaises(OverflowError, remote.add, 2**64, 1)
            with self.assertRaises(KeyError) as raised:
                remote.nosuch(1)
            self.assertEqual(raised.exception.args, ('nosuch',))

    def test_every_exception_can_be_unpickled(self):
        names = [name for name, what in vars(builtins).items()
                 if isinstance(what, type) and issubclass(what, Exception)]
        values = [None, 1, 's', b'b', 2.5, (1, 2, 3, 4), 2**70]
        argument_lists = [args for count in range(3) for args in itertools.product(values, repeat=count)]
        argument_lists += [(11, 'why', value) for value in values]
        argument_lists += [('utf-8', b'\xff', 0, 1, 'why'), ('ascii', '\xff', 0, 1, 'why'), ('x', 0, 1, 'why')]
        with proxy(TupleProxy) as remote:
            for name, args in itertools.product(names, argument_lists):
                with self.assertRaises(Exception) as raised:
                    remote.fail(name, *args)
                try:
                    expected = getattr(builtins, name)(*args)
                except (TypeError, ValueError, IndexError):
                    self.assertIn(type(raised.exception), (TypeError, ValueError), (name, args))
                    continue
                if type(raised.exception) is type(expected):
                    self.assertEqual(raised.exception.args, expected.args)
                else:  # not one that every Python since 3.8 has, or not with every errno
                    expected_type = TypeError if name == 'OSError' else ValueError
                    self.assertIs(type(raised.exception), expected_type, (name, args))

    def test_a_name_that_is_no_exception_is_never_sent(self):
        with proxy() as remote:
            for name in ('eval', 'exit', 'os.system', 'SystemExit', '', 'x' * 300, '\ud800'):
                with self.assertRaises(ValueError) as raised:
                    remote.fail(name, '1')
                self.assertIs(type(raised.exception), ValueError)

    def test_what_is_no_call_ends_the_connection(self):
        messages = [1, 'add', ('add', ()), ('add', (), {}, 1), (1, (), {}), ('add', 1, {}), ('add', (), {1: 2}),
                    ('add', (ValueError('x'), 1), {}), pickle.dumps(pickle.dumps(('add', (1, 2), {})))]
        with tempfile.TemporaryFile() as log, server(log=log) as (_, address):
            for message in messages:
                with self.subTest(message=message), Client(address, authkey=KEY) as connection:
                    connection.send(message)
                    self.assertRaises(EOFError, connection.recv)
            with Client(address, authkey=KEY) as connection:
                self.assertEqual(RPCProxy(connection).add(2, 3), 5)

    def test_a_call_that_takes_long_keeps_nobody_waiting(self):
        with server() as (_, address):
            with Client(address, authkey=KEY) as slow, Client(address, authkey=KEY) as quick:
                slow.send(('sleep', (4,), {}))
                begin = time.monotonic()
                self.assertEqual(RPCProxy(quick).add(2, 3), 5)
                self.assertLess(time.monotonic() - begin, 3.5)
                self.assertEqual(slow.recv(), 4)

    def test_a_call_in_flight_survives_sigterm(self):
        with server() as (process, address), Client(address, authkey=KEY) as connection:
            connection.send(('sleep', (1,), {}))
            connection.send_bytes(ADD)
            self.assertIn(b'result', connection.recv_bytes())  # and so the call before has begun
            process.terminate()
            self.assertEqual(connection.recv(), 1)
            self.assertRaises(EOFError, connection.recv)
            self.assertEqual(process.wait(LIMIT), 0)


class PythonServer(unittest.TestCase):
    def outcome(self, *arguments, kind=RPCHandler):
        form = ['--form', 'tuple'] if kind is TupleHandler else []
        with python_server(kind) as where:
            return client(*where, *form, *arguments)

    def test_the_originals_calls(self):
        for kind in (RPCHandler, TupleHandler):
            with self.subTest(kind=kind):
                self.assertEqual(self.outcome('add', '2', '3', kind=kind), (0, '5\n', ''))
                self.assertEqual(self.outcome('sub', 'y=2', 'x=3', kind=kind), (0, '1\n', ''))
                self.assertEqual(self.outcome('echo', '{"tuple": [1, {"bytes": "ff"}]}', kind=kind),
                                 (0, '{"tuple": [1, {"bytes": "ff"}]}\n', ''))
                self.assertEqual(self.outcome('echo', '{"bytes": "8004"}', kind=kind),
                                 (0, '{"bytes": "8004"}\n', ''))

    def test_exceptions(self):
        rows = [(['nosuch'], "KeyError: 'nosuch'"), (['divide', '1', '0'], 'ZeroDivisionError: division by zero'),
                (['raise_', '"My"', '1', '"two"'], "__main__.My: (1, 'two')"), (['with_note'], 'ValueError: noted'),
                (['raise_', '"OSError"', '2', '"No such file"'], 'FileNotFoundError: [Errno 2] No such file'),
                (['raise_', '"ValueError"'], 'ValueError'), (['parse'], 'json.decoder.JSONDecodeError: '),
                (['decode'], 'UnicodeDecodeError: '),
                (['add', '1'], "TypeError: add() missing 1 required positional argument: 'y'")]
        if sys.version_info >= (3, 11):
            rows.append((['group'], 'ExceptionGroup: '))
        for kind in (RPCHandler, TupleHandler):
            for arguments, words in rows:
                with self.subTest(kind=kind, arguments=arguments):
                    status, output, errors = self.outcome(*arguments, kind=kind)
                    self.assertEqual((status, output), (1, ''))
                    self.assertTrue(errors.startswith('11_08_rpc: ' + words), errors)
                    self.assertEqual(errors.count('\n'), 1)
                    if not words.endswith(': '):
                        self.assertEqual(errors, '11_08_rpc: ' + words + '\n')

    def test_an_exception_within_a_result_is_refused(self):
        status, output, errors = self.outcome('within')
        self.assertEqual((status, output), (1, ''))
        self.assertIn('an exception within an object', errors)

    def test_lines_of_stdin(self):
        lines = ['["add", [2, 3]]', '["add", [2], {"y": 3}]', '["get_data"]', '["nosuch", []]',
                 '["raise_", ["My", 1]]', '["divide", [1, 0], {}]']
        with python_server() as where:
            status, output, errors = client(*where, text='\n'.join(lines))
        self.assertEqual((status, errors), (0, ''))
        self.assertEqual([json.loads(line) for line in output.splitlines()],
                         [{'result': 5}, {'result': 5}, {'result': ['hello', 5]},
                          {'error': {'type': 'KeyError', 'args': ['nosuch']}},
                          {'error': {'type': '__main__.My', 'args': [1]}},
                          {'error': {'type': 'ZeroDivisionError', 'args': ['division by zero']}}])


class JsonRpc(unittest.TestCase):
    """A Python client and a Python server that speak JSON-RPC 2.0 over Python's connections."""
    def response(self, connection, request):
        connection.send_bytes(json.dumps(request).encode())
        return json.loads(connection.recv_bytes().decode())

    def test_requests(self):
        with server() as (_, address), Client(address, authkey=KEY) as connection:
            request = {'jsonrpc': '2.0', 'method': 'add', 'params': [2, 3], 'id': 'é'}
            self.assertEqual(self.response(connection, request),
                             {'jsonrpc': '2.0', 'result': 5, 'id': 'é'})
            request = {'jsonrpc': '2.0', 'method': 'add', 'params': {'x': 2, 'z': 3}, 'id': None}
            response = self.response(connection, request)
            self.assertEqual((response['id'], response['error']['code']), (None, -32602))
            request = {'jsonrpc': '2.0', 'method': 'fail', 'params': ['LookupError', 'why', 2], 'id': 2}
            self.assertEqual(self.response(connection, request)['error'],
                             {'code': -32000, 'message': "LookupError: ('why', 2)",
                              'data': {'type': 'LookupError', 'args': ['why', 2]}})

    def test_all_forms_over_one_connection(self):
        with server() as (_, address), Client(address, authkey=KEY) as connection:
            for kind in PROXIES:
                self.assertEqual(kind(connection).add(2, 3), 5)
                request = {'jsonrpc': '2.0', 'method': 'add', 'params': [2, 3], 'id': 1}
                self.assertEqual(self.response(connection, request)['result'], 5)

    def test_quick_calls_overtake_slow_ones(self):
        with server() as (_, address), Client(address, authkey=KEY) as connection:
            messages = [json.dumps({'jsonrpc': '2.0', 'method': 'sleep', 'params': [seconds], 'id': id}).encode()
                        for id, seconds in enumerate((4, 2, 0))]
            # All at once: whatever keeps us from the processor does not come between them.
            os.write(connection.fileno(), b''.join(struct.pack('!i', len(message)) + message for message in messages))
            ids = [json.loads(connection.recv_bytes().decode())['id'] for _ in range(3)]
            self.assertEqual(ids, [2, 1, 0])

    def talk(self, *arguments, answer, text=''):
        """What our client makes of a Python server, and what that was asked."""
        def serve():
            with listener.accept() as connection:
                try:
                    while True:
                        request = json.loads(connection.recv_bytes().decode())
                        requests.append(request)
                        for response in answer(request):
                            connection.send_bytes(json.dumps(response).encode())
                except (EOFError, OSError):
                    pass

        requests = []
        with Listener(('127.0.0.1', 0), authkey=KEY) as listener:
            thread = threading.Thread(target=serve)
            thread.start()
            outcome = client('--port', str(listener.address[1]), '--form', 'json', *arguments, text=text)
            thread.join(LIMIT)
        return outcome, requests

    def test_a_python_server(self):
        def answer(request):
            return [{'jsonrpc': '2.0', 'result': request.get('params'), 'id': request['id']}]

        outcome, requests = self.talk('f', '1', '{"tuple": [2]}', answer=answer)
        self.assertEqual(outcome, (0, '[1, {"tuple": [2]}]\n', ''))
        self.assertEqual({key: requests[0][key] for key in ('jsonrpc', 'method', 'params')},
                         {'jsonrpc': '2.0', 'method': 'f', 'params': [1, {'tuple': [2]}]})
        self.assertNotIn('timeout', requests[0])
        outcome, requests = self.talk('--timeout', '9.5', 'f', 'x=1', answer=answer)
        self.assertEqual(outcome, (0, '{"x": 1}\n', ''))
        self.assertEqual(requests[0]['timeout'], 9.5)

    def test_lines_are_answered_in_their_order(self):
        waiting = []

        def answer(request):  # all at once, the last one first
            waiting.append({'jsonrpc': '2.0', 'result': request['params'], 'id': request['id']})
            return reversed(waiting) if len(waiting) == 16 else []

        lines = [json.dumps(['f', [number]]) for number in range(16)]
        (status, output, errors), _ = self.talk(answer=answer, text='\n'.join(lines))
        self.assertEqual((status, errors), (0, ''))
        self.assertEqual([json.loads(line) for line in output.splitlines()],
                         [{'result': [number]} for number in range(16)])

    def test_a_server_that_leaves_is_one_line(self):
        def answer(request):
            raise EOFError

        for text, arguments in (('', ['f']), ('["f"]\n["f"]', [])):
            (status, output, errors), _ = self.talk(*arguments, answer=answer, text=text)
            self.assertEqual((status, output), (1, ''))
            self.assertRegex(errors, r'\A11_08_rpc: [^\n]+\n\Z')

    def test_a_server_that_says_nothing(self):
        (status, output, errors), requests = self.talk('--timeout', '0.5', 'f', answer=lambda request: [])
        self.assertEqual((status, output, requests[0]['timeout']), (1, '', 0.5))
        self.assertRegex(errors, r'\A11_08_rpc: (talk to 127\.0\.0\.1:\d+: Connection timed out|'
                                 r'Deadline passed)\n\Z')


@contextmanager
def zmq_socket(kind, address=None):
    """A socket of pyzmq's, connected to the address."""
    with zmq.Context() as context, context.socket(kind) as socket:
        socket.linger = 0
        socket.rcvtimeo = LIMIT * 1000
        if address:
            socket.connect('tcp://%s:%d' % address)
        yield socket


@contextmanager
def zmq_server(*arguments, **options):
    with recipe.server('--zmq', *arguments, **options) as (process, address):
        yield process, address


@contextmanager
def zmq_handler():
    """The original's handler, unchanged, over a REP socket: the options that lead our client to it."""
    def serve():
        try:
            handler.handle_connection(socket)
        except zmq.ZMQError:
            pass  # the test is over

    handler = RPCHandler()
    for function in FUNCTIONS:
        handler.register_function(function)
    context = zmq.Context()
    socket = context.socket(zmq.REP)
    socket.linger = 0
    port = socket.bind_to_random_port('tcp://127.0.0.1')
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield ['--zmq', '--port', str(port)]
    finally:
        threading.Thread(target=context.term).start()  # which ends recv()
        thread.join(LIMIT)
        socket.close()


@unittest.skipUnless(zmq, 'this Python has no pyzmq')
class Zmq(unittest.TestCase):
    """The original's two classes over ZeroMQ, whose send() takes bytes: calls are pickled once."""
    def test_the_originals_proxy_over_req(self):
        with zmq_server() as (_, address), zmq_socket(zmq.REQ, address) as socket:
            remote = RPCProxy(socket)
            self.assertEqual(remote.add(2, 3), 5)
            self.assertEqual(remote.sub(y=2, x=3), 1)
            self.assertEqual(remote.echo((1, b'\x80', {2})), (1, b'\x80', {2}))
            self.assertEqual(remote.sleep(0.1), 0.1)
            self.assertRaises(ZeroDivisionError, remote.divide, 1, 0)
            self.assertRaises(KeyError, remote.nosuch)
            self.assertRaises(TypeError, remote.add, 1)

    def test_what_is_no_call_is_a_value_error(self):
        with zmq_server() as (_, address), zmq_socket(zmq.REQ, address) as socket:
            for message in (1, ('add', ()), ('add', (ValueError('x'),), {}), pickle.dumps(('add', (1, 2), {}))):
                socket.send(pickle.dumps(message))
                self.assertIsInstance(pickle.loads(socket.recv()), ValueError)

    def test_other_frames_are_dropped(self):
        with tempfile.TemporaryFile() as log, zmq_server(log=log) as (_, address):
            with zmq_socket(zmq.DEALER, address) as socket:
                call = pickle.dumps(('add', (2, 3), {}))
                for frames in ([call], [b''], [b'x', call], [b'', call, b''], [b''] * 1000):
                    socket.send_multipart(frames)
                socket.send_multipart([b'', call])
                empty, reply = socket.recv_multipart()
                self.assertEqual((empty, pickle.loads(reply)), (b'', 5))

    def test_many_calls_of_a_dealer(self):
        with zmq_server('--max-calls', '4') as (_, address), zmq_socket(zmq.DEALER, address) as socket:
            for id in range(200):
                request = {'jsonrpc': '2.0', 'method': 'sleep', 'params': [0.01], 'id': id}
                socket.send_multipart([b'', json.dumps(request).encode()])
            ids = [json.loads(socket.recv_multipart()[1].decode())['id'] for _ in range(200)]
            self.assertEqual(sorted(ids), list(range(200)))
            for number in range(200):
                socket.send_multipart([b'', pickle.dumps(('sleep', (number % 3 / 1000,), {}))])
            seconds = [pickle.loads(socket.recv_multipart()[1]) for _ in range(200)]
            self.assertEqual(seconds, [number % 3 / 1000 for number in range(200)])

    def test_a_busy_peer_keeps_nobody_waiting(self):
        with zmq_server() as (_, address), zmq_socket(zmq.DEALER, address) as busy:
            for id in range(100):
                request = {'jsonrpc': '2.0', 'method': 'sleep', 'params': [4], 'id': id}
                busy.send_multipart([b'', json.dumps(request).encode()])
            with zmq_socket(zmq.REQ, address) as socket:
                begin = time.monotonic()
                self.assertEqual(RPCProxy(socket).add(2, 3), 5)
                self.assertLess(time.monotonic() - begin, 3.5)

    def test_a_call_in_flight_survives_sigterm(self):
        with zmq_server() as (process, address), zmq_socket(zmq.DEALER, address) as socket:
            socket.send_multipart([b'', pickle.dumps(('sleep', (1,), {}))])
            socket.send_multipart([b'', ADD])
            self.assertIn(b'result', socket.recv_multipart()[1])  # and so the call before has begun
            process.terminate()
            self.assertEqual(pickle.loads(socket.recv_multipart()[1]), 1)
            self.assertEqual(process.wait(LIMIT), 0)

    def test_our_client_and_the_originals_handler(self):
        rows = [(['add', '2', 'y=3'], (0, '5\n', '')),
                (['echo', '{"bytes": "80"}'], (0, '{"bytes": "80"}\n', '')),
                (['nosuch'], (1, '', "11_08_rpc: KeyError: 'nosuch'\n")),
                (['raise_', '"My"', '1'], (1, '', '11_08_rpc: __main__.My: 1\n'))]
        for arguments, outcome in rows:
            for form in ([], ['--form', 'tuple'], ['--form', 'pickle']):
                with self.subTest(arguments=arguments, form=form), zmq_handler() as where:
                    self.assertEqual(client(*where, *form, *arguments), outcome)
        with zmq_handler() as where:
            status, output, errors = client(*where, text='["add", [2, 3]]\n["nosuch"]')
        self.assertEqual((status, errors), (0, ''))
        self.assertEqual([json.loads(line) for line in output.splitlines()],
                         [{'result': 5}, {'error': {'type': 'KeyError', 'args': ['nosuch']}}])

    def test_our_client_and_a_router(self):
        def serve():
            requests = [router.recv_multipart() for _ in range(16)]
            for identity, empty, text in reversed(requests):
                request = json.loads(text.decode())
                response = {'jsonrpc': '2.0', 'result': request['params'], 'id': request['id']}
                router.send_multipart([identity, b'extra', b'', b''])
                router.send_multipart([identity, empty, json.dumps(response).encode()])

        lines = [json.dumps(['f', [number]]) for number in range(16)]
        with zmq_socket(zmq.ROUTER) as router:
            port = router.bind_to_random_port('tcp://127.0.0.1')
            thread = threading.Thread(target=serve)
            thread.start()
            status, output, errors = client('--zmq', '--port', str(port), '--form', 'json',
                                            text='\n'.join(lines))
            thread.join(LIMIT)
        self.assertEqual((status, errors), (0, ''))
        self.assertEqual([json.loads(line) for line in output.splitlines()],
                         [{'result': [number]} for number in range(16)])


class Ours(unittest.TestCase):
    """Our client and our server."""
    def test_usage(self):
        with server() as (_, address):
            where = ['--port', str(address[1])]
            for arguments in (['add', '2', 'x'], ['add', 'y=x'], ['add', '{'], ['add', '1' * 5000],
                              [b'\xff'], ['--form', 'json', b'\xff'],
                              ['--timeout', 'nan', 'add', '2', '3']):
                with self.subTest(arguments=arguments):
                    status, output, errors = client(*where, *arguments)
                    self.assertEqual((status, output), (2, ''))
                    self.assertRegex(errors, r'\A11_08_rpc: [^\n]+\n\Z')

    def test_zmq(self):
        with recipe.server('--zmq') as (_, address):
            where = ['--zmq', '--port', str(address[1])]
            self.assertEqual(client(*where, 'add', '2', '3'), (0, '5\n', ''))
            self.assertEqual(client(*where, '--form', 'json', 'add', 'x=2', 'y=3'), (0, '5\n', ''))
            self.assertEqual(client(*where, '--form', 'json', 'nosuch'), (1, '', '11_08_rpc: Method not found\n'))
            status, output, errors = client(*where, '--timeout', '0.3', 'sleep', '60')
            self.assertEqual((status, output), (1, ''))
            self.assertRegex(errors, r'\A11_08_rpc: [^\n]+\n\Z')
        status, output, errors = client(*where, 'add', '2', '3')
        self.assertEqual((status, output), (1, ''))
        self.assertRegex(errors, r'\A11_08_rpc: connect 127.0.0.1:\d+: Connection refused\n\Z')

    def test_zmq_is_for_this_machine_alone(self):
        with recipe.server('--zmq', '--host', '::1') as (_, address):
            self.assertEqual(client('--zmq', '--host', '::1', '--port', str(address[1]), 'add', '2', '3'),
                             (0, '5\n', ''))
        for command in (['client', 'add', '1', '2'], ['server', '--port', '0']):
            for host in ('0.0.0.0', '::', '192.0.2.1', '127.0.0.1.'):
                with self.subTest(command=command, host=host):
                    done = subprocess.run([recipe.EXECUTABLE, command[0], '--zmq', '--host', host, *command[1:]],
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
                    self.assertEqual(done.stdout, b'')
                    self.assertIn(done.returncode, (1, 2) if host.endswith('.') else (2,))
                    self.assertEqual(done.stderr.count(b'\n'), 1)

    def test_a_line_whose_time_is_over(self):
        lines = '["sleep", [60]]\n["add", [1, 2]]'
        with server() as (_, address):
            where = ['--port', str(address[1]), '--timeout', '0.5']
            status, output, errors = client(*where, '--form', 'json', text=lines)
            self.assertEqual((status, errors), (0, ''))
            self.assertEqual([json.loads(line) for line in output.splitlines()],
                             [{'error': {'type': 'JsonRpcError', 'args': [-32001, 'Deadline passed']}},
                              {'result': 3}])
            status, output, errors = client(*where, text=lines)  # without ids it ends the connection
            self.assertEqual((status, output), (1, ''))
            self.assertRegex(errors, r'\A11_08_rpc: talk to 127\.0\.0\.1:\d+: Connection timed out\n\Z')

    def test_errors_are_plain_json_too(self):
        with server() as (_, address):
            status, output, errors = client('--port', str(address[1]), '--form', 'json',
                                            text='["fail", ["ValueError", {"tuple": [1]}, {"bytes": 1}]]')
        self.assertEqual((status, errors), (0, ''))
        self.assertEqual(json.loads(output),
                         {'error': {'type': 'ValueError', 'args': [{'tuple': [1]}, {'bytes': 1}]}})

    def test_a_line_that_is_no_call(self):
        with server() as (_, address):
            for line in ('{}', '[]', '[1]', '["add", 1]', '["add", [], []]', '["add", [], {}, 1]', 'x'):
                status, output, errors = client('--port', str(address[1]), text='["add", [2, 3]]\n' + line)
                self.assertEqual((status, output), (1, '{"result": 5}\n'))
                self.assertRegex(errors, r'\A11_08_rpc: [^\n]+\n\Z')


if __name__ == '__main__':
    unittest.main()
