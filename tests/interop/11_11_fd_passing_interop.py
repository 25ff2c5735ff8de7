"""Recipe 11.11 and CPython's own send_handle(), recv_handle(), send_fds() and recv_fds(): the
original's servermp.py with our workers, its workermp.py with our server, restarts under load.

    RECIPE_EXECUTABLE=… python3 11_11_fd_passing_interop.py
"""

import array
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Client, Listener
from multiprocessing.reduction import recv_handle, send_handle

import recipe
from recipe import EXECUTABLE, LIMIT, onto_full_disk

KEY = b'peekaboo'
ENVIRONMENT = {**os.environ, 'LAB_AUTHKEY': KEY.decode()}
OLD = sys.version_info < (3, 12)  # knows HMAC-MD5 only
MD5 = ['--allow-md5'] if OLD else []

# The original's two programs, which end when they are killed. They print, and the port is free.
SERVERMP = '''
from multiprocessing.connection import Listener
from multiprocessing.reduction import send_handle
import socket, sys

def server(work_address, port):
    work_serv = Listener(work_address, authkey=b'peekaboo')
    worker = work_serv.accept()
    worker_pid = worker.recv()

    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
    s.bind(('', port))
    s.listen(1)
    print(s.getsockname()[1], flush=True)
    while True:
        client, addr = s.accept()
        send_handle(worker, client.fileno(), worker_pid)
        client.close()

server(sys.argv[1], 0)
'''
WORKERMP = '''
from multiprocessing.connection import Client
from multiprocessing.reduction import recv_handle
import os, sys
from socket import socket, AF_INET, SOCK_STREAM

def worker(server_address):
    serv = Client(server_address, authkey=b'peekaboo')
    serv.send(os.getpid())
    print('ready', flush=True)
    while True:
        fd = recv_handle(serv)
        with socket(AF_INET, SOCK_STREAM, fileno=fd) as client:
            while True:
                msg = client.recv(1024)
                if not msg:
                    break
                client.send(msg)

worker(sys.argv[1])
'''


@contextmanager
def process(*arguments, **options):
    """A process with its stdout in a pipe, killed at the end."""
    running = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               env=ENVIRONMENT, universal_newlines=True, **options)
    try:
        yield running
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def python(program, *arguments, **options):
    return process(sys.executable, '-c', program, *arguments, **options)


def our_worker(path, *arguments, **options):
    return process(EXECUTABLE, 'worker', '--workers', path, *MD5, *arguments, **options)


def our_server(path, *arguments, **options):
    return process(EXECUTABLE, 'server', '--port', '0', '--workers', path, *MD5, *arguments,
                   **options)


def port_of(server):
    return int(server.stdout.readline().rpartition(':')[2])


def descriptors_of(running):
    return len(os.listdir('/proc/%d/fd' % running.pid))


