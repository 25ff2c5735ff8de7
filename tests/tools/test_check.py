"""./lab check on what learners hand in: what does not compile, crashes, hangs, floods, cheats."""

import errno
import os
import re
import time
import unittest
from pathlib import Path
from unittest import mock

from tools.cases import processes_with

from .support import LearnerCase

GOOD = "return a + b;"
GREETING = 'return name.empty() ? "" : "Hello, " + name;'


class Check(LearnerCase):
    def check(self, add: str, greet: str = GREETING, before: str = "") -> tuple[int, str]:
        self.write_bodies(add, greet, before)
        return self.lab("check", "99.1")

    def test_the_starter_compiles_and_says_what_is_to_be_written(self):
        status, said = self.lab("check", "99.1")
        self.assertEqual(status, 1)
        self.assertIn("still to be written: step 1: Add both numbers.", said)
        self.assertIn("a greeting begins with Hello", said)
        self.assertRegex(said, r"step 2: Greet\n +still to be written, in sample.cpp\n")
        self.assertIn("0 of 6 points", said)

    def test_the_solution_passes(self):
        status, said = self.check(GOOD)
        self.assertEqual(status, 0, said)
        self.assertIn("6 of 6 points", said)
        self.assertNotIn("still to be written", said)

    def test_a_part_passes(self):
        status, said = self.check("return 3;")
        self.assertEqual(status, 1)
        self.assertIn("5 of 6 points", said)
        self.assertIn("minus 1 and minus 2 are minus 3", said)

    def test_what_does_not_compile_is_told_in_the_learners_own_paths(self):
        status, said = self.check("return a +;")
        self.assertEqual(status, 2)
        self.assertIn("work/99.1/sample.cpp:4:", said)
        self.assertNotIn("slots", said)
        self.assertNotIn("ninja", said)
        self.assertIn("does not compile: 0 of 6 points", said)

    def test_crashes_are_told_as_what_they_are(self):
        for crash, name in [
            (
                "volatile int* p = nullptr; return *p;",
                "killed by SIGSEGV: invalid memory access",
            ),
            ("raise(SIGPIPE); return a + b;", "killed by SIGPIPE: did you pass MSG_NOSIGNAL?"),
            ("abort();", "killed by SIGABRT"),
        ]:
            with self.subTest(crash):
                status, said = self.check(crash, before="#include <csignal>\n#include <cstdlib>")
                self.assertEqual(status, 1)
                self.assertIn(name, said)
                self.assertIn("3 of 6 points", said)

    def test_undefined_behaviour_is_told_with_its_line(self):
        status, said = self.check("volatile int big = 2147483647; return big + a + b;")
        self.assertEqual(status, 1)
        overflow = "undefined behaviour in sample.cpp, line 4: signed integer overflow: 2147483647 + 1"
        self.assertIn(overflow, " ".join(said.split()))
        self.assertNotIn("runtime error", said)
        status, said = self.check("return std::vector<int>(1)[a + b];", before="#include <vector>")
        self.assertEqual(status, 1)
        self.assertRegex(said, "killed by SIGABRT: .*an assertion of a library")
        self.assertIn("Assertion '__n < this->size()' failed", said)

    def test_an_endless_loop_is_stopped(self):
        self.give_each_case(seconds=2)
        started = time.monotonic()
        status, said = self.check("for (volatile unsigned i = 0;; i = i + 1) {}")
        self.assertEqual(status, 1)
        self.assertIn("still running after 2 s", said)
        self.assertLess(time.monotonic() - started, 300)  # with the build, on a busy machine

    def test_a_case_that_only_waits_is_stopped_early(self):
        self.give_each_case(seconds=600)
        started = time.monotonic()
        status, said = self.check("for (;;) pause();", before="#include <unistd.h>")
        self.assertEqual(status, 1)
        self.assertRegex(said, "still waiting, nothing has happened for 3 s: something waits")
        self.assertLess(time.monotonic() - started, 300)  # with the build, on a busy machine

    def test_after_a_case_has_hung_no_other_begins(self):
        self.give_each_case(seconds=2)
        with mock.patch("tools.build.cores", return_value=0.25):
            status, said = self.check("for (;;) {}", 'return "";')
        self.assertEqual(status, 1)
        self.assertIn("not run: 1 of 2 cases, because adds hangs", said)
        self.assertIn("not run: 2 of 2 cases, because adds hangs", said)
        self.assertNotIn("a greeting begins with Hello", said)

    def test_what_hangs_is_looked_for_where_the_learner_has_just_been(self):
        self.check(GOOD)
        hang = 'static const bool hang = [] { for (;;) pause(); return true; }();'
        status, said = self.check(GOOD, before=f"#include <unistd.h>\n{hang}")
        self.assertEqual(status, 1)
        self.assertNotIn("Killed", said)
        self.assertIn("Next: step 2.", said)
        self.assertLess(said.index("step 2"), said.index("step 1"))
        self.assertIn("step 2: Greet", self.lab("hint", "99.1")[1])

    def test_what_hangs_is_not_looked_for_in_a_step_that_is_still_to_be_written(self):
        starter = (self.work / "sample.cpp").read_text()
        self.write(re.sub(r"lab::todo\(.*\);", "for (;;) pause();", "#include <unistd.h>\n" + starter))
        said = self.lab("check", "99.1")[1]
        self.assertRegex(said, "still (running|waiting)")
        self.assertIn("Next: step 1.", said)

    def test_a_step_that_needs_another_sends_the_learner_there(self):
        needing = 'greet("you"); return a + b;'
        status, said = self.check(needing, 'lab::todo("step 2: Greet");', '#include "common/lab.hpp"')
        self.assertEqual(status, 1)
        self.assertIn("Next: step 2.", said)

    def test_what_the_compiler_says_begins_with_the_error(self):
        status, said = self.check("return a +;")
        self.assertTrue(said.splitlines()[1].startswith("work/99.1/sample.cpp:4:"), said)
        self.assertNotIn("-std=", said)

    def test_gigabytes_of_output_are_cut(self):
        flood = "for (;;) { puts(std::string(100000, 'x').c_str()); }"
        status, said = self.check(flood, before="#include <cstdio>")
        self.assertEqual(status, 1)
        self.assertIn("more than 64 MB and was stopped", said)
        self.assertIn("more bytes", said)
        self.assertLess(len(said), 20_000)

    def test_a_line_that_is_printed_many_times_is_told_once(self):
        chatter = 'for (int i = 0; i < 100; ++i) puts("no"); puts("well"); return 0;'
        status, said = self.check(chatter, before="#include <cstdio>")
        self.assertEqual(status, 1)
        self.assertRegex(said, r"it printed:\n +no \(100 times\)\n +well\n")

    def test_a_message_of_any_bytes_is_told(self):
        odd = r'throw std::runtime_error("odd \x01\xff\xef\xbf\xbf bytes");'
        status, said = self.check(odd, before="#include <stdexcept>")
        self.assertEqual(status, 1)
        self.assertRegex(said, "odd \ufffd+ bytes")

    def test_of_a_thousand_failures_a_few_are_told(self):
        loop = 'for (int i = 0; i < 1000; ++i) BOOST_ERROR("no " << i << text); return a + b;'
        before = "#include <boost/test/unit_test.hpp>\nconst std::string text(10'000, '!');"
        status, said = self.check(loop, before=before)
        self.assertEqual(status, 1)
        self.assertIn("no 4!!", said)
        self.assertIn("… and 995 more", said)
        self.assertNotIn("no 5!!", said)
        self.assertLess(len(said), 6_000)

    def test_memory_without_end_is_stopped(self):
        hog = "for (;;) { auto* p = new char[1 << 20]; for (int i = 0; i < 1 << 20; i += 4096) p[i] = 1; }"
        self.give_each_case(seconds=600)
        status, said = self.check(hog)
        self.assertEqual(status, 1)
        self.assertIn("held more than 256 MB of memory and was stopped", said)

    def test_leaving_the_program_is_no_pass(self):
        for leaving in ("_exit(0);", "quick_exit(0);", "exit(0);"):
            with self.subTest(leaving):
                status, said = self.check(leaving, before="#include <cstdlib>\n#include <unistd.h>")
                self.assertEqual(status, 1)
                self.assertIn("3 of 6 points", said)
                if leaving != "exit(0);":
                    self.assertIn("does it call exit?", said)

    def test_printing_a_report_is_no_pass(self):
        fake = r'puts("<TestCase name=\"adds\" result=\"passed\" assertions_passed=\"1\"/>*** No errors detected");'
        status, said = self.check(
            fake + "fflush(stdout); _exit(0);", before="#include <cstdio>\n#include <unistd.h>"
        )
        self.assertEqual(status, 1)
        self.assertIn("3 of 6 points", said)

    def test_no_child_survives_its_case(self):
        mark = self.work / "child"
        spawn = (
            'if (fork() == 0) { setsid(); FILE* f = fopen("%s", "a"); fprintf(f, "%%d\\n", getpid());'
            ' fclose(f); for (;;) sleep(1); } while (access("%s", F_OK)) usleep(1000); return a + b;'
        ) % (mark, mark)
        status, said = self.check(spawn, before="#include <cstdio>\n#include <unistd.h>")
        self.assertEqual(status, 0, said)
        for pid in mark.read_text().split():
            state = Path(f"/proc/{pid}/stat")
            self.assertTrue(not state.exists() or state.read_text().split()[2] == "Z")

    def test_files_that_are_not_the_recipes_are_not_taken(self):
        (self.work / "sample_test.cpp").write_text("#error not taken")
        (self.work / "notes.md").write_text("my notes")
        status, said = self.check(GOOD)
        self.assertEqual(status, 0, said)
        self.assertIn("sample_test.cpp is not taken", said)
        self.assertNotIn("notes.md", said)

    def test_a_missing_header_is_the_recipes_own_and_a_missing_lesson_is_missed(self):
        (self.work / "sample.hpp").unlink()
        status, said = self.check(GOOD)
        self.assertEqual(status, 0, said)
        (self.work / "sample.cpp").unlink()
        status, said = self.lab("check", "99.1")
        self.assertEqual(status, 2)
        self.assertIn("sample.cpp is missing", said)

    def test_links_are_not_followed(self):
        (self.work / "sample.cpp").unlink()
        (self.work / "sample.cpp").symlink_to(self.project.recipes / "99_01_sample" / "sample.cpp")
        status, said = self.lab("check", "99.1")
        self.assertEqual(status, 2)
        self.assertIn("sample.cpp is not taken: it is a link", said)

    def test_a_check_before_the_start_says_how_to_begin(self):
        for path in self.work.iterdir():
            path.unlink()
        self.work.rmdir()
        status, said = self.lab("check", "99.1")
        self.assertEqual(
            (status, said.strip()),
            (2, "lab: there is no work/99.1 yet: begin with ./lab start 99.1"),
        )


class Processes(unittest.TestCase):
    def test_one_that_ends_while_they_are_listed_is_passed_over(self):
        gone = ProcessLookupError(errno.ESRCH, "No such process")
        with mock.patch("pathlib.Path.exists", side_effect=gone):
            self.assertIn(os.getpid(), processes_with("PATH="))
