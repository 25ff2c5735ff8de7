"""./lab grade: every format read back, points, hidden cases, submissions that hold anything."""

import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from unittest import mock

from tools.markers import write_starter
from tools.project import write_atomically
from tools.recipes import load

from .support import STEM, GradeCase, sample

PARTLY = sample("return 3;")
HIDDEN_TOML = '[[case]]\nname = "adds_large_numbers"\npoints = 4\nseconds = 20\n'
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


class Grade(GradeCase):
    def test_the_solution_gets_all_points(self):
        status, text = self.grade("lab")
        self.assertEqual(status, 0, text)
        self.assertIn("6 of 6 points", text)

    def test_a_starter_gets_no_point_and_a_remark_for_each_step(self):
        write_starter(load(self.project, STEM), self.submission)
        status, text = self.grade("lab")
        self.assertEqual(status, 1)
        self.assertIn("0 of 6 points", text)
        for step in (1, 2):
            self.assertIn(f"note: step {step} is as in the starter, in sample.cpp\n", text)

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
        first = {"test-name": "adds", "passed": True, "score": 2, "max-score": 2, "output": ""}
        self.assertEqual(result["tests"][0], first)
        self.assertIn("minus 1 and minus 2 are minus 3", result["tests"][1]["output"])
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
        result = json.loads(text)
        self.assertEqual((status, result["score"]), (2, 0))
        self.assertIn("does not compile", result["tests"][0]["output"])
        self.assertIn("submission/sample.cpp:4:", result["tests"][0]["output"])
        self.assertEqual(result["tests"][1]["output"], "does not compile")

    def test_breaking_what_worked_in_the_starter_costs_a_point_in_every_format(self):
        rude = sample("return a + b;", 'return "Hello, " + name;')
        status, text = self.grade("lab", source=rude)
        self.assertEqual(status, 1, "a failed case, and full marks")
        self.assertIn("5 of 6 points", text)
        self.assertIn("FAILED  -1/0  keeps_quiet", text)
        self.assertIn("this worked in the starter, and breaking it costs a point", text)
        status, text = self.grade("gradescope")
        result = json.loads(text)
        self.assertEqual((status, result["score"]), (1, 5))
        self.assertEqual(sum(test["score"] for test in result["tests"]), 5)
        status, text = self.grade("classroom50")
        result = json.loads(text)
        self.assertEqual((status, result["score"], result["max-score"]), (1, 5, 6))
        quiet = result["tests"][3]
        self.assertEqual((quiet["passed"], quiet["score"]), (False, 0), "the schema has no less")
        status, text = self.grade("junit")
        self.assertEqual((status, ElementTree.fromstring(text)[0].get("failures")), (1, "1"))

    def test_no_grade_is_below_zero(self):
        status, text = self.grade("gradescope", source=sample("return 0;", 'return "x";'))
        self.assertEqual((status, json.loads(text)["score"]), (1, 0))

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
        self.assertNotIn("a million and one", text)
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
        self.assertIn("is not a folder", said)
