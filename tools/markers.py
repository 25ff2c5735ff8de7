"""The step headings in a recipe's sources: strict parser, and the cut that makes the starter.

    // [step 2] Stop when the peer has closed its side. (stub: co_return;)
    // What the heading needs to explain; these lines stay in the starter.
    …the lesson…
    // [end]
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import cpp
from .project import LabError
from .recipes import Recipe

_STEP = re.compile(r"\s*// \[step ([1-9]\d*)\] (\S.*?\.)(?: \(stub: (\S.*)\))?")
_END = re.compile(r"\s*// \[end\]")
_MEANT = re.compile(
    r"""
      \[\s*(step\b|end\s*\])                           # [step …, [ END ], anywhere in a comment
    | ^\s*/[/*]+\s*\[\s*(step|end)\b                   # [end step 1]
    | ^\s*/[/*]+\s*[({<]\s*(step\s*\d*|end)\s*[)}>\]]   # (step 1), {end}
    | ^\s*/[/*]+\s*step\s*\d*\s*\]                      # step 1]
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BRACKETED = re.compile(r"\s*//+\s*\[\s*([A-Za-z]+)[\s\d]*\]")


class MarkerError(LabError):
    """Markers that break the grammar: one line for each, `file:line: what is wrong`."""


@dataclass(frozen=True)
class Block:
    """One step in one file: its heading, and where its parts are (line indices from 0)."""

    number: int
    sentence: str
    stub: str | None
    heading: int
    body: int  #: the first line that the learner writes, after the heading's explanation
    end: int  #: the line of `// [end]`


def parse(source: str, name: str = "source") -> list[Block]:
    """The steps marked in a source text, in order.

    Raises MarkerError for every comment that looks like a marker and is not, for a step within a
    step, for an end without a step and the reverse, and for a step with nothing to cut out.
    """
    lines = source.split("\n")
    problems: list[str] = []
    blocks: list[Block] = []
    opened: tuple[int, re.Match[str]] | None = None
    for index in _suspicious_lines(source):
        where = f"{name}:{index + 1}"
        step, end = _STEP.fullmatch(lines[index]), _END.fullmatch(lines[index])
        if step and "(stub" in step[2]:
            step = None
        if step and opened:
            problems.append(f"{where}: a step begins within step {opened[1][1]}")
        elif step:
            opened = index, step
        elif end and opened:
            heading, match = opened
            body = _first_line_of_code(lines, heading)
            if not any(line.strip() for line in lines[body:index]):
                problems.append(f"{where}: step {match[1]} has nothing to cut out")
            blocks.append(Block(int(match[1]), match[2], match[3], heading, body, index))
            opened = None
        elif end:
            problems.append(f"{where}: an end without a step")
        else:
            problems.append(
                f"{where}: looks like a marker but is not: {lines[index].strip()!r} "
                "(the forms are "
                "'// [step 1] Sentence.', '// [step 1] Sentence. (stub: CODE)' and '// [end]')"
            )
    if opened:
        problems.append(f"{name}:{opened[0] + 1}: step {opened[1][1]} has no end")
    if problems:
        raise MarkerError("\n".join(problems))
    return blocks


def cut(source: str, name: str = "source") -> str:
    """The starter's form of a source text: each step's body replaced by its stub.

    Raises what parse raises. A text without steps is returned as it is.
    """
    lines = source.split("\n")
    for block in reversed(parse(source, name)):
        lines[block.heading : block.end + 1] = _placeholder(block, lines)
    return _with_lab_header("\n".join(lines))


def _placeholder(block: Block, lines: list[str]) -> list[str]:
    """What the starter has in the place of a step: its TODO, what explains it, and the stub."""
    indent = re.match(r"\s*", lines[block.heading])[0]
    step = f"step {block.number}: {block.sentence}"
    stub = f"{block.stub}  // replace this" if block.stub else f"lab::todo({cpp.quoted(step)});"
    explanation = lines[block.heading + 1 : block.body]
    return [f"{indent}// TODO {step}", *explanation, indent + stub]


def unwritten(recipe: Recipe, files: Mapping[str, str]) -> dict[int, list[str]]:
    """The steps that a copy of a recipe has as the starter has them, and in which files."""
    found: dict[int, list[str]] = {}
    for file, blocks in parse_recipe(recipe).items():
        lines = (recipe.folder / file).read_text(encoding="utf-8").split("\n")
        for block in blocks:
            text = [*_placeholder(block, lines), *lines[block.end + 1 : block.end + 2]]
            if "\n".join(text) in files[file] and file not in found.setdefault(block.number, []):
                found[block.number].append(file)
    return found


def parse_recipe(recipe: Recipe) -> dict[str, list[Block]]:
    """The steps of a recipe by file, checked against its lab.toml.

    Each of its steps must be marked, in one place or in several, and no other; only `files` may
    have any.
    """
    found: dict[str, list[Block]] = {}
    problems: list[str] = []
    for file in dict.fromkeys(recipe.files + recipe.sources):
        path = recipe.folder / file
        try:
            blocks = parse(path.read_text(encoding="utf-8"), f"{recipe.stem}/{file}")
        except MarkerError as error:
            problems.append(str(error))
            continue
        if file in recipe.files:
            found[file] = blocks
        elif blocks:
            problems.append(
                f"{recipe.stem}/{file} has steps, but lab.toml does not list it in files"
            )
    if not problems:
        marked = sorted({block.number for blocks in found.values() for block in blocks})
        listed = [step.number for step in recipe.step]
        if marked != listed:
            problems.append(f"{recipe.stem}: the code has steps {marked}, lab.toml has {listed}")
    if problems:
        raise MarkerError("\n".join(problems))
    return found


def write_starter(recipe: Recipe, folder: Path) -> None:
    """Writes the starter of a recipe, all its C++ files, into a folder (made if need be)."""
    parse_recipe(recipe)
    folder.mkdir(parents=True, exist_ok=True)
    for file in recipe.sources:
        source = (recipe.folder / file).read_text(encoding="utf-8")
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(cut(source, file), encoding="utf-8")


def _suspicious_lines(source: str) -> list[int]:
    """The lines with a comment that is a marker, or that somebody may have meant as one."""
    found = []
    for comment in cpp.comments(source):
        first = source.count("\n", 0, comment.start)
        for offset, line in enumerate(comment.text.split("\n")):
            word = _BRACKETED.match(line)
            close = word and difflib.get_close_matches(
                word[1].lower(), ["step", "end"], cutoff=0.75
            )
            if close or _MEANT.search(line):
                found.append(first + offset)
    return found


def _first_line_of_code(lines: list[str], heading: int) -> int:
    """The first line after a heading and the comment lines directly under it."""
    index = heading + 1
    while lines[index].lstrip().startswith("//") and not _END.fullmatch(lines[index]):
        index += 1
    return index


def _with_lab_header(source: str) -> str:
    """Adds the header that declares lab::todo, after the last include, if it is called."""
    include = '#include "common/lab.hpp"'
    if "lab::todo(" not in source or include in source:
        return source
    lines = source.split("\n")
    last = max((i for i, line in enumerate(lines) if line.startswith("#include")), default=-1)
    lines.insert(last + 1, include)
    return "\n".join(lines)
