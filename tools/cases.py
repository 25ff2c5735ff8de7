"""Runs one test case in a process of its own, and finds out what became of it.

Nothing that the program prints or writes is trusted, nor its exit status alone. A case has passed
only if its process ended well and tests/support/verdict.cpp, which runs in it, has sent a verdict
with the secret that it was given before any code of a submission ran.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .interrupt import interrupted
from .recipes import Case
from .sandbox import WRITES, Sandbox

PROBLEMS = 5  #: the failed assertions that are shown of each case
PROBLEM_SIZE = 500  #: characters of each
SHOWN = 2000  #: characters of a program's own output that are worth showing
SECRET_SIZE = 32  #: characters; tests/support/verdict.cpp has the same
PATIENCE = 10.0  #: seconds; a case that does nothing for so long waits for what never comes
HASTE = 2.0  #: the same for a learner, who waits; on a busy machine a good case may take longer

_HINTS = {
    "SIGPIPE": "did you pass MSG_NOSIGNAL? The program sent to a peer that had gone",
    "SIGSEGV": "invalid memory access: a dangling reference, a null pointer, an index out of range",
    "SIGBUS": "invalid memory access",
    "SIGABRT": "an uncaught exception, or an assertion of a library that does not hold",
    "SIGFPE": "a division by zero",
    "SIGKILL": "the system ended it, perhaps for lack of memory",
}
_KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "LC_ALL",
    "TMPDIR",
    "ASAN_OPTIONS",
    "TSAN_OPTIONS",
)
_SIGNALS_ARE_OURS = ":".join(
    f"handle_{name}=0" for name in ("segv", "sigbus", "abort", "sigill", "sigfpe", "sigtrap")
)

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
# What UndefinedBehaviorSanitizer says of a file in a slot, before it ends the process.
_UNDEFINED = re.compile(r"^\S*/slots/\w+/\w+/(\S+):(\d+):\d+: runtime error: (.+)\n", re.MULTILINE)
_LOOK = 0.1  # seconds from one look at a case to the next
_STOPPED = "stopped"
_WAITS = (
    "something waits forever (an endless loop, a read that nobody answers, a thread or a task that "
    "is never told to stop)"
)


@dataclass(frozen=True)
class Verdict:
    """What became of a case: passed or, in sentences, what was wrong."""

    passed: bool
    problems: tuple[str, ...]
    output: str  #: what the program printed, cut to a length that can be shown
    seconds: float

    @property
    def hung(self) -> bool:
        """Whether the case did not come to its end by itself."""
        return any(text.startswith(("still waiting", "still running")) for text in self.problems)

    @property
    def crash(self) -> str:
        """What is said of a case that a signal ended; "" if none did."""
        return next((text for text in self.problems if text.startswith("killed by ")), "")


def run_case(
    program: Path,
    case: Case,
    sandbox: Sandbox | None = None,
    stop: threading.Event | None = None,
    patience: float = PATIENCE,
) -> Verdict | None:
    """Runs one case of a Boost.Test program within its limits, and in a sandbox if one is given; None
    if `stop` is set before the case ends. It may do nothing for `patience` seconds.

    Whatever the case leaves running is killed.
    """
    # Neither file has a name, so nobody can put another file in its place.
    with (
        tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as log,
    ):
        os.fchmod(log.fileno(), 0o666)  # the case opens it anew, perhaps as another user
        run = _Run(program, case, sandbox, Path(folder), output, log, patience)
        started = time.monotonic()
        killed = run.watch(stop or threading.Event())
        if killed == _STOPPED:
            return None
        seconds = time.monotonic() - started
        printed = _excerpt(output)
        problems = [killed] if killed else _judge(run, _logged(log), printed)
        return Verdict(not problems, tuple(problems), _UNDEFINED.sub("", printed), seconds)


class _Run:
    """The process of one case, from its start to the end of everything that it has started."""

    def __init__(
        self,
        program: Path,
        case: Case,
        sandbox: Sandbox | None,
        folder: Path,
        output: IO[bytes],
        log: IO[bytes],
        patience: float,
    ) -> None:
        self.case = case
        self._patience = patience
        self.secret = secrets.token_hex(SECRET_SIZE // 2)
        self.verdict = b""  #: what came through the socket
        self._sandbox = sandbox
        self._token = secrets.token_hex()
        self._socket, theirs = socket.socketpair()
        self._socket.sendall(self.secret.encode())
        if sandbox:
            program = sandbox.place(program, folder)
        command = [
            str(program.absolute()),
            f"--run_test=*/{case.name}",
            "--catch_system_errors=no",
            "--color_output=no",
            f"--logger=XML,error,/dev/fd/{log.fileno()}",
            "--report_level=no",
        ]
        # The shell sets the limits (in blocks of 512 bytes), waits, and turns a signal that ends
        # the program into the status 128 + signal. What it says about that is discarded.
        limits = f"ulimit -c 0; ulimit -f {WRITES // 512}"
        guarded = ["sh", "-c", f'{limits}; exec 2>&-; (exec "$0" "$@" 2>&1); exit $?', *command]
        env = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        env |= {"LAB_CASE": self._token, "LAB_VERDICT": str(theirs.fileno())}
        env |= {"LAB_PATIENCE": str(patience), "UBSAN_OPTIONS": _SIGNALS_ARE_OURS}
        with theirs:
            self._process = subprocess.Popen(
                sandbox.case(guarded, program) if sandbox else guarded,
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno(), log.fileno()],
                start_new_session=True,
            )

    @property
    def status(self) -> int:
        """The exit status of the program; -N if signal N ended it."""
        status = self._process.returncode
        return 128 - status if status > 128 and status - 128 in signal.valid_signals() else status

    def watch(self, stop: threading.Event) -> str:
        """Waits for the end of the case and ends what it has left; why it was killed, or ""."""
        with self._socket:
            try:
                killed = self._wait(stop)
            finally:
                self._kill_all()
            self._socket.setblocking(False)
            with contextlib.suppress(OSError):  # nothing was sent
                self.verdict = self._socket.recv(1 << 16)
        if not killed and self.status == -signal.SIGXFSZ:
            return f"printed, or wrote to a file, more than {WRITES >> 20} MB and was stopped"
        return killed

    def _wait(self, stop: threading.Event) -> str:
        """Waits for the process; why it must be killed, or "" if it ended by itself."""
        begun = time.monotonic()
        spent = quiet = 0
        while time.monotonic() < begun + self.case.seconds:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_LOOK)
                return ""
            if interrupted.is_set() or stop.is_set():
                return _STOPPED
            family = _family(self._process.pid, _LOOK / 2)
            if sum(process.memory for process in family) > self.case.memory << 20:
                return f"held more than {self.case.memory} MB of memory and was stopped"
            before, spent = spent, sum(process.ticks for process in family)
            busy = spent != before or any(process.state in "RD" for process in family)
            # Looks are counted, not seconds: a machine that halts for a while halts us, too.
            quiet = 0 if busy else quiet + 1
            # The tests' own patience ends first: they know what they wait for.
            if quiet * _LOOK > self._patience + 1:
                return f"still waiting, nothing has happened for {self._patience + 1:g} s: {_WAITS}"
        return f"still running after {self.case.seconds} s: {_WAITS}"

    def _kill_all(self) -> None:
        """Kills the case's descendants, its process group, what its sandbox can find, and every
        process that has the case's token in its environment."""
        if self._process.poll() is None:
            for process in _family(self._process.pid)[1:]:
                _kill(process.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                # Bubblewrap ends after the first process of its namespace, which ends all others.
                self._process.wait(1)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._sandbox:
            self._sandbox.end()
        while any([_kill(pid) for pid in processes_with(self._token)]):
            time.sleep(0.01)  # what was just killed may have had children


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    state: str  #: as ps shows it: R runs, D waits for a disk, S sleeps
    ticks: int  #: the processor time that it has used
    memory: int  #: resident, in bytes


def _processes() -> Iterator[Path]:
    """The folder of each process in proc(5). One that has ended meanwhile may still be among them:
    then reading its files, or asking whether they are there, raises OSError."""
    return Path("/proc").glob("[0-9]*")


class _Table:
    """All processes there are. Many cases run at once, each in a thread that looks at it, and to
    read it takes several milliseconds: all use what one of them has read a moment ago."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._every: list[_Process] = []

    def read(self, max_age: float) -> list[_Process]:
        """As they were at most `max_age` seconds ago."""
        with self._lock:
            if time.monotonic() - self._read_at >= max_age:
                self._every = list(self._read())
                self._read_at = time.monotonic()
            return self._every

    @staticmethod
    def _read() -> Iterator[_Process]:
        for folder in _processes():
            try:
                fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            # proc_pid_stat(5) counts from 1, and the state is its third.
            state, parent, user, system, pages = (fields[n - 3] for n in (3, 4, 14, 15, 24))
            ticks, memory = int(user) + int(system), int(pages) * os.sysconf("SC_PAGE_SIZE")
            yield _Process(int(folder.name), int(parent), state, ticks, memory)


_table = _Table()


def _family(pid: int, max_age: float = 0) -> list[_Process]:
    """A process and all its descendants, parents first, as they were at most `max_age` seconds ago."""
    children: dict[int, list[_Process]] = {}
    family = []
    for process in _table.read(max_age):
        children.setdefault(process.parent, []).append(process)
        if process.pid == pid:
            family.append(process)
    for member in family:
        family += children.get(member.pid, [])
    return family


def processes_with(mark: str) -> list[int]:
    """The living processes whose environment holds a mark."""
    found = []
    for folder in _processes():
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def _kill(pid: int) -> bool:
    """Kills a process; whether it was there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _judge(run: _Run, problems: list[str], output: str) -> list[str]:
    """What is wrong with a case that ended by itself; `problems` are those that its log names, and
    `output` is what it printed."""
    if run.status < 0:
        name = signal.Signals(-run.status).name
        hint = f": {_HINTS[name]}" if name in _HINTS else ""
        return [*problems, f"killed by {name}{hint}"]
    entry = rf"{run.secret} (passed|failed) (\d+) {re.escape(run.case.name)}\n"
    verdict = run.verdict.decode("ascii", "replace")
    if not re.fullmatch(f"({entry})+", verdict):
        if undefined := _UNDEFINED.search(output):
            return [*problems, "undefined behaviour in {}, line {}: {}".format(*undefined.groups())]
        early = f"ended before the test was over, with exit status {run.status}: does it call exit?"
        return [*problems, early]
    results = re.findall(entry, verdict)
    if not any(int(assertions) for _, assertions in results):
        return [*problems, "checked nothing"]
    if run.status or any(result != "passed" for result, _ in results):
        return problems or [f"failed, with exit status {run.status}"]
    return problems


def _logged(log: IO[bytes]) -> list[str]:
    """The first failed assertions and uncaught exceptions in a log, in order."""
    found = []
    for entry in _entries(log):
        if entry.tag in ("Error", "FatalError", "Exception"):
            text = (entry.text or "").strip()
            text = text if len(text) <= PROBLEM_SIZE else f"{text[:PROBLEM_SIZE]} …"
            # What lab::todo throws says which step is still to be written.
            todo = text.partition("Todo: ")[2] if entry.tag == "Exception" else ""
            found.append(f"still to be written: {todo}" if todo else text)
    found = list(dict.fromkeys(found))
    more = len(found) - PROBLEMS
    return found if more <= 0 else [*found[:PROBLEMS], f"… and {more:,} more"]


def _entries(log: IO[bytes]) -> list[ElementTree.Element]:
    """Every element of an XML file; none if it is broken off.

    Boost.Test writes a message's bytes as they are, also those that XML forbids: each becomes �.
    """
    log.seek(0)
    text = log.read().decode("utf-8", "replace")
    try:
        return list(ElementTree.fromstring(_FORBIDDEN.sub("\ufffd", text)).iter())
    except ElementTree.ParseError:
        return []


def _excerpt(output: IO[bytes]) -> str:
    """The beginning and the end of what a program printed."""
    size = output.seek(0, os.SEEK_END)
    output.seek(0)
    if size <= SHOWN:
        return output.read().decode("utf-8", "replace")
    head = output.read(SHOWN // 2).decode("utf-8", "replace")
    output.seek(-SHOWN // 2, os.SEEK_END)
    tail = output.read().decode("utf-8", "replace")
    return f"{head}\n… {size - SHOWN:,} more bytes …\n{tail}"
