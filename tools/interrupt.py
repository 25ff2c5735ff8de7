"""Ctrl-C: ends whatever runs, with exit status 130 and without a trace."""

from __future__ import annotations

import signal
import threading

interrupted = threading.Event()  #: set once Ctrl-C was pressed; threads look at it


def handle(*_: object) -> None:
    """Handles SIGINT: ends every case that runs, lets none begin, and raises KeyboardInterrupt.

    The signal reaches the main thread alone, and no case, since each is in a session of its own."""
    interrupted.set()
    raise KeyboardInterrupt


def install() -> None:
    """Handles Ctrl-C from here on, and one that has come before: ./lab blocks the signal."""
    interrupted.clear()
    signal.signal(signal.SIGINT, handle)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def uninstall() -> None:
    """From here on, Ctrl-C just ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
