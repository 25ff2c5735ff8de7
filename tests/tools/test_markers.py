"""Step markers: what is taken, what is cut, and every near miss that is an error."""

import unittest

from tests.tools.support import STEM, copy_of_fixture
from tools.markers import MarkerError, cut, parse, parse_recipe, unwritten
from tools.recipes import load

STEP = """\
int f() {
    // [step 1] Add "a" to b. Twice.
    // Because RFC 1 says so.
    int c = a + b;

    return c;
    // [end]
}
"""


class Parse(unittest.TestCase):
    def test_a_step(self):
        (block,) = parse(STEP)
        self.assertEqual(
            (block.number, block.sentence, block.stub), (1, 'Add "a" to b. Twice.', None)
        )
        self.assertEqual((block.heading, block.body, block.end), (1, 3, 6))

    def test_a_stub(self):
        (block,) = parse("// [step 12] Do it (now). (stub: return {f(1)};)\nx();\n// [end]\n")
        self.assertEqual(
            (block.number, block.sentence, block.stub), (12, "Do it (now).", "return {f(1)};")
        )

    def test_near_misses(self):
        for line in (
            "// [step1] Add.",
            "//[step 1] Add.",
            "// [Step 1] Add.",
            "// [step 1] Add",
            "// [step 0] Add.",
            "// [step one] Add.",
            "// [step 1]",
            "// [step 01] Add.",
            "// (step 1) Add.",
            "// [ step 1 ] Add.",
            "// [stp 1] Add.",
            "// [steps 1] Add.",
            "/* [step 1] Add. */",
            "/// [step 1] Add.",
            "x(); // [step 1] Add.",
            "// [step 1] Add. (stub: x;",
            "// [step 1] Add. (stub:x;)",
            "// [step 1] Add. stub: x;",
            "// [step 1 Add.",
            "// [step 1] Add. (stub: )",
            "// step 1] Add.",
            "// [step 1] Add. ",
            "// [step 1]: Add.",
            "// [END]",
            "// [end].",
            "//[end]",
            "// [ end ]",
            "// (end)",
            "// [End step 1]",
            "// [ends]",
            "// [end 1]",
            "} // [end]",
            "// [end] ",
        ):
            with self.subTest(line), self.assertRaisesRegex(MarkerError, "^echo.cpp:4: "):
                parse(f"// [step 1] Good.\ncode();\n// [end]\n{line}\ncode();\n", "echo.cpp")

    def test_what_is_no_marker(self):
        for line in (
            'auto url = "http://x/[end]";',
            'auto s = "// [step 1] Add";',
            'R"(// [end])";',
            "x = a[end];",
            "x[step] = 1'000'000;  // the end [1] of a step",
            "// the end",
            "// step 1: see below",
            "char c = '\"'; // end",
            "// (end of file is normal)",
            "// [RFC 9293] says",
            "// See [1].",
            "// [sic] all of it",
        ):
            with self.subTest(line):
                self.assertEqual(parse(line + "\n"), [])

    def test_wrong_nesting(self):
        for text, problem in (
            ("// [step 1] A.\nx\n// [step 2] B.\ny\n// [end]\n// [end]\n", "within step 1"),
            ("// [end]\n", "an end without a step"),
            ("// [step 1] A.\nx\n", "step 1 has no end"),
            ("// [step 1] A.\n// [end]\n", "nothing to cut out"),
            ("// [step 1] A.\n// Only words.\n\n// [end]\n", "nothing to cut out"),
        ):
            with self.subTest(text), self.assertRaisesRegex(MarkerError, problem):
                parse(text)


class Cut(unittest.TestCase):
    def test_the_body_makes_way_for_the_task(self):
        self.assertEqual(
            cut('#include "a.hpp"\n\n' + STEP),
            '#include "a.hpp"\n#include "common/lab.hpp"\n\n'
            'int f() {\n    // TODO step 1: Add "a" to b. Twice.\n    // Because RFC 1 says so.\n'
            '    lab::todo("step 1: Add \\"a\\" to b. Twice.");\n}\n',
        )

    def test_a_stub_of_ones_own(self):
        source = (
            "#pragma once\n    // [step 3] Do. (stub: co_return {};)\n    x();\n    // [end]\ny\n"
        )
        self.assertEqual(
            cut(source),
            "#pragma once\n    // TODO step 3: Do.\n    co_return {};  // replace this\ny\n",
        )

    def test_without_steps_nothing_changes(self):
        self.assertEqual(cut("int a;\r\n\n"), "int a;\r\n\n")


class OfARecipe(unittest.TestCase):
    def test_steps_that_are_as_in_the_starter(self):
        recipe = load(copy_of_fixture(), STEM)
        solution = recipe.texts()
        starter = {name: cut(text, name) for name, text in solution.items()}
        self.assertEqual(unwritten(recipe, starter), {1: ["sample.cpp"], 2: ["sample.cpp"]})
        self.assertEqual(unwritten(recipe, solution), {})
        stub = "    return name;  // replace this\n"
        self.assertIn(stub, starter["sample.cpp"])
        begun = starter["sample.cpp"].replace(stub, f"{stub}    return name;\n")
        self.assertEqual(unwritten(recipe, starter | {"sample.cpp": begun}), {1: ["sample.cpp"]})

    def test_a_file_with_several_places_of_a_step_is_named_once(self):
        project = copy_of_fixture()
        source = project.recipes / STEM / "sample.cpp"
        source.write_text(source.read_text() + "// [step 1] Once more.\nint x;\n// [end]\n")
        recipe = load(project, STEM)
        starter = {name: cut(text, name) for name, text in recipe.texts().items()}
        self.assertEqual(unwritten(recipe, starter)[1], ["sample.cpp"])

    def test_the_steps_of_the_code_are_those_of_lab_toml(self):
        project = copy_of_fixture()
        source = project.recipes / STEM / "sample.cpp"
        code = source.read_text()
        for more, steps in (
            ("", [1, 2]),
            ("// [step 1] Once more.\nint x;\n// [end]\n", [1, 2, 1]),  # one task, two places
        ):
            source.write_text(code + more)
            blocks = parse_recipe(load(project, STEM))["sample.cpp"]
            self.assertEqual([block.number for block in blocks], steps)
        source.write_text(code + "// [step 3] One too many.\nint x;\n// [end]\n")
        with self.assertRaisesRegex(MarkerError, r"the code has steps \[1, 2, 3\]"):
            parse_recipe(load(project, STEM))
