"""Checks a copy of a recipe against the house's lab test, and tells a learner what holds."""

from __future__ import annotations

import os
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from . import build, console
from .cases import Verdict, run_case
from .learner import State, started
from .project import LabError, Project
from .recipes import Case, Recipe, cpp_files, find
from .sandbox import Sandbox

LARGEST = 1 << 20  #: a source file larger than this is nobody's solution, in bytes


@dataclass(frozen=True)
class Checked:
    """A copy of a recipe that was built and tried; no verdicts where it does not compile."""

    recipe: Recipe
    compiled: bool
    compiler: str  #: what the compiler said, in the learner's own paths
    verdicts: dict[str, Verdict]

    @property
    def score(self) -> int:
        return max(0, sum(case.earned(self.holds(case)) for case in self.recipe.case))

    @property
    def failing(self) -> list[int]:
        """The steps of which some case does not hold."""
        return sorted({case.step for case in self.recipe.case if not self.holds(case)})

    def holds(self, case: Case) -> bool:
        verdict = self.verdicts.get(case.name)
        return verdict is not None and verdict.passed


def collect_submission(recipe: Recipe, folder: Path) -> tuple[dict[str, str], list[str]]:
    """The recipe's source files as a folder has them, and a line for each thing not taken.

    Only the files with steps are taken, if they are regular files no larger than LARGEST; of all
    others the recipe's own are used, so that a submission cannot change what the tests include. A
    file with steps that is missing or refused becomes an empty one.
    """
    files = recipe.texts() | dict.fromkeys(recipe.files, "")
    remarks = []
    rooms = {room.as_posix() for name in recipe.sources for room in Path(name).parents}
    missing = set(recipe.files)
    for path in _submitted(folder, rooms):
        name = path.relative_to(folder).as_posix()
        missing.discard(name)
        known = name in recipe.sources
        if known and (path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST):
            remarks.append(f"{name} is not taken: it is a link, not a file, or larger than 1 MB")
        elif known:
            text = path.read_bytes().decode("utf-8", "surrogateescape")
            if name in recipe.files:
                files[name] = text
            elif text != files[name]:
                remarks.append(f"{name} is not taken: it has no step, the recipe's own is used")
        elif not path.name.startswith(".") and path.suffix not in (".md", ".toml"):
            remarks.append(f"{name} is not taken: the recipe has no file of that name")
    remarks += [f"{name} is missing" for name in recipe.files if name in missing]
    return files, remarks


def _submitted(folder: Path, rooms: Set[str], room: str = "") -> Iterator[Path]:
    """What lies in a folder and in those below it that the recipe has too (`rooms`); a link to a
    folder is not followed."""
    for path in sorted((folder / room).iterdir()):
        name = path.relative_to(folder).as_posix()
        if name in rooms and path.is_dir() and not path.is_symlink():
            yield from _submitted(folder, rooms, name)
        else:
            yield path


def run_cases(
    programs: Mapping[bool, Path],
    cases: list[Case],
    on_result: Callable[[Case, Verdict], None] = lambda case, verdict: None,
    workers: int = 0,
    sandbox: Sandbox | None = None,
) -> dict[str, Verdict]:
    """Runs cases, several at once, in the programs for plain (False) and fault tests (True).

    `on_result` is called after each, in the order of `cases`.
    """
    verdicts = {}
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        running = [pool.submit(run_case, programs[c.fault], c, sandbox) for c in cases]
        for case, future in zip(cases, running):
            verdicts[case.name] = future.result()
            on_result(case, verdicts[case.name])
    return verdicts


def kinds(recipe: Recipe) -> list[str]:
    """The kinds of test program that the recipe's cases stand in."""
    return ["test", "fault_test"] if any(case.fault for case in recipe.case) else ["test"]


def programs(slot: build.Slot) -> dict[bool, Path]:
    """The test programs of a slot: the plain one (False) and that of the faults (True)."""
    return {
        fault: build.executable(slot.project, slot.target(kind))
        for fault, kind in ((False, "test"), (True, "fault_test"))
    }


