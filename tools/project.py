"""Where things are in the cookbook, and the errors that the tools report in one line."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

FAILED = 1  #: exit status: something was tried and failed
REFUSED = 2  #: exit status: does not compile, or bad usage
BROKEN = 3  #: exit status: the tool itself broke


class LabError(Exception):
    """What stopped a command, in words for its user; `status` is the exit status it asks for."""

    def __init__(self, message: str, status: int = REFUSED):
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Project:
    """A checkout of the cookbook: the folder that holds recipes/, tests/, docs/ and the rest."""

    root: Path
    preset: str = "default"

    @property
    def recipes(self) -> Path:
        return self.root / "recipes"

    @property
    def build(self) -> Path:
        return self.root / "build" / self.preset

    def stems(self) -> dict[str, str]:
        """The recipes that exist: canonical id to stem, in reading order."""
        found = {}
        for folder in sorted(self.recipes.glob("[0-9]*")):
            if folder.is_dir() and (identity := canonical(folder.name)):
                found[identity] = folder.name
        return found

    def stem(self, text: str) -> str:
        """The stem of the recipe that `text` names: 11.2, 11_02 or 11_02_tcp_server.

        Raises LabError if there is no such recipe.
        """
        stems = self.stems()
        stem = stems.get(canonical(text) or "")
        named = re.search(r"_[a-z]\w*$", text)  # a name beyond the number must be the whole stem
        if stem is None or (named and text != stem):
            raise LabError(self._unknown(text, stems))
        return stem

    def _unknown(self, text: str, stems: dict[str, str]) -> str:
        """What is said of a name that no recipe has."""
        if title := self.planned().get(canonical(text) or ""):
            return f"{canonical(text)} {title} is planned, not written yet ({_listed(stems)})"
        digits = {identity.replace(".", ""): identity for identity in stems}
        close = difflib.get_close_matches(text, [*stems, *stems.values()], 1)
        if meant := digits.get(re.sub(r"\W", "", text)) or next(iter(close), ""):
            return f"no recipe is called {text}: did you mean {meant}?"
        return f"no recipe is called {text} ({_listed(stems)})"

    def planned(self) -> dict[str, str]:
        """The recipes that are planned but do not exist: id to title."""
        plan = self.root / "tools" / "plan.toml"
        if not plan.exists():
            return {}
        recipes = tomllib.loads(plan.read_text(encoding="utf-8"))["recipe"]
        return {r["id"]: r["title"] for r in recipes if r["id"] not in self.stems()}

    def work(self, identity: str) -> Path:
        """The learner's folder for a recipe."""
        return self.root / "work" / identity

    def shown(self, path: Path) -> str:
        """`path` as a user should read it: relative to the root if it lies below it."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)


def _listed(stems: dict[str, str]) -> str:
    return f"there are: {', '.join(stems) or 'none yet'}"


def canonical(text: str) -> str | None:
    """The id that a text begins with (11_04b_cidr_manager: "11.4b"), or None."""
    match = re.fullmatch(r"0*(\d+)[._]0*(\d+)([a-z]?)(_\w+)?", text)
    return f"{match[1]}.{match[2]}{match[3]}" if match else None


def user_path(text: str) -> Path:
    """A path from the command line: relative to the folder in which the user called ./lab."""
    return Path(os.environ.get("LAB_FROM", ".")) / text


def write_atomically(path: Path, text: str) -> None:
    """Writes a file so that a reader, at any moment, sees either the old text or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
