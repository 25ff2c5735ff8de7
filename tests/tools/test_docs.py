"""./lab docs: snippets found by step and by name, blocks rewritten, and the rules of --check."""

import tempfile
import unittest
from pathlib import Path

from tools.docs_rules import APPENDIX, SECTIONS, slugs
from tools.project import LabError
from tools.snippets import snippet

from .support import STEM, copy_of_fixture, lab

CODE = r"""
#include <map>
#define OPEN {

// A comment of its own.

// What Session is for.
class Session : public Base {
  public:
    // Makes one.
    explicit Session(int limit) : limit_{limit}, name_("}{") { start(); }
    int get(int key) const noexcept { return key == '{' ? limit_ : 1'000'000; }
    int put(int key);

  private:
    int limit_;
};

int Session::put(int key) {
    // { an open brace in a comment
    return get(key) + R"x(" } )x"[0];
}

namespace {

template <typename T>
    requires std::integral<T>
auto twice(T value) -> std::pair<T, T> {
    if (check(value)) {
        // [step 1] Pair. (stub: return {};)
        return {value, value};
        // [end]
    }
}

int check(int value);

awaitable<void> drain(tcp::socket socket) try {
    co_await read(socket);
} catch (...) {
}

enum class Style { iterative, threads };

template <typename T>
concept Handler = requires(T t) {
    { t.handle() } -> std::same_as<void>;
};

int tried(int a) try { return a; }
catch (const E&) { return 1; } catch (...) {
    return 0;
}

void same(int a) { twice(a); }
void same(long a) { twice(a); }

}  // namespace
"""


class Snippets(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "s.cpp").write_text(CODE)

    def test_definitions_by_name(self):
        for name, first, last in (
            ("Session", "// What Session is for.", "};"),
            ("put", "", ""),
            ("Session::put", "int Session::put(int key) {", "}"),
            (
                "get",
                "int get(int key) const noexcept { return key == '{' ? limit_ : 1'000'000; }",
                None,
            ),
            ("twice", "template <typename T>", "}"),
            ("tried", "int tried(int a) try { return a; }", "}"),
            ("Style", "enum class Style { iterative, threads };", None),
            ("Handler", "template <typename T>", "};"),
        ):
            with self.subTest(name):
                if not first:
                    with self.assertRaises(LabError):
                        snippet(self.root, f"s.cpp#{name}")
                    continue
                lines = snippet(self.root, f"s.cpp#{name}").split("\n")
                self.assertEqual((lines[0], lines[-1]), (first, last or first))

    def test_marks_are_not_shown(self):
        text = snippet(self.root, "s.cpp#twice")
        self.assertIn("// [step 1] Pair.\n", text)
        self.assertNotIn("stub", text)
        self.assertNotIn("[end]", text)

    def test_a_step(self):
        self.assertEqual(
            snippet(self.root, "s.cpp#step 1"), "// [step 1] Pair.\nreturn {value, value};"
        )

    def test_what_is_not_there_or_there_twice(self):
        for reference, problem in (
            ("s.cpp#check", "no definition of check"),
            ("s.cpp#same", "2 definitions of same"),
            ("s.cpp#step 2", "no step 2"),
            ("t.cpp#x", "no file t.cpp"),
            ("s.cpp", "names no step"),
        ):
            with self.subTest(reference), self.assertRaisesRegex(LabError, problem):
                snippet(self.root, reference)


PAGE = "# 99.1 Sample\n\n" + "\n".join(f"## {section}\n" for section in SECTIONS)


