"""The command line behind ./lab: reads it, calls the module that does the work, exits.

Exit status: 0 all well, 1 something failed, 2 does not compile or bad usage, 3 the tool itself
broke (LAB_DEBUG=1 shows where).
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import errno
import io
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from . import interrupt
from .project import BROKEN, REFUSED, LabError, Project, user_path

HIDDEN = """\
--hidden DIR holds your own cases: Boost.Test sources, *.cpp, written like the recipe's own lab test
(they include "11_02_tcp_server/echo.hpp"), and hidden.toml with an entry for each case:

  [[case]]
  name = "echoes_a_gigabyte"    # BOOST_AUTO_TEST_CASE(echoes_a_gigabyte), inside a suite
  points = 5
  seconds = 20                  # its time limit; 20 if left out
  memory = 4096                 # the most it may hold, in megabytes; 2048 if left out

Exit status: 0 every case passed, 1 some did not, 2 does not compile or is refused, 3 the tool itself
broke."""
_UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC)
RECIPE = "a recipe: 11.2, 11_02 or 11_02_tcp_server"


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line; each command carries in `call` what runs it."""
    top = _Parser(
        prog="./lab",
        description="The one command of the C++ Network Cookbook.",
        epilog="./lab COMMAND --help says more about a command.",
        allow_abbrev=False,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, summary: str, call: str, recipe: str | None = "needed"):
        """A command; `call` is MODULE.FUNCTION, imported only when it is used."""
        added = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            allow_abbrev=False,
        )
        added.set_defaults(call=call)
        if recipe:
            added.add_argument(
                "text", metavar="ID", help=RECIPE, nargs=None if recipe == "needed" else "?"
            )
        return added

    command("list", "list the recipes and the state of your work", "learner.list_recipes", None)
    run = command(
        "run", "build and run a recipe's demo; without ID, all of them", "run.run", "optional"
    )
    run.epilog = "What follows -- goes to the recipe: ./lab run 11.2 -- server --port 20000"
    command("build", "build a recipe, or all", "run.build_recipes", "optional").set_defaults(
        text="all"
    )
    test = command(
        "test", "build and run tests: of a recipe, a chapter (11) or all", "run.test", "optional"
    )
    test.set_defaults(text="all")
    test.epilog = "What follows -- goes to ctest: ./lab test 11.2 -- --repeat until-fail:10"
    bench = command("bench", "run benchmarks beside their peers", "bench.bench", "optional")
    bench.add_argument("--save", action="store_true", help="put the table into the recipe's page")
    docs = command("docs", "put compiled code into the pages", "docs.docs", None)
    docs.add_argument(
        "--check", action="store_true", help="change nothing, only say what is wrong"
    )
    docs.add_argument("--run", action="store_true", help="also capture the pages' outputs anew")

    command("start", "begin a lab: write its starter to work/ID", "learner.start")
    command("check", "check your work on a lab", "check.check")
    command("watch", "check your work at every change", "check.watch")
    hint = command("hint", "show the next hint for the step you are at", "learner.hint")
    hint.add_argument("step", type=int, nargs="?", help="another step")
    diff = command("diff", "show what you have changed in the starter", "learner.diff")
    diff.add_argument(
        "--solution",
        dest="against_solution",
        action="store_true",
        help="compare with the solution instead, after a pass",
    )
    diff.add_argument("--now", action="store_true", help="before a pass, too")
    solution = command("solution", "show the solution, after a pass", "learner.solution")
    solution.add_argument("--now", action="store_true", help="before a pass, too")
    reset = command("reset", "start a lab over, keeping a copy of your work", "learner.reset")
    reset.add_argument("--yes", action="store_true", help="do not ask")

    verify = command(
        "verify",
        "prove the labs: starters fail, solutions pass, mutants die",
        "verify.verify",
        "optional",
    )
    verify.add_argument("--repeat", type=int, default=3, help="runs that must agree (3)")
    verify.add_argument(
        "--again", action="store_true", help="also verify what has not changed since it was verified"
    )
    grade = command("grade", "grade a submission", "grade.grade")
    grade.formatter_class = argparse.RawDescriptionHelpFormatter
    grade.epilog = HIDDEN
    grade.add_argument(
        "--submission",
        type=user_path,
        required=True,
        metavar="DIR",
        help="the folder with the learner's files",
    )
    grade.add_argument(
        "--format",
        dest="style",
        default="lab",
        choices=("lab", "junit", "gradescope", "classroom50"),
    )
    grade.add_argument("--output", type=user_path, metavar="FILE", help="instead of stdout")
    grade.add_argument("--hidden", type=user_path, metavar="DIR", help="your own cases")
    install = command(
        "install", "install what a command needs, or all of them", "run.installed", None
    )
    install.add_argument("for_command", nargs="?", metavar="COMMAND")
    command("help", "show this text", "", None)
    return top


