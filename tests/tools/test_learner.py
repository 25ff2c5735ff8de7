"""The learner's commands, and bad usage of all of them."""

import contextlib
import errno
import io
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

from tools import build
from tools.__main__ import main
from tools.console import Progress
from tools.project import Project

from .support import LearnerCase, copy_of_fixture, lab, lab_process, sample

ROOT = Path(__file__).resolve().parents[2]


def on_a_terminal(project: Project, *arguments: str) -> str:
    """What ./lab prints on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, contextlib.redirect_stdout(terminal):
        with mock.patch.dict(os.environ, COLUMNS="80"):
            main(arguments, project)
    said = b""
    with contextlib.suppress(OSError):  # the terminal was closed
        while piece := os.read(ours, 1 << 16):
            said += piece
    os.close(ours)
    return said.decode()


class Learner(LearnerCase):
    def test_start_writes_the_starter_and_never_over_it(self):
        text = (self.work / "sample.cpp").read_text()
        self.assertIn('lab::todo("step 1: Add both numbers.");', text)
        self.assertIn("    return name;  // replace this\n", text)
        self.assertNotIn("[step", text)
        self.write("mine")
        status, said = self.lab("start", "99_01")
        self.assertEqual(status, 2)
        self.assertIn("is left as it is", said)
        self.assertEqual((self.work / "sample.cpp").read_text(), "mine")

    def test_hints_come_one_by_one_for_the_step_that_fails(self):
        self.assertIn("hint 1 of 2: a sign", self.lab("hint", "99.1")[1])
        self.assertIn("hint 2 of 2: the sign is a plus", self.lab("hint", "99.1")[1])
        said = self.lab("hint", "99.1")[1]
        self.assertIn("there are no more hints", said)
        self.assertIn("1. a sign", said)
        self.write(sample("return a + b;", "return name;"))
        self.lab("check", "99.1")
        self.assertIn("step 2: Greet\n  hint 1 of 1", self.lab("hint", "99.1")[1])
        for step in ("7", "0"):
            status, said = self.lab("hint", "99.1", step)
            self.assertEqual((status, said), (2, f"lab: 99.1 has the steps 1 to 2, not {step}\n"))
        self.write(sample("return a + b;"))
        self.lab("check", "99.1")
        self.assertIn("Every step holds", self.lab("hint", "99.1")[1])

    def test_the_solution_is_shown_after_a_pass_or_now(self):
        status, said = self.lab("solution", "99.1")
        self.assertEqual(status, 1)
        self.assertNotIn("a + b", said)
        self.assertIn("a + b", self.lab("solution", "99.1", "--now")[1])
        self.assertEqual(self.lab("diff", "99.1", "--solution")[0], 1)
        self.write(sample("return b + a;"))
        self.assertEqual(self.lab("check", "99.1")[0], 0)
        self.assertIn("return a + b;", self.lab("solution", "99.1")[1])
        self.assertIn("+    return a + b;", self.lab("diff", "99.1", "--solution")[1])

    def test_diff_shows_ones_own_work(self):
        status, said = self.lab("diff", "99.1")
        self.assertEqual((status, said[:16]), (0, "No changes yet: "))
        text = (self.work / "sample.cpp").read_text()
        self.write(text.replace('lab::todo("step 1: Add both numbers.");', "return 7;"))
        said = self.lab("diff", "99.1")[1]
        self.assertIn("+    return 7;", said)
        self.assertIn('-    lab::todo("step 1', said)

    def test_reset_asks_and_keeps_a_copy(self):
        self.write("mine")
        with mock.patch("builtins.input", return_value=""):
            self.assertEqual(self.lab("reset", "99.1")[0], 1)
        self.assertEqual((self.work / "sample.cpp").read_text(), "mine")
        self.assertEqual(self.lab("reset", "99.1", "--yes")[0], 0)
        self.assertIn("lab::todo", (self.work / "sample.cpp").read_text())
        self.write("mine again")
        with mock.patch("builtins.input", return_value="y"):
            self.lab("reset", "99.1")
        kept = [p.read_text() for p in (self.work.parent / "backups").glob("99.1-*/sample.cpp")]
        self.assertEqual(sorted(kept), ["mine", "mine again"])

    def test_list_tells_the_state(self):
        self.assertRegex(self.lab("list")[1], r"99.1 +Sample +5 min +adds and greets +started")
        self.write(sample("return 3;"))
        self.lab("check", "99.1")
        self.assertIn("5 of 6 points", self.lab("list")[1])
        self.write(sample("return a + b;"))
        self.lab("check", "99.1")
        self.assertIn("passed", self.lab("list")[1])

    def test_work_whose_files_were_deleted(self):
        (self.work / "sample.cpp").unlink()
        for command in ("check", "hint", "diff"):
            status, said = self.lab(command, "99.1")
            self.assertEqual(status, 2)
            self.assertIn("work/99.1/sample.cpp is missing: ./lab reset 99.1 writes", said)
        self.assertEqual(self.lab("reset", "99.1", "--yes")[0], 0)
        self.assertIn("lab::todo", (self.work / "sample.cpp").read_text())

    def test_two_checks_at_once(self):
        with build.alone(self.project, "check of 99.1"):
            status, said = self.lab("check", "99.1")
        self.assertEqual(status, 2)
        self.assertIn("another check of 99.1 is under way: wait until it ends", said)

    def test_a_checkout_that_cannot_be_written(self):
        shutil.rmtree(self.work)
        where = PermissionError(errno.EROFS, "Read-only file system", "work/.99.1.new")
        with mock.patch("tools.markers.write_starter", side_effect=where):
            status, said = self.lab("start", "99.1")
        self.assertEqual(
            (status, said), (2, "lab: cannot write work/.99.1.new: Read-only file system\n")
        )

    def test_a_narrow_terminal_shows_a_list_without_broken_lines(self):
        toml = self.project.recipes / "99_01_sample" / "lab.toml"
        sound = toml.read_text()
        self.addCleanup(toml.write_text, sound)
        toml.write_text(sound.replace("adds and greets", "adds and greets, " * 10))
        said = on_a_terminal(self.project, "list")
        self.assertIn("…", said)
        for line in said.splitlines():
            self.assertLessEqual(len(re.sub("\033.*?m", "", line)), 80)


class CtrlC(LearnerCase):
    """Ctrl-C as a terminal sends it, to every process in the foreground: exit status 130, no trace."""

    def press(self, process: subprocess.Popen) -> None:
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 130, said)
        self.assertNotIn("Traceback", said)

    def wait_for(self, mark: Path, process: subprocess.Popen) -> None:
        while not mark.exists():
            self.assertIsNone(process.poll())
            time.sleep(0.01)

    def write_a_case_that_hangs(self) -> Path:
        """The file that is there when the case hangs."""
        self.give_each_case(seconds=600)
        mark = self.work / "began"
        hang = 'fclose(fopen("%s", "w")); for (;;) sleep(1);' % mark
        self.write(sample(hang, before="#include <cstdio>\n#include <unistd.h>"))
        return mark

    def test_while_it_starts(self):
        for milliseconds in range(0, 300, 15):
            with self.subTest(milliseconds), subprocess.Popen(
                [ROOT / "lab", "list"],
                env=os.environ | {"LAB_NO_INSTALL": "1"},
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as starting:
                time.sleep(milliseconds / 1000)
                os.killpg(starting.pid, signal.SIGINT)
                said = starting.communicate(timeout=60)[0]
                # A shell, too, says 130 of what a SIGINT has ended; and the list may be done.
                self.assertIn(starting.returncode, (130, -signal.SIGINT, 0), said)
                self.assertNotIn("Traceback", said)

    def test_while_it_builds(self):
        slow = copy_of_fixture()
        mark = slow.root / "began"
        with (slow.root / "CMakeLists.txt").open("a") as cmake:
            cmake.write(f'add_custom_target(slow ALL COMMAND sh -c "touch {mark}; exec sleep 600" VERBATIM)')
        build.configure(slow)
        with lab_process(slow, "build", "all", session=True) as building:
            self.wait_for(mark, building)
            self.press(building)

    def test_while_a_case_hangs(self):
        mark = self.write_a_case_that_hangs()
        with lab_process(self.project, "check", "99.1", session=True) as checking:
            self.wait_for(mark, checking)
            self.press(checking)

    def test_while_a_case_hangs_that_watch_has_begun(self):
        mark = self.write_a_case_that_hangs()
        with lab_process(self.project, "watch", "99.1", session=True) as watching:
            self.wait_for(mark, watching)
            self.press(watching)

    def test_while_watch_waits_for_the_next_change(self):
        with lab_process(self.project, "watch", "99.1", session=True) as watching:
            said = self.read_until(watching, "Watching")
            self.assertIn("0 of 6 points", said)
            self.write(sample("return a + b;"))
            self.assertIn("6 of 6 points", self.read_until(watching, "Watching"))
            self.press(watching)

    def read_until(self, process: subprocess.Popen, word: str) -> str:
        said = ""
        while word not in said:
            line = process.stdout.readline()
            self.assertTrue(line, said)
            said += line
        return said


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.project = copy_of_fixture()

    def test_run_one_all_and_with_arguments(self):
        with lab_process(self.project, "run", "99.1") as running:
            said = running.communicate()[0]
        self.assertEqual((running.returncode, said.splitlines()[-1]), (0, "3 demo"))
        with lab_process(self.project, "run", "99.1", "--", "--port", "1") as running:
            said = running.communicate()[0]
        self.assertEqual((running.returncode, said.splitlines()[-1]), (5, "3 --port"))
        status, said = lab(self.project, "run")
        self.assertEqual(status, 0)
        self.assertRegex(said, r"99.1 +99_01_sample +\d+\.\d s +ok")

    def test_what_does_not_compile_is_exit_status_2(self):
        broken = copy_of_fixture()
        (broken.recipes / "99_01_sample" / "main.cpp").write_text("int main( {")
        status, said = lab(broken, "build", "99.1")
        self.assertEqual(status, 2)
        self.assertIn("main.cpp:1:", said)

    def test_cmake_shows_that_it_works_and_ends_with_ctrl_c(self):
        slow = copy_of_fixture()
        mark, shown = slow.root / "began", "lab: CMake sets up the build …"
        (slow.root / "CMakeLists.txt").write_text(
            f"file(TOUCH {mark})\nexecute_process(COMMAND sleep 100)"
        )

        def press() -> None:
            # Once CMake has begun, what the build says is at hand as text.
            while not (mark.exists() and shown in sys.stderr.getvalue()):
                time.sleep(0.01)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        threading.Thread(target=press, daemon=True).start()
        started = time.monotonic()
        with mock.patch.object(Progress, "PAUSE", 0.01):
            status, said = lab(slow, "build", "all")
        self.assertEqual(status, 130)
        self.assertLess(time.monotonic() - started, 90)
        self.assertIn(shown, said)
        self.assertNotIn("Traceback", said)

    def test_a_cmake_that_refuses_is_told_in_its_own_words(self):
        refusing = copy_of_fixture()
        (refusing.root / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(refusing LANGUAGES NONE)\n"
            'message(FATAL_ERROR "g++ 12 miscompiles")'
        )
        status, said = lab(refusing, "build", "all")
        self.assertEqual(status, 2)
        self.assertIn("g++ 12 miscompiles", said)


class Usage(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.project = copy_of_fixture()

    def test_bad_usage_is_exit_status_2(self):
        for arguments in (
            ["nonsense"],
            ["check"],
            ["check", "99.7"],
            ["check", "99_01_other"],
            ["hint", "99.1", "x"],
            ["grade", "99.1"],
            ["start", "99.1", "--", "x"],
            ["docs", "--chek"],
            ["run", ""],
            ["run", "99.1", "server"],
        ):
            with self.subTest(arguments):
                self.assertEqual(lab(self.project, *arguments)[0], 2)

    def test_bad_usage_is_told_in_one_line_that_says_what_may_have_been_meant(self):
        (self.project.root / "tools").mkdir(exist_ok=True)
        plan = '[[recipe]]\nid = "99.2"\ntitle = "Second"\n'
        (self.project.root / "tools" / "plan.toml").write_text(plan)
        for arguments, meant in (
            (["chek", "99.1"], "there is no command chek: did you mean check?"),
            (["xyzzy"], "there is no command xyzzy: ./lab help lists the commands"),
            (["run", "99.1", "server"], "goes after --: ./lab run 99.1 -- server"),
            (["list", "all"], "list takes no all (./lab list --help)"),
            (["check", "991"], "no recipe is called 991: did you mean 99.1?"),
            (["check", "99.2"], "99.2 Second is planned, not written yet (there are: 99.1)"),
        ):
            with self.subTest(arguments):
                status, said = lab(self.project, *arguments)
                self.assertEqual((status, said.count("\n")), (2, 1))
                self.assertIn(meant, said)

    def test_every_command_has_help(self):
        status, said = lab(self.project, "help")
        self.assertEqual(status, 0)
        for command in (
            "list run build test bench docs start check watch hint diff solution reset verify grade"
        ).split():
            self.assertIn(f"\n    {command} ", said)
            self.assertEqual(lab(self.project, command, "--help")[0], 0)

    def test_a_recipe_has_three_names(self):
        for name in ("99.1", "99_01", "99_01_sample", "99.01"):
            self.assertEqual(self.project.stem(name), "99_01_sample")

    def test_a_broken_lab_toml_is_told_line_by_line(self):
        toml = self.project.recipes / "99_01_sample" / "lab.toml"
        sound = toml.read_text()
        self.addCleanup(toml.write_text, sound)
        for old, new, problem in (
            ('id = "99.1"', 'id = "99.2"', "id 99.2 does not belong to 99_01_sample"),
            ("points = 2", 'points = "2"', "case[1].points must be of type int"),
            ("minutes = 5", "minutes = 5\nhours = 1", "hours is no known key"),
            ('title = "Add"', "", "step[1].title is missing"),
            ("number = 2", "number = 3", "numbered 1, 2, 3"),
            ('case = "greets"', 'case = "bows"', "mutant rude: there is no case bows"),
            ('file = "sample.cpp"', 'file = "other.cpp"', "there is no file other.cpp"),
            ("points = 0", "points = 1", "a given case is worth 0 points"),
            ('hints = ["begin with Hello"]', "hints = []", "step 2 has no hints"),
            ('name = "adds"', 'name = "greets"', "two cases have the same name"),
            ("[[case]]", "[[case]", "lab.toml: "),
        ):
            with self.subTest(new):
                toml.write_text(sound.replace(old, new, 1))
                status, said = lab(self.project, "list")
                self.assertEqual(status, 2)
                self.assertIn(problem, said)

    def test_a_broken_tool_says_so_in_one_line(self):
        said = io.StringIO()
        with mock.patch(
            "tools.learner.list_recipes", side_effect=KeyError("x")
        ), contextlib.redirect_stderr(said):
            self.assertEqual(main(["list"], self.project), 3)
        self.assertEqual(
            said.getvalue(), "lab: the tool itself broke: KeyError: 'x' (LAB_DEBUG=1 shows where)\n"
        )

    def test_the_shell_script_starts_quickly(self):
        started = time.monotonic()
        done = subprocess.run(
            [ROOT / "lab", "help"],
            capture_output=True,
            cwd="/",
            env=os.environ | {"LAB_NO_INSTALL": "1"},
        )
        self.assertEqual(done.returncode, 0)
        self.assertLess(time.monotonic() - started, 30)

    def test_no_manager_of_pythons_is_asked_if_the_systems_own_is_new_enough(self):
        with tempfile.TemporaryDirectory() as folder:
            shim = Path(folder, "python3")
            shim.write_text(f"#!/bin/sh\necho asked >> {folder}/log\nexec {sys.executable} \"$@\"\n")
            shim.chmod(0o755)
            env = os.environ | {"LAB_NO_INSTALL": "1", "PATH": f"{folder}:{os.environ['PATH']}"}
            done = subprocess.run([ROOT / "lab", "help"], capture_output=True, env=env)
            self.assertEqual(done.returncode, 0)
            log = Path(folder, "log")
            asked = log.read_text().count("asked") if log.exists() else 0
        own = ["/usr/bin/python3", "-c", "import tomllib"]
        new = shutil.which(own[0]) and subprocess.run(own, capture_output=True).returncode == 0
        self.assertEqual(asked, 0 if new else 1)

    @unittest.skipUnless(shutil.which("dpkg-query"), "no Debian")
    def test_the_shell_script_names_only_what_is_missing(self):
        script = ". tools/install.sh; missing dpkg no-such-package coreutils; packages_for run; packages_for bench"
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, cwd=ROOT)
        missing, run, bench = done.stdout.replace(
            "no-such-package ", "no-such-package\n"
        ).splitlines()
        self.assertEqual(missing, "no-such-package")
        self.assertNotIn("benchmark", run)
        self.assertNotIn("tidy", run)
        self.assertIn("libbenchmark-dev", bench)
