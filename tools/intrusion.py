"""Finds code in a submission that reaches for the tests that judge it.

The tests run in one process with the submission. So a submission must not call Boost.Test, replace
the tests' helpers or functions of the system, or run code before the tests take their secret. The
symbols of its object files show all of that. They do not show what it reads in its own memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# `nm -A` prints ARCHIVE:OBJECT:ADDRESS TYPE NAME.
_SYMBOL = re.compile(r".*:(?P<object>[^:]+)\.o:[ 0-9a-f]* (?P<type>\S) (?P<name>\S+)")
_TESTS = re.compile(r"5boost(9unit_test|10test_tools|1[67]execution_)|8cookbook7testing")
_TRICKS = re.compile(r"dlv?sym|dlm?open|dl_iterate_phdr|ptrace|process_vm_\w+")
_FUNCTIONS = "TW"  # defined for other objects to see: strong, weak
_STANDARD = re.compile(r"_Z(n[wa]|d[la])|_ZN?K?S")  # operator new and delete, namespace std
_COMPILERS = re.compile(r"__clang_|_*(asan|tsan|ubsan|odr_asan)_")


def find_intrusions(symbols: Iterable[str]) -> list[str]:
    """What is wrong with object files of which `nm -A` printed these lines: a sentence for each."""
    found = []
    for line in symbols:
        if not (symbol := _SYMBOL.fullmatch(line.strip())):
            continue
        name, defined = symbol["name"], symbol["type"] in _FUNCTIONS
        if _TESTS.search(name):
            what = "uses the library that tests it"
        elif _TRICKS.fullmatch(name):
            what = f"calls {name}"
        elif defined and not name.startswith("_Z") and not _COMPILERS.match(name):
            what = f"defines {name}, a name of C's, which may replace a function of the system"
        elif symbol["type"] == "i":
            what = f"chooses {name} before the program begins (ifunc)"
        elif symbol["type"] == "T" and _STANDARD.match(name):
            what = f"replaces {name} of the standard library"
        else:
            continue
        found.append(f"{symbol['object']} {what}")
    return list(dict.fromkeys(found))