def until(condition):
    """Waits until it holds; LIMIT seconds at most."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, 'waited in vain'
        time.sleep(0.01)


def echo(port, text=b'hello'):
    """What comes back for a text."""
    with socket.create_connection(('127.0.0.1', port), LIMIT) as client:
        client.sendall(text)
        client.shutdown(socket.SHUT_WR)
        received = b''
        while True:
            data = client.recv(65536)
            if not data:
                return received
            received += data


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix='fd-passing-')
        self.addCleanup(shutil.rmtree, folder)
        self.path = os.path.join(folder, 'workers')
        self.control = os.path.join(folder, 'control')
        self.stack = ExitStack()
        self.addCleanup(self.stack.close)
        self.log = self.stack.enter_context(tempfile.TemporaryFile())

    def logged(self):
        return recipe.read_log(self.log)

    def start(self, running):
        return self.stack.enter_context(running)


class TheOriginals(Case):
    def test_servermp_with_our_worker(self):
        server = self.start(python(SERVERMP, self.path))
        worker = self.start(our_worker(self.path, stderr=self.log))
        self.assertEqual(worker.stdout.readline(), 'working for unix:%s\n' % self.path)
        port = int(server.stdout.readline())
        for _ in range(300):  # more than fit into a socket: nobody reads our reports
            self.assertEqual(echo(port), b'hello')
        with ExitStack() as clients:  # one worker of ours serves many at once
            connected = [clients.enter_context(socket.create_connection(('127.0.0.1', port), LIMIT))
                         for _ in range(20)]
            for client in connected:
                client.sendall(b'hello')
            for client in reversed(connected):
                self.assertEqual(client.recv(100), b'hello')

    def test_workermp_with_our_server(self):
        server = self.start(our_server(self.path, stderr=self.log))
        port = port_of(server)
        workers = [self.start(python(WORKERMP, self.path, stderr=self.log)) for _ in range(2)]
        for worker in workers:
            self.assertEqual(worker.stdout.readline(), 'ready\n')
        for _ in range(50):
            self.assertEqual(echo(port), b'hello')
        replies = []
        threads = [threading.Thread(target=lambda: replies.append(echo(port))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        self.assertEqual(replies, [b'hello'] * 20)
        server.terminate()
        self.assertEqual(server.wait(LIMIT), 0)

    def test_workermp_killed_with_a_connection_unread(self):
        server = self.start(our_server(self.path, stderr=self.log))
        port = port_of(server)
        busy = self.start(python(WORKERMP, self.path, stderr=self.log))
        self.assertEqual(busy.stdout.readline(), 'ready\n')
        with socket.create_connection(('127.0.0.1', port), LIMIT) as first:
            first.sendall(b'first')
            self.assertEqual(first.recv(100), b'first')
            with socket.create_connection(('127.0.0.1', port), LIMIT) as second:
                second.sendall(b'second')
                time.sleep(0.2)
                busy.kill()
                self.start(our_worker(self.path, stderr=self.log))
                self.assertEqual(second.recv(100), b'second')

    def test_both_kinds_of_workers(self):
        server = self.start(our_server(self.path, stderr=self.log))
        port = port_of(server)
        original = self.start(python(WORKERMP, self.path, stderr=self.log))
        ours = self.start(our_worker(self.path, stderr=self.log))
        original.stdout.readline()
        ours.stdout.readline()
        with ExitStack() as clients:
            connected = [clients.enter_context(socket.create_connection(('127.0.0.1', port), LIMIT))
                         for _ in range(3)]
            for client in reversed(connected):
                client.sendall(b'hello')
                self.assertEqual(client.recv(100), b'hello')


class PythonWorker(Case):
    """A worker in Python that speaks as ours does."""

    @contextmanager
    def worker(self, served=0):
        with Client(self.path, authkey=KEY) as connection:
            connection.send((os.getpid(), served))
            with socket.socket(fileno=os.dup(connection.fileno())) as raw:
                raw.settimeout(LIMIT)
                yield raw

    def receive(self, raw):
        """The descriptors of the next message."""
        fds = array.array('i')
        data, control, flags, _ = raw.recvmsg(1, socket.CMSG_SPACE(253 * fds.itemsize))
        self.assertEqual(flags & socket.MSG_CTRUNC, 0)
        for level, kind, content in control:
            self.assertEqual((level, kind), (socket.SOL_SOCKET, socket.SCM_RIGHTS))
            fds.frombytes(content)
        self.assertEqual(data, bytes([len(fds) % 256]) if fds else b'')
        return list(fds)

    def test_recv_handle(self):
        port = port_of(self.start(our_server(self.path, stderr=self.log)))
        with Client(self.path, authkey=KEY) as connection:
            connection.send((os.getpid(), 0))
            with socket.create_connection(('127.0.0.1', port), LIMIT) as client:
                with socket.socket(fileno=recv_handle(connection)) as received:
                    self.assertEqual(received.getpeername(), client.getsockname())
                    self.assertTrue(received.getblocking())
                    os.write(connection.fileno(), b'A')
                    received.sendall(b'hello')
                self.assertEqual(client.recv(100), b'hello')
                self.assertEqual(client.recv(100), b'')

    @unittest.skipUnless(hasattr(socket, 'recv_fds'), 'socket.recv_fds() is new in Python 3.9')
    def test_recv_fds(self):
        port = port_of(self.start(our_server(self.path, stderr=self.log)))
        with self.worker() as raw:
            with socket.create_connection(('127.0.0.1', port), LIMIT) as client:
                data, fds, flags, _ = socket.recv_fds(raw, 1, 253)
                self.assertEqual((data, len(fds), flags & socket.MSG_CTRUNC), (b'\1', 1, 0))
                raw.send(b'A')
                os.write(fds[0], b'hello')
                self.assertEqual(client.recv(100), b'hello')
                os.close(fds[0])

    def test_a_backlog_comes_in_one_message(self):
        port = port_of(self.start(our_server(self.path, stderr=self.log)))
        with ExitStack() as clients:
            for _ in range(50):
                clients.enter_context(socket.create_connection(('127.0.0.1', port), LIMIT))
            with self.worker() as raw:
                fds = self.receive(raw)
                self.assertEqual(len(fds), 50)
                raw.send(b'A' * 50)
                for fd in fds:
                    os.close(fd)
                raw.send(b'D' * 50)
                clients.enter_context(socket.create_connection(('127.0.0.1', port), LIMIT))
                fd, = self.receive(raw)
                os.close(fd)
                raw.send(b'A')

    def test_workers_that_lie_die_and_refuse(self):
        """No descriptor leaks, whatever workers do."""
        server = self.start(our_server(self.path, stderr=self.log))
        port = port_of(server)
        with self.worker():
            pass
        until(lambda: 'has gone' in self.logged())
        before = descriptors_of(server)
        for round in range(60):
            with ExitStack() as clients:
                for _ in range(5):
                    clients.enter_context(socket.create_connection(('127.0.0.1', port), LIMIT))
                with self.worker() as raw:
                    fds = self.receive(raw)
                    raw.send([b'A', b'AAAAAAAAAAAAAAAAAAAAAAA' * 10, b'D', b'N', b'', b'?'][round % 6])
                    for fd in fds:
                        os.close(fd)
        self.start(our_worker(self.path, stderr=self.log)).stdout.readline()
        self.assertEqual(echo(port), b'hello')
        # One worker, for which it has a socket; all else is closed when the last client has ended.
        until(lambda: descriptors_of(server) == before + 1)


class PythonServer(Case):
    """A server in Python with workers of ours."""

    @contextmanager
    def admitted(self, worker_arguments=(), **options):
        with Listener(self.path, authkey=KEY) as listener:
            worker = self.start(our_worker(self.path, *worker_arguments, **options))
            with listener.accept() as connection:
                greeting = connection.recv()
                self.assertEqual(greeting, (worker.pid, 0))
                yield worker, connection, listener

    def test_send_handle_and_reports(self):
        with self.admitted() as (worker, connection, _):
            near, far = self.pair()
            with near, far:
                send_handle(connection, far.fileno(), worker.pid)
                self.assertEqual(os.read(connection.fileno(), 1), b'A')
                near.sendall(b'hello')
                self.assertEqual(near.recv(100), b'hello')
                near.close()
                self.assertEqual(os.read(connection.fileno(), 1), b'D')

    @unittest.skipUnless(hasattr(socket, 'send_fds'), 'socket.send_fds() is new in Python 3.9')
    def test_send_fds_of_253(self):
        with self.admitted() as (worker, connection, _):
            pairs = [self.pair() for _ in range(253)]
            with socket.socket(fileno=os.dup(connection.fileno())) as raw:
                socket.send_fds(raw, [bytes([253])], [far.fileno() for _, far in pairs])
            reports = b''
            while len(reports) < 253:
                reports += os.read(connection.fileno(), 253)
            self.assertEqual(reports, b'A' * 253)
            for near, far in pairs:
                far.close()
                near.sendall(b'hello')
            for near, _ in pairs:
                self.assertEqual(near.recv(100), b'hello')
                near.close()

    def test_other_files_are_refused(self):
        with self.admitted() as (worker, connection, _):
            before = descriptors_of(worker)
            with ExitStack() as files:
                listening = files.enter_context(socket.create_server(('127.0.0.1', 0)))
                datagrams = files.enter_context(socket.socket(type=socket.SOCK_DGRAM))
                null = files.enter_context(open(os.devnull))
                local = files.enter_context(socket.socket(socket.AF_UNIX))
                for one in (listening, datagrams, null, local):
                    send_handle(connection, one.fileno(), worker.pid)
                    self.assertEqual(os.read(connection.fileno(), 1), b'N')
            self.assertEqual(descriptors_of(worker), before)

    def test_a_server_that_breaks_rules(self):
        """Hung up on; what is served goes on; the worker comes back, and nothing leaks."""
        with self.admitted(stderr=self.log) as (worker, connection, listener):
            before = descriptors_of(worker)
            near, far = self.pair()
            send_handle(connection, far.fileno(), worker.pid)
            far.close()
            self.assertEqual(os.read(connection.fileno(), 1), b'A')
            for data, count in ((b'\2', 1), (b'\1', 2), (b'\0', 3), (b'\3', 0), (b'hello', 0)):
                with socket.socket(fileno=os.dup(connection.fileno())) as raw:
                    fds = array.array('i', [0] * count)
                    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)] if count else []
                    raw.sendmsg([data], control)
                    raw.settimeout(LIMIT)
                    try:
                        self.assertEqual(raw.recv(1), b'')
                    except ConnectionResetError:
                        pass
                connection.close()
                connection = listener.accept()
                self.assertEqual(connection.recv(), (worker.pid, 1))
            near.sendall(b'hello')
            self.assertEqual(near.recv(100), b'hello')
            near.close()
            self.assertEqual(os.read(connection.fileno(), 1), b'D')
            until(lambda: descriptors_of(worker) == before)
            connection.close()

    def test_retries_and_gives_up(self):
        for arguments, key in ((['--retry', '0.2'], KEY.decode()),):
            done = subprocess.run([EXECUTABLE, 'worker', '--workers', self.path, *arguments],
                                  env={**os.environ, 'LAB_AUTHKEY': key}, timeout=LIMIT,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stdout), (1, b''))
            self.assertEqual(done.stderr.decode(), '11_11_fd_passing: connect unix:%s: '
                                                   'No such file or directory\n' % self.path)

    @unittest.skipUnless(os.path.exists('/dev/full'), 'there is no full(4)')
    def test_says_that_it_cannot_print(self):
        port_of(self.start(our_server(self.path, stderr=self.log)))
        self.assertEqual(
            onto_full_disk('worker', '--workers', self.path, *MD5, LAB_AUTHKEY=KEY.decode()),
            (1, b'11_11_fd_passing: write output: No space left on device\n'))

    def test_sigterm_drains(self):
        with self.admitted() as (worker, connection, _):
            near, far = self.pair()
            send_handle(connection, far.fileno(), worker.pid)
            far.close()
            near.sendall(b'hello')
            self.assertEqual(near.recv(100), b'hello')
            worker.terminate()
            self.assertEqual(near.recv(100), b'')
            near.close()
            self.assertEqual(worker.wait(LIMIT), 0)

    @staticmethod
    def pair():
        """Both ends of a TCP connection."""
        with socket.create_server(('127.0.0.1', 0)) as listener:
            near = socket.create_connection(listener.getsockname(), LIMIT)
            far, _ = listener.accept()
            return near, far


class Restart(Case):
    def successor(self, *arguments, **options):
        return self.start(our_server(self.path, '--control', self.control, '--take-over',
                                     *arguments, **options))

    def test_ten_take_overs_under_load(self):
        log = self.log
        server = self.start(our_server(self.path, '--control', self.control, stderr=log))
        port = port_of(server)
        for _ in range(2):
            self.start(our_worker(self.path, '--max-connections', '8', stderr=log)).stdout.readline()
        replies, failures, enough = [], [], threading.Event()

        def ask():
            while not enough.is_set():
                text = os.urandom(8).hex().encode()
                try:
                    if echo(port, text) != text:
                        failures.append('another reply')
                    replies.append(text)
                except OSError as error:
                    failures.append(error)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        with socket.create_connection(('127.0.0.1', port), LIMIT) as patient:
            patient.sendall(b'one')
            self.assertEqual(patient.recv(100), b'one')
            for _ in range(10):
                successor = self.successor(stderr=log)
                self.assertEqual(port_of(successor), port)
                self.assertEqual(server.wait(LIMIT), 0)
                server = successor
                served = len(replies)
                until(lambda: len(replies) > served + 20 or failures)
            patient.sendall(b'two')
            self.assertEqual(patient.recv(100), b'two')
        enough.set()
        for thread in threads:
            thread.join(LIMIT)
        self.assertEqual(failures, [], self.logged()[-3000:])
        server.terminate()
        self.assertEqual(server.wait(LIMIT), 0)
        self.assertEqual((os.path.exists(self.path), os.path.exists(self.control)), (False, False))

    def test_a_python_successor(self):
        server = self.start(our_server(self.path, '--control', self.control, stderr=self.log))
        port = port_of(server)
        with Client(self.control, authkey=KEY) as connection:
            connection.send('take over')
            with socket.socket(fileno=os.dup(connection.fileno())) as raw:
                fds = array.array('i')
                data, control, _, _ = raw.recvmsg(1, socket.CMSG_SPACE(2 * fds.itemsize))
            self.assertEqual(data, b'\2')
            fds.frombytes(control[0][2])
            with socket.socket(fileno=fds[0]) as clients, socket.socket(fileno=fds[1]) as workers:
                self.assertEqual(clients.getsockname(), ('127.0.0.1', port))
                self.assertEqual(workers.getsockname(), self.path)
                connection.send('ready')
                self.assertEqual(server.wait(LIMIT), 0)
                clients.setblocking(True)
                with socket.create_connection(('127.0.0.1', port), LIMIT):
                    clients.accept()[0].close()

    @unittest.skipUnless(os.path.exists('/dev/full'), 'there is no full(4)')
    def test_a_successor_that_cannot_print(self):
        """The old server can still be taken over."""
        server = self.start(our_server(self.path, '--control', self.control, stderr=self.log))
        port = port_of(server)
        self.assertEqual(
            onto_full_disk('server', '--workers', self.path, *MD5, '--control', self.control,
                           '--take-over', LAB_AUTHKEY=KEY.decode()),
            (1, b'11_11_fd_passing: write output: No space left on device\n'))
        self.assertEqual(sorted(os.listdir(os.path.dirname(self.path))), ['control', 'workers'])
        self.assertEqual(port_of(self.successor(stderr=self.log)), port)
        self.assertEqual(server.wait(LIMIT), 0)

    def test_a_start_that_fails_leaves_no_file(self):
        server = ['server', '--port', '0', '--workers', self.path]
        with open(self.control, 'w'):  # which is no socket
            pass
        done = subprocess.run([EXECUTABLE, *server, '--control', self.control], env=ENVIRONMENT,
                              timeout=LIMIT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stdout), (1, b''))
        self.assertEqual(done.stderr.decode(), '11_11_fd_passing: listen on unix:%s: '
                                               'Address already in use\n' % self.control)
        self.assertEqual((os.path.exists(self.path), os.path.exists(self.control)), (False, True))
        if os.path.exists('/dev/full'):
            self.assertEqual(onto_full_disk(*server, LAB_AUTHKEY=KEY.decode()), (
                1, b'11_11_fd_passing: write output: No space left on device\n'))
            self.assertFalse(os.path.exists(self.path))

    def test_bad_usage(self):
        too_long = '--control: longer than 106 bytes'
        of_workers = r'--fork: Value \d+ not in range 1 to 1000'
        for arguments, words in ((['--fork', '0'], of_workers), (['--fork', '1001'], of_workers),
                                 (['--workers', ''], '--workers: is empty'),
                                 (['--workers', 'w', '--control', ''], '--control: is empty'),
                                 (['--workers', 'w', '--control', 'c' * 107], too_long),
                                 (['--authkey-file', 'k'], '--authkey-file requires --workers'),
                                 (['--allow-md5'], '--allow-md5 requires --workers'),
                                 (['--handshake', '3'], '--handshake requires --workers')):
            done = subprocess.run([EXECUTABLE, 'server', '--port', '0', *arguments], env=ENVIRONMENT,
                                  timeout=LIMIT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            with self.subTest(arguments=arguments):
                self.assertEqual((done.returncode, done.stdout), (2, b''))
                self.assertRegex(done.stderr.decode(),
                                 r'\A11_11_fd_passing: %s \(see --help\)\n\Z' % words)

    def test_nobody_there(self):
        done = subprocess.run([EXECUTABLE, 'server', '--workers', self.path, '--control', self.control,
                               '--take-over'], env=ENVIRONMENT, timeout=LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stdout), (1, b''))
        self.assertEqual(done.stderr.decode(), '11_11_fd_passing: connect unix:%s: '
                                               'No such file or directory\n' % self.control)


class Fork(Case):
    def workers(self):
        """The pids of those that the server has, by its log."""
        text = self.logged()
        return (set(re.findall(r'worker (\d+) has come', text)) -
                set(re.findall(r'worker (\d+) has gone', text)))

    def test_killed_workers_are_replaced(self):
        workers = self.workers
        with process(EXECUTABLE, 'server', '--port', '0', '--fork', '3', stderr=self.log) as server:
            port = port_of(server)
            until(lambda: len(workers()) == 3)
            before = descriptors_of(server)
            for _ in range(3):
                victim = workers().pop()
                os.kill(int(victim), signal.SIGKILL)
                until(lambda: victim not in workers() and len(workers()) == 3)
                self.assertEqual(echo(port), b'hello')
            until(lambda: descriptors_of(server) == before)
            left = workers()
            server.terminate()
            self.assertEqual(server.wait(LIMIT), 0)
            for worker in left:
                self.assertFalse(os.path.exists('/proc/' + worker), 'it ends with its server')

    def test_workers_end_with_a_killed_server(self):
        with process(EXECUTABLE, 'server', '--port', '0', stderr=self.log) as server:
            self.assertEqual(echo(port_of(server)), b'hello')
            until(lambda: len(self.workers()) == 2)
            workers = self.workers()
            server.kill()
            until(lambda: not any(map(is_running, workers)))


def is_running(pid):
    """Whether it has not ended; a process that nobody has waited for is one that has."""
    try:
        with open('/proc/%s/stat' % pid) as stat:
            return stat.read().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


if __name__ == '__main__':
    unittest.main()
