"""Checks a copy of a recipe against the house's lab test, and tells a learner what holds."""

from __future__ import annotations

import hashlib
import re
import textwrap
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NoReturn

from . import build, console, markers
from .cases import HASTE, PATIENCE, Verdict, run_case
from .learner import State, started
from .project import LabError, Project
from .recipes import Case, Recipe, cpp_files, find
from .sandbox import Sandbox

GRACE = 1.0  #: seconds that cases have to end, once one has hung
LARGEST = 1 << 20  #: a source file larger than this is nobody's solution, in bytes


@dataclass(frozen=True)
class Checked:
    """A copy of a recipe that was built and tried; no verdicts where it does not compile."""

    recipe: Recipe
    compiled: bool
    compiler: str  #: what the compiler said, in the learner's own paths
    unwritten: dict[int, list[str]]  #: the steps that are as in the starter, and their files
    verdicts: dict[str, Verdict]  #: of the cases that have run

    @property
    def hung(self) -> Case | None:
        """The first case that did not come to an end; after it, none was begun."""
        hung = {name for name, verdict in self.verdicts.items() if verdict.hung}
        return next((case for case in self.recipe.case if case.name in hung), None)

    @property
    def score(self) -> int:
        run = (case for case in self.recipe.case if case.name in self.verdicts)
        return max(0, sum(case.earned(self.holds(case)) for case in run))

    @property
    def failing(self) -> list[int]:
        """The steps of which some case does not hold."""
        return sorted({case.step for case in self.recipe.case if not self.holds(case)})

    def holds(self, case: Case) -> bool:
        verdict = self.verdicts.get(case.name)
        return verdict is not None and verdict.passed

    def next_step(self, changed: Collection[int]) -> int | None:
        """The step to look at first, of those that do not hold; `changed` have been edited since the
        last check. What hangs in one step makes cases of earlier ones hang too, so then it is the
        last that was changed, and not one that is still as in the starter."""
        edited = [step for step in self.failing if step in changed]
        written = [step for step in edited if step not in self.unwritten]
        if edited:
            return written[-1] if self.hung and written else self._missing(edited[0])
        return self._missing(self.failing[0]) if self.failing else None

    def _missing(self, step: int) -> int:
        """The step that a failing one needs, and that is still to be written; without any, itself."""
        failing = [case for case in self.recipe.case if case.step == step and not self.holds(case)]
        problems = [self.verdicts[case.name].problems for case in failing if case.name in self.verdicts]
        ends = [re.match(r"still to be written: step (\d+)", first) for first, *_ in problems]
        needed = {int(end[1]) if end else step for end in ends}
        return needed.pop() if len(needed) == 1 else step


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
    cases: Sequence[Case],
    on_result: Callable[[Case, Verdict], None] = lambda case, verdict: None,
    workers: int = 0,
    sandbox: Sandbox | None = None,
    until_hung: bool = False,
) -> dict[str, Verdict]:
    """Runs cases, several at once, in the programs for plain (False) and fault tests (True).

    `on_result` is called after each, in the order of `cases`. With `until_hung`, none is begun after
    one has hung, and those that do not end soon are stopped: there is no verdict on them.
    """
    verdicts = {}
    hung, stop = threading.Event(), threading.Event()

    def run(case: Case) -> Verdict | None:
        if hung.is_set():
            return None
        patience = HASTE if until_hung else PATIENCE
        verdict = run_case(programs[case.fault], case, sandbox, stop, patience)
        if until_hung and verdict is not None and verdict.hung:
            hung.set()
            stop.wait(GRACE)
            stop.set()
        return verdict

    # Most cases wait most of the time.
    with ThreadPoolExecutor(workers or 4 * build.cores()) as pool:
        for case, verdict in zip(cases, pool.map(run, cases)):
            if verdict is not None:
                verdicts[case.name] = verdict
                on_result(case, verdict)
    return verdicts


def kinds(recipe: Recipe) -> list[str]:
    """The kinds of test program that the recipe's cases stand in."""
    return ["test", "fault_test"] if any(case.fault for case in recipe.case) else ["test"]


