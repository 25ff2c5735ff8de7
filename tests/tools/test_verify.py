"""./lab verify: sound labs pass it, and every way in which a lab can be unsound is found."""

import os
import shutil
import tempfile
import unittest
from collections.abc import Callable
from unittest import mock

from tools.build import slots
from tools.memory import Memory

from .support import STEM, copy_of_fixture, lab


def use_own_cache(clean_up: Callable) -> None:
    """Remembers in a folder of its own, until `clean_up` calls what it is given."""
    cache = tempfile.TemporaryDirectory(prefix="lab-cache-")
    clean_up(cache.cleanup)
    change = mock.patch.dict(os.environ, XDG_CACHE_HOME=cache.name)
    change.start()
    clean_up(change.stop)


class VerifyCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.project = copy_of_fixture()
        cls.toml = cls.project.recipes / "99_01_sample" / "lab.toml"
        cls.sound = cls.toml.read_text()
        use_own_cache(cls.addClassCleanup)

    def verify(self, *changes: tuple[str, str], again: bool = False) -> tuple[int, str]:
        """Verifies with the lab.toml changed by these replacements."""
        text = self.sound
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.toml.write_text(text)
        return lab(self.project, "verify", "99.1", "--repeat", "2", *(["--again"] if again else []))


class Verify(VerifyCase):
    def test_a_sound_lab(self):
        status, said = self.verify()
        self.assertEqual(status, 0, said)
        self.assertIn("mutants: 2 seeded, 2 killed", said)

    def test_a_mutant_that_survives(self):
        status, said = self.verify(
            ('find = "return a + b;"', 'find = "return a + b;"'),
            ('replace = "return a - b;"', 'replace = "return b + a;"'),
        )
        self.assertEqual(status, 1)
        self.assertRegex(said, r"subtracts +survived +adds did not notice it")
        self.assertIn("mutants: 2 seeded, 1 killed", said)

    def test_a_mutant_that_another_case_kills(self):
        status, said = self.verify(
            ('"return a - b;"\ncase = "adds"', '"return a - b;"\ncase = "greets"')
        )
        self.assertEqual(status, 1)
        self.assertIn("greets did not notice it (but adds, adds_negative_numbers did)", said)

    def test_a_mutant_that_does_not_compile(self):
        status, said = self.verify(('"return a - b;"', '"return a -;"'))
        self.assertEqual(status, 1)
        self.assertRegex(said, r"subtracts +stillborn +does not compile")

    def test_a_mutant_whose_text_is_found_twice_or_not_at_all(self):
        status, said = self.verify(('find = "return a + b;"', 'find = "name"'))
        self.assertEqual(status, 1)
        self.assertRegex(
            said, r"subtracts +stillborn +its text is found 6 times in sample.cpp, not once"
        )
        status, said = self.verify(('find = "return a + b;"', 'find = "return c"'))
        self.assertIn("found 0 times", said)

    def test_a_mutant_that_is_killed_only_at_times(self):
        mark = self.project.root / "mark"  # only one of the runs can be the one that makes it
        wrong_once = (
            f'static const bool wrong = fopen("{mark}", "wx") != nullptr; return a + b + wrong;'
        )
        status, said = self.verify(('"return a - b;"', f"'{wrong_once}'"))
        self.assertEqual(status, 1)
        self.assertRegex(said, r"subtracts +unstable +adds noticed it 1 of 2 times")

    def test_a_case_that_the_starter_passes(self):
        status, said = self.verify(("points = 0\nseconds = 20\ngiven = true", "points = 1"))
        self.assertEqual(status, 1)
        self.assertIn("passes on the starter: it checks nothing that the learner writes", said)

    def test_a_case_that_crashes_on_the_starter(self):
        source = self.project.recipes / STEM / "sample.cpp"
        sound = source.read_text()
        self.addCleanup(source.write_text, sound)
        source.write_text(
            sound.replace("// [step 1] Add both numbers.", "// [step 1] Add. (stub: __builtin_trap();)")
        )
        status, said = self.verify()
        self.assertEqual(status, 1)
        self.assertRegex(said, r"adds +step 1 +is killed by SIG\w+ on the starter: a sentence says")

    def test_a_case_that_is_not_given(self):
        status, said = self.verify(
            ("given = true", ""),
            ("points = 0", "points = 1"),
            ("points = 3", "points = 0\ngiven = true"),
            ('[[mutant]]\nname = "rude"', '[[mutant]]\nname = "rude"'),
        )
        self.assertEqual(status, 1)
        self.assertRegex(said, r"greets +given +is given, but fails on the starter, 2 of 2 times: a greeting")

    def test_a_case_that_does_not_exist(self):
        status, said = self.verify(('name = "adds_negative_numbers"', 'name = "adds_nothing"'))
        self.assertEqual(status, 1)
        self.assertRegex(said, r"adds_nothing +step 1 +fails on the solution, 2 of 2 times: ended before")

    def test_nothing_is_left_in_slots_not_even_by_a_lab_that_cannot_be_read(self):
        broken = self.project.recipes / "99_02_broken"
        self.addCleanup(shutil.rmtree, broken)
        shutil.copytree(self.project.recipes / STEM, broken)
        (broken / "lab.toml").write_text(self.sound.replace('id = "99.1"', 'id = "99.2"'))
        (broken / "sample.cpp").write_text("// [step 1] never ends\n")
        status, said = lab(self.project, "verify", "--again")
        self.assertEqual(status, 2, said)
        self.assertEqual(slots(self.project, "verify_"), [])

    def test_a_cookbook_without_exercises(self):
        self.addCleanup(self.toml.write_text, self.sound)
        self.toml.unlink()
        self.assertEqual(lab(self.project, "verify"), (0, "mutants: 0 seeded, 0 killed\n"))


