"""Proves the labs: the starter fails each case, the solution passes it, each mutant is killed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import build, console, markers, memory
from .cases import Verdict, run_case
from .check import kind, kinds, programs, run_cases
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


Programs = Mapping[bool, Path]  #: the plain test program (False) and that of the faults (True)


def verify(project: Project, text: str | None, repeat: int, again: bool = False) -> int:
    """Verifies one recipe's lab, or all; prints a table for each and the mutants in total.

    What is remembered as verified is not tried again, unless `again`.
    """
    recipes = load_all(project) if text is None else [find(project, text)]
    build.configure(project)
    memory.forget_unused()
    every: list[Finding] = []

    def report(proof: Proof) -> None:
        findings = proof.findings()
        every.extend(findings)
        _report(proof.recipe, findings)
        for slot in proof.slots:
            slot.remove_programs()

    # Cases wait most of the time.
    with build.alone(project, "verify"), ThreadPoolExecutor(4 * build.cores()) as pool:
        try:
            proofs = [Proof(project, recipe, repeat, again, pool) for recipe in recipes]
            if any(proof.slots for proof in proofs):
                build.configure(project, force=True)  # one time for the slots of all
            for proof, before in zip([*proofs, None], [None, *proofs]):
                if proof:
                    proof.begin()
                if before:  # whose cases ran while this one was built
                    report(before)
        finally:
            for slot in build.slots(project, "verify_"):
                slot.remove()
    return _total(every)


class Proof:
    """The trial of one recipe's lab. Each copy that must be tried has a slot of its own, so that all
    are built in one run; then their cases run in `pool`."""

    def __init__(
        self, project: Project, recipe: Recipe, repeat: int, again: bool, pool: Executor
    ) -> None:
        markers.parse_recipe(recipe)
        self.recipe = recipe
        self.slots: list[build.Slot] = []  #: of all copies
        self._project, self._repeat, self._again, self._pool = project, repeat, again, pool
        self._memory = memory.Memory(project, recipe.stem)
        self._house = recipe.texts()
        starter = {name: markers.cut(text, name) for name, text in self._house.items()}
        self._key = self._memory.key(self._house, starter, recipe.case, repeat)
        self._copies = ()
        if not self._known(self._key):
            self._copies = (self._slot(starter, recipe.files), self._slot(self._house))
        self._runs: list[Future] = []
        self._mutants = [self._begin(mutant) for mutant in recipe.mutant]

    def begin(self) -> None:
        """Builds all that must be tried, and returns before all of it has run."""
        wanted = {slot: kinds(self.recipe) for slot in self._copies}
        for trial in self._mutants:
            if trial.slot:
                wanted[trial.slot] = [kind(trial.case)]
        built = build.build_slots(wanted) if wanted else {}
        for what, slot in zip(("starter", "solution"), self._copies):
            if not built[slot].good:
                said = build.build_slots({slot: kinds(self.recipe)})[slot].output
                raise LabError(f"the {what} of {self.recipe.id} does not compile:\n{said}")
            run = self._pool.submit(_repeated, programs(slot), self.recipe, self._repeat)
            self._runs.append(run)
        for trial in self._mutants:
            if trial.slot and built[trial.slot].good:
                trial.deaths = self._pool.submit(self._deaths, programs(trial.slot), trial.case)

    def findings(self) -> list[Finding]:
        """What became of each case and each mutant, in their order; waits for what still runs."""
        recipe = self.recipe
        if self._copies:
            on_starter, on_solution = (run.result() for run in self._runs)
            found = [_judge(c, on_starter[c.name], on_solution[c.name]) for c in recipe.case]
            self._keep(self._key, found)
        else:
            found = [Finding(c.name, _kind(c), remembered=True) for c in recipe.case]
        return found + [self._judge_mutant(trial) for trial in self._mutants]

    def _begin(self, mutant: Mutant) -> _Trial:
        """Puts a mutant into a slot, unless it is remembered or cannot be seeded."""
        case = next(case for case in self.recipe.case if case.name == mutant.case)
        copy = self._seeded(mutant)
        trial = _Trial(mutant, case, self._memory.key(copy, case, self._repeat))
        if not why_unseedable(mutant, self._house) and not self._known(trial.key):
            trial.slot = self._slot(copy)
        return trial

    def _slot(self, copy: Mapping[str, str], own: Collection[str] = ()) -> build.Slot:
        """The next slot, filled with a copy of the recipe that has the files `own` of its own."""
        slot = build.Slot(self._project, f"verify_{len(self.slots) + 1}", self.recipe.stem)
        slot.fill(copy, self._house, own)
        self.slots.append(slot)
        return slot

    def _deaths(self, programs: Programs, case: Case) -> int:
        """How often a case that must kill a mutant does."""
        with ThreadPoolExecutor(self._repeat) as pool:  # at once: what hangs takes its whole time
            runs = [pool.submit(run_case, programs[case.fault], case) for _ in range(self._repeat)]
            return sum(not run.result().passed for run in runs)

    def _judge_mutant(self, trial: _Trial) -> Finding:
        """What became of a mutant; where its case did not notice it, every other is run as well."""
        name, case = trial.mutant.name, trial.case
        if why := why_unseedable(trial.mutant, self._house):
            return Finding(name, STILLBORN, why, mutant=True)
        if not trial.slot:
            return Finding(name, KILLED, "", mutant=True, remembered=True)
        if not trial.deaths:
            return Finding(name, STILLBORN, "does not compile", mutant=True)
        deaths = trial.deaths.result()
        if deaths == self._repeat:
            finding = Finding(name, KILLED, "", mutant=True)
            self._keep(trial.key, [finding])
            return finding
        if deaths:
            noticed = f"{case.name} noticed it {deaths} of {self._repeat} times"
            return Finding(name, UNSTABLE, noticed, mutant=True)
        build.build_slots({trial.slot: kinds(self.recipe)})
        others = run_cases(programs(trial.slot), [c for c in self.recipe.case if c is not case])
        killers = [name for name, verdict in others.items() if not verdict.passed]
        by_others = f" (but {', '.join(killers)} did)" if killers else ""
        return Finding(name, SURVIVED, f"{case.name} did not notice it{by_others}", mutant=True)

    def _seeded(self, mutant: Mutant) -> dict[str, str]:
        """The recipe's sources with a mistake in them."""
        changed = self._house[mutant.file].replace(mutant.find, mutant.replace)
        return self._house | {mutant.file: changed}

    def _known(self, key: str) -> bool:
        return not self._again and self._memory.knows(key)

    def _keep(self, key: str, findings: list[Finding]) -> None:
        """Remembers the key, if all of these are as they must be."""
        if not any(finding.remark for finding in findings):
            self._memory.keep(key)


