"""Reads a recipe's lab.toml and holds it to its rules."""

from __future__ import annotations

import dataclasses
import re
import tomllib
import typing
from dataclasses import dataclass
from pathlib import Path

from .project import LabError, Project, canonical


@dataclass(frozen=True)
class Step:
    """One thing that the learner writes; its sentence is in the code's step heading."""

    number: int
    title: str
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One Boost.Test case that checks a step: its worth, its time limit in seconds, and the most
    memory that it may hold, in megabytes."""

    name: str
    step: int
    points: int
    seconds: int = 20
    memory: int = 2048
    fault: bool = False  #: stands in STEM_fault_test.cpp
    given: bool = False  #: passes on the starter already, so only failing it counts

    def earned(self, passed: bool) -> int:
        """The points for this case; breaking a given one costs a point."""
        if self.given:
            return 0 if passed else -1
        return self.points if passed else 0


@dataclass(frozen=True)
class Mutant:
    """A mistake seeded into the solution, and the case that must notice it."""

    name: str
    file: str
    find: str
    replace: str
    case: str
    mistake: str
    symptom: str


@dataclass(frozen=True)
class Pattern:
    """A row of the README's table: a technique, and the file to read for it."""

    name: str
    file: str


@dataclass(frozen=True)
class Recipe:
    """All that lab.toml says about a recipe; `folder` is where it is."""

    folder: Path
    id: str
    stem: str
    title: str
    summary: str
    learn: tuple[str, ...]
    minutes: int
    files: tuple[str, ...]
    step: tuple[Step, ...]
    case: tuple[Case, ...]
    mutant: tuple[Mutant, ...]
    prerequisites: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()

    @property
    def number(self) -> str:
        """The id as file names have it: 11_04b."""
        return "_".join(self.stem.split("_")[:2])

    @property
    def points(self) -> int:
        """What all cases together are worth."""
        return sum(case.points for case in self.case)

    @property
    def sources(self) -> tuple[str, ...]:
        """The paths of the recipe's C++ files, relative to its folder ("wire/frame.hpp"), sorted."""
        return cpp_files(self.folder)

    def texts(self) -> dict[str, str]:
        """The recipe's C++ files: path as in `sources` to text."""
        return {name: (self.folder / name).read_text(encoding="utf-8") for name in self.sources}

    def cases_of(self, step: int) -> list[Case]:
        return [case for case in self.case if case.step == step]


def uses(project: Project) -> dict[str, list[str]]:
    """The recipes that each recipe builds on: add_recipe(STEM USES STEM…) in CMakeLists.txt."""
    text = (project.root / "CMakeLists.txt").read_text(encoding="utf-8")
    calls = re.findall(r"^add_recipe\((\w+)\s+USES\s([^)]*)", text, re.MULTILINE)
    return {stem: rest.partition("LINK")[0].split() for stem, rest in calls}


def cpp_files(folder: Path) -> tuple[str, ...]:
    """The paths of all C++ files in a folder and in those below it, relative to it, sorted."""
    found = (path for suffix in ("*.hpp", "*.cpp") for path in folder.rglob(suffix))
    return tuple(sorted(path.relative_to(folder).as_posix() for path in found))


def load(project: Project, stem: str) -> Recipe:
    """The recipe in recipes/STEM. Raises LabError naming everything that is wrong with lab.toml."""
    folder = project.recipes / stem
    path = folder / "lab.toml"
    problems: list[str] = []
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LabError(
            f"{project.shown(folder)} has no lab.toml: there is no exercise yet"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LabError(f"{project.shown(path)}: {error}") from None
    recipe = _read(Recipe, table | {"folder": folder}, "", problems)
    if recipe is not None:
        problems += _broken_rules(recipe)
    if problems:
        raise LabError("\n".join(f"{project.shown(path)}: {problem}" for problem in problems))
    return recipe


def find(project: Project, text: str) -> Recipe:
    """The recipe that a user means by `text` (11.2, 11_02, 11_02_tcp_server)."""
    return load(project, project.stem(text))


def load_all(project: Project) -> list[Recipe]:
    """Every recipe that has an exercise, in reading order."""
    return [
        load(project, s)
        for s in project.stems().values()
        if (project.recipes / s / "lab.toml").exists()
    ]


def _read(kind: type, table: object, where: str, problems: list[str]):
    """`table` as the dataclass `kind`, or None; what does not fit is added to `problems`."""
    if not isinstance(table, dict):
        problems.append(f"{where or 'the file'} must be a table")
        return None
    count = len(problems)
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    problems += [f"{where}{key} is no known key" for key in table if key not in fields]
    values = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], f"{where}{name}", problems)
        elif field.default is dataclasses.MISSING:
            problems.append(f"{where}{name} is missing")
    return kind(**values) if len(problems) == count else None


def _value(kind: type, value: object, where: str, problems: list[str]):
    """`value` checked against the type of its field; tuples are read item by item."""
    if typing.get_origin(kind) is tuple:
        item = typing.get_args(kind)[0]
        if not isinstance(value, list):
            problems.append(f"{where} must be a list")
            return None
        return tuple(_value(item, v, f"{where}[{i}]", problems) for i, v in enumerate(value, 1))
    if dataclasses.is_dataclass(kind):
        return _read(kind, value, f"{where}.", problems)
    if type(value) is not kind and not isinstance(value, Path):
        problems.append(f"{where} must be of type {kind.__name__}")
    return value


def _broken_rules(recipe: Recipe) -> list[str]:
    """What the types cannot say: one sentence for each rule that lab.toml breaks."""
    broken = []

    def rule(holds: bool, otherwise: str) -> None:
        if not holds:
            broken.append(otherwise)

    names = [case.name for case in recipe.case]
    steps = [step.number for step in recipe.step]
    rule(recipe.stem == recipe.folder.name, f"stem {recipe.stem} is not the folder's name")
    rule(recipe.id == canonical(recipe.stem), f"id {recipe.id} does not belong to {recipe.stem}")
    rule(steps == list(range(1, len(steps) + 1)), "steps must be numbered 1, 2, 3 …")
    rule(bool(steps), "there must be a step")
    rule(len(set(names)) == len(names), "two cases have the same name")
    mutants = [mutant.name for mutant in recipe.mutant]
    rule(len(set(mutants)) == len(mutants), "two mutants have the same name")
    for file in recipe.files:
        rule((recipe.folder / file).is_file(), f"there is no file {file}")
    for step in recipe.step:
        rule(bool(step.hints), f"step {step.number} has no hints")
        proven = any(not case.given for case in recipe.cases_of(step.number))
        rule(proven, f"step {step.number} has no case that checks it")
    for case in recipe.case:
        rule(case.step in steps, f"case {case.name} is of step {case.step}, which does not exist")
        rule(case.seconds > 0, f"case {case.name} has no time")
        rule(case.memory > 0, f"case {case.name} has no memory")
        rule(
            (case.points == 0) if case.given else (case.points > 0),
            f"case {case.name}: a given case is worth 0 points, any other at least 1",
        )
    given = sum(case.given for case in recipe.case)
    rule(
        3 * given <= len(names), f"{given} of {len(names)} cases are given: at most a third may be"
    )
    for mutant in recipe.mutant:
        rule(mutant.file in recipe.sources, f"mutant {mutant.name}: there is no file {mutant.file}")
        rule(mutant.case in names, f"mutant {mutant.name}: there is no case {mutant.case}")
        rule(mutant.find != mutant.replace, f"mutant {mutant.name} changes nothing")
    return broken
