"""Runs a recipe's benchmarks, each with its baseline, and shows them as one table."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from . import build, console, docs
from .project import FAILED, LabError, Project

_MICROSECONDS = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}
# What Google Benchmark appends to a name: how the run was made, not what it measured.
_SETTINGS = re.compile(
    r"(/(real_time|process_time|manual_time|iterations:\d+|repeats:\d+|min_time:[\d.]+))+$"
)
# What Google Benchmark itself reports of a run; every other number is a counter of ours.
_STANDARD = {
    "family_index",
    "per_family_instance_index",
    "repetitions",
    "repetition_index",
    "threads",
    "iterations",
    "real_time",
    "cpu_time",
    "items_per_second",
    "bytes_per_second",
}


def bench(project: Project, text: str | None, save: bool) -> int:
    """Builds and runs the benchmarks of one recipe, or of all; prints a table for each.

    With `save`, the table also goes into the page's block <!-- bench: STEM -->, and each block
    <!-- bench: STEM: OURS vs BASELINE; … --> compares the rows that it names. Pictures are drawn anew.
    """
    stems = [project.stem(text)] if text else list(project.stems().values())
    having = [s for s in stems if (project.root / "benchmarks" / f"{s}_bench.cpp").exists()]
    if not having:
        raise LabError(f"{text or 'no recipe'} has no benchmark", FAILED)
    build.build_or_fail(project, [f"{stem}_bench" for stem in having])
    for stem in having:
        rows = measure(build.executable(project, f"{stem}_bench"))
        head, cells = columns(rows)
        console.say(console.colour(stem, "bold"))
        console.say(console.table(head, cells, numbers=head[1:]) + "\n")
        if save:
            page = project.root / "docs" / f"{stem}.md"
            table = docs.markdown_table(tuple(head), [tuple(row) for row in cells])
            docs.save_block(page, "bench", stem, table)
            for block in list(docs.blocks(page.read_text(encoding="utf-8"))):
                if block.kind == "bench" and block.argument != stem:
                    table = docs.markdown_table(*comparison(rows, block.argument))
                    docs.save_block(page, "bench", block.argument, table)
            docs.draw(page)
    return 0


def measure(program: Path) -> list[dict]:
    """Runs a benchmark program; what Google Benchmark reports of each run, as in its JSON.

    Where runs are repeated and summed up, only the medians are given.
    """
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        report = Path(folder) / "report.json"
        command = [str(program), f"--benchmark_out={report}", "--benchmark_out_format=json"]
        # On a terminal its own table shows progress; ours comes at the end.
        done = subprocess.run(
            command, stdout=sys.stderr if sys.stderr.isatty() else subprocess.DEVNULL
        )
        if done.returncode or not report.exists():
            raise LabError(f"{program.name} failed with exit status {done.returncode}", FAILED)
        runs = json.loads(report.read_text(encoding="utf-8"))["benchmarks"]
    medians = [run for run in runs if run.get("aggregate_name") == "median"]
    return medians or [run for run in runs if run.get("run_type") == "iteration"]


def columns(runs: list[dict]) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of the table: name, time, CPU, rates, and a column for each counter."""
    counters = list(dict.fromkeys(key for run in runs for key in run if _is_counter(key, run)))
    rates = [
        rate for rate in ("items_per_second", "bytes_per_second") if any(rate in r for r in runs)
    ]
    cpu = ["CPU"] if any(_has_cpu_time(run) for run in runs) else []
    head = ["benchmark", "time", *cpu, *(r.replace("_per_second", "/s") for r in rates), *counters]
    rows = []
    for run in runs:
        name = _name(run)
        if run.get("error_occurred"):
            rows.append([name, run.get("error_message", "failed"), *[""] * (len(head) - 2)])
            continue
        times = [_duration(run, "real_time")]
        if cpu:
            times.append(_duration(run, "cpu_time") if _has_cpu_time(run) else "")
        amounts = [amount(run[key]) if key in run else "" for key in rates]
        rows.append(
            [name, *times, *amounts, *(number(run[c]) if c in run else "" for c in counters)]
        )
    return head, rows


def comparison(runs: list[dict], argument: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows of the table for `STEM: GROUP/OURS vs BASELINE; …`: how many times as fast as
    GROUP/BASELINE. Raises LabError for a row that the benchmark does not have.

    As in Google Benchmark, a row's time is its CPU time unless its name asks for real_time or
    manual_time.
    """
    times = {}
    for run in runs:
        real = re.search(r"/(real|manual)_time", run["name"])
        time = run["real_time" if real else "cpu_time"]
        times[_name(run)] = time * _MICROSECONDS[run["time_unit"]]
    rows = []
    for pair in argument.partition(": ")[2].split("; "):
        ours, _, baseline = pair.partition(" vs ")
        group = ours.rpartition("/")[0]
        try:
            time, slower = times[ours], times[f"{group}/{baseline}"]
        except KeyError as missing:
            raise LabError(f"the benchmark has no row {missing}", FAILED) from None
        ratio = f"{_three_digits(slower / time)} ×"
        rows.append((ours, duration(time), baseline, duration(slower), ratio))
    return ("benchmark", "time", "baseline", "time", "as fast"), rows


def duration(microseconds: float) -> str:
    """A time in the unit that suits it, with three significant digits."""
    for unit, factor in (("s", 1e6), ("ms", 1e3), ("µs", 1.0)):
        if microseconds >= factor:
            return f"{_three_digits(microseconds / factor)} {unit}"
    return f"{_three_digits(microseconds * 1e3)} ns"


def amount(value: float) -> str:
    """A rate with a prefix that suits it (k, M, G)."""
    for prefix, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= factor:
            return f"{_three_digits(value / factor)} {prefix}"
    return _three_digits(value)


def number(value: float) -> str:
    """A counter: as it is if whole and small, otherwise with three significant digits."""
    return str(int(value)) if value == int(value) and abs(value) < 1e6 else amount(value)


def _has_cpu_time(run: dict) -> bool:
    """False where a run sets its own time: the CPU time is that of the load, then."""
    return "/manual_time" not in run["name"]


def _duration(run: dict, key: str) -> str:
    return duration(run[key] * _MICROSECONDS[run["time_unit"]])


def _name(run: dict) -> str:
    return _SETTINGS.sub("", run["name"].removesuffix("_median"))


def _three_digits(value: float) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}"


def _is_counter(key: str, run: dict) -> bool:
    return key not in _STANDARD and type(run[key]) in (int, float)
