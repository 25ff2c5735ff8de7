"""What `./lab docs --check` requires of the pages, besides fresh blocks."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .markers import parse_recipe
from .project import LabError, Project
from .recipes import cpp_files, load

SECTIONS = (
    "Problem",
    "Run it",
    "How it flows",
    "Solution",
    "From Python",
    "What goes wrong",
    "When to choose it",
    "On the wire",
    "Measured",
    "Lab",
    "See also",
)
APPENDIX = "Appendix: all measurements"  #: may follow them, for what Measured only sums up

_LINK = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]*(?:\([^()\s]*\))?)(?:\s+\"[^\"]*\")?\)"
)
_HOST = re.compile(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)+\b", re.IGNORECASE)

# Digests of the hosts of package registries: no page or script names one, not even this file.
_REGISTRIES = frozenset(
    """
    a4aa2ac280bb8d1a 8b5bb5eb9d758455 8743857e3ea00fd1 3ca29e55be4befa4 789e46d79514e280
    71741fe2460a6150 00a7dc5a0cc38858 317d2d52829b7812 2c77714df232b07f ce330a5b8c7b9722
    f65219c547f9c032
    """.split()
)


def broken(project: Project, pages: list[Path], blocks: Callable[[str], Iterable]) -> list[str]:
    """A line for each rule that the pages and recipes break; `blocks` parses a page's own."""
    problems = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        name = project.shown(page)
        prose = _without_code(text)
        problems += [f"{name}:{line}: {what}" for line, what in _broken_links(page, prose)]
        problems += [f"{name}:{line}: {what}" for line, what in _terms_linked_again(page, prose)]
        if page.stem in project.stems().values():
            problems += [f"{name}: {what}" for what in _broken_sections(prose)]
        try:
            for block in blocks(text):
                problems += [f"{name}:{block.first}: {what}" for what in _bad_block(project, block)]
        except LabError:
            pass  # reported when the page was rewritten
    for stem in project.stems().values():
        problems += _incomplete(project, stem)
    return [*problems, *_named_registries(project, pages)]


