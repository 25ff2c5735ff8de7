"""Proves the labs: the starter fails each case, the solution passes it, each mutant is killed."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from . import build, console, markers, memory
from .cases import Verdict, run_case
from .check import kinds, programs, run_cases
from .project import LabError, Project
from .recipes import Case, Mutant, Recipe, find, load_all

KILLED, SURVIVED, UNSTABLE, STILLBORN = "killed", "survived", "unstable", "stillborn"


@dataclass(frozen=True)
class Finding:
    """What became of one case or mutant; `remark` is empty where all is as it must be."""

    name: str
    result: str
    remark: str = ""
    mutant: bool = False
    remembered: bool = False  #: from an earlier time; nothing that it depends on has changed


Findings = Callable[[], list[Finding]]  #: waits for what still runs
Programs = Mapping[bool, Path]  #: the plain test program (False) and that of the faults (True)


def verify(project: Project, text: str | None, repeat: int, again: bool = False) -> int:
    """Verifies one recipe's lab, or all; prints a table for each and the mutants in total.

    What is remembered as verified is not tried again, unless `again`.
    """
    recipes = load_all(project) if text is None else [find(project, text)]
    build.configure(project)
    memory.forget_unused()
    every: list[Finding] = []

    def report(recipe: Recipe, findings: Findings) -> None:
        found = findings()
        every.extend(found)
        _report(recipe, found)

    with (
        tempfile.TemporaryDirectory(prefix="verify-", dir=project.build) as folder,
        ThreadPoolExecutor(max(2, build.jobs())) as pool,
    ):
        begun: list[tuple[Recipe, Findings]] = []
        for recipe in recipes:
            proof = Proof(project, recipe, repeat, again, Path(folder) / recipe.stem, pool)
            begun.append((recipe, proof.begin()))
            if len(begun) > 1:  # one recipe's cases run while the next is built
                report(*begun.pop(0))
        for recipe, findings in begun:
            report(recipe, findings)
    return _total(every)


class Proof:
    """The trial of one recipe's lab. Copies are built two or more at once, and each program is moved
    out of its slot, so that its cases run in `pool` while the next copies are built."""

    def __init__(
        self, project: Project, recipe: Recipe, repeat: int, again: bool, folder: Path, pool: Executor
    ) -> None:
        markers.parse_recipe(recipe)
        self._recipe, self._repeat, self._again = recipe, repeat, again
        self._folder, self._pool = folder, pool
        self._memory = memory.Memory(project, recipe.stem)
        self._house = recipe.texts()
        names = (f"verify_{n + 1}" for n in range(max(2, build.jobs())))
        self._slots = [build.Slot(project, name, recipe.stem) for name in names]

    def begin(self) -> Findings:
        """Builds all that must be tried, and returns before all of it has run."""
        parts = [self._begin_cases(), *self._begin_mutants()]
        return lambda: [finding for part in parts for finding in part()]

    def _begin_cases(self) -> Findings:
        """That the starter compiles and fails each case (unless it is given), that the solution
        passes each; all `repeat` times, because a case that only sometimes fails proves nothing."""
        recipe, house = self._recipe, self._house
        starter = {name: markers.cut(text, name) for name, text in house.items()}
        key = self._memory.key(house, starter, recipe.case, self._repeat)
        if not self._again and self._memory.knows(key):
            return lambda: [Finding(c.name, _kind(c), remembered=True) for c in recipe.case]
        runs = []
        for what, (built, programs) in zip(("starter", "solution"), self._build([starter, house])):
            if not built.good:
                raise LabError(f"the {what} of {recipe.id} does not compile:\n{built.output}")
            runs.append(self._pool.submit(_repeated, programs, recipe, self._repeat))

        def findings() -> list[Finding]:
            on_starter, on_solution = (run.result() for run in runs)
            found = [_judge(c, on_starter[c.name], on_solution[c.name]) for c in recipe.case]
            return self._kept(key, found)

        return findings

    def _begin_mutants(self) -> list[Findings]:
        """What becomes of each mutant, in their order."""
        findings: dict[Mutant, Findings] = {}
        fresh: dict[Mutant, str] = {}
        for mutant in self._recipe.mutant:
            key = self._memory.key(self._seeded(mutant), self._case_of(mutant), self._repeat)
            if why := why_unseedable(mutant, self._house):
                findings[mutant] = _finished(Finding(mutant.name, STILLBORN, why, mutant=True))
            elif not self._again and self._memory.knows(key):
                findings[mutant] = _finished(Finding(mutant.name, KILLED, "", True, True))
            else:
                fresh[mutant] = key
        for batch in _batches(list(fresh), len(self._slots)):
            copies = [self._seeded(mutant) for mutant in batch]
            for mutant, (built, programs) in zip(batch, self._build(copies)):
                run = self._pool.submit(self._run_mutant, mutant, built, programs)
                findings[mutant] = lambda run=run, key=fresh[mutant]: self._kept(key, [run.result()])
        return [findings[mutant] for mutant in self._recipe.mutant]

    def _build(self, copies: Sequence[Mapping[str, str]]) -> list[tuple[build.Built, Programs]]:
        """Builds copies of the recipe, at most one for each slot: how it ended, and the programs."""
        slots = self._slots[: len(copies)]
        for slot, copy in zip(slots, copies):
            slot.fill(copy)
        results = build.build_slots(slots, kinds(self._recipe))
        return [(result, self._moved(slot)) for slot, result in zip(slots, results)]

    def _moved(self, slot: build.Slot) -> Programs:
        """Moves the programs that a slot has built into a folder of their own."""
        self._folder.mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        moved = {}
        for fault, program in programs(slot).items():
            if program.exists():
                moved[fault] = program.rename(folder / program.name)
        return moved

    def _run_mutant(self, mutant: Mutant, built: build.Built, programs: Programs) -> Finding:
        """Runs the case that must kill a mutant; where it does not, every other case as well."""
        finding = Finding(mutant.name, STILLBORN, "does not compile", mutant=True)
        if not built.good:
            return finding
        case = self._case_of(mutant)
        with ThreadPoolExecutor(self._repeat) as pool:  # at once: what hangs takes its whole time
            runs = [pool.submit(run_case, programs[case.fault], case) for _ in range(self._repeat)]
            deaths = sum(not run.result().passed for run in runs)
        if deaths == self._repeat:
            return replace(finding, result=KILLED, remark="")
        if deaths:
            noticed = f"{case.name} noticed it {deaths} of {self._repeat} times"
            return replace(finding, result=UNSTABLE, remark=noticed)
        others = run_cases(programs, [c for c in self._recipe.case if c is not case])
        killers = [name for name, verdict in others.items() if not verdict.passed]
        by_others = f" (but {', '.join(killers)} did)" if killers else ""
        return replace(finding, result=SURVIVED, remark=f"{case.name} did not notice it{by_others}")

    def _seeded(self, mutant: Mutant) -> dict[str, str]:
        """The recipe's sources with a mistake in them."""
        changed = self._house[mutant.file].replace(mutant.find, mutant.replace)
        return self._house | {mutant.file: changed}

    def _case_of(self, mutant: Mutant) -> Case:
        return next(case for case in self._recipe.case if case.name == mutant.case)

    def _kept(self, key: str, findings: list[Finding]) -> list[Finding]:
        """Remembers the key, if all of these are as they must be."""
        if not any(finding.remark for finding in findings):
            self._memory.keep(key)
        return findings


