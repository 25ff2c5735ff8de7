"""Finds a piece of compiled code for a page: a step, or a function or type by its name."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from . import cpp, markers
from .project import LabError

_CLOSING = {"(": ")", "{": "}", "[": "]"}


def snippet(root: Path, reference: str) -> str:
    """The code that `FILE#step 1` or `FILE#name` stands for, at the margin.

    FILE is relative to root. A name finds the one definition of a function or type (also qualified: Session::get), with the
    comment directly above it. Raises LabError if there is none, or more than one.
    """
    file, _, name = reference.partition("#")
    path = root / file
    if not name or not path.is_file():
        raise LabError(
            f"there is no file {file}" if name else f"{reference} names no step or function"
        )
    source = path.read_text(encoding="utf-8")
    if step := re.fullmatch(r"step (\d+)", name):
        code = _step(source, int(step[1]), file)
    else:
        begin, end = _definition(source, name, file)
        code = source[begin:end]
    return textwrap.dedent(_without_marks(code)).strip("\n")


def _step(source: str, number: int, file: str) -> str:
    for block in markers.parse(source, file):
        if block.number == number:
            return "\n".join(source.split("\n")[block.heading : block.end])
    raise LabError(f"{file} has no step {number}")


def _without_marks(code: str) -> str:
    """Code as a reader sees it: no `// [end]`, no `(stub: …)` after a heading."""
    code = re.sub(r"^\s*// \[end\]\n?", "", code, flags=re.MULTILINE)
    return re.sub(r"^(\s*// \[step \d+\] .*?\.) \(stub: .*\)$", r"\1", code, flags=re.MULTILINE)


def _definition(source: str, name: str, file: str) -> tuple[int, int]:
    """Where the one definition of `name` begins, its comment included, and where it ends."""
    code = _without_directives(cpp.code_only(source))
    types, functions = set(), set()
    for match in re.finditer(rf"(?<![\w:~.>]){re.escape(name)}\b", code):
        before = code[: match.start()]
        kind = re.search(
            r"\b(?:class|struct|union|concept|enum(?:\s+class)?)\s+(?:\w+::)*$", before
        )
        body = _type_body(code, match.end()) if kind else _function_body(code, match.end())
        if body is not None:
            span = _beginning(source, code, match.start()), _after(code, body)
            (types if kind else functions).add(span)
    found = types or functions  # a type's name means the type, not its constructors
    if len(found) != 1:
        what = "no definition" if not found else f"{len(found)} definitions"
        raise LabError(f"{file} has {what} of {name}")
    return found.pop()


def _without_directives(code: str) -> str:
    """Preprocessor lines blanked out: they belong to no declaration."""
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])  # noqa: E731
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", blank, code, flags=re.MULTILINE)


def _type_body(code: str, at: int) -> int | None:
    """Where the body of a type begins whose name ends at `at`; a concept's is its expression."""
    match = re.compile(r"[^;{()=]*(?=[{=])").match(code, at)
    return match.end() if match else None


def _function_body(code: str, at: int) -> int | None:
    """Where the body of a function begins whose name ends at `at`; None: a call or declaration."""
    match = re.compile(r"\s*\(").match(code, at)
    if not match:
        return None
    at = _match(code, match.end() - 1)
    listing = initialisers = False  # after `->` or `:`, commas may follow
    while at < len(code):
        character = code[at]
        if character == "{":
            if not (initialisers and re.search(r"[\w>]$", code[:at])):  # a member's braces
                return at
            at = _match(code, at)
        elif character in "([":
            at = _match(code, at)
        elif code.startswith(("::", "->"), at):
            listing |= code.startswith("-> ", at)
            at += 2
        elif character == ":":
            listing = initialisers = True
            at += 1
        elif character in ";=})?+|-." or (character == "," and not listing):
            return None
        else:
            at += 1
    return None


def _match(code: str, at: int) -> int:
    """The place after the bracket that closes the one at `at`."""
    opening, depth = code[at], 0
    for place in range(at, len(code)):
        if code[place] == opening:
            depth += 1
        elif code[place] == _CLOSING[opening]:
            depth -= 1
            if depth == 0:
                return place + 1
    return len(code)


def _after(code: str, body: int) -> int:
    """Where a definition ends whose body begins at `body`: after its brace, a function's handlers,
    and a type's `;`."""
    if code[body] == "=":  # a concept's expression, up to its semicolon
        while code[body] != ";":
            body = _match(code, body) if code[body] in _CLOSING else body + 1
        return body + 1
    end = _match(code, body)
    while handler := re.compile(r"\s*catch\s*(?=\()").match(code, end):
        end = _match(code, code.index("{", _match(code, handler.end())))
    semicolon = re.compile(r"\s*;").match(code, end)
    return semicolon.end() if semicolon else end


def _beginning(source: str, code: str, name: int) -> int:
    """The first line of a definition, or of the comment directly above it."""
    previous = max(
        (m.end() for m in re.finditer(r"[;{}]|\b(?:public|private|protected):", code[:name])),
        default=0,
    )
    first = re.compile(r"\s*").match(code, previous).end()
    line = source.rfind("\n", 0, first) + 1
    while line > 0:
        above = source.rfind("\n", 0, line - 1) + 1
        if not source[above:line].lstrip().startswith("//"):
            break
        if re.fullmatch(r"\s*// \[(step|end).*\n", source[above:line]):
            break
        line = above
    return line
