"""What `./lab docs --check` holds the code to: who may include whom, and that the examples in header
comments compile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .project import Project
from .recipes import cpp_files, uses

ROOMS = ("async", "net", "http", "cli")  #: of common/; each includes only those before it
EXAMPLES = "tests/header_examples.cpp"  #: is compiled, and has every example of a header comment

_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
_EXAMPLE = re.compile(r"///? {5,}(\S.*)")  # a line of code: indented by four within its comment


def broken(project: Project) -> Iterator[str]:
    """A line for each rule that the code breaks."""
    yield from _rooms(project)
    for stem in project.stems().values():
        yield from _neighbours(project, stem)
    yield from _examples(project)


def _rooms(project: Project) -> Iterator[str]:
    """common/: cli → http → net → async. common/lab.hpp is the starters', and in no room."""
    common = project.root / "common"
    for file in cpp_files(common):
        room = file.partition("/")[0]
        allowed = ROOMS[: ROOMS.index(room) + 1] if room in ROOMS else ()
        for line, path in _includes(common / file):
            parts = path.split("/")
            if parts[0] == "common" and parts[1] not in allowed:
                yield f"common/{file}:{line}: {room} must not include {path}"
            elif parts[0] in project.stems().values():
                yield f"common/{file}:{line}: common includes no recipe, but {path}"


def _neighbours(project: Project, stem: str) -> Iterator[str]:
    """A recipe includes common, its own files, and those of the recipes that it USES."""
    allowed = {"common", stem, *uses(project).get(stem, ())}
    folder = project.recipes / stem
    for file in cpp_files(folder):
        for line, path in _includes(folder / file):
            own = ((folder / file).parent / path).resolve()
            if path.split("/")[0] not in allowed and not (
                own.exists() and own.is_relative_to(folder.resolve())
            ):
                where = f"{project.shown(folder / file)}:{line}"
                yield f"{where}: {path} is neither its own nor of a recipe that it USES"


def _includes(path: Path) -> Iterator[tuple[int, str]]:
    """What a file includes in quotes, with the line."""
    text = path.read_text(encoding="utf-8")
    for match in _INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(1)) + 1, match[1]


def _examples(project: Project) -> Iterator[str]:
    """Every line of an example must stand in EXAMPLES, in the order of the header."""
    compiled = project.root / EXAMPLES
    lines = compiled.read_text(encoding="utf-8").splitlines() if compiled.exists() else []
    code = [_code(line) for line in lines]
    missing = f"this example is not in {EXAMPLES}, where it would be compiled"
    for folder in ("common", "tests/support"):
        for file in cpp_files(project.root / folder):
            if not file.endswith(".hpp"):
                continue
            source = (project.root / folder / file).read_text(encoding="utf-8")
            for line, example in examples(source):
                if not _has(code, example):
                    yield f"{folder}/{file}:{line}: {missing}"


def examples(source: str) -> Iterator[tuple[int, list[str]]]:
    """The examples in a header's comments: their first line, and their lines of code. What they leave
    out (…) separates one example from the next."""
    found: list[str] = []
    for number, line in enumerate([*source.splitlines(), ""], 1):
        match = _EXAMPLE.match(line.strip())
        if match and not match[1].startswith("…"):
            found.append(_code(match[1]))
        elif found:
            yield number - len(found), found
            found = []


def _code(line: str) -> str:
    """A line of code without its indentation and its comment."""
    return re.sub(r"\s*//.*", "", line).strip()


def _has(code: list[str], example: list[str]) -> bool:
    """Whether the lines follow each other somewhere."""
    return any(code[at : at + len(example)] == example for at in range(len(code)))
