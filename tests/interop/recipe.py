"""The recipe's executable, as the interop tests start it. RECIPE_EXECUTABLE says where it is."""

import os
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager

EXECUTABLE = os.environ.get("RECIPE_EXECUTABLE", "")
LIMIT = 60  # seconds, for a machine that is busy with other tests


@contextmanager
def server(*arguments, log=None, port=0, **environment):
    """Runs `server --port PORT` with the arguments: the process and its address, as Python's sockets
    take it; process.addresses has those of a server with several sockets, by name. Its log goes to
    the file `log`, or to stderr. SIGTERM at the end, after which it must exit with status 0; a test
    may have killed it before."""
    process = subprocess.Popen([EXECUTABLE, "server", "--port", str(port), *arguments],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                               env={**os.environ, **environment})
    try:
        process.addresses = _addresses(process.stdout)
        yield process, process.addresses["listening"]
        process.terminate()
        status = process.wait(timeout=LIMIT)
        assert status in (0, -signal.SIGKILL), "the server ended with status %d" % status
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def accepting(talk):
    """A server in Python that has talk() with one client after another: its address."""
    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(LIMIT)
            with connection:
                talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def read_log(log):
    """The text in a log by now. Processes that write to the file share its position with us, so we
    leave that alone."""
    return os.pread(log.fileno(), os.fstat(log.fileno()).st_size, 0).decode()


def waiting(port):
    """How many bytes wait to be received on a UDP port: proc(5), /proc/net/udp."""
    with open("/proc/net/udp") as sockets:
        rows = [row.split() for row in sockets]
    return sum(int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(":%04X" % port))


def client(*arguments, stdin=b"", **environment):
    """Runs `client` with the arguments to its end: (exit status, stdout, stderr)."""
    done = subprocess.run([EXECUTABLE, "client", *arguments], input=stdin, timeout=LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, **environment})
    return done.returncode, done.stdout, done.stderr


def onto_full_disk(*arguments, **environment):
    """Runs the executable with the arguments to its end, its stdout on a disk that is full (full(4)):
    (exit status, stderr)."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([EXECUTABLE, *arguments], stdin=subprocess.DEVNULL, stdout=full,
                              stderr=subprocess.PIPE, timeout=LIMIT,
                              env={**os.environ, **environment})
    return done.returncode, done.stderr


def _addresses(lines):
    """The address in each line up to `listening on …`, by its first word."""
    found = {}
    while "listening" not in found:
        name, _, where = lines.readline().decode().rstrip("\n").partition(" on ")
        found[name] = _address(where)
    return found


def _address(where):
    """(host, port), or a path."""
    if where.startswith("unix:"):
        path = where[len("unix:"):]
        return "\0" + path[1:] if path.startswith("@") else path
    host, _, port = where.rpartition(":")
    return host.strip("[]"), int(port)
