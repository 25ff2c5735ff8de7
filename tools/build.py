"""Calls CMake and Ninja: the cookbook's own targets, and slots for copies of a recipe.

A slot is a folder build/PRESET/slots/SLOT/STEM that holds a copy of a recipe's headers and of those
.cpp files that are not the house's; CMake gives it the target SLOT_STEM_test, the house's lab test
linked against these and the house's others.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .console import Progress
from .project import BROKEN, LabError, Project

KINDS = ("test", "fault_test", "hidden_test")  #: the test programs that a slot may have
LARGEST_OUTPUT = 1 << 20  #: characters of a compiler's output that are kept

_STEP_OF_NINJA = re.compile(r"\[(\d+/\d+)\] ")
_NOISE = re.compile(r"\[\d+/\d+\] |ninja: |\d+ (warning|error)s? ")


@dataclass(frozen=True)
class Slot:
    """A copy of one recipe's sources that is built against the house's tests."""

    project: Project
    name: str
    stem: str

    @property
    def folder(self) -> Path:
        return self.project.build / "slots" / self.name / self.stem

    def target(self, kind: str = "test") -> str:
        """The CMake target of the slot's test program of a kind."""
        return f"{self.name}_{self.stem}_{kind}"

    def fill(
        self, files: Mapping[str, str], house: Mapping[str, str], own: Collection[str] = ()
    ) -> None:
        """Makes the folder hold a copy of the recipe: these texts, without the .cpp files that are as
        the house has them, unless `own` names them. A copy with another header has all files, because
        all may include it. What is the same keeps its time stamp."""
        differ = {name for name in files if files[name] != house.get(name)}
        whole = any(name.endswith(".hpp") for name in differ)
        kept = (
            name for name in files if whole or name.endswith(".hpp") or name in differ or name in own
        )
        _fill(self.folder, {name: files[name] for name in kept})

    def remove(self) -> None:
        """Removes the copy, and the programs that were built of it."""
        shutil.rmtree(self.folder)
        self.remove_programs()

    def remove_programs(self) -> None:
        """Removes the test programs, which are large."""
        for kind in KINDS:
            executable(self.project, self.target(kind)).unlink(missing_ok=True)

    def fill_hidden(self, files: Mapping[str, str]) -> None:
        """The sources of SLOT_STEM_hidden_test, an instructor's own cases: these and no others."""
        _fill(self.folder.parent / "hidden", files)


def slots(project: Project, prefix: str) -> list[Slot]:
    """The slots there are, of all recipes, whose names begin so."""
    folders = (project.build / "slots").glob(f"{prefix}*/*")
    return [Slot(project, folder.parent.name, folder.name) for folder in folders]


@dataclass(frozen=True)
class Built:
    """How a build ended; `output` is what compiler and linker said, without Ninja's own lines."""

    good: bool
    output: str


def executable(project: Project, target: str) -> Path:
    return project.build / "bin" / target


def configure(project: Project, force: bool = False) -> None:
    """Runs CMake if the build folder is not set up yet, or always with `force`.

    Raises LabError with CMake's own words if it refuses.
    """
    if (project.build / "build.ninja").exists() and not force:
        return
    project.build.mkdir(parents=True, exist_ok=True)  # an error in the user's words, not in CMake's
    command = ["cmake", "--preset", project.preset]
    with Progress() as progress, _running(command, project.root, os.environ) as cmake:
        progress.update("CMake sets up the build …")
        said = cmake.stdout.read()
    if cmake.returncode:
        raise LabError(f"CMake cannot set up the build:\n{said}".rstrip())


