"""Keeps a submission away from the rest of the machine, as far as the machine allows.

A submission is dangerous twice: its sources can make the compiler read any file and never end, and
its code runs in every case. `find` picks the strongest sandbox that works:

- Namespaces (bubblewrap): compiler and cases see the system's programs and libraries, read-only, of
  the cookbook only what they need, a /tmp of their own, no network but a loopback of their own, and
  no other process; whatever they leave running ends with them. If root calls, cases run as another
  user as well.
- OtherUser, for root in a container that forbids namespaces: cases run as a user that owns nothing;
  the compiler has limits only.
- Sandbox, if neither works: limits only.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .project import Project

WRITES = 64 << 20  #: the most that a case may print, and write to /tmp, in bytes
PROCESSES = 1024  #: the most processes and threads of a case, in a sandbox
COMPILER_CPU = 200  #: the most processor time of one compiler, in seconds
COMPILER_MEMORY = 4 << 30  #: the most address space of one compiler, in bytes
COMPILER_WRITES = 1 << 30  #: the most that a compiler may write to any one file, in bytes
BUILD_TIME = 600  #: the most time of the whole build of a submission, in seconds

# What the compiler, CMake and a case need of the system. Of /etc: no secrets, nothing about users.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt")
_ETC = (
    "alternatives",
    "gai.conf",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "nsswitch.conf",
    "ssl/certs",
)
# What CMake reads of the cookbook.
_HOUSE = ("CMakeLists.txt", "CMakePresets.json", "common", "recipes", "tests", "benchmarks")
# User ids that neither Debian nor systemd gives to anybody.
_SPARE_USERS = range(60706, 61184)


class Sandbox:
    """Runs a submission as whoever calls, within limits; stronger ones derive from it."""

    remark = (
        "nothing on this machine confines a submission, it runs with your rights: "
        "install bubblewrap, or grade as root in a container"
    )

    def __init__(self, project: Project) -> None:
        self.project = project

    def place(self, program: Path, folder: Path) -> Path:
        """Puts a case's program where the case can read it; `folder` is the case's own."""
        return program

    def case(self, command: Sequence[str], program: Path) -> list[str]:
        """The command that runs a case: `command`, which needs `program`, within the sandbox."""
        return list(command)

    def compiler(self, command: Sequence[str]) -> list[str]:
        """The command that builds a submission: `command` within the sandbox and the limits."""
        return _limited(command)

    def end(self) -> None:
        """Ends every process that a case has left running."""


class OtherUser(Sandbox):
    """Runs each case as a user of its own, who owns nothing; for root, one case at a time."""

    remark = (
        "bubblewrap does not work here: cases run as another user, "
        "but the compiler can read what you can"
    )

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.user = _spare_user()

    def place(self, program: Path, folder: Path) -> Path:
        copy = Path(shutil.copy(program, folder))
        copy.chmod(0o755)
        # The dead of the case before may still count as processes of that user.
        self.user = _spare_user(after=self.user)
        os.chown(folder, self.user, self.user)
        return copy

    def case(self, command: Sequence[str], program: Path) -> list[str]:
        return [*_as_user(self.user), *_at_home_in(program.parent), *command]

    def end(self) -> None:
        # kill(-1) signals at once every process that its caller may signal: this user's. It has no
        # limit on processes, or it could not start when the case has used up its own.
        subprocess.run([*_as_user(self.user, limited=False), "sh", "-c", "kill -KILL -1"])


class Namespaces(Sandbox):
    """Runs compiler and cases in bubblewrap."""

    remark = ""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.user = _spare_user() if os.geteuid() == 0 else None

    def case(self, command: Sequence[str], program: Path) -> list[str]:
        tests = self.project.root / "tests"  # a case may read its tables there
        inside = _bubblewrap(self.user is None, WRITES)
        inside += _show(tests) + _show(program)
        if self.user is not None:
            inside += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        inside += ["--remount-ro", "/", "--chdir", "/tmp"]
        return [*inside, *_as_user(self.user), *_at_home_in("/tmp"), *command]

    def compiler(self, command: Sequence[str]) -> list[str]:
        root, build = self.project.root, self.project.build
        inside = _bubblewrap(self.user is None, COMPILER_WRITES)
        for name in _HOUSE:
            inside += _show(root / name)
        inside += ["--bind-try", str(build), str(build)]
        if self.user is not None:
            inside += ["--cap-add", "CAP_DAC_OVERRIDE"]  # the checkout may be somebody else's
        return [*inside, "--remount-ro", "/", "--chdir", str(root), *_limited(command)]


def find(project: Project) -> Sandbox:
    """The strongest sandbox that works on this machine."""
    readable = ["test", "-r", str(project.root / "tests")]
    executable = ["sh", "-c", 'for tool; do test -x "$tool" || exit 1; done', "sh"]
    for kind in [Namespaces, OtherUser] if os.geteuid() == 0 else [Namespaces]:
        sandbox = kind(project)
        case = sandbox.case(readable, project.root / "CMakeLists.txt")
        if _works(case) and _works(sandbox.compiler([*executable, *_build_tools(project)])):
            return sandbox
    return Sandbox(project)


def _build_tools(project: Project) -> list[str]:
    """The programs that build: CMake's cache names them once the build is configured."""
    cache = project.build / "CMakeCache.txt"
    text = cache.read_text(encoding="utf-8") if cache.exists() else ""
    return re.findall(r"^CMAKE_(?:COMMAND|MAKE_PROGRAM|CXX_COMPILER):\w+=(.*)$", text, re.MULTILINE)


