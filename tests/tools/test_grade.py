"""./lab grade: every format read back, points, hidden cases, submissions that hold anything."""

import json
import shutil
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from unittest import mock

from tools import cases
from tools.project import write_atomically

from .support import STEM, lab, sample, shared_project

PARTLY = sample("return 3;")
HIDDEN_TOML = '[[case]]\nname = "adds_large_numbers"\npoints = 4\nseconds = 2\n'
HIDDEN_TEST = """
#define BOOST_TEST_MODULE hidden
#include "99_01_sample/sample.hpp"
#include <boost/test/unit_test.hpp>
BOOST_AUTO_TEST_SUITE(hidden)
BOOST_AUTO_TEST_CASE(adds_large_numbers) {
    BOOST_TEST(cookbook::sample::add(1000000, 1) == 1000001, "a million and one");
}
BOOST_AUTO_TEST_SUITE_END()
"""


class Grade(unittest.TestCase):
    def setUp(self) -> None:
        self.project = shared_project()
        self.submission = self.project.root / "submission"
        shutil.rmtree(self.submission, ignore_errors=True)
        shutil.copytree(self.project.recipes / STEM, self.submission)
        self.output = self.project.root / "result"
        self.output.unlink(missing_ok=True)

    def grade(self, style: str, *more: str, source: str | None = None) -> tuple[int, str]:
        """Grades: the exit status, and the result that was written."""
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

    def test_the_solution_gets_all_points(self):
        status, text = self.grade("lab")
        self.assertEqual(status, 0, text)
        self.assertIn("6 of 6 points", text)

    def test_gradescope(self):
        status, text = self.grade("gradescope", source=PARTLY)
        result = json.loads(text)
        self.assertEqual((status, result["score"]), (1, 5))
        tests = {test["name"]: test for test in result["tests"]}
        failed = tests["step 1: Add: adds_negative_numbers"]
        self.assertEqual(
            (failed["score"], failed["max_score"], failed["visibility"]), (0, 1, "visible")
        )
        self.assertIn("minus 1 and minus 2 are minus 3", failed["output"])
        self.assertEqual(sum(test["score"] for test in result["tests"]), 5)

    def test_classroom50(self):
        with mock.patch.dict("os.environ", {"CLASSROOM": "nets", "COMMIT_URL": "https://e.org/c"}):
            status, text = self.grade("classroom50", source=PARTLY)
        result = json.loads(text)
        self.assertEqual((status, result["schema"]), (1, "classroom50/result/v1"))
        self.assertEqual(
            (result["score"], result["max-score"], result["classroom"]), (5, 6, "nets")
        )
        for key in ("assignment", "submission", "commit", "release", "review"):
            self.assertTrue(result[key])
        self.assertRegex(result["datetime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        first = {"test-name": "adds", "passed": True, "score": 2, "max-score": 2}
        self.assertEqual(result["tests"][0], first)
        self.assertTrue(all(type(test["score"]) is int for test in result["tests"]))

    def test_junit(self):
        nasty = sample('fputs("\\x01\\xff ]]>", stdout); return -3;', before="#include <cstdio>")
        status, text = self.grade("junit", source=nasty)
        suite = ElementTree.fromstring(text).find("testsuite")
        self.assertEqual((status, suite.get("tests"), suite.get("failures")), (1, "4", "1"))
        failures = [case for case in suite if case.find("failure") is not None]
        self.assertEqual([case.get("name") for case in failures], ["adds"])
        failure = failures[0].find("failure")
        self.assertEqual(failure.get("message"), "1 and 2 are 3: that <is> what adding means")
        self.assertIn("\ufffd", failure.text)

    def test_what_does_not_compile_gets_nothing_and_the_compilers_words(self):
        status, text = self.grade("gradescope", source=sample("return a +;"))
        result = json.loads(text)
        self.assertEqual((status, result["score"], len(result["tests"])), (2, 0, 4))
        self.assertIn("submission/sample.cpp:4:", result["output"])
        status, text = self.grade("junit")
        error = ElementTree.fromstring(text).find("testsuite/testcase/error")
        self.assertIn("submission/sample.cpp:4:", error.text)
        status, text = self.grade("lab")
        self.assertIn("0 of 6 points", text)
        status, text = self.grade("classroom50")
        self.assertEqual((status, json.loads(text)["score"]), (2, 0))

    def test_partial_results_are_written_after_each_case(self):
        written = []

        def spy(path: Path, text: str) -> None:
            written.append(json.loads(text))
            write_atomically(path, text)

        with mock.patch("tools.grade.write_atomically", spy):
            self.grade("gradescope")
        self.assertEqual([result["score"] for result in written], [0, 2, 3, 6, 6, 6])
        self.assertEqual(written[0]["tests"][0]["output"], "has not run")

    def test_hidden_cases(self):
        hidden = self.project.root / "hidden_cases"
        hidden.mkdir(exist_ok=True)
        (hidden / "hidden.toml").write_text(HIDDEN_TOML)
        (hidden / "large_test.cpp").write_text(HIDDEN_TEST)
        status, text = self.grade("gradescope", "--hidden", str(hidden))
        result = json.loads(text)
        self.assertEqual((status, result["score"]), (0, 10))
        self.assertEqual(result["tests"][-1]["visibility"], "after_due_date")
        status, text = self.grade("classroom50", "--hidden", str(hidden), source=PARTLY)
        self.assertEqual((status, json.loads(text)["score"]), (1, 5))
        self.assertNotIn("large", text)
        left = list((self.project.build / "slots").glob("*/hidden/*"))
        self.assertEqual(left, [], "hidden cases stay on the disk")

    def test_hidden_cases_that_are_no_cases(self):
        hidden = self.project.root / "not_hidden"
        hidden.mkdir(exist_ok=True)
        for toml, problem in [
            ("", "must hold hidden.toml"),
            ("[[case]]\nname = 'a'", "needs a name and points"),
            ("[[case]]\nname = 'a'\npoints = 0.5", "whole points"),
            ("not toml", "hidden.toml"),
        ]:
            with self.subTest(toml):
                (hidden / "hidden.toml").write_text(toml)
                status, said = self.grade("lab", "--hidden", str(hidden))
                self.assertEqual(status, 2)
                self.assertIn(problem, said)

    def test_a_submission_may_hold_anything(self):
        (self.submission / "tests").mkdir()
        (self.submission / "CMakeLists.txt").write_text("message(FATAL_ERROR never)")
        (self.submission / "99_01_sample_test.cpp").write_text("#error never")
        (self.submission / "sample.hpp").unlink()
        (self.submission / "sample.hpp").symlink_to("/etc/passwd")
        (self.submission / "main.cpp").write_bytes(b"\xff" * (2 << 20))
        status, text = self.grade("lab")
        self.assertEqual(status, 0, text)
        for line in (
            "tests is not taken",
            "99_01_sample_test.cpp is not taken",
            "sample.hpp is not taken: it is a link",
            "main.cpp is not taken",
        ):
            self.assertIn(line, text)

    def test_a_crash_in_one_case_leaves_the_others(self):
        status, text = self.grade("gradescope", source=sample("__builtin_trap();"))
        self.assertEqual(json.loads(text)["score"], 3)

    def test_no_submission(self):
        shutil.rmtree(self.submission)
        status, said = self.grade("lab")
        self.assertEqual(status, 2)
        self.assertIn("is no folder", said)

    def test_limits_are_there(self):
        self.assertLessEqual(cases.WRITES, 1 << 30)
        self.assertLessEqual(cases.MEMORY, 8 << 30)