def slugs(prose: str) -> set[str]:
    """The anchors of a page's headings, as the forge makes them."""
    found: dict[str, int] = {}
    anchors = set(re.findall(r'<a (?:id|name)="([^"]+)"', prose))
    for heading in re.findall(r"^#{1,6} +(.*?)#* *$", prose, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = found[slug] = found.get(slug, -1) + 1
        anchors.add(f"{slug}-{count}" if count else slug)
    return anchors


def _without_code(text: str) -> str:
    """A page without the lines of its fenced code (blank lines replace them)."""
    kept, fence = [], ""
    for line in text.split("\n"):
        opening = re.match(r"\s*(`{3,}|~{3,})", line)
        if fence:
            kept.append("")
            fence = "" if line.strip() == fence else fence
        elif opening:
            kept.append("")
            fence = opening[1]
        else:
            kept.append(line)
    return "\n".join(kept)


def _broken_links(page: Path, prose: str) -> Iterator[tuple[int, str]]:
    """The relative links of a page that lead nowhere, with their lines."""
    for number, line in enumerate(prose.split("\n"), 1):
        for match in _LINK.finditer(re.sub(r"`[^`]*`", lambda m: " " * len(m[0]), line)):
            target = match[1]
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            file, _, anchor = target.partition("#")
            path = page.parent / file if file else page
            if not path.exists():
                yield number, f"the link {target} leads nowhere"
            elif anchor and path.suffix == ".md":
                if anchor not in slugs(_without_code(path.read_text(encoding="utf-8"))):
                    yield number, f"the link {target} names no heading there"


def _terms_linked_again(page: Path, prose: str) -> Iterator[tuple[int, str]]:
    """Links to terms of the glossary that the page has linked before: only the first use is one."""
    seen = set()
    if page.stem in ("glossary", "primer"):
        return
    for number, line in enumerate(prose.split("\n"), 1):
        for term in re.findall(r"\]\((?:docs/)?glossary\.md#([\w-]+)\)", line):
            if term in seen:
                yield number, f"the glossary's {term} is linked before; link its first use only"
            seen.add(term)


def _broken_sections(prose: str) -> list[str]:
    headings = re.findall(r"^## +(.*?) *$", prose, re.MULTILINE)
    missing = [section for section in SECTIONS if section not in headings]
    if missing:
        return [f"missing sections: {', '.join(missing)}"]
    if headings[-1] == APPENDIX:
        headings.pop()
    return [] if tuple(headings) == SECTIONS else [f"the sections must be: {', '.join(SECTIONS)}"]


def _bad_block(project: Project, block) -> Iterator[str]:
    """What is wrong with the argument of an output or bench block."""
    if block.kind == "bench" and block.argument.partition(": ")[0] not in project.stems().values():
        yield f"there is no recipe {block.argument}"
    if block.kind == "output":
        for part in re.split(r"\|\||&&|[|;&]", block.argument):
            yield from _bad_command(project, part)


def _bad_command(project: Project, command: str) -> Iterator[str]:
    """What a command line names that does not exist: recipe, ./lab command, option."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        yield f"{command}: {error}"
        return
    programs = [word for word in words if re.fullmatch(r"(\./)?build/\w+/bin/\w+", word)]
    if words[:1] == ["./lab"]:
        yield from _bad_lab_command(project, words[1:])
    for program in programs:
        stem = program.rpartition("/")[2]
        if stem.removesuffix("_bench") not in project.stems().values():
            yield f"there is no program {stem}"
        else:
            yield from _bad_options(project, stem, words[words.index(program) + 1 :])


def _bad_lab_command(project: Project, words: list[str]) -> Iterator[str]:
    from .__main__ import check_usage

    own, _, rest = " ".join(words).partition(" -- ")
    if problem := check_usage(shlex.split(own)):
        yield f"./lab {own}: {problem}"
    elif words[0] == "run" and len(words) > 1:
        try:
            yield from _bad_options(project, project.stem(words[1]), rest.split())
        except LabError as error:
            yield str(error)


def _bad_options(project: Project, stem: str, words: list[str]) -> Iterator[str]:
    """Long options that occur nowhere in the recipe's or the common library's sources."""
    folders = (project.recipes / stem, project.root / "common")
    source = "".join(
        (folder / file).read_text(encoding="utf-8") for folder in folders for file in cpp_files(folder)
    )
    for word in words:
        option = word.partition("=")[0]
        if re.fullmatch(r"--[a-z][\w-]*", option) and option not in ("--help", "--config"):
            if not re.search(rf"{re.escape(option)}\b", source):
                yield f"{stem} has no option {option}"


def _incomplete(project: Project, stem: str) -> Iterator[str]:
    """The parts that a recipe lacks, and what is wrong with its lab."""
    for part in (f"docs/{stem}.md", f"tests/{stem}_test.cpp", f"benchmarks/{stem}_bench.cpp"):
        if not (project.root / part).exists():
            yield f"{stem} has no {part}"
    try:
        parse_recipe(load(project, stem))
    except LabError as error:
        yield str(error)


def _named_registries(project: Project, pages: list[Path]) -> Iterator[str]:
    root = project.root
    others = [root / "lab", root / "vcpkg.json", root / "CMakeLists.txt", root / ".ci" / "run"]
    others += [*root.glob("tools/*"), *root.glob(".github/**/*.yml")]
    for path in [*pages, *filter(Path.is_file, others)]:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            for host in _HOST.findall(line):
                parts = host.lower().split(".")
                names = (".".join(parts[i:]) for i in range(len(parts) - 1))
                if any(hashlib.sha256(n.encode()).hexdigest()[:16] in _REGISTRIES for n in names):
                    yield f"{project.shown(path)}:{number}: names a package registry's host"