def kind(case: Case) -> str:
    """The kind of test program that a case stands in."""
    return "fault_test" if case.fault else "test"


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
    cases: Sequence[Case],
    on_result: Callable[[Case, Verdict], None] = lambda case, verdict: None,
) -> tuple[Checked, list[str]]:
    """Builds the copy of a recipe in a folder and runs these cases, until one hangs.

    Returns what became of it, and the remarks of `collect_submission`.
    """
    files, remarks = collect_submission(recipe, folder)
    slot = build.Slot(project, slot_name, recipe.stem)
    slot.fill(files, recipe.texts(), recipe.files)
    built = build.build_slots({slot: kinds(recipe)})[slot]
    compiler = build.localise_paths(built.output, slot, project.shown(folder))
    unwritten = markers.unwritten(recipe, files)
    if not built.good:
        return Checked(recipe, False, compiler, unwritten, {}), remarks
    verdicts = run_cases(programs(slot), cases, on_result, until_hung=True)
    return Checked(recipe, True, compiler, unwritten, verdicts), remarks


def check(project: Project, text: str) -> int:
    """Checks the learner's work on a recipe, prints the verdict and remembers it."""
    recipe = find(project, text)
    work = started(project, recipe)
    state = State.of(work)
    digests = {file: hashlib.sha256((work / file).read_bytes()).hexdigest() for file in recipe.files}
    changed = _changed_steps(recipe, digests, state) or {state.next}
    with build.alone(project, f"check of {recipe.id}"), console.Progress() as progress:
        checked, remarks = examine(
            project,
            recipe,
            work,
            "check_" + recipe.number,
            sorted(recipe.case, key=lambda case: (case.step not in changed, case.step)),
            lambda case, verdict: progress.update(f"{case.name} …"),
        )
    if checked.compiled:
        state.checked = digests
        state.next = checked.next_step(changed)
    state.score, state.failing = checked.score, checked.failing
    state.passed |= checked.compiled and not checked.failing
    state.save(work)
    console.say(report(checked, remarks, state.next))
    if not checked.compiled:
        return 2
    if checked.failing:
        console.say(f"Next: step {state.next}. Stuck? ./lab hint {recipe.id}")
        return 1
    console.say(f"All of it holds. ./lab solution {recipe.id} shows how the recipe does it.")
    return 0


def _changed_steps(recipe: Recipe, digests: Mapping[str, str], state: State) -> set[int]:
    """The steps in files that have been edited since the last check, or since the start."""
    changed = set()
    for file, blocks in markers.parse_recipe(recipe).items():
        starter = markers.cut((recipe.folder / file).read_text(encoding="utf-8"), file)
        before = state.checked.get(file, hashlib.sha256(starter.encode()).hexdigest())
        if digests[file] != before:
            changed |= {block.number for block in blocks}
    return changed


def report(checked: Checked, remarks: list[str], first: int | None = None) -> str:
    """What a learner reads: per step what holds and what does not and why, then the score; the step
    `first` comes ahead of all others."""
    recipe = checked.recipe
    lines = [console.colour(f"{recipe.id} {recipe.title}", "bold")]
    lines += [f"  note: {remark}" for remark in remarks]
    if not checked.compiled:
        lines += [checked.compiler, "", f"It does not compile: 0 of {recipe.points} points."]
        return "\n".join(lines)
    for step in sorted(recipe.step, key=lambda step: step.number != first):
        lines.append(f"  step {step.number}: {step.title}")
        if files := checked.unwritten.get(step.number):
            lines.append(f"      still to be written, in {' and '.join(files)}")
        cases = recipe.cases_of(step.number)
        for case in cases:
            if case.name in checked.verdicts:
                lines += _told(case, checked.verdicts[case.name])
        if waiting := sum(case.name not in checked.verdicts for case in cases):
            of = f"{waiting} of {len(cases)} cases"
            lines.append(f"    – not run: {of}, because {checked.hung.name} hangs")
    least = "at least " if len(checked.verdicts) < len(recipe.case) else ""
    lines.append(f"  {least}{checked.score} of {recipe.points} points")
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


def watch(project: Project, text: str, pause: float = 0.5) -> NoReturn:
    """Checks again whenever a file of the learner's work changes, until Ctrl-C."""
    recipe = find(project, text)
    work = started(project, recipe)
    seen = None
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


def _stamps(folder: Path) -> dict[str, int]:
    """When each source file of a folder was last changed."""
    stamps = {}
    for name in cpp_files(folder):
        try:
            stamps[name] = (folder / name).stat().st_mtime_ns
        except FileNotFoundError:
            pass  # an editor is just replacing it
    return stamps
