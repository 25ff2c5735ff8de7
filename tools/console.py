"""What the tools print: colour on a terminal, tables, and the progress of long work."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Sequence

_CODES = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}


def colour(text: str, name: str) -> str:
    """`text` in a colour, on a terminal, unless NO_COLOR is set."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return f"\033[{_CODES[name]}m{text}\033[0m"


def mark(good: bool) -> str:
    return colour("✓", "green") if good else colour("✗", "red")


def width(text: str) -> int:
    """The columns that a text takes on a terminal."""
    shown = (c for c in text if not unicodedata.combining(c))
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in shown)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> str:
    """Rows under a head, in columns; `numbers` names the columns that are aligned to the right."""
    cells = [list(head), *(list(map(str, row)) for row in rows)]
    widths = [max(map(width, column)) for column in zip(*cells)]

    def line(row: Sequence[str]) -> str:
        padded = []
        for name, text, columns in zip(head, row, widths):
            space = " " * (columns - width(text))
            padded.append(space + text if name in numbers else text + space)
        return "  ".join(padded).rstrip()

    return "\n".join([colour(line(cells[0]), "bold"), *map(line, cells[1:])])


def say(text: str = "") -> None:
    """Prints at once, so that lines keep their order with those of child processes."""
    print(text, flush=True)


class Progress:
    """One line on stderr that shows how far long work is; silent if stderr is not a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def update(self, text: str) -> None:
        if self._shown:
            columns = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\033[K{text[:columns]}")
            sys.stderr.flush()

    def clear(self) -> None:
        self.update("")
        if self._shown:
            sys.stderr.write("\r")
            sys.stderr.flush()