def build(
    project: Project,
    targets: Sequence[str],
    keep_going: bool = False,
    confine: Callable[[Sequence[str]], list[str]] = list,
) -> Built:
    """Builds targets of the cookbook, or slots' targets, in parallel; shows progress.

    Configures first if that has not been done, and again if a target is not known yet. `confine`
    makes the command that is run out of the one that builds.
    """
    configure(project)
    if not _known(project, targets):
        configure(project, force=True)
    command = [
        "cmake",
        "--build",
        str(project.build),
        "--parallel",
        str(jobs()),
        "--target",
        *targets,
    ]
    command += ["--", "-k0"] if keep_going else []
    lines, size, failed = [], 0, False
    env = os.environ | {"NINJA_STATUS": "[%f/%t] "}
    with Progress() as progress, _running(confine(command), project.root, env) as ninja:
        progress.update("building …")
        for line in ninja.stdout:
            if step := _STEP_OF_NINJA.match(line):
                progress.update(f"building {step[1]} …")
            # After "FAILED: file" comes the command, hundreds of characters of it.
            noise = failed or line.startswith("FAILED: ") or _NOISE.match(line)
            failed = line.startswith("FAILED: ")
            if size < LARGEST_OUTPUT and not noise:
                lines.append(line)
                size += len(line)
    output = "".join(lines).strip()
    return Built(ninja.returncode == 0, output)


@contextlib.contextmanager
def _running(
    command: Sequence[str], folder: Path, env: Mapping[str, str]
) -> Iterator[subprocess.Popen]:
    """A process with its output in a pipe, waited for; Ctrl-C ends it too."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            yield process
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            raise


@contextlib.contextmanager
def alone(project: Project, what: str) -> Iterator[None]:
    """While this lasts, no other ./lab does the same in this build folder.

    Raises LabError if another does already.
    """
    project.build.mkdir(parents=True, exist_ok=True)
    with open(project.build / f".{what.replace(' ', '-')}.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(f"another {what} is under way: wait until it ends, or end it") from None
        yield


def build_or_fail(project: Project, targets: Sequence[str]) -> None:
    """Builds, and raises LabError with the compiler's words if that fails."""
    built = build(project, targets)
    if not built.good:
        raise LabError(f"{built.output}\nlab: does not compile")


def build_slots(
    wanted: Mapping[Slot, Sequence[str]],
    confine: Callable[[Sequence[str]], list[str]] = list,
) -> dict[Slot, Built]:
    """Builds of each slot the kinds of tests that are wanted, in one run; how it ended for each slot.

    All the slots belong to one project. A build with one slot gives the compiler's output; with
    more, only whether each is good (an executable is removed before its slot is built anew).
    """
    project = next(iter(wanted)).project
    targets = {slot: [slot.target(kind) for kind in kinds] for slot, kinds in wanted.items()}
    every = [target for group in targets.values() for target in group]
    for target in every:
        executable(project, target).unlink(missing_ok=True)
    built = build(project, every, len(targets) > 1, confine)
    return {
        slot: Built(all(executable(project, t).exists() for t in group), built.output)
        for slot, group in targets.items()
    }


def symbols(slot: Slot, confine: Callable[[Sequence[str]], list[str]] = list) -> Iterator[str]:
    """The lines that `nm -A` prints on the library that was built of a slot's copy."""
    library = slot.project.build / f"lib{slot.target('lib')}.a"
    command = confine(["nm", "-A", str(library)])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as nm:
        yield from nm.stdout
    if nm.returncode:
        raise LabError(f"nm cannot read {library}", BROKEN)


def localise_paths(output: str, slot: Slot, folder: str) -> str:
    """Compiler output with the learner's own paths, `folder`/FILE, instead of the slot's."""
    shown = output.replace(f"{slot.folder}/", f"{folder}/")
    relative = os.path.relpath(slot.folder, slot.project.build)
    return shown.replace(f"{relative}/", f"{folder}/")


def jobs() -> int:
    """How many compilers to run at once: one for each core, if each can have 1.5 GB of memory."""
    if given := os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", ""):
        return max(1, int(given)) if given.isdigit() else 1
    try:
        memory = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return cores()
    return max(1, min(cores(), memory * 2 // (3 << 30)))


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _known(project: Project, targets: Sequence[str]) -> bool:
    """Whether the generated build knows all these targets."""
    text = (project.build / "build.ninja").read_text(encoding="utf-8", errors="replace")
    return all(f"build {target}: " in text or f"/{target}: " in text for target in targets)


def _fill(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.rglob("*"):
        if not path.is_dir() and path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        data = text.encode("utf-8", "surrogateescape")
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
