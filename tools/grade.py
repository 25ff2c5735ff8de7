"""Grades a submission: the house's cases and, with --hidden, the instructor's own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import build, console, reports
from .cases import Verdict
from .check import kinds, programs, run_cases, taken
from .project import LabError, Project, write_atomically
from .recipes import Case, Recipe, find


@dataclass(frozen=True)
class Hidden:
    """An instructor's own cases: `hidden.toml` with [[case]] name, points and seconds, and the
    Boost.Test sources (*.cpp) that they stand in."""

    folder: Path
    cases: tuple[Case, ...] = ()

    @staticmethod
    def read(folder: Path) -> Hidden:
        """Raises LabError naming what is wrong with the folder."""
        path = folder / "hidden.toml"
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            cases = tuple(
                Case(case.pop("name"), 0, case.pop("points"), case.pop("seconds", 10), **case)
                for case in table.pop("case", [])
            )
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise LabError(f"{path}: {error}") from None
        except (KeyError, TypeError) as error:
            raise LabError(
                f"{path}: each case needs a name and points, nothing else: {error}"
            ) from None
        whole = all(
            type(c.points) is int and type(c.seconds) is int and c.points > 0 for c in cases
        )
        if table or not cases or not whole or not list(folder.glob("*.cpp")):
            raise LabError(f"{folder} must hold hidden.toml, with cases of whole points, and *.cpp")
        return Hidden(folder, cases)


@dataclass(frozen=True)
class Row:
    """One case of a grade; `verdict` is None until it has run."""

    case: Case
    title: str  #: the step's, or "hidden"
    hidden: bool = False
    verdict: Verdict | None = None

    @property
    def passed(self) -> bool:
        return self.verdict is not None and self.verdict.passed

    @property
    def points(self) -> int:
        return self.case.points if self.passed else 0

    @property
    def text(self) -> str:
        """What the learner is told: why the case has not passed."""
        if self.verdict is None:
            return "has not run"
        if self.passed:
            return ""
        printed = self.verdict.output.strip()
        return "\n".join([*self.verdict.problems, *(["it printed:", printed] if printed else [])])


@dataclass
class Grade:
    """A submission's grade as far as it is known."""

    recipe: Recipe
    rows: list[Row]
    remarks: list[str] = field(default_factory=list)
    compiler: str = ""  #: the compiler's output, where the submission does not compile

    @property
    def points(self) -> int:
        return sum(row.points for row in self.rows)

    @property
    def most(self) -> int:
        return sum(row.case.points for row in self.rows)

    def record(self, case: Case, hidden: bool, verdict: Verdict) -> None:
        """Enters what became of a case."""
        for index, row in enumerate(self.rows):
            if row.case is case and row.hidden == hidden:
                self.rows[index] = replace(row, verdict=verdict)


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
        raise LabError(f"{submission} is no folder")
    own = Hidden.read(hidden) if hidden else Hidden(submission)
    told = reports.STYLES[style]
    titles = {step.number: f"step {step.number}: {step.title}" for step in recipe.step}
    rows = [Row(case, titles[case.step]) for case in recipe.case]
    result = Grade(recipe, rows + [Row(case, "hidden", hidden=True) for case in own.cases])

    def publish() -> None:
        if output:
            write_atomically(output, told(result))

    files, result.remarks = taken(recipe, submission)
    slot = build.Slot(project, "grade_" + recipe.number, recipe.stem)
    slot.fill(files)
    publish()
    built = build.build_slots([slot], kinds(recipe))[0]
    if not built.good:
        result.compiler = build.retold(built.output, slot, "submission")
    else:
        _run(result, slot, own, publish)
    publish()
    if not output:
        console.say(told(result))
    if result.compiler:
        return 2
    return 0 if result.points == result.most else 1


def _run(result: Grade, slot: build.Slot, own: Hidden, publish) -> None:
    """Runs all cases, one at a time, and publishes after each."""

    def record(hidden: bool):
        def told(case: Case, verdict: Verdict) -> None:
            result.record(case, hidden, verdict)
            publish()

        return told

    run_cases(programs(slot), list(result.recipe.case), record(False), workers=1)
    if not own.cases:
        return
    slot.fill_hidden(
        {path.name: path.read_text(encoding="utf-8") for path in own.folder.glob("*.cpp")}
    )
    try:
        built = build.build_slots([slot], ["hidden_test"])[0]
        if not built.good:
            raise LabError(
                f"the hidden cases do not compile with this submission:\n{built.output}", 1
            )
        program = build.executable(slot.project, slot.target("hidden_test"))
        run_cases({False: program, True: program}, list(own.cases), record(True), workers=1)
    finally:
        slot.fill_hidden({})
