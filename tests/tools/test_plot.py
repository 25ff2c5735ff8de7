"""Pictures of measurements: drawn from a page's table, and stale when the table has changed."""

import unittest
import xml.etree.ElementTree as ElementTree

from tools import docs, plot
from tools.project import LabError

from .support import STEM, copy_of_fixture, lab

TABLE = [
    "| benchmark | time | CPU |",
    "| --- | --- | --- |",
    "| 10 idle/epoll | 1.50 µs | 2 |",
    "| 1000 idle/epoll | 900 ns | 2 |",
    "| 10 idle/poll & <co> | 2.00 µs | 2 |",
    "| 1000 idle/poll & <co> | 1.20 ms | 2 |",
    "| 1000 idle/select | needs more descriptors |  |",
    "| 64 connections/epoll | 1.00 µs | 2 |",
]
NAMES = ["epoll", "poll & <co>"]


def lines_of(svg):
    """The points of each polyline."""
    root = ElementTree.fromstring(svg)
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    return [[tuple(map(float, p.split(","))) for p in line.get("points").split()] for line in lines]


class Plot(unittest.TestCase):
    def test_rows_become_points(self):
        found = plot.series(TABLE, "idle")
        self.assertEqual(found["epoll"], [(10, 1.5), (1000, 0.9)])
        self.assertEqual(found["poll & <co>"], [(10, 2), (1000, 1200)])
        self.assertEqual(list(found), NAMES)

    def test_a_line_for_each_name_further_right_and_higher_for_more(self):
        svg = plot.svg("time", "idle", plot.series(TABLE, "idle"))
        epoll, poll = lines_of(svg)
        self.assertLess(epoll[0][0], epoll[1][0])
        self.assertLess(epoll[0][1], epoll[1][1])  # less time is lower down
        self.assertGreater(poll[0][1], poll[1][1])
        self.assertEqual(epoll[0][0], poll[0][0])
        texts = [text for element in ElementTree.fromstring(svg) for text in element.itertext()]
        for name in NAMES:
            self.assertIn(name, texts)

    def test_names_do_not_cover_each_other(self):
        same = {name: [(10.0, 1.0), (100.0, 1.0)] for name in "abc"}
        root = ElementTree.fromstring(plot.svg("time", "idle", same))
        places = [float(e.get("y")) for e in root if (e.text or "") in same]
        self.assertEqual(len(places), 3)
        for one, next_one in zip(sorted(places), sorted(places)[1:]):
            self.assertGreaterEqual(next_one - one, 15)

    def test_long_times_are_in_seconds(self):
        for time, labels in ((2000.0, ["1,000 µs", "10,000 µs"]), (2e6, ["1 s", "10 s"])):
            root = ElementTree.fromstring(plot.svg("time", "idle", {"a": [(10.0, time), (20.0, time)]}))
            texts = [element.text for element in root]
            for label in labels:
                self.assertIn(label, texts)

    def test_what_cannot_be_drawn(self):
        for call in (lambda: plot.series(TABLE, "busy"), lambda: plot.parse("no form")):
            with self.assertRaises(LabError):
                call()

    def test_docs_draws_and_check_sees_a_stale_picture(self):
        project = copy_of_fixture()
        page = project.root / "docs" / f"{STEM}.md"
        table = "\n".join(["", *TABLE, ""])
        page.write_text(f"# P\n<!-- plot: {STEM}: time by idle -->\n<!-- end -->\n"
                        f"<!-- bench: {STEM} -->\n{table}\n<!-- end -->\n")
        picture = page.with_suffix(".svg")
        lab(project, "docs")
        self.assertEqual(len(lines_of(picture.read_text())), 2)
        self.assertIn(f"]({STEM}.svg)", page.read_text())
        self.assertEqual(docs.stale_pictures(page), [])
        page.write_text(page.read_text().replace("1.50 µs", "3.50 µs"))
        self.assertEqual(docs.stale_pictures(page), [picture])
        _, output = lab(project, "docs", "--check")
        self.assertIn(f"docs/{STEM}.svg: stale", output)
        lab(project, "docs")
        self.assertEqual(docs.stale_pictures(page), [])


if __name__ == "__main__":
    unittest.main()
