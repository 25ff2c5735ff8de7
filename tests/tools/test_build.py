"""What a slot holds of a copy, so that only what is the copy's own is compiled for it."""

import tempfile
import unittest
from pathlib import Path

from tools.build import Slot, executable
from tools.project import Project

HOUSE = {"main.cpp": "m", "sample.cpp": "s", "wire/frame.cpp": "f", "wire/frame.hpp": "h"}


class SlotCase(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="lab-slot-")
        self.addCleanup(folder.cleanup)
        self.slot = Slot(Project(Path(folder.name)), "verify_1", "99_01_sample")

    def fill(self, changes: dict[str, str] | None = None, own=()) -> dict[str, str]:
        """What the slot holds of the house's files with these changes: file to text."""
        self.slot.fill(HOUSE | (changes or {}), HOUSE, own)
        files = (path for path in self.slot.folder.rglob("*") if path.is_file())
        return {f.relative_to(self.slot.folder).as_posix(): f.read_text() for f in files}

    def test_a_copy_has_the_headers_and_what_differs(self):
        self.assertEqual(self.fill(), {"wire/frame.hpp": "h"})
        self.assertEqual(self.fill({"sample.cpp": "x"}), {"wire/frame.hpp": "h", "sample.cpp": "x"})
        changed = {"wire/frame.cpp": "x"}
        self.assertEqual(self.fill(changed), {"wire/frame.hpp": "h"} | changed)

    def test_a_copy_has_what_is_its_own_even_if_it_does_not_differ(self):
        self.assertEqual(self.fill(own=["sample.cpp"]), {"wire/frame.hpp": "h", "sample.cpp": "s"})

    def test_a_copy_with_another_header_has_all_files(self):
        self.assertEqual(self.fill({"wire/frame.hpp": "x"}), HOUSE | {"wire/frame.hpp": "x"})

    def test_what_does_not_change_keeps_its_time_stamp(self):
        self.fill({"sample.cpp": "x"})
        before = (self.slot.folder / "sample.cpp").stat().st_mtime_ns
        self.fill({"sample.cpp": "x", "wire/frame.cpp": "y"})
        self.assertEqual((self.slot.folder / "sample.cpp").stat().st_mtime_ns, before)

    def test_nothing_is_left_of_a_slot_that_is_removed(self):
        self.fill({"sample.cpp": "x"})
        program = executable(self.slot.project, self.slot.target("fault_test"))
        program.parent.mkdir(parents=True)
        program.touch()
        self.slot.remove()
        self.assertFalse(self.slot.folder.exists() or program.exists())