def why_unseedable(mutant: Mutant, house: Mapping[str, str]) -> str:
    """Why a mutant cannot be seeded, or "": its text must match exactly once."""
    count = house[mutant.file].count(mutant.find)
    return "" if count == 1 else f"its text is found {count} times in {mutant.file}, not once"


def _batches(mutants: list[Mutant], size: int) -> Iterator[list[Mutant]]:
    """Mutants to build at once. In each slot, those of one file follow each other: then little is
    compiled for each."""
    by_file = sorted(mutants, key=lambda mutant: mutant.file)
    share = -(-len(by_file) // size)
    shares = [by_file[n * share : (n + 1) * share] for n in range(size)]
    for batch in itertools.zip_longest(*shares):
        yield [mutant for mutant in batch if mutant]


def _repeated(programs: Programs, recipe: Recipe, repeat: int) -> dict[str, list[Verdict]]:
    """What became of each case, for each of `repeat` runs."""
    with ThreadPoolExecutor(repeat) as pool:  # at once: what hangs on a starter takes its whole time
        runs = list(pool.map(lambda _: run_cases(programs, list(recipe.case)), range(repeat)))
    return {case.name: [run[case.name] for run in runs] for case in recipe.case}


def _judge(case: Case, on_starter: list[Verdict], on_solution: list[Verdict]) -> Finding:
    """What is wrong with a case that did so on starter and solution."""
    remarks = []
    good = [verdict.passed for verdict in on_solution]
    if not all(good):
        remarks.append(f"fails on the solution, {'at times' if any(good) else 'always'}")
    if case.given and not all(verdict.passed for verdict in on_starter):
        remarks.append("is given, but fails on the starter")
    if not case.given and any(verdict.passed for verdict in on_starter):
        remarks.append("passes on the starter: it checks nothing that the learner writes")
    if crash := next((v.crash for v in on_starter if v.crash), ""):
        remarks.append(f"is {crash.partition(':')[0]} on the starter: a sentence says what is missing")
    return Finding(case.name, _kind(case), "; ".join(remarks))


def _kind(case: Case) -> str:
    return "given" if case.given else f"step {case.step}"


def _finished(finding: Finding) -> Findings:
    return lambda: [finding]


def _report(recipe: Recipe, findings: list[Finding]) -> None:
    """Prints what became of a recipe's cases and mutants, and how many of each are remembered."""
    console.say(console.colour(f"{recipe.id} {recipe.title}", "bold"))
    fresh = [f for f in findings if not f.remembered]
    if fresh:
        rows = [(f"mutant: {f.name}" if f.mutant else f.name, f.result, f.remark) for f in fresh]
        console.say(console.table(("case or mutant", "result", "what is wrong"), rows))
    if len(fresh) < len(findings):
        mutants = sum(f.remembered and f.mutant for f in findings)
        cases = len(findings) - len(fresh) - mutants
        what = f"{_count(cases, 'case')}, {_count(mutants, 'mutant')}"
        console.say(f"remembered, unchanged since they were verified: {what}")
    console.say()


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _total(findings: list[Finding]) -> int:
    """Prints the mutants in total; the exit status."""
    mutants = [f for f in findings if f.mutant]
    killed = sum(f.result == KILLED for f in mutants)
    remembered = sum(f.remembered for f in mutants)
    of_them = f" ({remembered} remembered; --again tries them anew)" if remembered else ""
    console.say(f"mutants: {len(mutants)} seeded, {killed} killed{of_them}")
    wrong = sum(bool(f.remark) for f in findings)
    if wrong:
        console.say(f"{wrong} not as it must be")
    return 1 if wrong else 0