def examine(
    project: Project,
    recipe: Recipe,
    folder: Path,
    slot_name: str,
    on_result: Callable[[Case, Verdict], None] = lambda case, verdict: None,
    workers: int = 0,
) -> tuple[Checked, list[str]]:
    """Builds the copy of a recipe in a folder and runs every case.

    Returns what became of it, and the remarks of `collect_submission`.
    """
    files, remarks = collect_submission(recipe, folder)
    slot = build.Slot(project, slot_name, recipe.stem)
    slot.fill(files)
    built = build.build_slots([slot], kinds(recipe))[0]
    compiler = build.localise_paths(built.output, slot, project.shown(folder))
    if not built.good:
        return Checked(recipe, False, compiler, {}), remarks
    verdicts = run_cases(programs(slot), list(recipe.case), on_result, workers)
    return Checked(recipe, True, compiler, verdicts), remarks


def check(project: Project, text: str) -> int:
    """Checks the learner's work on a recipe, prints the verdict and remembers it."""
    recipe = find(project, text)
    work = started(project, recipe)
    progress = console.Progress()
    checked, remarks = examine(
        project,
        recipe,
        work,
        "check_" + recipe.number,
        lambda case, verdict: progress.update(f"{case.name} …"),
    )
    progress.clear()
    state = State.of(work)
    state.score, state.failing = checked.score, checked.failing
    state.passed |= checked.compiled and not checked.failing
    state.save(work)
    console.say(report(checked, remarks))
    if not checked.compiled:
        return 2
    if checked.failing:
        console.say(f"Next: step {checked.failing[0]}. Stuck? ./lab hint {recipe.id}")
        return 1
    console.say(f"All of it holds. ./lab solution {recipe.id} shows how the recipe does it.")
    return 0


def report(checked: Checked, remarks: list[str]) -> str:
    """What a learner reads: per step what holds and what does not and why, then the score."""
    recipe = checked.recipe
    lines = [console.colour(f"{recipe.id} {recipe.title}", "bold")]
    lines += [f"  note: {remark}" for remark in remarks]
    if not checked.compiled:
        lines += [checked.compiler, "", f"It does not compile: 0 of {recipe.points} points."]
        return "\n".join(lines)
    for step in recipe.step:
        lines.append(f"  step {step.number}: {step.title}")
        for case in recipe.cases_of(step.number):
            lines += _told(case, checked.verdicts[case.name])
    lines.append(f"  {checked.score} of {recipe.points} points")
    return "\n".join(lines)


def _told(case: Case, verdict: Verdict) -> list[str]:
    """The lines on one case."""
    earned = case.earned(verdict.passed)
    points = "given" if case.given and verdict.passed else f"{earned}/{case.points}"
    lines = [f"    {console.mark(verdict.passed)} {case.name}  {console.colour(points, 'dim')}"]
    if verdict.passed:
        return lines
    for problem in verdict.problems:
        lines += textwrap.wrap(problem, 92, initial_indent=" " * 8, subsequent_indent=" " * 8)
    if verdict.output.strip():
        lines.append(" " * 8 + console.colour("it printed:", "dim"))
        lines += [f"          {line}" for line in _without_repeats(verdict.output)[:20]]
    return lines


def _without_repeats(text: str) -> list[str]:
    """Its lines; one that comes several times in a row stands once, with their number."""
    runs = ((line, sum(1 for _ in run)) for line, run in groupby(text.strip().splitlines()))
    return [line if count == 1 else f"{line} ({count} times)" for line, count in runs]


def watch(project: Project, text: str, pause: float = 0.5) -> int:
    """Checks again whenever a file of the learner's work changes, until Ctrl-C."""
    recipe = find(project, text)
    work = started(project, recipe)
    seen = None
    try:
        while True:
            now = _stamps(work)
            if now != seen:
                seen = now
                console.say("\033[2J\033[H" if console.colour("", "bold") else "")
                try:
                    check(project, recipe.id)
                except LabError as error:
                    console.say(str(error))
                console.say(console.colour("Watching for changes; Ctrl-C ends it.", "dim"))
            time.sleep(pause)
    except KeyboardInterrupt:
        console.say()
        return 0


def _stamps(folder: Path) -> dict[str, int]:
    """When each source file of a folder was last changed."""
    stamps = {}
    for name in cpp_files(folder):
        try:
            stamps[name] = (folder / name).stat().st_mtime_ns
        except FileNotFoundError:
            pass  # an editor is just replacing it
    return stamps
