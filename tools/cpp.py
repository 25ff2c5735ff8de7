"""Just enough of C++'s lexical rules to distinguish code from comments and strings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<comment> //(?:\\\n|[^\n])* | /\*.*?(?:\*/|\Z) )
    | (?P<raw>     \b(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)" )
    | (?P<name>    [A-Za-z_]\w* )
    | (?P<number>  \.?\d(?:'?[\w.])* )
    | (?P<text>    "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Comment:
    """A comment as written, and the offset at which it begins."""

    start: int
    text: str


def comments(source: str) -> Iterator[Comment]:
    """Every comment of a source text, in order; not what looks like one within a string."""
    for match in _TOKEN.finditer(source):
        if match.lastgroup == "comment":
            yield Comment(match.start(), match[0])


def code_only(source: str) -> str:
    """The source with every comment, string and character literal blanked out.

    Lines and offsets stay what they were, so that a position found here holds in the source.
    """

    def blank(match: re.Match[str]) -> str:
        if match["name"] or match["number"]:
            return match[0]
        return re.sub(r"[^\n]", " ", match[0])

    return _TOKEN.sub(blank, source)


def quoted(text: str) -> str:
    """`text` as a C++ string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
