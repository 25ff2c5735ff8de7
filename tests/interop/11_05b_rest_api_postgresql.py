"""A throwaway PostgreSQL server in a temporary folder, for 11.5b's tests.

As a program: prints the URL of its server without a database's name, and a ?host= to append after it,
or "left out: REASON"; serves until stdin ends. Reads "stop" and "start" as orders, and prints "done".
Its arguments are those of the server, too. "-c fsync=off" is fast, and safe but if the machine crashes.
"""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

USER = "postgres"  # PostgreSQL refuses to run as root


def missing():
    """Why there can be no server; None if there can be one."""
    if not _programs():
        return "PostgreSQL is not installed"
    if os.getuid() == 0:
        try:
            pwd.getpwnam(USER)
        except KeyError:
            return "there is no user postgres to run it as"
    return None


def _programs():
    """The folder of the newest version's programs; None if there is none."""
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    newest = max(found, key=lambda path: int(path.split("/")[4]), default=None)
    other = shutil.which("postgres")
    return os.path.dirname(newest or other) if newest or other else None


class Server:
    """Listens on a UNIX socket in its folder only, so that no port can be taken."""

    def __init__(self, *options):
        self.options = list(options)
        self.folder = tempfile.mkdtemp(prefix="cookbook_")
        self.data = os.path.join(self.folder, "data")
        self.process = None
        if os.getuid() == 0:
            user = pwd.getpwnam(USER)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.as_user = ["setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups"]
        else:
            self.as_user = ["setpriv"]
        self.as_user += ["--pdeathsig=QUIT"]  # nothing outlives a test that is killed
        self._run("initdb", "-D", self.data, "-U", "cookbook", "-A", "trust", "-E", "UTF8",
                  "--locale=C", "--no-sync")
        self.start()

    def url(self, database):
        return "postgresql://cookbook@/%s?host=%s" % (database, self.folder.replace("/", "%2F"))

    def create(self, database):
        """Makes an empty database and returns its URL."""
        self._run("createdb", "-h", self.folder, "-U", "cookbook", database)
        return self.url(database)

    def start(self):
        """Returns when it takes connections."""
        command = self.as_user + [os.path.join(_programs(), "postgres"), "-D", self.data,
                                  "-k", self.folder, "-h", ""] + self.options
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self._call("pg_isready", "-h", self.folder, "-U", "cookbook") != 0:
            if self.process.poll() is not None:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)

    def stop(self, order=signal.SIGQUIT):
        """Ends at once, as in a crash; SIGINT instead would let it write all that it has."""
        self.process.send_signal(order)
        self.process.wait()

    def remove(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _call(self, program, *arguments):
        return subprocess.call(self.as_user + [os.path.join(_programs(), program)] +
                               list(arguments), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               cwd=self.folder)

    def _run(self, program, *arguments):
        if self._call(program, *arguments) != 0:
            raise RuntimeError("%s failed" % program)


def main():
    reason = missing()
    if reason:
        print("left out: " + reason, flush=True)
        return
    server = Server(*sys.argv[1:])
    try:
        print(server.url("%s"), flush=True)
        for order in sys.stdin:
            {"stop": server.stop, "start": server.start}[order.strip()]()
            print("done", flush=True)
    finally:
        server.remove()


if __name__ == "__main__":
    main()