@dataclass
class _Trial:
    """A mutant on its way: where it is built, and how often its case killed it."""

    mutant: Mutant
    case: Case
    key: str
    slot: build.Slot | None = None  #: none if it is remembered or cannot be seeded
    deaths: Future[int] | None = None  #: none if it does not compile


def why_unseedable(mutant: Mutant, house: Mapping[str, str]) -> str:
    """Why a mutant cannot be seeded, or "": its text must match exactly once."""
    count = house[mutant.file].count(mutant.find)
    return "" if count == 1 else f"its text is found {count} times in {mutant.file}, not once"


def _repeated(programs: Programs, recipe: Recipe, repeat: int) -> dict[str, list[Verdict]]:
    """What became of each case, for each of `repeat` runs."""
    with ThreadPoolExecutor(repeat) as pool:  # at once: what hangs on a starter takes its whole time
        runs = list(pool.map(lambda _: run_cases(programs, list(recipe.case)), range(repeat)))
    return {case.name: [run[case.name] for run in runs] for case in recipe.case}


def _judge(case: Case, on_starter: list[Verdict], on_solution: list[Verdict]) -> Finding:
    """What is wrong with a case that did so on starter and solution."""
    remarks = []
    if failure := _failure(on_solution):
        remarks.append(f"fails on the solution, {failure}")
    if case.given and (failure := _failure(on_starter)):
        remarks.append(f"is given, but fails on the starter, {failure}")
    if not case.given and any(verdict.passed for verdict in on_starter):
        remarks.append("passes on the starter: it checks nothing that the learner writes")
    if crash := next((v.crash for v in on_starter if v.crash), ""):
        remarks.append(f"is {crash.partition(':')[0]} on the starter: a sentence says what is missing")
    return Finding(case.name, _kind(case), "; ".join(remarks))


def _failure(runs: list[Verdict]) -> str:
    """How often one of several runs of a case failed, and why; "" if none did."""
    failed = [verdict for verdict in runs if not verdict.passed]
    if not failed:
        return ""
    return f"{len(failed)} of {len(runs)} times: {failed[0].problems[0]}"


def _kind(case: Case) -> str:
    return "given" if case.given else f"step {case.step}"


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
    """Prints the mutants in total, and once more what is not as it must be; the exit status."""
    mutants = [f for f in findings if f.mutant]
    killed = sum(f.result == KILLED for f in mutants)
    remembered = sum(f.remembered for f in mutants)
    of_them = f" ({remembered} remembered; --again tries them anew)" if remembered else ""
    console.say(f"mutants: {len(mutants)} seeded, {killed} killed{of_them}")
    wrong = [f for f in findings if f.remark]
    if wrong:
        console.say(f"{len(wrong)} not as it must be:")
    for finding in wrong:
        console.say(f"{finding.name}: {finding.remark}")
    return 1 if wrong else 0
