"""A grade as text: for people, for JUnit's readers, for Gradescope and for Classroom 50."""

from __future__ import annotations

import json
import os
import re
import textwrap
import time
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from .result import Grade, Row

# What XML 1.0 cannot hold, whatever a submission printed.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def lab(grade: Grade) -> str:
    """For people: a line for each case, and why it has not passed."""
    score = f"{grade.points} of {grade.max_points} points"
    lines = [f"{grade.recipe.id} {grade.recipe.title}: {score}"]
    lines += [f"note: {remark}" for remark in grade.remarks]
    if grade.refusal:
        return "\n".join([*lines, f"{grade.refusal}:", grade.details, ""])
    for row in grade.rows:
        passed = "passed" if row.passed else "FAILED"
        lines.append(f"{passed}  {row.points}/{row.case.points}  {row.case.name} ({row.title})")
        lines += [textwrap.indent(grade.reason(row), " " * 8)] if not row.passed else []
    return "\n".join([*lines, ""])


def gradescope(grade: Grade) -> str:
    """Gradescope's results.json. Hidden cases are shown after the due date."""
    tests = []
    for row in grade.rows:
        seen = {"visibility": "after_due_date" if row.hidden else "visible"}
        status = "passed" if row.passed else "failed"
        name = f"{row.title}: {row.case.name}"
        tests.append(
            {
                "name": name,
                "score": row.points,
                "max_score": row.case.points,
                "status": status,
                "output": grade.reason(row),
            }
            | seen
        )
    summary = "\n".join([*grade.remarks, grade.refusal, grade.details]).strip()
    return _json(
        {"score": grade.points, "output": summary, "output_format": "text", "tests": tests}
    )


def classroom50(grade: Grade) -> str:
    """Classroom 50's result.json, schema classroom50/result/v1: whole points.

    What identifies the submission comes from the environment that its runner sets. Hidden cases
    have neither a name nor a reason of their own, because learners see the result. The schema
    (result-v1.schema.json of foundation50/classroom50) allows no further keys but in a test, and no
    negative score: what concerns the whole submission is said with the first test.
    """
    given = os.environ.get
    commit = given("COMMIT_URL") or "local"
    tests = [
        {
            "test-name": f"hidden {number}" if row.hidden else row.case.name,
            "passed": row.passed,
            "score": max(0, row.points),
            "max-score": row.case.points,
            "output": _reason_without_secrets(grade, row),
        }
        for number, row in enumerate(grade.rows, 1)
    ]
    said = grade.remarks + [tests[0]["output"], grade.details]
    tests[0]["output"] = "\n".join(text for text in said if text)
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
            "max-score": grade.max_points,
            "tests": tests,
        }
    )


def junit(grade: Grade) -> str:
    """JUnit's XML; the failure element holds the assertion's own words."""
    cases, failures, errors = [], 0, 0
    for row in grade.rows:
        seconds = row.verdict.seconds if row.verdict else 0
        head = f"    <testcase classname={_attribute(f'{grade.recipe.stem}.{row.title}')}"
        head += f' name={_attribute(row.case.name)} time="{seconds:.3f}"'
        if row.passed:
            cases.append(f"{head}/>")
            continue
        if grade.refusal:
            errors += 1
            inner = f"<error message={_attribute(grade.refusal)}>{_text(grade.details)}</error>"
        elif row.verdict is None:
            errors += 1
            inner = '<error message="has not run"/>'
        else:
            failures += 1
            first = row.verdict.problems[0] if row.verdict.problems else "failed"
            inner = f"<failure message={_attribute(first)}>{_text(grade.reason(row))}</failure>"
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


def _reason_without_secrets(grade: Grade, row: Row) -> str:
    """Why a case has not passed; of a hidden one only that it has not."""
    if row.hidden and not row.passed:
        return grade.refusal or "a hidden case has not passed"
    return grade.reason(row)


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text), {"\n": "&#10;"})
