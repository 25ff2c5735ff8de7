"""./lab docs --check on code: who includes whom, and examples that nobody compiles."""

import unittest

from tools import code_rules

from .support import STEM, copy_of_fixture


class CodeRules(unittest.TestCase):
    def setUp(self) -> None:
        self.project = copy_of_fixture()

    def broken_by(self, file: str, text: str) -> list[str]:
        """What is wrong with a file of this text, added to a sound cookbook."""
        path = self.project.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return list(code_rules.broken(self.project))

    def test_a_sound_cookbook(self):
        self.assertEqual(list(code_rules.broken(self.project)), [])

    def test_rooms_look_down(self):
        self.assertEqual(self.broken_by("common/net/a.hpp", '#include "common/async/b.hpp"\n'), [])
        for include in ("common/http/b.hpp", "common/lab.hpp", f"{STEM}/sample.hpp"):
            with self.subTest(include):
                problems = self.broken_by("common/net/a.hpp", f'\n#include "{include}"\n')
                self.assertEqual(len(problems), 1)
                self.assertTrue(problems[0].startswith("common/net/a.hpp:2: "), problems)
        self.assertEqual(len(self.broken_by("common/lab.hpp", '#include "common/async/b.hpp"\n')), 2)

    def test_recipes_include_common_their_own_and_what_they_use(self):
        (self.project.recipes / "99_02_other").mkdir()
        inner = f"recipes/{STEM}/room/inner.cpp"
        own = f'#include "common/net/a.hpp"\n#include "../sample.hpp"\n#include "{STEM}/sample.hpp"\n'
        self.assertEqual(self.broken_by(inner, own), [])
        other = '#include "99_02_other/other.hpp"\n'
        self.assertEqual(
            self.broken_by(inner, other),
            [f"recipes/{STEM}/room/inner.cpp:1: 99_02_other/other.hpp is neither its own nor of a "
             "recipe that it USES"],
        )
        with open(self.project.root / "CMakeLists.txt", "a") as build:
            build.write(f"add_recipe({STEM} USES 99_02_other LINK OpenSSL::Crypto)\n")
        self.assertEqual(list(code_rules.broken(self.project)), [])
        self.assertEqual(len(self.broken_by(inner, '#include "../../../tests/a.hpp"\n')), 1)

    def test_examples_are_compiled(self):
        header = "/// Opens it.\n///\n///     Door door;  // a new one\n///     …\n///     door.open();\n"
        missing = self.broken_by("common/net/door.hpp", header)
        self.assertEqual(
            missing,
            [f"common/net/door.hpp:{line}: this example is not in tests/header_examples.cpp, where "
             "it would be compiled" for line in (3, 5)],
        )
        compiled = "void door() {\n    Door door;\n    door.open();\n}\n"
        self.assertEqual(self.broken_by("tests/header_examples.cpp", compiled), [])
        self.assertEqual(
            len(self.broken_by("tests/header_examples.cpp", compiled.replace("open", "shut"))), 1
        )