def main(arguments: Sequence[str], project: Project) -> int:
    """Runs one command and returns its exit status; says in one line what went wrong."""
    try:
        interrupt.install()
        return _run(arguments, project)
    except KeyboardInterrupt:
        return 130


def _run(arguments: Sequence[str], project: Project) -> int:
    arguments, rest = _split(list(arguments))
    top = parser()
    try:
        parsed, unknown = top.parse_known_args(arguments or ["help"])
        options = vars(parsed)
        if unknown:
            top.error(_why_unknown(options, unknown))
    except SystemExit as done:
        return REFUSED if done.code else 0
    command, call = options.pop("command"), options.pop("call")
    if command == "help":
        top.print_help()
        return 0
    if command in ("run", "test"):
        options["arguments"] = rest
    elif rest:
        print(f"lab: {command} takes nothing after --", file=sys.stderr)
        return REFUSED
    try:
        module, function = call.split(".")
        return getattr(import_module(f"tools.{module}"), function)(project, **options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return error.status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # the promise of a single line, whatever is wrong with the tools
        if os.environ.get("LAB_DEBUG"):
            raise
        if getattr(error, "errno", None) in _UNWRITABLE:
            print(f"lab: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
            return REFUSED
        what = f"{type(error).__name__}: {error}"
        print(f"lab: the tool itself broke: {what} (LAB_DEBUG=1 shows where)", file=sys.stderr)
        return BROKEN


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, and what may have been meant."""

    def error(self, message: str) -> NoReturn:
        if wrong := re.search(r"argument COMMAND: invalid choice: '(.*?)'", message):
            names = re.findall(r"'([a-z]+)'", message[wrong.end() :])
            close = difflib.get_close_matches(wrong[1], names, 1)
            hint = f"did you mean {close[0]}?" if close else "./lab help lists the commands"
            message = f"there is no command {wrong[1]}: {hint}"
        self.exit(REFUSED, f"lab: error: {message}\n")


def _why_unknown(options: dict, unknown: list[str]) -> str:
    """What is said of arguments that a command does not take."""
    command, recipe = options["command"], options.get("text")
    words = " ".join(unknown)
    if command in ("run", "test"):
        of = "the recipe's program" if command == "run" else "ctest"
        return f"what is for {of} goes after --: ./lab {command} {recipe or 'ID'} -- {words}"
    return f"{command} takes no {words} (./lab {command} --help)"


def check_usage(arguments: Sequence[str]) -> str:
    """What is wrong with a command line, or "": for the commands that pages show."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            _, unknown = parser().parse_known_args(list(arguments))
            if unknown:
                return f"unrecognized arguments: {' '.join(unknown)}"
    except SystemExit as done:
        return said.getvalue().strip().rpartition("error: ")[2] if done.code else ""
    return ""


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The arguments before and after `--`."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    status = main(sys.argv[1:], Project(root))
    interrupt.uninstall()
    sys.exit(status)
