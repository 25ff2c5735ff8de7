"""Builds and runs what the cookbook has: demos, lab tests, benchmarks' programs."""

from __future__ import annotations

import os
import subprocess
import time

from . import build, console
from .project import LabError, Project


def build_recipes(project: Project, text: str) -> int:
    """Builds one recipe's executable and tests ("11.2"), or everything ("all")."""
    targets = ["all"] if text == "all" else _targets(project, project.stem(text))
    build.build_or_fail(project, targets)
    for stem in project.stems().values() if text == "all" else [project.stem(text)]:
        console.say(project.shown(build.executable(project, stem)))
    return 0


def run(project: Project, text: str | None, arguments: list[str]) -> int:
    """Builds and runs a recipe with arguments (none: its demo), or every demo when `text` is None.

    A single recipe takes the place of this process: Ctrl-C and the exit status are its own.
    """
    if text is None:
        return _run_all(project)
    stem = project.stem(text)
    build.build_or_fail(project, [stem])
    program = build.executable(project, stem)
    console.say(console.colour(f"{project.shown(program)} {' '.join(arguments)}".rstrip(), "dim"))
    os.execv(program, [str(program), *arguments])


def _run_all(project: Project) -> int:
    """Runs every demo, one after the other, and prints a table of how they went."""
    stems = project.stems()
    if not stems:
        raise LabError("there is no recipe yet", status=1)
    build.build_or_fail(project, list(stems.values()))
    rows, failed = [], 0
    for identity, stem in stems.items():
        console.say(console.colour(f"── {identity} {stem} ", "bold"))
        started = time.monotonic()
        try:
            program = [str(build.executable(project, stem))]
            status = subprocess.run(program, stdin=subprocess.DEVNULL, timeout=120).returncode
            result = "ok" if status == 0 else f"exit status {status}"
        except subprocess.TimeoutExpired:
            result = "still running after 120 s"
        failed += result != "ok"
        rows.append((identity, stem, f"{time.monotonic() - started:.1f} s", result))
        console.say()
    console.say(console.table(("id", "recipe", "time", "demo"), rows, numbers=["time"]))
    return 1 if failed else 0


def test(project: Project, text: str, arguments: list[str]) -> int:
    """Builds and runs tests through ctest: of a recipe ("11.2"), a chapter ("11") or everything.

    `arguments` go to ctest as they are.
    """
    label = []
    if text == "all":
        targets = ["all"]
    elif text.isdigit():
        stems = [s for i, s in project.stems().items() if i.split(".")[0] == text]
        if not stems:
            raise LabError(f"there is no recipe of chapter {text} yet")
        targets = [target for stem in stems for target in _targets(project, stem)]
        label = ["-L", f"^{text}$"]
    else:
        stem = project.stem(text)
        identity = next(i for i, s in project.stems().items() if s == stem)
        targets = _targets(project, stem)
        label = ["-L", f"^{identity.replace('.', '[.]')}$"]
    build.build_or_fail(project, targets)
    at_once = str(2 * build.jobs())  # most cases wait most of the time
    command = ["ctest", "--preset", project.preset, "-j", at_once, *label, *arguments]
    return 1 if subprocess.run(command, cwd=project.root).returncode else 0


def _targets(project: Project, stem: str) -> list[str]:
    """The targets of a recipe: its executable and the test programs that it has."""
    tests = [f"{stem}_test", f"{stem}_fault_test"]
    return [stem, *(t for t in tests if (project.root / "tests" / f"{t}.cpp").exists())]


def installed(project: Project, for_command: str | None) -> int:
    """Says that ./lab, before it came here, has seen to the packages."""
    console.say(f"All that {for_command or 'any command'} needs is installed.")
    return 0
