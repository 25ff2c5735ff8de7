"""What the tests of tools/ share: a small cookbook of one recipe, built once for all of them."""

from __future__ import annotations

import atexit
import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tools.__main__ import main
from tools.project import Project

HERE = Path(__file__).resolve().parent
STEM = "99_01_sample"
_shared: list[Project] = []


def copy_of_fixture() -> Project:
    """A fresh copy of the small cookbook in a folder that is removed when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="lab-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(HERE / "fixture", folder, dirs_exist_ok=True)
    for empty in ("docs", "benchmarks"):
        (folder / empty).mkdir(exist_ok=True)
    shutil.copytree(
        HERE.parent.parent / "common",
        folder / "common",
        ignore=lambda _, names: [n for n in names if n != "lab.hpp"],
    )
    (folder / "tests" / "support").mkdir()
    shutil.copy(HERE.parent / "support" / "verdict.cpp", folder / "tests" / "support")
    return Project(folder)


def shared_project() -> Project:
    """The one copy whose build folder all tests share, so that it is built only once."""
    if not _shared:
        _shared.append(copy_of_fixture())
    return _shared[0]


def lab(project: Project, *arguments: str) -> tuple[int, str]:
    """Calls ./lab: its exit status, and what it said on stdout and stderr."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = main(arguments, project)
    return status, said.getvalue()


def lab_process(project: Project, *arguments: str, session: bool = False) -> subprocess.Popen:
    """The same in a process of its own, perhaps in a session of its own, its output in a pipe."""
    code = (
        "import sys; from pathlib import Path; from tools.project import Project; from tools.__main__ import main;"
        "sys.exit(main(sys.argv[2:], Project(Path(sys.argv[1]))))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, project.root, *arguments],
        cwd=HERE.parent.parent,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=session,
    )


class ProjectCase(unittest.TestCase):
    """A test in the shared project."""

    def setUp(self) -> None:
        self.project = shared_project()

    def give_each_case(self, seconds: int) -> None:
        """Another limit than the fixture's, until the test ends."""
        toml = self.project.recipes / STEM / "lab.toml"
        text = toml.read_text()
        self.addCleanup(toml.write_text, text)
        toml.write_text(text.replace("seconds = 20", f"seconds = {seconds}"))


class LearnerCase(ProjectCase):
    """A test that begins with a lab just started."""

    def setUp(self) -> None:
        super().setUp()
        self.work = self.project.work("99.1")
        shutil.rmtree(self.work.parent, ignore_errors=True)
        status, said = lab(self.project, "start", "99.1")
        self.assertEqual(status, 0, said)

    def lab(self, *arguments: str) -> tuple[int, str]:
        return lab(self.project, *arguments)

    def write(self, source: str) -> None:
        """Puts a text in the place of the learner's sample.cpp."""
        (self.work / "sample.cpp").write_text(source)

    def write_bodies(self, add: str, greet: str, before: str = "") -> None:
        """Writes sample.cpp with these bodies of its two functions."""
        self.write(sample(add, greet, before))


class GradeCase(ProjectCase):
    """A test that grades a submission: at first the solution."""

    def setUp(self) -> None:
        super().setUp()
        self.submission = self.project.root / "submission"
        shutil.rmtree(self.submission, ignore_errors=True)
        shutil.copytree(self.project.recipes / STEM, self.submission)
        self.output = self.project.root / "result"
        self.output.unlink(missing_ok=True)

    def grade(self, style: str, *more: str, source: str | None = None) -> tuple[int, str]:
        """Grades, with another sample.cpp if one is given: the exit status, and the result that was
        written, or without any what was said."""
        if source is not None:
            (self.submission / "sample.cpp").write_text(source)
        status, said = lab(
            self.project,
            "grade",
            "99.1",
            "--submission",
            str(self.submission),
            "--format",
            style,
            "--output",
            str(self.output),
            *more,
        )
        self.said = said
        return status, self.output.read_text() if self.output.exists() else said


def sample(
    add: str, greet: str = 'return name.empty() ? "" : "Hello, " + name;', before: str = ""
) -> str:
    """A sample.cpp with these function bodies, and text before them."""
    return (
        f'#include "sample.hpp"\n{before}\nnamespace cookbook::sample {{\n'
        f"int add(int a, int b) {{ (void)a; (void)b; {add} }}\n"
        f"std::string greet(const std::string& name) {{ {greet} }}\n}}\n"
    )