def _bubblewrap(own_user_namespace: bool, writes: int) -> list[str]:
    """The beginning of a command in namespaces of its own. Its first process is number 1: when that
    ends, the kernel ends all others before anybody learns of it (pid_namespaces(7))."""
    command = ["bwrap", "--die-with-parent", "--as-pid-1", "--cap-drop", "ALL"]
    command += [f"--unshare-{what}" for what in ("pid", "net", "ipc", "uts", "cgroup-try")]
    command += ["--unshare-user"] if own_user_namespace else []
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        else:
            command += ["--ro-bind-try", str(path), str(path)]
    for name in _ETC:
        command += _show(Path("/etc", name))
    command += ["--proc", "/proc", "--dev", "/dev"]
    for path in ("/dev/shm", "/tmp"):
        command += ["--perms", "1777", "--size", str(writes), "--tmpfs", path]
    return [*command, "--remount-ro", "/dev"]


def _show(path: Path) -> list[str]:
    """Shows a path, if it is there, read-only and in folders that anybody may enter."""
    rooms = [str(parent) for parent in reversed(path.parents)][1:]
    made = [word for room in rooms for word in ("--perms", "0755", "--dir", room)]
    return [*made, "--ro-bind-try", str(path), str(path)]


def _limited(command: Sequence[str]) -> list[str]:
    """A compiler's command with its limits, and without the caller's environment."""
    return [
        *("env", "-i", f"PATH={os.environ.get('PATH', os.defpath)}", "LC_ALL=C.UTF-8"),
        *("CCACHE_DISABLE=1", f"NINJA_STATUS={os.environ.get('NINJA_STATUS', '[%f/%t] ')}"),
        *("timeout", "--signal=KILL", str(BUILD_TIME)),
        *("prlimit", "--core=0", f"--cpu={COMPILER_CPU}"),
        *(f"--as={COMPILER_MEMORY}", f"--fsize={COMPILER_WRITES}", *command),
    ]


def _as_user(user: int | None, limited: bool = True) -> list[str]:
    """The beginning of a command that can gain no rights and, if `limited`, start no more than
    PROCESSES; as another user if one is given."""
    command = ["prlimit", f"--nproc={PROCESSES}"] if limited else []
    command += ["setpriv", "--no-new-privs"]
    if user is not None:
        command += [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    return command


def _at_home_in(folder: Path | str) -> list[str]:
    """The beginning of a command that finds the only folder it may write to."""
    return ["env", f"HOME={folder}", f"TMPDIR={folder}"]


def _spare_user(after: int = _SPARE_USERS[os.getpid() % len(_SPARE_USERS)]) -> int:
    """The next user id that nobody has and under which nothing runs."""
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError):
            taken.add(process.stat().st_uid)
    start = _SPARE_USERS.index(after) + 1
    order = [*_SPARE_USERS[start:], *_SPARE_USERS[:start]]
    return next(user for user in order if user not in taken)


def _works(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
