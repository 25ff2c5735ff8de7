"""Remembers in the user's cache folder what has been verified, as ccache remembers objects: by a
hash of all that the result depends on."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from .project import Project
from .recipes import uses

UNUSED = 90 * 24 * 3600  #: what nobody has asked for in this time is forgotten, in seconds

# What CMake's cache says of compiler, flags and libraries.
_SETTINGS = re.compile(
    r"^(?:CMAKE_BUILD_TYPE|CMAKE_CXX_FLAGS|COOKBOOK_|\w+_DIR:PATH|\w+_VERSION:).*$", re.MULTILINE
)


class Memory:
    """What is remembered of one recipe's lab. The build folder must be configured."""

    def __init__(self, project: Project, stem: str) -> None:
        self._folder = folder()
        self._surroundings = _digest(_surroundings(project, stem))

    def key(self, *parts: object) -> str:
        """Names what is tried here: copies of the recipe's sources, cases, how often."""
        return _digest(repr(part).encode() for part in (self._surroundings, *parts))

    def knows(self, key: str) -> bool:
        """Whether this was found to be as it must be."""
        try:
            os.utime(self._folder / key)
        except OSError:
            return False
        return True

    def keep(self, key: str) -> None:
        """Remembers that this is as it must be. Where nothing can be written, it is not."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / key).touch()
        except OSError:
            pass


def folder() -> Path:
    """Where it is remembered: an empty file for each key."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "network-cookbook" / "verified"


def forget_unused() -> None:
    """Removes what has not been asked for in a long time."""
    for path in folder().glob("*"):
        try:
            if time.time() - path.stat().st_mtime > UNUSED:
                path.unlink()
        except OSError:
            pass  # another ./lab was quicker, or the folder is read-only


def _surroundings(project: Project, stem: str) -> Iterable[bytes]:
    """All that a lab's result depends on, beside the copy of the recipe that is tried."""
    root = project.root
    used = [stem]
    for recipe in used:  # which grows: what they use in turn
        used += [other for other in uses(project).get(recipe, []) if other not in used]
    patterns = ["CMakeLists.txt", "common/**/*", f"tests/{stem}_*", "tests/support/**/*", "tools/*.py"]
    patterns += [f"recipes/{other}/**/*" for other in used[1:]]
    for pattern in patterns:
        for path in sorted(filter(Path.is_file, root.glob(pattern))):
            yield f"{path.relative_to(root)}\0".encode() + path.read_bytes()
    cache = (project.build / "CMakeCache.txt").read_text(encoding="utf-8", errors="replace")
    yield "\n".join(_SETTINGS.findall(cache)).encode()
    for compiler in sorted(project.build.glob("CMakeFiles/*/CMakeCXXCompiler.cmake")):
        yield compiler.read_bytes()


def _digest(parts: Iterable[bytes]) -> str:
    """One digest of many parts, each counted with its length."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(f"{len(part)}:".encode() + part)
    return whole.hexdigest()
