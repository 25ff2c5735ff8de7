"""Runs one test case in a process of its own, and tells what became of it.

Nothing that the program prints is trusted, nor its exit status alone: a case has passed only if the
test framework's own report, in a file that this module owns, says that it ran, checked something
and found nothing wrong.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import uuid
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

WRITES = 64 << 20  #: the most that a case may print, or write to any one file, in bytes
MEMORY = 2 << 30  #: the most memory that a case's process may hold, in bytes
PROBLEMS = 5  #: the failed assertions that are told, of each case
PROBLEM_SIZE = 500  #: characters of each
SHOWN = 2000  #: characters of a program's own output that are worth showing

_HINTS = {
    "SIGPIPE": "did you pass MSG_NOSIGNAL? The peer had gone when the program sent",
    "SIGSEGV": "memory that is not there was used: a dangling reference, a null pointer, an index",
    "SIGBUS": "memory that is not there was used",
    "SIGABRT": "an exception that nobody caught, or a failed assertion of the library",
    "SIGFPE": "a division by zero",
    "SIGKILL": "by the system, perhaps for want of memory",
}
_KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "LC_ALL",
    "TMPDIR",
    "ASAN_OPTIONS",
    "TSAN_OPTIONS",
    "UBSAN_OPTIONS",
)

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_interrupted = threading.Event()


def interrupt(*_: object) -> None:
    """A handler for SIGINT, which tells the main thread alone, and no case, in its own session:
    ends every case that runs, lets none begin, and raises KeyboardInterrupt."""
    _interrupted.set()
    raise KeyboardInterrupt


@dataclass(frozen=True)
class Verdict:
    """What became of a case: passed or, in sentences, what was wrong."""

    passed: bool
    problems: tuple[str, ...]
    output: str  #: what the program printed, cut to a length that can be shown
    seconds: float


def run_case(program: Path, case: str, limit: float) -> Verdict:
    """Runs one case of a Boost.Test program for at most `limit` seconds.

    The process has limits on time, memory and what it writes; whatever it leaves running is killed.
    """
    with tempfile.TemporaryDirectory(prefix="lab-") as name:
        folder = Path(name)
        command = [
            str(program.absolute()),
            f"--run_test=*/{case}",
            "--catch_system_errors=no",
            "--color_output=no",
            f"--logger=XML,error,{folder}/log.xml",
            f"--report_sink={folder}/report.xml",
            "--report_format=XML",
            "--report_level=detailed",
        ]
        started = time.monotonic()
        status, killed = _run(command, folder, limit)
        seconds = time.monotonic() - started
        output = _excerpt(folder / "output")
        if killed:
            return Verdict(False, (killed,), output, seconds)
        passed, problems = _judge(folder, case, status)
        return Verdict(passed, tuple(problems), output, seconds)


def _run(command: list[str], folder: Path, limit: float) -> tuple[int, str]:
    """Runs a command within the limits: its exit status, and why it was killed (if it was)."""
    token = uuid.uuid4().hex
    env = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    env["LAB_CASE"] = token
    # The shell sets the limits (in blocks of 512 bytes) and becomes the program.
    guarded = ["sh", "-c", f'ulimit -c 0; ulimit -f {WRITES // 512}; exec "$0" "$@"', *command]
    with open(folder / "output", "ab") as output:
        process = subprocess.Popen(
            guarded,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        killed = _watch(process, limit)
    finally:
        _kill_all(process, token)
    if not killed and process.returncode == -signal.SIGXFSZ:
        killed = f"printed, or wrote to a file, more than {WRITES >> 20} MB and was stopped"
    return process.returncode, killed


def _watch(process: subprocess.Popen, limit: float) -> str:
    """Waits for the end of a process; why it has to be killed, or "" when it ended by itself."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        try:
            process.wait(0.05)
            return ""
        except subprocess.TimeoutExpired:
            if _interrupted.is_set():
                return "interrupted"
            if _memory(process.pid) > MEMORY:
                return f"held more than {MEMORY >> 20} MB of memory and was stopped"
    return (
        f"still running after {limit:g} s: something waits for ever (a loop without an end, a read "
        "that nobody answers, a thread or a task that is never told to stop)"
    )


def _memory(pid: int) -> int:
    """The resident memory of a process in bytes; 0 where the system does not tell."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _kill_all(process: subprocess.Popen, token: str) -> None:
    """Kills a case's process group, and what left the group: descendants bear its token."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()
    while any([_kill(pid) for pid in _bearing(f"LAB_CASE={token}")]):
        time.sleep(0.01)  # what was just killed may have had children


def _bearing(mark: str) -> list[int]:
    """The processes alive whose environment holds a mark."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in environ.read_bytes():
                found.append(int(environ.parent.name))
        except OSError:
            continue
    return found


def _kill(pid: int) -> bool:
    """Kills a process; whether it was there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _judge(folder: Path, case: str, status: int) -> tuple[bool, list[str]]:
    """Whether a case that ended by itself has passed, and what is wrong otherwise."""
    problems = _logged(folder / "log.xml")
    if status < 0:
        name = signal.Signals(-status).name
        hint = f": {_HINTS[name]}" if name in _HINTS else ""
        return False, [*problems, f"killed by {name}{hint}"]
    result = _reported(folder / "report.xml", case)
    if result is None:
        problems.append(
            f"ended before the test was over, with exit status {status}: does it call exit?"
        )
        return False, problems
    if result.get("assertions_passed") == result.get("assertions_failed") == "0":
        problems.append("checked nothing")
    if status or result.get("result") != "passed":
        return False, problems or [f"failed, with exit status {status}"]
    return not problems, problems


def _logged(path: Path) -> list[str]:
    """The first sentences of failed assertions and uncaught exceptions in a log, in order."""
    found = []
    for entry in _entries(path):
        if entry.tag in ("Error", "FatalError", "Exception"):
            text = (entry.text or "").strip()
            text = text if len(text) <= PROBLEM_SIZE else f"{text[:PROBLEM_SIZE]} …"
            # What lab::todo throws says which step is still to be written.
            todo = text.partition("Todo: ")[2] if entry.tag == "Exception" else ""
            found.append(f"still to be written: {todo}" if todo else text)
    found = list(dict.fromkeys(found))
    more = len(found) - PROBLEMS
    return found if more <= 0 else [*found[:PROBLEMS], f"… and {more:,} more"]


def _reported(path: Path, case: str) -> ElementTree.Element | None:
    """The report's entry on a case, or None where the report does not tell."""
    return next((e for e in _entries(path) if e.tag == "TestCase" and e.get("name") == case), None)


def _entries(path: Path) -> list[ElementTree.Element]:
    """Every element of an XML file; none when it is missing or broken off.

    Boost.Test writes a message's bytes as they are, also those that XML forbids: each is told as �.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        return list(ElementTree.fromstring(_FORBIDDEN.sub("\ufffd", text)).iter())
    except (OSError, ElementTree.ParseError):
        return []


def _excerpt(path: Path) -> str:
    """The beginning and the end of what a program printed."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        if size <= SHOWN:
            return file.read().decode("utf-8", "replace")
        head = file.read(SHOWN // 2).decode("utf-8", "replace")
        file.seek(-SHOWN // 2, os.SEEK_END)
        tail = file.read().decode("utf-8", "replace")
    return f"{head}\n… {size - SHOWN:,} more bytes …\n{tail}"
