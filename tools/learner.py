"""The learner's side: starting a lab, hints, differences, the solution, starting over."""

from __future__ import annotations

import difflib
import json
import shutil
import textwrap
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import console, markers
from .project import LabError, Project, write_atomically
from .recipes import Recipe, Step, find, load_all


@dataclass
class State:
    """What is remembered about a learner's work on one recipe, in work/ID/.lab.json."""

    passed: bool = False  #: all cases passed at some time
    score: int | None = None  #: of the last check
    failing: list[int] = field(default_factory=list)  #: steps that did not hold then
    hints: dict[str, int] = field(default_factory=dict)  #: step to the number of hints shown
    next: int | None = None  #: the step to look at
    checked: dict[str, str] = field(default_factory=dict)  #: file to its digest at the last check

    @staticmethod
    def of(work: Path) -> State:
        try:
            return State(**json.loads((work / ".lab.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return State()

    def save(self, work: Path) -> None:
        write_atomically(work / ".lab.json", json.dumps(asdict(self), indent=1) + "\n")


def started(project: Project, recipe: Recipe) -> Path:
    """The learner's folder for a recipe. Raises LabError if the lab was never started, or if a file
    with steps has gone."""
    work = project.work(recipe.id)
    if not work.is_dir():
        raise LabError(f"there is no {project.shown(work)} yet: begin with ./lab start {recipe.id}")
    if gone := [project.shown(work / f) for f in recipe.files if not (work / f).exists()]:
        raise LabError(
            f"{', '.join(gone)} is missing: ./lab reset {recipe.id} writes the starter anew "
            "and keeps a copy of what is left"
        )
    return work


def list_recipes(project: Project) -> int:
    """Prints every recipe with what it teaches and how far the learner is."""
    rows = []
    for recipe in load_all(project):
        work = project.work(recipe.id)
        state = State.of(work)
        if not work.is_dir():
            done = ""
        elif state.passed:
            done = "passed"
        else:
            done = "started" if state.score is None else f"{state.score} of {recipe.points} points"
        rows.append((recipe.id, recipe.title, f"{recipe.minutes} min", recipe.summary, done))
    columns = 5 if any(done for *_, done in rows) else 4
    head = ("id", "title", "lab", "what it teaches", "your work")[:columns]
    shown = [row[:columns] for row in rows]
    console.say(console.table(head, shown, numbers=["lab"], shortened="what it teaches"))
    return 0


def start(project: Project, text: str) -> int:
    """Writes the starter of a recipe to work/ID/, which must not exist, and says what to do."""
    recipe = find(project, text)
    work = project.work(recipe.id)
    if work.exists():
        raise LabError(
            f"{project.shown(work)} exists and is left as it is "
            f"(./lab check {recipe.id} checks it, "
            f"./lab reset {recipe.id} starts over and keeps a copy)"
        )
    partial = work.with_name(f".{work.name}.new")
    shutil.rmtree(partial, ignore_errors=True)
    markers.write_starter(recipe, partial)
    partial.rename(work)
    console.say(introduction(project, recipe))
    return 0


def introduction(project: Project, recipe: Recipe) -> str:
    """What a learner reads about a lab that was just started."""
    lines = [console.colour(f"{recipe.id} {recipe.title}", "bold"), recipe.summary, ""]
    lines += ["You learn:", *(f"  - {what}" for what in recipe.learn)]
    if recipe.prerequisites:
        lines += ["You should know:", *(f"  - {what}" for what in recipe.prerequisites)]
    if recipe.references:
        lines += ["Look it up in: " + ", ".join(recipe.references)]
    shown = project.shown(project.work(recipe.id))
    lines += ["", f"Steps ({recipe.minutes} minutes), each marked TODO in {shown}:"]
    places = [
        (block, file) for file, blocks in markers.parse_recipe(recipe).items() for block in blocks
    ]
    for block, file in sorted(places, key=lambda place: place[0].number):
        sentence = textwrap.fill(block.sentence, 90, subsequent_indent=" " * 5)
        lines.append(f"  {block.number}. {sentence} ({file})")
    lines += [
        "",
        f"Then: ./lab check {recipe.id}, or ./lab watch {recipe.id}, which checks at every save.",
    ]
    lines += [f"Stuck? ./lab hint {recipe.id}. The page: docs/{recipe.stem}.md"]
    return "\n".join(lines)


def hint(project: Project, text: str, step: int | None) -> int:
    """Prints the next hint for a step: the one given, or the first that did not hold at the last
    check. When all have been shown, shows them all again."""
    recipe = find(project, text)
    work = started(project, recipe)
    state = State.of(work)
    if step is None and state.score is not None and not state.failing:
        console.say(f"Every step holds. ./lab solution {recipe.id} shows how the recipe does it.")
        return 0
    number = (state.next or min(state.failing, default=1)) if step is None else step
    chosen = next((s for s in recipe.step if s.number == number), None)
    if chosen is None:
        raise LabError(f"{recipe.id} has the steps 1 to {len(recipe.step)}, not {number}")
    console.say(_next_hint(chosen, state))
    state.save(work)
    return 0


def _next_hint(step: Step, state: State) -> str:
    shown = state.hints.get(str(step.number), 0)
    head = console.colour(f"step {step.number}: {step.title}", "bold")
    if shown >= len(step.hints):
        hints = [f"  {i}. {text}" for i, text in enumerate(step.hints, 1)]
        return "\n".join([f"{head}: there are no more hints", *hints])
    state.hints[str(step.number)] = shown + 1
    return f"{head}\n  hint {shown + 1} of {len(step.hints)}: {step.hints[shown]}"


def diff(project: Project, text: str, against_solution: bool, now: bool) -> int:
    """Prints what the learner changed since the starter, or how the solution differs from it.

    The solution is compared only after a pass, or with `now`.
    """
    recipe = find(project, text)
    work = started(project, recipe)
    if against_solution:
        _refuse_before_pass(recipe, work, now)
    same = True
    for file in recipe.sources:
        theirs = _lines(work / file)
        house = (recipe.folder / file).read_text(encoding="utf-8")
        if against_solution:
            pair = theirs, house.splitlines(True), project.shown(work / file), "solution"
        else:
            cut = markers.cut(house, file).splitlines(True)
            pair = cut, theirs, "starter", project.shown(work / file)
        for line in difflib.unified_diff(*pair):
            same = False
            name = {"+": "green", "-": "red", "@": "dim"}.get(line[0])
            line = line.rstrip("\n")
            console.say(console.colour(line, name) if name else line)
    if same and against_solution:
        console.say(f"No difference: {project.shown(work)} is the solution.")
    elif same:
        console.say(f"No changes yet: {project.shown(work)} is as ./lab start wrote it.")
    return 0


def solution(project: Project, text: str, now: bool) -> int:
    """Prints the solution's steps: after a pass, or with `now`."""
    recipe = find(project, text)
    _refuse_before_pass(recipe, project.work(recipe.id), now)
    for file, blocks in markers.parse_recipe(recipe).items():
        lines = (recipe.folder / file).read_text(encoding="utf-8").splitlines()
        for block in blocks:
            where = f"{project.shown(recipe.folder / file)}:{block.heading + 1}"
            console.say(console.colour(where, "dim"))
            console.say("\n".join(lines[block.heading : block.end]) + "\n")
    return 0


def reset(project: Project, text: str, yes: bool) -> int:
    """Puts the starter back. Asks first, unless `yes`; the work is kept in work/backups/."""
    recipe = find(project, text)
    work = project.work(recipe.id)
    if not work.is_dir():
        return start(project, recipe.id)
    if not yes:
        try:
            answer = input(f"Start {recipe.id} over? A copy of your work is kept. [y/N] ")
        except EOFError:
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            console.say("Nothing changed.")
            return 1
    base = work.parent / "backups" / f"{recipe.id}-{time.strftime('%Y%m%d-%H%M%S')}"
    backup, count = base, 1
    while backup.exists():
        count += 1
        backup = base.with_name(f"{base.name}-{count}")
    backup.parent.mkdir(exist_ok=True)
    work.rename(backup)
    console.say(f"Your work is kept in {project.shown(backup)}.")
    return start(project, recipe.id)


def _refuse_before_pass(recipe: Recipe, work: Path, now: bool) -> None:
    if not now and not State.of(work).passed:
        raise LabError(
            f"the solution is shown once ./lab check {recipe.id} has passed, or with --now",
            status=1,
        )


def _lines(path: Path) -> list[str]:
    """A file's lines; none when it is missing."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines(True)
    except OSError:
        return []
