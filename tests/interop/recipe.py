"""The recipe's executable, as the interop tests start it. RECIPE_EXECUTABLE says where it is."""

import os
import subprocess
from contextlib import contextmanager

EXECUTABLE = os.environ.get("RECIPE_EXECUTABLE", "")
LIMIT = 60  # seconds, for a machine that is busy with other tests


@contextmanager
def server(*arguments, **environment):
    """Runs `server --port 0` with the arguments: the process and its (host, port). SIGTERM at the
    end, after which it must exit with status 0."""
    process = subprocess.Popen([EXECUTABLE, "server", "--port", "0", *arguments],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               env={**os.environ, **environment})
    try:
        line = process.stdout.readline().decode()
        host, _, port = line.rstrip("\n").rpartition(" ")[2].rpartition(":")
        yield process, (host.strip("[]"), int(port))
        process.terminate()
        status = process.wait(timeout=LIMIT)
        assert status == 0, "the server ended with status %d" % status
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def client(*arguments, stdin=b"", **environment):
    """Runs `client` with the arguments to its end: (exit status, stdout, stderr)."""
    done = subprocess.run([EXECUTABLE, "client", *arguments], input=stdin, timeout=LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, **environment})
    return done.returncode, done.stdout, done.stderr
