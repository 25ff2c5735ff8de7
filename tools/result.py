"""The result of grading a submission: a row for each case, the points, what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .cases import Verdict
from .recipes import Case, Recipe


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
        """The points earned: negative if the case was given and fails, 0 until it has run."""
        return self.case.earned(self.passed) if self.verdict else 0


@dataclass
class Grade:
    """A submission's grade as far as it is known."""

    recipe: Recipe
    rows: list[Row]
    remarks: list[str] = field(default_factory=list)
    refusal: str = ""  #: why none of it was run, in a few words: "does not compile"
    details: str = ""  #: the refusal's own: what the compiler said

    @property
    def points(self) -> int:
        return max(0, sum(row.points for row in self.rows))

    @property
    def max_points(self) -> int:
        return sum(row.case.points for row in self.rows)

    @property
    def full_marks(self) -> bool:
        """Whether every case passed, also those that are worth nothing."""
        return all(row.passed for row in self.rows)

    def record(self, case: Case, hidden: bool, verdict: Verdict) -> None:
        """Enters what became of a case."""
        for index, row in enumerate(self.rows):
            if row.case is case and row.hidden == hidden:
                self.rows[index] = replace(row, verdict=verdict)

    def reason(self, row: Row) -> str:
        """Why a case has not passed, in the learner's words; "" if it has."""
        if self.refusal:
            return self.refusal
        if row.verdict is None:
            return "has not run"
        if row.passed:
            return ""
        lines = list(row.verdict.problems)
        if row.case.given:
            lines.append("this worked in the starter, and breaking it costs a point")
        if printed := row.verdict.output.strip():
            lines += ["it printed:", printed]
        return "\n".join(lines)
