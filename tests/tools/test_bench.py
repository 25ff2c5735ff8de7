"""./lab bench: Google Benchmark's report as a table, on the terminal and in the page."""

import json
import unittest

from tools import bench
from tools.project import LabError

from .support import STEM, copy_of_fixture, lab

RUNS = [
    {
        "name": "raw/64/real_time",
        "run_type": "iteration",
        "time_unit": "ns",
        "real_time": 1234.5,
        "cpu_time": 0.5,
        "iterations": 10,
        "items_per_second": 2.5e6,
        "threads": 1,
    },
    {
        "name": "ours|64",
        "run_type": "iteration",
        "time_unit": "ms",
        "real_time": 12.0,
        "cpu_time": 2000.0,
        "iterations": 10,
        "bytes_per_second": 3.21e9,
        "ratio": 0.654,
        "calls": 2.0,
    },
    {
        "name": "group/ours_median",
        "run_type": "iteration",
        "time_unit": "ns",
        "real_time": 9.0,
        "cpu_time": 2.0,
    },
    {
        "name": "group/naive/real_time_median",
        "run_type": "iteration",
        "time_unit": "ns",
        "real_time": 5.0,
        "cpu_time": 1.0,
    },
    {
        "name": "broken",
        "run_type": "iteration",
        "error_occurred": True,
        "error_message": "no peer",
        "time_unit": "ns",
        "real_time": 0,
        "cpu_time": 0,
    },
]


class Bench(unittest.TestCase):
    def test_columns(self):
        head, rows = bench.columns(RUNS)
        self.assertEqual(head, ["benchmark", "time", "CPU", "items/s", "bytes/s", "ratio", "calls"])
        self.assertEqual(rows[0], ["raw/64", "1.23 µs", "0.50 ns", "2.50 M", "", "", ""])
        self.assertEqual(rows[1], ["ours|64", "12.0 ms", "2.00 s", "", "3.21 G", "0.65", "2"])
        self.assertEqual(rows[4], ["broken", "no peer", "", "", "", "", ""])

    def test_the_cpu_time_of_a_load_is_not_shown(self):
        loaded = {**RUNS[0], "name": "ours/iterations:1/manual_time"}
        self.assertEqual(bench.columns([loaded])[0][:3], ["benchmark", "time", "items/s"])
        self.assertEqual(bench.columns([loaded, RUNS[0]])[1][0][:3], ["ours", "1.23 µs", ""])

    def test_a_program_is_built_run_and_its_table_saved(self):
        project = copy_of_fixture()
        report = json.dumps({"benchmarks": RUNS})
        (project.root / "benchmarks" / f"{STEM}_bench.cpp").write_text(
            "#include <cstring>\n#include <fstream>\n"
            "int main(int count, char** a) { for (int i = 1; i < count; ++i)"
            ' if (!std::strncmp(a[i], "--benchmark_out=", 16)) std::ofstream(a[i] + 16) << '
            f'R"report({report})report"; }}\n'
        )
        with open(project.root / "CMakeLists.txt", "a") as cmake:
            cmake.write(
                "add_executable(${stem}_bench EXCLUDE_FROM_ALL benchmarks/${stem}_bench.cpp)\n"
            )
        page = project.root / "docs" / f"{STEM}.md"
        page.write_text(
            f"before\n<!-- bench: {STEM}: group/ours vs naive -->\n<!-- end -->\n"
            f"<!-- bench: {STEM} -->\n<!-- end -->\nafter\n"
        )
        status, said = lab(project, "bench", "99.1", "--save")
        self.assertEqual(status, 0, said)
        self.assertIn("1.23 µs", said)
        self.assertIn("| ours\\|64 | 12.0 ms | 2.00 s |", page.read_text())
        self.assertIn("| group/ours | 2.00 ns | naive | 5.00 ns | 2.50 × |", page.read_text())
        self.assertTrue(page.read_text().endswith("\n<!-- end -->\nafter\n"))

    def test_a_comparison_names_rows_that_exist(self):
        with self.assertRaisesRegex(LabError, "no row 'group/theirs'"):
            bench.comparison(RUNS, f"{STEM}: group/ours vs theirs")

    def test_no_benchmark(self):
        status, said = lab(copy_of_fixture(), "bench", "99.1")
        self.assertEqual((status, said), (1, "lab: 99.1 has no benchmark\n"))