class Pages(unittest.TestCase):
    def setUp(self) -> None:
        self.project = copy_of_fixture()
        self.page = self.project.root / "docs" / f"{STEM}.md"
        (self.project.root / "benchmarks" / f"{STEM}_bench.cpp").write_text("int main() {}\n")
        self.write("")

    def write(self, extra: str) -> None:
        self.page.parent.mkdir(exist_ok=True)
        self.page.write_text(PAGE + extra)

    def check(self, *problems: str) -> None:
        """`--check` tells exactly these problems."""
        status, said = lab(self.project, "docs", "--check")
        self.assertEqual(status, 1 if problems else 0, said)
        for problem in problems:
            self.assertIn(problem, said)
        self.assertIn(f"{len(problems)} problems", said)

    def test_a_sound_page(self):
        self.write("[up](../CMakeLists.txt) [here](#run-it) [there](https://example.org/x)\n")
        self.check()

    def test_stale_code_is_told_and_rewritten(self):
        self.write(f"<!-- snippet: recipes/{STEM}/sample.cpp#step 1 -->\n```cpp\nold\n```\nprose\n")
        self.check("stale")
        self.assertEqual(lab(self.project, "docs")[0], 0)
        self.assertIn(
            "```cpp\n// [step 1] Add both numbers.\n// The order does not matter.\nreturn a + b;\n```\nprose\n",
            self.page.read_text(),
        )
        self.check()

    def test_tables(self):
        readme = self.project.root / "README.md"
        readme.write_text("<!-- recipes -->\n<!-- end -->\n<!-- patterns -->\n<!-- end -->\n")
        self.write("<!-- mutants -->\n<!-- end -->\n")
        self.check("README.md:2: stale", "stale")
        self.assertEqual(lab(self.project, "docs")[0], 0)
        self.check()
        self.assertIn("| 11.2 | TCP server *(planned)* |", readme.read_text())
        self.assertIn(f"| 99.1 | [Sample](docs/{STEM}.md) | adds and greets |", readme.read_text())
        self.assertIn(
            f"| addition | [`recipes/{STEM}/sample.cpp`](recipes/{STEM}/sample.cpp) |",
            readme.read_text(),
        )
        self.assertIn(
            "| Taking minus for plus | sums are \\| too small | `adds` |", self.page.read_text()
        )

    def test_outputs_are_captured(self):
        self.write("<!-- output: echo one; echo two >&2 -->\n```\n```\n")
        self.assertEqual(lab(self.project, "docs")[0], 0)
        self.assertNotIn("$ echo", self.page.read_text())
        self.assertEqual(lab(self.project, "docs", "--run")[0], 0)
        self.assertIn(
            "```console\n$ echo one; echo two >&2\none\ntwo\n```\n", self.page.read_text()
        )
        self.check()

    def test_outputs_stay_where_only_clock_port_and_duration_would_change(self):
        self.write(
            "<!-- output: printf 'a 127.0.0.1:4000%s\\n' 1; date +'%T.%N took 0.1 ms' -->\n"
            "```console\n```\n"
        )
        self.assertEqual(lab(self.project, "docs", "--run")[0], 0)
        captured = self.page.read_text()
        self.assertRegex(captured, r"\na 127\.0\.0\.1:40001\n\d\d:\d\d:\d\d\.\d+ took 0\.1 ms\n")
        self.assertEqual(lab(self.project, "docs", "--run")[0], 0)
        self.assertEqual(self.page.read_text(), captured)
        self.page.write_text(captured.replace("\na 1", "\nb 1"))
        self.assertEqual(lab(self.project, "docs", "--run")[0], 0)
        self.assertIn("\na 127.0.0.1:40001\n", self.page.read_text())

    def test_commands_that_do_not_exist(self):
        for command, problem in (
            ("./lab runn 99.1", "no command runn"),
            ("./lab run 99.7", "no recipe is called 99.7"),
            ("./lab docs --fast", "unrecognized arguments"),
            (f"build/default/bin/{STEM} client --nonsense 1", "no option --nonsense"),
            ("./lab run 99.1 -- --nonsense", "no option --nonsense"),
            ("build/default/bin/99_02_x | cat", "no program 99_02_x"),
            ("echo 'x", "No closing quotation"),
        ):
            with self.subTest(command):
                self.write(f"<!-- output: {command} -->\n```\n```\n")
                self.check(problem)
        self.write("<!-- output: ./lab run 99.1 -->\n```\n```\n")
        self.check()

    def test_broken_links(self):
        self.write("[a](nowhere.md) `[b](nowhere.md)` [c](#no-heading)\n```\n[d](nowhere)\n```\n")
        self.check("the link nowhere.md leads nowhere", "the link #no-heading names no heading")

    def test_a_term_of_the_glossary_is_linked_at_its_first_use(self):
        glossary = self.project.root / "docs" / "glossary.md"
        glossary.write_text("# Glossary\n\n### TIME_WAIT\n\nA state.\n")
        self.write("[a](glossary.md#time_wait), [b](glossary.md#time_wait), [c](glossary.md#fin)\n")
        self.check("time_wait is linked before", "glossary.md#fin names no heading")

    def test_sections(self):
        self.page.write_text(PAGE.replace("## Measured\n", ""))
        self.check("missing sections: Measured")
        self.page.write_text(PAGE + "## More\n")
        self.check("the sections must be")
        self.page.write_text(PAGE + f"## {APPENDIX}\n<!-- bench: {STEM} -->\n<!-- end -->\n")
        self.check()

    def test_near_misses_of_blocks(self):
        for text in (
            "<!-- Snippet: a#b -->",
            "<!--snippet: a#b -->",
            "<!-- snippet: a.cpp#b -->\nno fence",
            "<!-- mutants -->\nno end",
            "text <!-- recipes -->",
        ):
            with self.subTest(text):
                self.write(text + "\n")
                self.check("docs/")
        self.write("```\n<!-- snippet: shown, not meant -->\n```\n")
        self.check()

    def test_a_recipe_must_be_whole(self):
        self.page.unlink()
        (self.project.root / "benchmarks" / f"{STEM}_bench.cpp").unlink()
        (self.project.recipes / STEM / "lab.toml").unlink()
        self.check("has no docs/", "has no benchmarks/", "has no lab.toml")

    def test_registries_are_not_named(self):
        self.write(f"Get it from {'.'.join(['files', 'python' + 'hosted', 'org'])}.\n")
        self.check("names a package registry's host")

    def test_anchors_as_the_forge_makes_them(self):
        text = "# Run it\n## Run it\n## `within`: a time-limit (s)!\n## [A link](x.md) too\n"
        self.assertEqual(slugs(text), {"run-it", "run-it-1", "within-a-time-limit-s", "a-link-too"})
