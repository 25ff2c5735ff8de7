"""Draws a page's measurements as a picture, an SVG beside the page.

    <!-- plot: STEM: CPU time per echo by idle connections -->   up to <!-- end -->

is about the rows `N idle connections/NAME` of the page's block <!-- bench: STEM -->: a line for each
NAME, its time over N, both scales logarithmic. So the picture is a function of the saved table, and
`./lab docs --check` sees whether it is stale.
"""

from __future__ import annotations

import math
import re
from xml.sax.saxutils import escape

from .project import LabError

_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 130, 24, 56
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555", "#000000")
_SECOND = 1e6  # microseconds
_MICROSECONDS = {"ns": 1e-3, "µs": 1.0, "ms": 1e3, "s": 1e6}

Series = dict[str, list[tuple[float, float]]]


def parse(argument: str) -> tuple[str, str, str]:
    """STEM, what is measured, and over what. Raises LabError."""
    if match := re.fullmatch(r"(\w+): (\S.*) by (\S.*)", argument):
        return match[1], match[2], match[3]
    raise LabError(f"plot: {argument}: the form is STEM: WHAT by UNIT")


def series(table: list[str], unit: str) -> Series:
    """The points (N, microseconds) of each name, from the lines of a bench table. Raises LabError
    if there are none."""
    found: Series = {}
    for line in table:
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        row = re.fullmatch(rf"(\d+) {re.escape(unit)}/(.+)", cells[0])
        time = re.fullmatch(r"([\d.]+) (ns|µs|ms|s)", cells[1]) if row else None
        if time:
            point = float(row[1]), float(time[1]) * _MICROSECONDS[time[2]]
            found.setdefault(row[2], []).append(point)
    if not found:
        raise LabError(f"the table has no rows N {unit}/NAME to plot: ./lab bench --save")
    return found


def description(what: str, unit: str, lines: Series) -> str:
    """The picture in words."""
    return f"{what} by {unit}, both scales logarithmic: {', '.join(lines)}"


def svg(what: str, unit: str, lines: Series) -> str:
    """The picture: a line for each of `lines`, with its name at its end."""
    points = [point for line in lines.values() for point in line]
    x = _Scale([p[0] for p in points], _LEFT, _WIDTH - _RIGHT)
    y = _Scale([p[1] for p in points], _HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f"<title>{escape(description(what, unit, lines))}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        *(_grid(x.at(n), _TOP, x.at(n), _HEIGHT - _BOTTOM) for n in x.decades()),
        *(_grid(_LEFT, y.at(n), _WIDTH - _RIGHT, y.at(n)) for n in y.decades()),
        *(_text(x.at(n), _HEIGHT - _BOTTOM + 20, f"{n:,g}", "middle") for n in x.decades()),
        *(_text(_LEFT - 8, y.at(n) + 4, _time(n, y.decades()[-1]), "end") for n in y.decades()),
        _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 12, unit, "middle"),
        _text(_LEFT, 14, what, "start"),
    ]
    ends = _apart({name: y.at(sorted(line)[-1][1]) for name, line in lines.items()})
    for (name, line), colour in zip(lines.items(), _COLOURS * len(lines)):
        places = [(x.at(n), y.at(time)) for n, time in sorted(line)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in places]
        parts.append(_text(places[-1][0] + 8, ends[name] + 4, name, "start", colour))
    return "\n".join([*parts, "</svg>"]) + "\n"


class _Scale:
    """A logarithmic scale, in whole decades, over `begin` to `end` of the picture."""

    def __init__(self, values: list[float], begin: float, end: float) -> None:
        self._low = math.floor(math.log10(min(values)))
        self._high = max(math.ceil(math.log10(max(values))), self._low + 1)
        self._begin, self._end = begin, end

    def at(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._begin + share * (self._end - self._begin)

    def decades(self) -> list[float]:
        return [10.0**n for n in range(self._low, self._high + 1)]


def _apart(places: dict[str, float]) -> dict[str, float]:
    """Moves names down until none covers another."""
    moved: dict[str, float] = {}
    lowest = -math.inf
    for name, place in sorted(places.items(), key=lambda item: item[1]):
        lowest = moved[name] = max(place, lowest + 15)
    return moved


def _time(microseconds: float, largest: float) -> str:
    """In seconds if some are longer than one."""
    return f"{microseconds / _SECOND:,g} s" if largest > _SECOND else f"{microseconds:,g} µs"


def _grid(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#333333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
