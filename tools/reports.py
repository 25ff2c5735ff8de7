"""A grade as text: for people, for JUnit's readers, for Gradescope and for Classroom 50."""

from __future__ import annotations

import json
import os
import re
import textwrap
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from .grade import Grade

# What XML 1.0 cannot hold, whatever a submission printed.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def lab(grade: Grade) -> str:
    """For people: a line for each case, and why it has not passed."""
    lines = [f"{grade.recipe.id} {grade.recipe.title}: {grade.points} of {grade.most} points"]
    lines += [f"note: {remark}" for remark in grade.remarks]
    if grade.compiler:
        return "\n".join([*lines, "does not compile:", grade.compiler, ""])
    for row in grade.rows:
        passed = "passed" if row.passed else "FAILED"
        lines.append(f"{passed}  {row.points}/{row.case.points}  {row.case.name} ({row.title})")
        lines += [textwrap.indent(row.text, "        ")] if row.text else []
    return "\n".join([*lines, ""])


def gradescope(grade: Grade) -> str:
    """Gradescope's results.json. Hidden cases are shown after the due date."""
    tests = []
    for row in grade.rows:
        seen = {"visibility": "after_due_date" if row.hidden else "visible"}
        status = "passed" if row.passed else "failed"
        name = f"{row.title}: {row.case.name}"
        output = "does not compile" if grade.compiler else row.text
        tests.append(
            {
                "name": name,
                "score": row.points,
                "max_score": row.case.points,
                "status": status,
                "output": output,
            }
            | seen
        )
    summary = "\n".join(grade.remarks + ([grade.compiler] if grade.compiler else []))
    return _json(
        {"score": grade.points, "output": summary, "output_format": "text", "tests": tests}
    )


def classroom50(grade: Grade) -> str:
    """Classroom 50's result.json, schema classroom50/result/v1: whole points.

    What identifies the submission comes from the environment that its runner sets. Hidden cases
    bear no name of their own, because learners see the result.
    """
    given = os.environ.get
    commit = given("COMMIT_URL") or "local"
    tests = [
        {
            "test-name": f"hidden {number}" if row.hidden else row.case.name,
            "passed": row.passed,
            "score": row.points,
            "max-score": row.case.points,
        }
        for number, row in enumerate(grade.rows, 1)
    ]
    return _json(
        {
            "schema": "classroom50/result/v1",
            "classroom": given("CLASSROOM") or "local",
            "assignment": given("ASSIGNMENT") or grade.recipe.id,
            "submission": given("SUBMISSION_TAG") or "local",
            "commit": commit,
            "release": given("RELEASE_URL") or commit,
            "review": given("REVIEW_URL") or commit,
            "datetime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "score": grade.points,
            "max-score": grade.most,
            "tests": tests,
        }
    )


def junit(grade: Grade) -> str:
    """JUnit's XML; the assertion's own words stand in the failure element."""
    cases, failures, errors = [], 0, 0
    for row in grade.rows:
        seconds = row.verdict.seconds if row.verdict else 0
        head = f"    <testcase classname={_attribute(f'{grade.recipe.stem}.{row.title}')}"
        head += f' name={_attribute(row.case.name)} time="{seconds:.3f}"'
        if row.passed:
            cases.append(f"{head}/>")
            continue
        if grade.compiler:
            errors += 1
            inner = f'<error message="does not compile">{_text(grade.compiler)}</error>'
        elif row.verdict is None:
            errors += 1
            inner = '<error message="has not run"/>'
        else:
            failures += 1
            first = row.verdict.problems[0] if row.verdict.problems else "failed"
            inner = f"<failure message={_attribute(first)}>{_text(row.text)}</failure>"
        cases.append(f"{head}>\n      {inner}\n    </testcase>")
    counts = f'tests="{len(grade.rows)}" failures="{failures}" errors="{errors}"'
    suite = f"  <testsuite name={_attribute(grade.recipe.stem)} {counts}>"
    top = '<?xml version="1.0" encoding="UTF-8"?>'
    return "\n".join([top, "<testsuites>", suite, *cases, "  </testsuite>", "</testsuites>", ""])


STYLES: dict[str, Callable[[Grade], str]] = {
    "lab": lab,
    "junit": junit,
    "gradescope": gradescope,
    "classroom50": classroom50,
}


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text), {"\n": "&#10;"})