class Remembered(VerifyCase):
    def setUp(self) -> None:
        use_own_cache(self.addCleanup)

    def test_what_has_not_changed_is_remembered_until_asked_to_verify_it_again(self):
        self.assertNotIn("remembered", self.verify()[1])
        status, said = self.verify()
        self.assertEqual(status, 0, said)
        self.assertIn("unchanged since they were verified: 4 cases, 2 mutants", said)
        self.assertIn("mutants: 2 seeded, 2 killed (2 remembered; --again tries them anew)", said)
        status, said = self.verify(again=True)
        self.assertRegex(said, r"subtracts +killed\n(.*\n)*mutants: 2 seeded, 2 killed\n")
        self.assertNotIn("remembered", said)

    def test_all_that_it_depends_on_is_looked_at(self):
        root = self.project.root
        self.verify()
        for file in (
            f"tests/{STEM}_fault_test.cpp",
            "common/lab.hpp",
            "CMakeLists.txt",
            "build/default/CMakeCache.txt",
        ):
            with self.subTest(file):
                before, key = (root / file).read_text(), Memory(self.project, STEM).key()
                (root / file).write_text(before + "CMAKE_CXX_FLAGS:STRING=-Wall\n")
                self.assertNotEqual(Memory(self.project, STEM).key(), key)
                (root / file).write_text(before)
                self.assertEqual(Memory(self.project, STEM).key(), key)

    def test_one_mutant_that_changes_is_tried_alone(self):
        self.verify()
        status, said = self.verify(('"return a - b;"', '"return a * b;"'))
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"subtracts +killed")
        self.assertIn("unchanged since they were verified: 4 cases, 1 mutant", said)

    def test_what_is_not_as_it_must_be_is_not_remembered(self):
        survivor = ('replace = "return a - b;"', 'replace = "return b + a;"')
        for _ in range(2):
            status, said = self.verify(survivor)
            self.assertEqual(status, 1)
            self.assertRegex(said, r"subtracts +survived")

    def test_without_a_place_to_remember_all_is_verified(self):
        with mock.patch.dict(os.environ, XDG_CACHE_HOME="/dev/null"):
            for _ in range(2):
                status, said = self.verify()
                self.assertEqual(status, 0, said)
                self.assertNotIn("remembered", said)
