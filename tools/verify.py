"""Proves the labs: the starter fails each case, the solution passes it, each mutant is killed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock

from . import build, console, markers
from .cases import run_case
from .check import kinds, programs, run_cases
from .project import LabError, Project
from .recipes import Mutant, Recipe, find, load_all

KILLED, SURVIVED, UNSTABLE, STILLBORN = "killed", "survived", "unstable", "stillborn"


@dataclass(frozen=True)
class Finding:
    """What became of one case or mutant; `remark` is empty where all is as it must be."""

    name: str
    result: str
    remark: str = ""


def verify(project: Project, text: str | None, repeat: int) -> int:
    """Verifies one recipe's lab, or all; prints a table for each and the mutants in total."""
    recipes = load_all(project) if text is None else [find(project, text)]
    wrong = seeded = killed = 0
    for recipe in recipes:
        findings = verify_cases(project, recipe, repeat)
        mutants = verify_mutants(project, recipe, repeat)
        rows = [(f.name, f.result, f.remark) for f in findings + mutants]
        console.say(console.colour(f"{recipe.id} {recipe.title}", "bold"))
        console.say(console.table(("case or mutant", "result", "what is wrong"), rows) + "\n")
        wrong += sum(bool(f.remark) for f in findings + mutants)
        seeded += len(recipe.mutant)
        killed += sum(f.result == KILLED for f in mutants)
    console.say(f"mutants: {seeded} seeded, {killed} killed")
    if wrong:
        console.say(f"{wrong} not as it must be")
    return 1 if wrong else 0


def verify_cases(project: Project, recipe: Recipe, repeat: int) -> list[Finding]:
    """That the starter compiles and fails each case (unless it is given), that the solution passes
    each; both `repeat` times, because a case that only sometimes fails proves nothing."""
    markers.parse_recipe(recipe)
    house = sources(recipe)
    starter, solution = (build.Slot(project, f"verify_{n}", recipe.stem) for n in (1, 2))
    starter.fill({name: markers.cut(text, name) for name, text in house.items()})
    solution.fill(house)
    for slot, built in zip(
        (starter, solution), build.build_slots([starter, solution], kinds(recipe))
    ):
        if not built.good:
            what = "starter" if slot is starter else "solution"
            raise LabError(f"the {what} of {recipe.id} does not compile:\n{built.output}")
    findings = []
    on_starter = _repeated(starter, recipe, repeat)
    on_solution = _repeated(solution, recipe, repeat)
    for case in recipe.case:
        remarks = []
        if not all(on_solution[case.name]):
            how = "at times" if any(on_solution[case.name]) else "always"
            remarks.append(f"fails on the solution, {how}")
        if case.given and not all(on_starter[case.name]):
            remarks.append("is given, but fails on the starter")
        if not case.given and any(on_starter[case.name]):
            remarks.append("passes on the starter: it checks nothing that the learner writes")
        result = "given" if case.given else f"step {case.step}"
        findings.append(Finding(case.name, result, "; ".join(remarks)))
    return findings


def verify_mutants(project: Project, recipe: Recipe, repeat: int) -> list[Finding]:
    """What becomes of each mutant. One is built while others run: one that hangs takes its time."""
    house = sources(recipe)
    free: SimpleQueue[build.Slot] = SimpleQueue()
    slots = max(2, build.jobs())
    for n in range(slots):
        free.put(build.Slot(project, f"verify_{n + 1}", recipe.stem))
    building = Lock()

    def examine(mutant: Mutant) -> Finding:
        if why := misfit(mutant, house):
            return Finding(f"mutant: {mutant.name}", STILLBORN, why)
        slot = free.get()
        try:
            with building:
                changed = house[mutant.file].replace(mutant.find, mutant.replace)
                slot.fill(house | {mutant.file: changed})
                built = build.build_slots([slot], kinds(recipe))[0]
            return _tried(slot, recipe, mutant, repeat, built)
        finally:
            free.put(slot)

    with ThreadPoolExecutor(slots) as pool:
        return list(pool.map(examine, recipe.mutant))


def misfit(mutant: Mutant, house: dict[str, str]) -> str:
    """Why a mutant cannot be seeded, or "": its text must match exactly once."""
    count = house[mutant.file].count(mutant.find)
    return "" if count == 1 else f"its text is found {count} times in {mutant.file}, not once"


def sources(recipe: Recipe) -> dict[str, str]:
    """The recipe's own C++ files: name to text."""
    return {name: (recipe.folder / name).read_text(encoding="utf-8") for name in recipe.sources}


def _tried(
    slot: build.Slot, recipe: Recipe, mutant: Mutant, repeat: int, built: build.Built
) -> Finding:
    """Runs the case that must kill a mutant; where it does not, every other case as well."""
    name = f"mutant: {mutant.name}"
    if not built.good:
        return Finding(name, STILLBORN, "does not compile")
    case = next(case for case in recipe.case if case.name == mutant.case)
    program = programs(slot)[case.fault]
    with ThreadPoolExecutor(repeat) as pool:  # at once: a mutant that hangs takes its whole time
        runs = pool.map(lambda _: run_case(program, case.name, case.seconds), range(repeat))
        deaths = [not verdict.passed for verdict in runs]
    if all(deaths):
        return Finding(name, KILLED)
    if any(deaths):
        return Finding(name, UNSTABLE, f"{case.name} noticed it {sum(deaths)} of {repeat} times")
    others = run_cases(programs(slot), [c for c in recipe.case if c is not case])
    killers = [name for name, verdict in others.items() if not verdict.passed]
    by_others = f" (but {', '.join(killers)} did)" if killers else ""
    return Finding(name, SURVIVED, f"{case.name} did not notice it{by_others}")


def _repeated(slot: build.Slot, recipe: Recipe, repeat: int) -> dict[str, list[bool]]:
    """Whether each case passed, for each of `repeat` runs."""
    with ThreadPoolExecutor(repeat) as pool:  # at once: what hangs on a starter takes its whole time
        runs = list(
            pool.map(lambda _: run_cases(programs(slot), list(recipe.case)), range(repeat))
        )
    return {case.name: [run[case.name].passed for run in runs] for case in recipe.case}
