"""Keeps the pages in step with the code: rewrites their managed blocks, or says what is stale.

    <!-- snippet: FILE#step 1 -->, <!-- snippet: FILE#function -->   then a fenced block
    <!-- output: COMMAND -->                                         then a fenced block
    <!-- mutants -->, <!-- recipes -->, <!-- patterns -->, <!-- bench: STEM -->   up to <!-- end -->
    <!-- plot: STEM: WHAT by UNIT -->   up to <!-- end -->; also writes the picture, STEM.svg
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import build, code_rules, console, docs_rules, plot
from .project import LabError, Project, write_atomically
from .recipes import load, load_all
from .snippets import snippet

_MANAGED = re.compile(r"<!-- (snippet|output|bench|plot|mutants|recipes|patterns)(?:: (\S.*?))? -->")
_MEANT = re.compile(r"<!--\s*(snippet|output|bench|plot|mutants|recipes|patterns)\b", re.IGNORECASE)
_FENCED = ("snippet", "output")
# What differs from run to run and says nothing: the log's clock, a free port, how long it took.
_VOLATILE = re.compile(r"\d\d:\d\d:\d\d\.\d+|(?<=127\.0\.0\.1:)\d+| *\d+\.\d+ ms")


@dataclass(frozen=True)
class Block:
    """A managed block: its kind and argument, and its lines (from 0), the marker's and the end's
    own not included."""

    kind: str
    argument: str
    first: int
    last: int


def docs(project: Project, check: bool, run: bool) -> int:
    """Rewrites all pages, the outputs too with `run`; with `check` only says what is wrong."""
    problems = []
    changed = 0
    if run and not check:
        _build_for_outputs(project)
    for page in pages(project):
        text = page.read_text(encoding="utf-8")
        fresh, found = rewritten(project, page, text, run and not check)
        problems += found
        if fresh != text and check:
            problems += [
                f"{project.shown(page)}:{line}: stale, ./lab docs rewrites it"
                for line in _differing(text, fresh)
            ]
        elif fresh != text:
            write_atomically(page, fresh)
            changed += 1
            console.say(f"rewrote {project.shown(page)}")
        for picture in stale_pictures(page):
            if check:
                problems.append(f"{project.shown(picture)}: stale, ./lab docs rewrites it")
            else:
                draw(page)
                console.say(f"rewrote {project.shown(picture)}")
    if check:
        problems += docs_rules.broken(project, pages(project), blocks)
        problems += code_rules.broken(project)
    for problem in problems:
        console.say(problem)
    console.say(
        f"{len(pages(project))} pages, {len(problems)} problems"
        + ("" if check else f", {changed} rewritten")
    )
    return 1 if problems else 0


def pages(project: Project) -> list[Path]:
    """README.md and every page below docs/."""
    readme = project.root / "README.md"
    return [*([readme] if readme.exists() else []), *sorted((project.root / "docs").rglob("*.md"))]


def blocks(text: str) -> Iterator[Block]:
    """The managed blocks of a page, outside fenced code. Raises LabError (`LINE: what`) for a
    marker that is none, or that has no block."""
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        line = lines[index]
        match = _MANAGED.fullmatch(line.strip())
        if re.match(r"\s*(```|~~~)", line):
            index = _fence_end(lines, index)
        elif match:
            kind, argument = match[1], match[2] or ""
            if kind in _FENCED:
                if index + 1 == len(lines) or not lines[index + 1].startswith("```"):
                    raise LabError(f"{index + 1}: a fenced block must follow {line.strip()}")
                last = _fence_end(lines, index + 1) + 1
            else:
                last = next(
                    (i for i in range(index, len(lines)) if lines[i].strip() == "<!-- end -->"),
                    None,
                )
                if last is None:
                    raise LabError(f"{index + 1}: no <!-- end --> follows {line.strip()}")
            yield Block(kind, argument, index + 1, last)
            index = last - 1
        elif _MEANT.search(line):
            raise LabError(f"{index + 1}: looks like a managed block but is not: {line.strip()}")
        index += 1


def rewritten(project: Project, page: Path, text: str, run: bool) -> tuple[str, list[str]]:
    """A page's text with its blocks as they should be, and what is wrong with it. An output stays
    as it is if only clock, ports and durations would change."""
    lines = text.split("\n")
    problems = []
    try:
        found = list(blocks(text))
    except LabError as error:
        return text, [f"{project.shown(page)}:{error}"]
    for block in reversed(found):
        writer = _WRITERS.get(block.kind)
        if writer is None or (block.kind == "output" and not run):
            continue
        try:
            fresh = writer(project, page, block.argument)
        except LabError as error:
            problems.append(f"{project.shown(page)}:{block.first}: {error}")
            continue
        old = "\n".join(lines[block.first : block.last])
        if block.kind != "output" or _VOLATILE.sub("", fresh) != _VOLATILE.sub("", old):
            lines[block.first : block.last] = fresh.split("\n")
    return "\n".join(lines), problems[::-1]


def save_block(page: Path, kind: str, argument: str, content: str) -> None:
    """Puts content into the page's block of that kind. Raises LabError when the page has none."""
    text = page.read_text(encoding="utf-8")
    lines = text.split("\n")
    for block in blocks(text):
        if (block.kind, block.argument) == (kind, argument):
            lines[block.first : block.last] = content.split("\n")
            write_atomically(page, "\n".join(lines))
            return
    raise LabError(f"{page.name} has no block <!-- {kind}: {argument} -->")


