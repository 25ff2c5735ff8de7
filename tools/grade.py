"""Grades a submission: the house's cases and, with --hidden, the instructor's own."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import build, console, markers, reports, sandbox
from .cases import Verdict
from .check import collect_submission, kinds, programs, run_cases
from .intrusion import find_intrusions
from .project import BROKEN, LabError, Project, write_atomically
from .recipes import Case, Recipe, find
from .result import Grade, Row

COMPILER_SHOWN = 20_000  #: characters of a compiler's output that a report holds


@dataclass(frozen=True)
class Hidden:
    """An instructor's own cases: `hidden.toml` with [[case]] name, points, seconds and memory, and
    the Boost.Test sources (*.cpp) that define them."""

    folder: Path
    cases: tuple[Case, ...] = ()

    @staticmethod
    def read(folder: Path) -> Hidden:
        """Raises LabError naming what is wrong with the folder."""
        path = folder / "hidden.toml"
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            cases = tuple(
                Case(case.pop("name"), 0, case.pop("points"), **case)
                for case in table.pop("case", [])
            )
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise LabError(f"{path}: {error}") from None
        except (KeyError, TypeError) as error:
            raise LabError(
                f"{path}: each case needs a name and points, can have seconds and memory: {error}"
            ) from None
        whole = all(
            type(n) is int and n > 0 for c in cases for n in (c.points, c.seconds, c.memory)
        )
        if table or not cases or not whole or not list(folder.glob("*.cpp")):
            raise LabError(f"{folder} must hold hidden.toml, with cases of whole points, and *.cpp")
        return Hidden(folder, cases)


def grade(
    project: Project,
    text: str,
    submission: Path,
    style: str,
    output: Path | None,
    hidden: Path | None,
) -> int:
    """Grades the folder `submission` and writes the result in a style of `reports.STYLES` to the
    file `output`, anew after each case, or to stdout at the end."""
    recipe = find(project, text)
    if not submission.is_dir():
        raise LabError(f"{submission} is not a folder")
    own = Hidden.read(hidden) if hidden else Hidden(submission)
    write = reports.STYLES[style]
    titles = {step.number: f"step {step.number}: {step.title}" for step in recipe.step}
    rows = [Row(case, titles[case.step]) for case in recipe.case]
    result = Grade(recipe, rows + [Row(case, "hidden", hidden=True) for case in own.cases])

    def publish() -> None:
        if output:
            write_atomically(output, write(result))

    _build_solution(project, recipe)
    box = sandbox.find(project)
    if box.remark:
        print(f"lab: {box.remark}", file=sys.stderr)  # for the instructor, not for the report
    files, result.remarks = collect_submission(recipe, submission)
    for step, where in markers.unwritten(recipe, files).items():
        result.remarks.append(f"step {step} is as in the starter, in {' and '.join(where)}")
    slot = build.Slot(project, "grade_" + recipe.number, recipe.stem)
    slot.fill(files, recipe.texts(), recipe.files)
    try:
        publish()
        _build(result, slot, box)
        if not result.refusal:
            _run(result, slot, own, box, publish)
    finally:
        # The next submission's compiler sees this folder too.
        slot.fill(recipe.texts(), recipe.texts(), recipe.files)
    publish()
    if not output:
        console.say(write(result))
    if result.refusal:
        return 2
    return 0 if result.full_marks else 1


def _build_solution(project: Project, recipe: Recipe) -> None:
    """Builds the recipe's own tests, and with them all that a submission is linked to: if that
    fails, it is not the submission's fault."""
    built = build.build(project, [f"{recipe.stem}_{kind}" for kind in kinds(recipe)])
    if not built.good:
        raise LabError(f"{built.output}\nlab: the recipe itself does not compile", BROKEN)


def _build(result: Grade, slot: build.Slot, box: sandbox.Sandbox) -> None:
    """Builds a submission and looks at what was built; enters why it is refused."""
    built = build.build_slots({slot: kinds(result.recipe)}, box.compiler)[slot]
    if not built.good:
        said = build.localise_paths(built.output, slot, "submission")[:COMPILER_SHOWN]
        result.refusal = "does not compile"
        result.details = said or (
            f"the compiler was stopped: it took more than {sandbox.BUILD_TIME} s, "
            f"or more than {sandbox.COMPILER_MEMORY >> 30} GB of memory"
        )
        return
    symbols = build.symbols(slot, box.compiler)
    if intrusions := find_intrusions(symbols):
        result.refusal = "reaches for the tests"
        result.details = "\n".join(intrusions)


def _run(
    result: Grade,
    slot: build.Slot,
    own: Hidden,
    box: sandbox.Sandbox,
    publish: Callable[[], None],
) -> None:
    """Runs all cases, one at a time, and publishes after each."""

    def record(hidden: bool) -> Callable[[Case, Verdict], None]:
        def on_result(case: Case, verdict: Verdict) -> None:
            result.record(case, hidden, verdict)
            publish()

        return on_result

    run_cases(programs(slot), list(result.recipe.case), record(False), 1, box)
    if not own.cases:
        return
    slot.fill_hidden(
        {path.name: path.read_text(encoding="utf-8") for path in own.folder.glob("*.cpp")}
    )
    try:
        built = build.build_slots({slot: ["hidden_test"]}, box.compiler)[slot]
        if not built.good:
            raise LabError(
                f"the hidden cases do not compile with this submission:\n{built.output}", 1
            )
        program = build.executable(slot.project, slot.target("hidden_test"))
        run_cases({False: program, True: program}, list(own.cases), record(True), 1, box)
    finally:
        slot.fill_hidden({})
