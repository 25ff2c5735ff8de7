"""What the tools print: colour on a terminal, tables, and the progress of long work."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
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


def cut(text: str, columns: int) -> str:
    """`text`, or as much of its beginning as fits into so many columns, and an ellipsis."""
    if width(text) <= columns:
        return text
    while width(text) >= columns:
        text = text[:-1]
    return f"{text.rstrip()}…"


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[str] = (),
    shortened: str = "",
) -> str:
    """Rows under a head, in columns; `numbers` names the columns that are aligned to the right, and
    `shortened` the one that is cut where a terminal is too narrow."""
    cells = [list(head), *(list(map(str, row)) for row in rows)]
    widths = [max(map(width, column)) for column in zip(*cells)]
    if shortened and sys.stdout.isatty():
        column = head.index(shortened)
        others = sum(widths) - widths[column] + 2 * (len(head) - 1)
        widths[column] = min(widths[column], max(8, shutil.get_terminal_size().columns - others))
        for row in cells:
            row[column] = cut(row[column], widths[column])

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
    """Shows on stderr how far long work is: on a terminal one line, with the seconds that it takes;
    elsewhere a plain line now and then. A context manager: at its end the line is gone."""

    PAUSE = 10.0  #: seconds between plain lines

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._begun = time.monotonic()
        self._text = ""
        self._ended = threading.Event()
        self._ticking: threading.Thread | None = None

    def update(self, text: str) -> None:
        self._text = text
        if self._ticking is None:
            self._ticking = threading.Thread(target=self._tick, daemon=True)
            self._ticking.start()
        if self._terminal:
            self._draw()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._ticking is not None:
            self._ticking.join()
            if self._terminal:
                self._write("\r\033[K")

    def _tick(self) -> None:
        """Shows that the work goes on, also while nothing new is known of it."""
        while not self._ended.wait(1 if self._terminal else self.PAUSE):
            if self._terminal:
                self._draw()
            else:
                self._write(f"lab: {self._line()}\n")

    def _draw(self) -> None:
        self._write(f"\r\033[K{cut(self._line(), shutil.get_terminal_size().columns - 1)}")

    def _line(self) -> str:
        seconds = int(time.monotonic() - self._begun)
        return f"{self._text} {seconds} s" if seconds else self._text

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