def pictures(page: Path) -> dict[Path, str]:
    """The pictures of a page, drawn from the table that it has. A block that cannot be drawn, which
    rewritten() reports, has none."""
    text = page.read_text(encoding="utf-8")
    found = {}
    with contextlib.suppress(LabError):
        for block in blocks(text):
            if block.kind == "plot":
                stem, what, unit = plot.parse(block.argument)
                found[page.with_name(f"{stem}.svg")] = plot.svg(what, unit, _series(page, stem, unit))
    return found


def stale_pictures(page: Path) -> list[Path]:
    """Those that are not as they should be."""
    drawn = pictures(page).items()
    return [p for p, svg in drawn if not p.exists() or p.read_text(encoding="utf-8") != svg]


def draw(page: Path) -> None:
    """Writes the pictures of a page."""
    for picture, svg in pictures(page).items():
        write_atomically(picture, svg)


def _series(page: Path, stem: str, unit: str) -> plot.Series:
    text = page.read_text(encoding="utf-8")
    for block in blocks(text):
        if (block.kind, block.argument) == ("bench", stem):
            return plot.series(text.split("\n")[block.first : block.last], unit)
    raise LabError(f"{page.name} has no block <!-- bench: {stem} -->")


def _plot(project: Project, page: Path, argument: str) -> str:
    """The picture in the page; the picture itself is drawn by draw()."""
    stem, what, unit = plot.parse(argument)
    words = plot.description(what, unit, _series(page, stem, unit))
    return f"\n![{words}]({stem}.svg)\n"


def _snippet(project: Project, page: Path, argument: str) -> str:
    languages = {".py": "python", ".toml": "toml", ".sh": "sh"}
    language = languages.get(Path(argument.partition("#")[0]).suffix, "cpp")
    return f"```{language}\n{snippet(project.root, argument)}\n```"


def _output(project: Project, page: Path, argument: str) -> str:
    """The command and what it prints, captured from a real run."""
    try:
        done = subprocess.run(
            argument,
            shell=True,
            cwd=project.root,
            env=os.environ | {"NO_COLOR": "1"},
            timeout=120,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except subprocess.TimeoutExpired:
        raise LabError(f"{argument}: still running after 120 s") from None
    return f"```console\n$ {argument}\n{done.stdout.decode('utf-8', 'replace').rstrip()}\n```"


def _build_for_outputs(project: Project) -> None:
    """Builds the recipes whose executables the pages' commands call."""
    text = "".join(page.read_text(encoding="utf-8") for page in pages(project))
    commands = " ".join(re.findall(r"<!-- output: (.*) -->", text))
    called = [stem for stem in project.stems().values() if f"bin/{stem}" in commands]
    if called:
        build.build_or_fail(project, called)


def _mutants(project: Project, page: Path, argument: str) -> str:
    """The table "What goes wrong": every row is a mutant that its case kills."""
    recipe = load(project, argument or page.stem)
    rows = [(m.mistake, m.symptom, f"`{m.case}`") for m in recipe.mutant]
    return markdown_table(("Mistake", "Symptom", "The case that catches it"), rows)


def _recipes(project: Project, page: Path, argument: str) -> str:
    """All recipes, those to come included: id, title, what it teaches."""
    exist = {recipe.id: recipe for recipe in load_all(project)}
    rows = []
    plan = tomllib.loads((Path(__file__).parent / "plan.toml").read_text(encoding="utf-8"))
    planned = {entry["id"]: entry for entry in plan["recipe"]}
    for identity in sorted(planned | exist, key=_reading_order):
        if recipe := exist.get(identity):
            link = _link(page, project.root / "docs" / f"{recipe.stem}.md")
            rows.append((identity, f"[{recipe.title}]({link})", recipe.summary))
        else:
            entry = planned[identity]
            rows.append((identity, f"{entry['title']} *(planned)*", entry["summary"]))
    return markdown_table(("", "Recipe", "What it teaches"), rows)


def _patterns(project: Project, page: Path, argument: str) -> str:
    """Which file to read for which technique, from every recipe's lab.toml."""
    rows = []
    for recipe in load_all(project):
        for pattern in recipe.patterns:
            inside = recipe.folder / pattern.file
            path = inside if inside.exists() else project.root / pattern.file
            if not path.exists():
                raise LabError(f"{recipe.id}: pattern {pattern.name}: there is no {pattern.file}")
            rows.append((pattern.name, f"[`{project.shown(path)}`]({_link(page, path)})"))
    return markdown_table(("Pattern", "Read it in"), sorted(rows, key=lambda row: row[0].lower()))


_WRITERS: dict[str, Callable[[Project, Path, str], str]] = {
    "snippet": _snippet,
    "output": _output,
    "mutants": _mutants,
    "recipes": _recipes,
    "patterns": _patterns,
    "plot": _plot,
}


def markdown_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown, with empty lines around it so that every reader takes it for one."""
    cells = [head, ("---",) * len(head), *rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]
    return "\n".join(["", *lines, ""])


def _fence_end(lines: list[str], begin: int) -> int:
    """The line that closes the fence opened at `begin` (the last line, if none does)."""
    fence = re.match(r"\s*(`{3,}|~{3,})", lines[begin])[1]
    for index in range(begin + 1, len(lines)):
        if lines[index].strip() == fence:
            return index
    return len(lines) - 1


def _link(page: Path, target: Path) -> str:
    return os.path.relpath(target, page.parent)


def _reading_order(identity: str) -> tuple[int, int, str]:
    chapter, number, letter = re.fullmatch(r"(\d+)\.(\d+)([a-z]?)", identity).groups()
    return int(chapter), int(number), letter


def _differing(old: str, new: str) -> list[int]:
    """The first line (from 1) at which two texts differ."""
    pairs = zip(old.split("\n") + [""], new.split("\n") + [""])
    return [next((n for n, (a, b) in enumerate(pairs, 1) if a != b), 1)]
